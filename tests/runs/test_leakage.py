"""Nothing of validation or test reaches what is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402

Make = Callable[..., Any]
MARKED = {"column": "part", "value": "test"}


def test_statistics_of_arrays_are_those_of_the_training_rows(tmp_path: Path) -> None:
    x = np.random.default_rng(3).normal(7, 2, (90, 4)).astype("float32")
    np.savez(tmp_path / "made.npz", x=x, y=(x.sum(axis=1) > 28).astype(int))
    config = {
        "dataset": {"source": {"arrays": str(tmp_path / "made.npz")}},
        "architecture": {
            "layers": ["Normalization", {"Dense": {"units": 2, "activation": "softmax"}}]
        },
        "loss": "sparse_categorical_crossentropy",
        "training": {"epochs": 1},
    }
    result = dlkit.run(config, output=tmp_path / "out")
    with np.load(result.folder.splits) as parts:
        numbers = x[parts["train"]].astype("float64")
    layer = keras.models.load_model(result.folder.model).layers[0]
    np.testing.assert_allclose(np.ravel(layer.mean), numbers.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(np.ravel(layer.variance), numbers.var(axis=0), rtol=1e-5)


def shuffled(made: pd.DataFrame, column: str, rows: np.ndarray) -> pd.DataFrame:
    changed = made.copy()
    changed.loc[rows, column] = np.roll(made[column].to_numpy()[rows], 5)
    return changed


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_test_rows_change_not_a_bit_of_training(
    table: Make, experiment: Make, train: Make, tmp_path: Path, stream: bool
) -> None:
    part = np.where(np.arange(60) % 3 == 0, "test", "train")
    generator = np.random.default_rng(1)
    made = table(
        part=part,
        city=generator.choice(["Oslo", "Rome", "Bern"], 60),
        note=[f"word{row % 7} and word{row % 4}" for row in range(60)],
        day=pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d"),
    )
    features = {"city": "categorical", "note": "text", "day": "date"}
    config = experiment(dataset={"test": MARKED, "stream": stream, "features": features})
    before = train(config)
    rows = np.flatnonzero(part == "test")
    for column in ("kind", "a", "b", "city", "note", "day"):
        made = shuffled(made, column, rows)
    made.loc[rows, "a"] *= 1000
    made.loc[rows[:5], ["city", "note"]] = "Atlantis"
    made.to_csv(tmp_path / "made.csv", index=False)
    after = train(config)
    assert before.rows == after.rows
    for ours, theirs in zip(before.weights, after.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert before.evaluation.metrics != after.evaluation.metrics


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_statistics_are_numpy_s_over_the_training_rows(
    table: Make, experiment: Make, train: Make, stream: bool
) -> None:
    made = table()
    outcome = train(experiment(dataset={"stream": stream}, training={"epochs": 1}))
    assert_statistics(outcome.prepared.built.model, made, outcome.dataset.rows["train"])


def assert_statistics(model: Any, made: pd.DataFrame, rows: np.ndarray) -> None:
    """Compare the numbers inside a model with numpy's, to the last bit."""
    layer = model.get_layer("encoding").get_layer("numbers")
    everything = made[["a", "b"]].to_numpy()
    mean, variance = (
        function(everything[rows], axis=0).astype("float32") for function in (np.mean, np.var)
    )
    np.testing.assert_array_equal(np.ravel(layer.mean), mean)
    np.testing.assert_array_equal(np.ravel(layer.variance), variance)
    assert (mean != everything.mean(axis=0).astype("float32")).all()


def test_training_rows_do_change_training(
    table: Make, experiment: Make, train: Make, tmp_path: Path
) -> None:
    """The negative control: were rows ignored, the tests above would say nothing."""
    made = table(part=np.where(np.arange(60) % 3 == 0, "test", "train"))
    before = train(experiment(dataset={"test": MARKED}))
    rows = np.flatnonzero(made["part"] == "train")
    shuffled(made, "kind", rows).to_csv(tmp_path / "made.csv", index=False)
    assert train(experiment(dataset={"test": MARKED})).rows != before.rows


def test_shuffled_test_labels_leave_history_and_model_as_they_are(
    table: Make, experiment: Make, tmp_path: Path
) -> None:
    part = np.where(np.arange(60) % 3 == 0, "test", "train")
    made = table(part=part)
    results = []
    for name, frame in (
        ("first", made),
        ("second", shuffled(made, "kind", np.flatnonzero(part == "test"))),
    ):
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        source = {"csv": str(tmp_path / f"{name}.csv")}
        dataset = {"source": source, "test": MARKED}
        config = experiment(dataset=dataset, training={"epochs": 2})
        results.append(dlkit.run(config, output=tmp_path / name))
    first, second = (pd.read_csv(result.folder.history) for result in results)
    pd.testing.assert_frame_equal(
        first.drop(columns="seconds"), second.drop(columns="seconds"), check_exact=True
    )
    for result in results:
        with np.load(result.folder.splits) as parts:
            rows = parts["train"]
        assert set(part[rows]) == {"train"}
        saved = keras.models.load_model(result.folder.model, safe_mode=True)
        assert_statistics(saved, made, rows)
    facts = [json.loads(result.folder.metrics.read_text()) for result in results]
    assert facts[0]["test_accuracy"] != facts[1]["test_accuracy"]
    for ours, theirs in zip(
        results[0].model.get_weights(), results[1].model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
