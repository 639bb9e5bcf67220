"""Several outputs are trained and measured as plain Keras does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.columns import figure_names  # noqa: E402
from dlkit.config.load import load_config  # noqa: E402
from dlkit.config.schema import Config  # noqa: E402
from dlkit.data.dataset import Dataset, Split, Target  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from dlkit.errors import ModelError  # noqa: E402
from dlkit.evaluate.evaluation import evaluate_model  # noqa: E402
from dlkit.model.copies import copy_layer, with_copies  # noqa: E402
from dlkit.model.graph import build_model  # noqa: E402
from dlkit.model.inputs import open_entrance  # noqa: E402
from dlkit.train.assembly import assemble  # noqa: E402
from dlkit.train.augmentation import Augmentation  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.labels import shape_labels, weigh_classes  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.fit import FitLoop  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402

EXAMPLES, EPOCHS = 70, 2

LAYERS: list[Any] = [
    {"Rescaling": {"scale": 0.5, "name": "half"}},
    {"Dense": {"units": 6, "activation": "tanh", "name": "code"}},
    {"Dense": {"units": 3, "activation": "softmax", "name": "kind"}},
    {"Dense": {"units": 3, "activation": "softmax", "name": "early", "from": "half"}},
    {"Dense": {"units": 1, "name": "size", "from": "code"}},
    {"Dense": {"units": 4, "name": "copy", "from": "code"}},
]
OUTPUTS: dict[str, Any] = {
    "kind": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
    "early": {"loss": "categorical_crossentropy", "weight": 0.5},
    "size": {"loss": "mse", "weight": 0.3, "metrics": ["mae", "mse"]},
    "copy": {"loss": "mae", "target": "input"},
}


def config(outputs: dict[str, Any] | None = None, layers: list[Any] | None = None) -> Config:
    data = {
        "dataset": {"source": "iris"},
        "architecture": {"layers": LAYERS if layers is None else layers},
        "outputs": OUTPUTS if outputs is None else outputs,
    }
    return load_config(data).config


def flowers(weight: np.ndarray | None = None) -> Dataset:
    """Numbers whose kind is their largest, and whose size their sum."""
    x = np.random.default_rng(0).normal(size=(EXAMPLES, 4)).astype(np.float32)
    kinds = x[:, :3].argmax(axis=1).astype(np.int32)
    split = Split(x, kinds, weight, {"size": x.sum(axis=1, keepdims=True)})
    outputs = {"size": Target("regression", target_names=("size",))}
    source = config().dataset
    parts = (split, None, split)
    return Dataset(
        "made", None, "here", "classification", ("a", "b", "c"), (), *parts, source, (), outputs
    )


def assembled(told: Config, dataset: Dataset) -> tuple[Any, Dataset]:
    keras.utils.set_random_seed(5)
    layers = told.architecture.layers
    entrance = open_entrance(dataset, [entry.name for entry in layers])
    model = build_model(layers, dataset, entrance, "made", tuple(told.outputs)).model
    copies = {
        name: copy_layer(layers, entrance, model, ("outputs", name, "target"))
        for name, output in told.outputs.items()
        if output.target == "input"
    }
    shaped = shape_labels(with_copies(dataset, model, copies), model, told)
    assemble(model, told, shaped, 10, load_catalogue())
    return model, shaped


def trained(told: Config, dataset: Dataset, batch: int, kind: str) -> list[dict[str, float]]:
    model, shaped = assembled(told, dataset)
    feed = Feed(shaped.train, batch)
    loop: Any = (
        TapeLoop(model, feed, batch, 0, None)
        if kind == "tape"
        else FitLoop(model, feed, batch, 0, None, UserCallbacks([], model, EPOCHS, 1))
    )
    steps = -(-EXAMPLES // batch)
    return [
        loop.run_epoch(epoch, [Stretch(epoch, 0, steps)], lambda done: None)
        for epoch in range(EPOCHS)
    ]


def by_hand(dataset: Dataset, batch: int) -> list[dict[str, float]]:
    keras.utils.set_random_seed(5)
    layers, inputs = keras.layers, keras.Input((4,))
    half = layers.Rescaling(0.5)(inputs)
    code = layers.Dense(6, activation="tanh")(half)
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(code),
        "early": layers.Dense(3, activation="softmax", name="early")(half),
        "size": layers.Dense(1, name="size")(code),
        "copy": layers.Dense(4, name="copy")(code),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        "adam",
        loss={
            "kind": "sparse_categorical_crossentropy",
            "early": "categorical_crossentropy",
            "size": "mse",
            "copy": "mae",
        },
        loss_weights={"kind": 1.0, "early": 0.5, "size": 0.3, "copy": 1.0},
        metrics={"kind": ["accuracy"], "size": ["mae", "mse"]},
    )
    split: Any = dataset.train
    labels = {
        "kind": split.y,
        "early": np.eye(3, dtype=np.float32)[split.y],
        "size": split.targets["size"],
        "copy": split.x * 0.5,
    }
    history = []
    for epoch in range(EPOCHS):
        order = epoch_order(EXAMPLES, 0, epoch)
        fitted = model.fit(
            split.x[order],
            {name: array[order] for name, array in labels.items()},
            sample_weight=None if split.weight is None else split.weight[order],
            batch_size=batch,
            shuffle=False,
            verbose=0,
        )
        history.append({name: values[0] for name, values in fitted.history.items()})
    return history


@pytest.mark.parametrize("kind", ["tape", "fit"])
def test_history_is_that_of_plain_keras(kind: str) -> None:
    weight = np.random.default_rng(1).uniform(0.2, 2, EXAMPLES).astype(np.float32)
    dataset = flowers(weight)
    expected = by_hand(dataset, batch=14)
    for row, other in zip(trained(config(), dataset, 14, kind), expected, strict=True):
        assert row == pytest.approx(other, abs=1e-5)
        assert set(row) == set(figure_names(config()))


@pytest.mark.parametrize("kind", ["tape", "fit"])
def test_losses_of_outputs_add_up_where_the_last_batch_is_smaller(kind: str) -> None:
    for row in trained(config(), flowers(), 16, kind):
        parts = {"kind": 1.0, "early": 0.5, "size": 0.3, "copy": 1.0}
        total = sum(weight * row[f"{name}_loss"] for name, weight in parts.items())
        assert row["loss"] == pytest.approx(total, rel=1e-5)


def test_evaluation_of_each_output_is_that_of_predict() -> None:
    model, shaped = assembled(config(), flowers())
    found = evaluate_model(model, shaped, config())
    test: Any = shaped.test
    predicted = model.predict(test.x, verbose=0)
    assert list(found) == ["kind", "early", "size", "copy"]
    assert found["early"].true.tolist() == test.y.tolist()
    np.testing.assert_allclose(found["kind"].probabilities, predicted["kind"], atol=1e-6)
    np.testing.assert_allclose(found["size"].predicted, predicted["size"][:, 0], atol=1e-6)
    errors = np.square(0.5 * test.x - predicted["copy"]).mean(axis=1)
    np.testing.assert_allclose(found["copy"].copy_errors, errors, atol=1e-6)
    mae = np.abs(0.5 * test.x - predicted["copy"]).mean()
    assert found["kind"].metrics["copy_loss"] == pytest.approx(mae, abs=1e-6)


def test_one_named_output_has_the_figures_of_a_nameless_one() -> None:
    outputs = {"kind": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}}
    told = config(outputs, LAYERS[:3])
    model, shaped = assembled(told, flowers())
    assert list(figure_names(told)) == ["loss", "accuracy"]
    assert set(EvaluationLoop(model, shaped.test, 16).measure()) == {"loss", "accuracy"}


def test_weights_of_classes_count_in_every_output() -> None:
    dataset = flowers()
    weighed = weigh_classes(dataset, {"a": 3.0})
    split: Any = weighed.train
    assert split.weight.tolist() == np.where(split.y == 0, 3.0, 1.0).tolist()
    row = trained(config(), weighed, 70, "tape")[0]
    assert row == pytest.approx(by_hand(replace(dataset, train=split), 70)[0], abs=1e-5)


@pytest.mark.parametrize(
    ("last", "shape"),
    [
        ([{"Dense": {"units": 6, "name": "copy"}}], (6,)),
        ([{"Dense": 6}, {"Reshape": {"target_shape": [2, 3, 1], "name": "copy"}}], (2, 3, 1)),
    ],
    ids=["flat", "one-channel"],
)
def test_input_takes_the_shape_of_the_output(last: list[Any], shape: tuple[int, ...]) -> None:
    pictures = np.arange(EXAMPLES * 6, dtype=np.float32).reshape(EXAMPLES, 2, 3)
    split = Split(pictures, np.zeros(EXAMPLES, np.int32))
    data = replace(flowers(), outputs={}, train=split, test=split)
    told = config({"copy": {"loss": "mse", "target": "input"}}, ["Flatten", *last])
    train: Any = assembled(told, data)[1].train
    assert train.targets["copy"].tolist() == pictures.reshape(EXAMPLES, *shape).tolist()


@pytest.mark.parametrize(
    ("name", "output", "message"),
    [
        pytest.param(
            "kind",
            {"loss": "mse", "target": "input"},
            r"^outputs\.kind\.loss: the output is \(3,\), and the input that it gives back is"
            r" \(4,\)\. Give its last layer 4 units\.$",
            id="shape-of-the-copy",
        ),
        pytest.param(
            "copy",
            {"loss": {"BinaryCrossentropy": {"from_logits": True}}, "target": "input"},
            r"^outputs\.copy\.loss\.BinaryCrossentropy: BinaryCrossentropy compares numbers"
            r" from 0 to 1, and the input has -\S+ to \S+\. Put a `Rescaling` in front of all"
            r" other layers, or use mse\.$",
            id="values-of-the-copy",
        ),
        pytest.param(
            "kind",
            {"loss": "sparse_categorical_crossentropy", "metrics": ["F1Score"]},
            r"^outputs\.kind\.metrics\[0\]: F1Score refuses labels \(None,\) and outputs"
            r" \(None, 3\): ",
            id="metric",
        ),
    ],
)
def test_fault_is_found_at_its_output(name: str, output: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        assembled(config(OUTPUTS | {name: output}), flowers())


def test_labels_of_all_outputs_are_mixed_alike() -> None:
    digits = {
        "dataset": {"source": "digits"},
        "architecture": {
            "layers": ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]
        },
        "loss": "categorical_crossentropy",
        "regularization": {"augmentation": ["MixUp"]},
    }
    notations = load_config(digits).config.regularization.augmentation
    augment = Augmentation(notations, (8, 8), 0)
    labels = keras.ops.eye(10)
    pictures = keras.ops.zeros((10, 8, 8))
    _, mixed = augment(pictures, {"b": labels[:, ::-1], "a": labels})
    mixed = {name: np.asarray(array) for name, array in mixed.items()}
    assert list(mixed) == ["b", "a"]
    np.testing.assert_allclose(mixed["b"], mixed["a"][:, ::-1])
    np.testing.assert_allclose(mixed["a"].sum(axis=1), 1, atol=1e-6)
    assert mixed["a"].max(axis=1).min() < 1
