"""What ``regularization`` does beside the layers, against plain Keras's own training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.order import epoch_order  # noqa: E402
from tests.nightly import by_night  # noqa: E402

Make = Callable[..., Any]
Fit = Callable[[Any], Any]
BATCH = 8
CONSTRAINTS = keras.constraints

MLP = [
    {"Dense": {"units": 6, "activation": "relu"}},
    "BatchNormalization",
    {"Dense": {"units": 3, "activation": "softmax"}},
]
MAPS = [
    {"Reshape": [2, 2, 1]},
    {"Conv2D": {"filters": 3, "kernel_size": 2, "padding": "same"}},
    {"DepthwiseConv2D": {"kernel_size": 2, "depth_multiplier": 2}},
    {"Conv2DTranspose": {"filters": 3, "kernel_size": 2}},
    "Flatten",
    {"Dense": {"units": 3, "activation": "softmax"}},
]


def mlp() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(6, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def maps() -> Any:
    """Build the convolutions with a bound on the weights into each of their units."""
    layers, norm = keras.layers, CONSTRAINTS.MaxNorm
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Reshape([2, 2, 1]),
            layers.Conv2D(3, 2, padding="same", kernel_constraint=norm(0.5, [0, 1, 2])),
            layers.DepthwiseConv2D(
                2, depth_multiplier=2, depthwise_constraint=norm(0.5, [0, 1])
            ),
            layers.Conv2DTranspose(3, 2, kernel_constraint=norm(0.5, [0, 1, 3])),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_constraint=norm(0.5, 0)),
        ]
    )


def decaying(model: Any) -> Any:
    """Return an optimizer that decays kernels, as one would write it."""
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.3)
    free = [v for v in model.trainable_variables if v.name in ("bias", "gamma", "beta")]
    optimizer.exclude_from_weight_decay(var_list=free)
    return optimizer


def clipping(**arguments: float) -> Fit:
    return lambda model: keras.optimizers.Adam(0.01, **arguments)


CASES: dict[str, tuple[dict[str, Any], list[Any], Callable[[], Any], Fit, float]] = {
    "weight_decay": ({"weight_decay": 0.3}, MLP, mlp, decaying, 0.0),
    "clipnorm": ({"clipnorm": 0.01}, MLP, mlp, clipping(clipnorm=0.01), 0.0),
    "global_clipnorm": (
        {"global_clipnorm": 0.01},
        MLP,
        mlp,
        clipping(global_clipnorm=0.01),
        0.0,
    ),
    "clipvalue": ({"clipvalue": 0.001}, MLP, mlp, clipping(clipvalue=0.001), 0.0),
    "label_smoothing": ({"label_smoothing": 0.2}, MLP, mlp, clipping(), 0.2),
    "max_norm": ({"max_norm": 0.5}, MAPS, maps, clipping(), 0.0),
}
"""A section, layers, the same in Keras, its optimizer, and its label smoothing."""


@pytest.mark.parametrize("kind", by_night(CASES, ("global_clipnorm", "clipvalue")))
def test_section_trains_what_plain_keras_trains(
    experiment: Make, train: Make, kind: str
) -> None:
    section, layers, build, make_optimizer, smoothing = CASES[kind]
    name = "AdamW" if kind == "weight_decay" else "Adam"
    config = experiment(
        architecture={"layers": layers},
        regularization=section,
        optimizer={name: {"learning_rate": 0.01}},
    )
    ours = train(config | {"dataset": {"source": "iris", "validation": 0.2}})
    dataset = ours.prepared.dataset
    model = build()
    model.set_weights(ours.initial)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    model.compile(make_optimizer(model), loss, metrics=["accuracy"])
    x, y, x_val, y_val = (
        part
        for split in (dataset.train, dataset.validation)
        for part in (split.x, split.y if split.y.ndim > 1 else np.eye(3)[split.y])
    )
    for epoch, row in enumerate(ours.rows):
        order = epoch_order(len(x), 0, epoch)
        fitted = model.fit(
            x[order],
            y[order],
            validation_data=(x_val, y_val),
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        ).history
        other = {key: values[0] for key, values in fitted.items()}
        assert {key: row[key] for key in other} == pytest.approx(other, abs=1e-6)
    for weights, others in zip(
        ours.prepared.built.core.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(weights, others, atol=1e-5)


def test_own_smoothing_of_a_loss_is_its_own(experiment: Make, train: Make) -> None:
    dataset = {"dataset": {"source": "iris", "validation": 0.2}}
    own = {"CategoricalCrossentropy": {"label_smoothing": 0.1}}
    section = {"label_smoothing": 0.4}
    config = experiment(architecture={"layers": MLP}, loss=own, regularization=section)
    alone = experiment(architecture={"layers": MLP}, loss=own)
    assert train(config | dataset).rows == train(alone | dataset).rows


def test_labels_of_each_output_are_smoothed_where_its_loss_can(
    experiment: Make, train: Make
) -> None:
    layers = [
        {"Dense": {"name": "hidden", "units": 6, "activation": "relu"}},
        {"Dense": {"name": "kind", "units": 3, "activation": "softmax"}},
        {"Dense": {"name": "copy", "units": 4, "from": "hidden"}},
    ]
    smooth = {"CategoricalCrossentropy": {"label_smoothing": 0.2}}
    ours, by_hand = (
        train(
            {
                **{k: v for k, v in experiment().items() if k not in ("loss", "metrics")},
                "dataset": {"source": "iris", "validation": 0.2},
                "architecture": {"layers": layers},
                "outputs": {
                    "kind": {"loss": loss, "metrics": ["accuracy"]},
                    "copy": {"loss": "mse", "target": "input"},
                },
                "regularization": section,
            }
        )
        for section, loss in (
            ({"label_smoothing": 0.2}, "sparse_categorical_crossentropy"),
            ({}, smooth),
        )
    )
    assert ours.rows == by_hand.rows
