"""Targets of single outputs: which sources have them, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.inputs import input_names
from dlkit.config.load import load_config
from dlkit.config.targets import labels_view, needs_no_labels, own_aims, target_columns
from dlkit.errors import ConfigError

LAYERS = [
    {"Dense": {"name": "kind", "units": 3, "activation": "softmax", "from": "input"}},
    {"Dense": {"name": "price", "units": 1, "from": "input"}},
]
KIND = {"loss": "sparse_categorical_crossentropy", "target": "kind"}
PRICE = {"loss": "mse", "target": "price"}
OWN = {"kind": KIND, "price": PRICE}


def config(source: Any, outputs: dict[str, Any], **dataset: Any) -> Any:
    return load_config(
        {
            "dataset": {"source": source, **dataset},
            "architecture": {"layers": LAYERS},
            "outputs": outputs,
        }
    ).config


@pytest.mark.parametrize(
    "source",
    ["digits", "moons", {"images": "p"}, {"text": "p"}],
    ids=["named", "made", "images", "text"],
)
def test_source_with_one_kind_of_labels_has_no_targets_for_outputs(source: Any) -> None:
    name = source if isinstance(source, str) else next(iter(source))
    with pytest.raises(ConfigError) as caught:
        config(source, OWN)
    assert [str(problem) for problem in caught.value.problems] == [
        f"dict  outputs.{output}.target: {name} has no labels but its own, which outputs learn"
        " without a target. Remove it, or write `target: input`."
        for output in OWN
    ]


@pytest.mark.parametrize(
    ("source", "dataset", "outputs", "said"),
    [
        (
            {"csv": "a.csv"},
            {"target": "y"},
            OWN,
            (
                "dataset.target: no output learns it: each has a `target:` of its own."
                " Remove it, or one of theirs."
            ),
        ),
        (
            {"arrays": {"path": "a.npz", "outputs": "y"}},
            {},
            OWN,
            (
                "dataset.source.arrays.outputs: no output learns it: each has a `target:` of"
                " its own. Remove it."
            ),
        ),
        (
            {"csv": "a.csv"},
            {},
            {"kind": KIND, "price": {"loss": "mse"}},
            (
                "dataset.target: missing. Name the column that is to be predicted: `target:"
                " price`."
            ),
        ),
        (
            {"arrays": "a.npz"},
            {},
            {"kind": KIND, "price": {**PRICE, "target": {"columns": "t", "separator": ";"}}},
            (
                "outputs.price.target.separator: an array has no cells that hold several"
                " labels. Remove it."
            ),
        ),
        (
            {"csv": "a.csv"},
            {},
            {
                "kind": KIND,
                "price": {**PRICE, "target": {"columns": ["s", "t"], "separator": ";"}},
            },
            (
                "outputs.price.target.separator: a separator is for one column that holds"
                " several labels. Name one column, or remove the separator."
            ),
        ),
        (
            {"tfrecord": {"path": "a", "features": {"kind": "int64", "prise": "float32"}}},
            {},
            OWN,
            "outputs.price.target: the records have no feature 'price'. Did you mean 'prise'?",
        ),
        (
            {"tfrecord": {"path": "a", "features": {"kind": "int64", "price": "float32"}}},
            {},
            OWN,
            "dataset.source.tfrecord: no feature is left to learn from.",
        ),
    ],
    ids=["idle", "idle array", "missing", "no cells", "two cells", "unknown", "nothing left"],
)
def test_target_that_cannot_be_learned_is_refused(
    source: Any, dataset: Any, outputs: Any, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config(source, outputs, **dataset)
    assert [str(problem) for problem in caught.value.problems] == [f"dict  {said}"]


def test_labels_of_the_dataset_are_those_of_the_first_output_that_has_some() -> None:
    seen = labels_view(config({"csv": "a.csv"}, OWN))
    assert seen.dataset.target is not None
    assert seen.dataset.target.columns == ("kind",)
    back = {"kind": {"loss": "mse", "target": "input"}, "price": PRICE}
    seen = labels_view(config({"csv": "a.csv"}, back))
    assert seen.dataset.target is not None
    assert seen.dataset.target.columns == ("price",)
    shared = {"kind": KIND, "price": {"loss": "mse"}}
    seen = labels_view(config({"csv": "a.csv"}, shared, target="y"))
    assert seen.dataset.target is not None
    assert (seen.dataset.target.columns, seen.loss.name) == (("y",), "MeanSquaredError")


def test_task_of_each_target_is_that_of_its_own_loss() -> None:
    loss = {"binary_crossentropy": {"from_logits": True}}
    tags = {"loss": loss, "target": {"columns": "tags", "separator": ";"}}
    made = config({"csv": "a.csv"}, {"kind": KIND, "price": tags})
    aims = own_aims(made)
    assert {name: aim.task for name, aim in aims.items()} == {
        "kind": "classification",
        "price": "multi_label",
    }
    assert aims["price"].path == ("outputs", "price", "target")
    assert target_columns(made) == ("kind", "tags")


def test_outputs_that_give_back_the_input_need_no_labels() -> None:
    back = {name: {"loss": "mse", "target": "input"} for name in OWN}
    made = config({"csv": "a.csv"}, back)
    assert needs_no_labels(made)
    assert labels_view(made).dataset.target is None
    assert not needs_no_labels(config({"csv": "a.csv"}, OWN))


def test_targets_of_outputs_are_no_inputs() -> None:
    features = {"kind": "int64", "price": "float32", "a": "float32", "b": "float32"}
    layers = [{"Concatenate": {"name": "both", "from": ["a", "b"]}}, *LAYERS]
    layers = [layers[0], *({"Dense": {**e["Dense"], "from": "both"}} for e in LAYERS)]
    made = load_config(
        {
            "dataset": {"source": {"tfrecord": {"path": "a", "features": features}}},
            "architecture": {"layers": layers},
            "outputs": OWN,
        }
    ).config
    assert input_names(made) == ("a", "b")
