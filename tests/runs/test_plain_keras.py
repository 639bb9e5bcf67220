"""Experiments against the same written by hand: pandas, numpy, and Keras's own fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MultiLabelBinarizer
from sklearn.utils.class_weight import compute_class_weight

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.order import epoch_order  # noqa: E402

Make = Callable[..., Any]
BATCH, EPOCHS = 8, 2


def standardized(made: pd.DataFrame, rows: np.ndarray, train: np.ndarray) -> np.ndarray:
    numbers = made[["a", "b"]].to_numpy()
    return ((numbers - numbers[train].mean(0)) / numbers[train].std(0))[rows].astype("float32")


def by_hand(
    outcome: Any,
    made: pd.DataFrame,
    y: np.ndarray,
    loss: str,
    activation: str | None,
    weight: np.ndarray | None = None,
    class_weight: dict[int, float] | None = None,
) -> tuple[list[dict[str, float]], Any, np.ndarray]:
    """Train without dlkit: only the rows, their order and the first weights are its own."""
    rows = {name: np.asarray(numbers) for name, numbers in outcome.dataset.rows.items()}
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(6, activation="relu"),
            keras.layers.Dense(outcome.initial[-1].size, activation=activation),
        ]
    )
    model.set_weights(outcome.initial)
    metrics: list[Any] = ["mae"] if loss == "mse" else ["accuracy"]
    if y.ndim > 1 and loss == "binary_crossentropy":
        metrics = [keras.metrics.BinaryAccuracy(name="accuracy")]  # of every label
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=metrics)
    parts: dict[str, Any] = {}
    for name, numbers in rows.items():
        arrays = [standardized(made, numbers, rows["train"]), y[numbers]]
        parts[name] = [*arrays, *([] if weight is None else [weight[numbers]])]
    history = []
    for epoch in range(EPOCHS):
        order = epoch_order(len(rows["train"]), 0, epoch)
        x, labels, *weights = (array[order] for array in parts["train"])
        fitted = model.fit(
            x,
            labels,
            sample_weight=weights[0] if weights else None,
            class_weight=class_weight,
            validation_data=tuple(parts["validation"]),
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        )
        history.append({key: values[0] for key, values in fitted.history.items()})
    return history, model, parts["test"][0]


def assert_alike(outcome: Any, history: list[dict[str, float]], model: Any, x: Any) -> None:
    for row, other in zip(outcome.rows, history, strict=True):
        assert {name: row[name] for name in other} == pytest.approx(other, abs=1e-5)
    for ours, theirs in zip(
        outcome.prepared.built.core.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    answers = outcome.evaluation
    given = answers.predicted if answers.probabilities is None else answers.probabilities
    np.testing.assert_allclose(given, model.predict(x, verbose=0), atol=1e-5)


@pytest.mark.parametrize(
    ("weighted", "class_weight", "loss"),
    [
        pytest.param(True, None, "sparse_categorical_crossentropy", id="sample-weight"),
        pytest.param(
            False, {"yes": 3.0, "no": 0.5}, "sparse_categorical_crossentropy", id="by-name"
        ),
        pytest.param(False, "balanced", "categorical_crossentropy", id="balanced-one-hot"),
    ],
)
def test_classes(
    table: Make, experiment: Make, train: Make, weighted: bool, class_weight: Any, loss: str
) -> None:
    weight = np.random.default_rng(2).integers(0, 4, 60) / 2
    made = table(weight=weight)
    dataset: dict[str, Any] = {"validation": 0.2}
    if weighted:
        dataset["sample_weight"] = "weight"
    else:
        dataset["features"] = {"weight": "drop"}
    training = {"epochs": EPOCHS, "batch_size": BATCH, "class_weight": class_weight}
    outcome = train(experiment(dataset=dataset, training=training, loss=loss))
    labels = (made["kind"] == "yes").to_numpy().astype(int)
    weights = class_weight and {0: 0.5, 1: 3.0}
    if class_weight == "balanced":
        own = labels[outcome.dataset.rows["train"]]
        balanced = compute_class_weight("balanced", classes=np.arange(2), y=own)
        weights = dict(enumerate(balanced.tolist()))
    y = np.eye(2, dtype="float32")[labels] if loss.startswith("cat") else labels
    given = weight.astype("float32") if weighted else None
    assert_alike(outcome, *by_hand(outcome, made, y, loss, "softmax", given, weights))


def test_one_hot_labels_give_the_history_of_plain_ones(
    table: Make, experiment: Make, train: Make
) -> None:
    table()
    sparse, one_hot = (
        train(experiment(loss=f"{form}categorical_crossentropy")) for form in ("sparse_", "")
    )
    for ours, theirs in zip(sparse.rows, one_hot.rows, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert sparse.evaluation.true.tolist() == one_hot.evaluation.true.tolist()


SIGMOID = {"Dense": {"units": 3, "activation": "sigmoid"}}
HIDDEN = {"Dense": {"units": 6, "activation": "relu"}}


def test_several_labels(table: Make, experiment: Make, train: Make) -> None:
    truth = np.random.default_rng(4).integers(0, 2, (60, 3))
    names = ["big", "old", "red"]
    cells = [";".join(np.array(names)[row.astype(bool)]) for row in truth]
    made = table(tags=cells, **dict(zip(names, truth.T, strict=True)))
    tags = [[name for name in cell.split(";") if name] for cell in cells]
    y = MultiLabelBinarizer(classes=names).fit_transform(tags)
    outcomes = []
    for target, free in (
        ({"columns": "tags", "separator": ";"}, names),
        (names, ["tags"]),
    ):
        features = dict.fromkeys(["kind", *free], "drop")
        config = experiment(
            dataset={"target": target, "validation": 0.2, "features": features},
            architecture={"layers": [HIDDEN, SIGMOID]},
            loss="binary_crossentropy",
        )
        outcomes.append(train(config))
    outcome, columns = outcomes
    assert outcome.dataset.class_names == columns.dataset.class_names == tuple(names)
    assert outcome.rows == columns.rows
    labels = y.astype("float32")
    assert_alike(outcome, *by_hand(outcome, made, labels, "binary_crossentropy", "sigmoid"))
    assert outcome.evaluation.true.tolist() == y[outcome.dataset.rows["test"]].tolist()


def test_several_values(table: Make, experiment: Make, train: Make) -> None:
    values = np.random.default_rng(4).normal(size=(60, 2)).round(3)
    made = table(height=values[:, 0], mass=values[:, 1])
    config = experiment(
        dataset={
            "target": ["height", "mass"],
            "validation": 0.2,
            "features": {"kind": "drop"},
        },
        architecture={"layers": [HIDDEN, {"Dense": 2}]},
        loss="mse",
        metrics=["mae"],
    )
    outcome = train(config)
    y = values.astype("float32")
    assert outcome.dataset.target_names == ("height", "mass")
    assert_alike(outcome, *by_hand(outcome, made, y, "mse", None))


def test_row_of_weight_zero_teaches_nothing(
    table: Make, experiment: Make, train: Make, tmp_path: Path
) -> None:
    rows = np.arange(60)
    made = table(weight=(rows % 4 > 0).astype(float), part=np.array(list("tvf"))[rows % 3])
    parts = {name: {"column": "part", "value": name[0]} for name in ("validation", "test")}
    config = experiment(dataset={"sample_weight": "weight", **parts}, metrics=[])
    before = train(config)
    silent = (made["part"] == "f") & (made["weight"] == 0)
    assert silent.sum() == 5
    made.loc[silent, "kind"] = made.loc[silent, "kind"].map({"yes": "no", "no": "yes"})
    made.to_csv(tmp_path / "made.csv", index=False)
    after = train(config)
    assert before.rows == after.rows
    for ours, theirs in zip(before.weights, after.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
