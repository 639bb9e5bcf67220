"""What of the section ``regularization`` is refused, and what a person is warned of."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.errors import ConfigError

END = {"Dense": {"units": 3, "activation": "softmax"}}
HIDDEN = {"Dense": {"units": 4, "activation": "relu"}}


def config(section: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [HIDDEN, END]},
        "loss": "sparse_categorical_crossentropy",
        "regularization": section,
        **sections,
    }


ONE = {"architecture": {"layers": [END]}}

REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "l1-twice": (
        {"l1": 0.1, "l1_l2": {"l1": 0.1, "l2": 0.1}},
        {},
        "dict  regularization.l1: `l1_l2` says what l1 is already. Keep one of the two.",
    ),
    "clipped-twice": (
        {"clipnorm": 1, "clipvalue": 2},
        {},
        (
            "dict  regularization.clipvalue: gradients are clipped in one way, and `clipnorm`"
            " is one. Keep one of them."
        ),
    ),
    "optimizer-without-decay": (
        {"weight_decay": 0.1},
        {"optimizer": {"MultiOptimizer": {"optimizer_map": {}}}},
        (
            "dict  regularization.weight_decay: MultiOptimizer has no argument 'weight_decay'."
            " Give it to the optimizers inside it."
        ),
    ),
    "loss-of-values": (
        {"label_smoothing": 0.1},
        {
            "dataset": {"source": "diabetes"},
            "architecture": {"layers": [HIDDEN, {"Dense": 1}]},
            "loss": "mse",
        },
        (
            "dict  regularization.label_smoothing: MeanSquaredError takes no label smoothing."
            " It is for classes: categorical_crossentropy, binary_crossentropy, ..."
        ),
    ),
    "ignored-class": (
        {"label_smoothing": 0.1},
        {"loss": {"SparseCategoricalCrossentropy": {"ignore_class": 1}}},
        (
            "dict  regularization.label_smoothing: SparseCategoricalCrossentropy with"
            " `ignore_class` cannot smooth its labels. Leave out one of the two."
        ),
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_section_that_cannot_be_is_refused(kind: str) -> None:
    section, others, message = REFUSED[kind]
    with pytest.raises(ConfigError) as caught:
        load_config(config(section, **others))
    assert str(caught.value) == message


WARNED: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "no-convolution": (
        {"spatial_dropout": 0.1},
        {},
        [
            (
                "dict  warning: regularization.spatial_dropout: no layer takes it. It is for"
                " convolutions before the last layer; `dropout` is for all."
            )
        ],
    ),
    "no-hidden-layer": (
        {"dropout": 0.1, "batch_normalization": "before", "l2": 0.1},
        ONE,
        [
            (
                "dict  warning: regularization.batch_normalization: no layer takes it. It is"
                " for hidden layers: all but those that give the outputs. Recurrent"
                " ones take none."
            ),
            (
                "dict  warning: regularization.dropout: no layer takes it. It is for hidden"
                " layers: all but those that give the outputs."
            ),
        ],
    ),
    "all-have-their-own": (
        {"dropout": 0.1},
        {"architecture": {"layers": [HIDDEN, {"Dropout": 0.5}, END]}},
        [],
    ),
    "both-kinds-of-dropout": ({"dropout": 0.1}, {}, []),
}


@pytest.mark.parametrize("kind", WARNED)
def test_section_that_lands_nowhere_is_told(kind: str) -> None:
    section, others, messages = WARNED[kind]
    found = load_config(config(section, **others)).warnings
    assert sorted(map(str, found)) == sorted(messages)


def test_one_of_several_losses_that_takes_smoothing_is_enough() -> None:
    layers = [
        HIDDEN,
        {"Dense": {"name": "kind", "units": 3, "activation": "softmax"}},
        {"Dense": {"name": "copy", "units": 4, "from": "dense_0"}},
    ]
    outputs = {
        "kind": {"loss": "sparse_categorical_crossentropy"},
        "copy": {"loss": "mse", "target": "input"},
    }
    section = {"label_smoothing": 0.1}
    whole = config(section, architecture={"layers": layers}, outputs=outputs)
    del whole["loss"]
    assert load_config(whole).warnings == ()
