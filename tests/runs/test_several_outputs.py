"""Whole runs of models with several outputs, and what is done with them afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402

DIGITS: dict[str, Any] = {
    "name": "both",
    "dataset": {"source": "digits"},
    "architecture": {
        "layers": [
            {"Rescaling": {"scale": 0.0625, "name": "scaled"}},
            "Flatten",
            {"Dense": {"units": 12, "activation": "relu", "name": "code"}},
            {"Dense": {"units": 10, "activation": "softmax", "name": "digit", "from": "code"}},
            {"Dense": {"units": 64, "activation": "sigmoid", "from": "code"}},
            {"Reshape": {"target_shape": [8, 8], "name": "copy"}},
        ]
    },
    "outputs": {
        "digit": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        "copy": {"loss": "binary_crossentropy", "weight": 0.3, "target": "input"},
    },
    "training": {"epochs": 2},
}
FIGURES = ["loss", "digit_loss", "copy_loss", "digit_accuracy"]


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return dlkit.run(DIGITS, output=tmp_path_factory.mktemp("runs"))


def test_run_leaves_figures_pictures_and_answers_of_every_output(digits_run: Any) -> None:
    folder = digits_run.folder
    metrics = json.loads(folder.metrics.read_text("utf-8"))
    names = [f"{split}_{name}" for split in ("train", "val", "test") for name in FIGURES]
    assert [name for name in metrics if name in names] == names
    history = pd.read_csv(folder.history)
    assert [n for n in history if n in FIGURES] == FIGURES
    pictures = {path.stem for path in folder.plots.iterdir()}
    answers = {"digit_confusion_matrix", "digit_roc", "copy_pictures", "copy_errors"}
    assert {*FIGURES, *answers} <= pictures
    facts = json.loads(folder.data.read_text("utf-8"))["outputs"]
    assert facts["copy"]["copies"] == "scaled"


def test_predictions_of_a_run_are_those_of_its_model(digits_run: Any) -> None:
    table = pd.read_csv(digits_run.folder.predictions)
    probabilities = [f"digit p({digit})" for digit in range(10)]
    assert list(table)[1:] == ["digit true", "digit predicted", *probabilities, "copy error"]
    raw = load_digits().images.astype(np.float32)[table["example"]]
    outputs = digits_run.model.predict(raw, verbose=0)
    np.testing.assert_allclose(table[probabilities], outputs["digit"], atol=1e-5)
    errors = np.square(outputs["copy"] - raw / 16).mean(axis=(1, 2))
    np.testing.assert_allclose(table["copy error"], errors, atol=1e-5)
    accuracy = (table["digit true"] == table["digit predicted"]).mean()
    assert digits_run.metrics["test_digit_accuracy"] == pytest.approx(accuracy)


def test_run_is_evaluated_again_to_the_same_figures(digits_run: Any) -> None:
    again = dlkit.evaluate(digits_run.folder.path)
    assert list(again) == FIGURES
    tested = {name: digits_run.metrics[f"test_{name}"] for name in FIGURES}
    assert again == pytest.approx(tested, abs=1e-5)


def test_new_data_is_answered_and_evaluated(digits_run: Any, tmp_path: Path) -> None:
    x, y = load_digits().images.astype(np.float32)[:300], load_digits().target[:300]
    np.savez(tmp_path / "new.npz", x=x, y=y)
    answers = dlkit.predict(digits_run.folder.path, tmp_path / "new.npz")
    outputs = digits_run.model.predict(x, verbose=0)
    errors = np.square(outputs["copy"] - x / 16).mean(axis=(1, 2))
    np.testing.assert_allclose(answers["copy error"], errors, atol=1e-5)
    predicted = outputs["digit"].argmax(axis=1)
    assert answers["digit predicted"].astype(int).tolist() == predicted.tolist()
    figures = dlkit.evaluate(digits_run.folder.path, tmp_path / "new.npz")
    assert figures["digit_accuracy"] == pytest.approx((predicted == y).mean(), abs=1e-6)
    crossentropy = keras.losses.SparseCategoricalCrossentropy()(y, outputs["digit"])
    assert figures["digit_loss"] == pytest.approx(float(crossentropy), abs=1e-5)


def test_folds_are_summed_up_output_by_output(tmp_path: Path) -> None:
    config = {
        "name": "folded",
        "dataset": {"source": "iris", "folds": 2},
        "architecture": {
            "layers": [
                {"Dense": {"units": 4, "name": "code"}},
                {"Dense": {"units": 3, "activation": "softmax", "name": "kind"}},
                {"Dense": {"units": 4, "name": "copy", "from": "code"}},
            ]
        },
        "outputs": {
            "kind": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
            "copy": {"loss": "mse", "target": "input"},
        },
        "training": {"epochs": 1},
    }
    result = dlkit.run(config, output=tmp_path)
    table = pd.read_csv(result.folder.predictions)
    assert len(table) == 150
    assert {"kind true", "kind predicted", "copy error"} <= set(table)
    accuracy = (table["kind true"] == table["kind predicted"]).mean()
    assert result.metrics["test_kind_accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert "test_copy_loss_std" in result.metrics
    assert (result.folder.plots / "copy_errors.png").is_file()


@pytest.mark.usefixtures("unpictured")
@pytest.mark.parametrize("stream", [False, True], ids=["in-memory", "streamed"])
def test_table_is_given_back_as_the_numbers_that_layers_read(
    tmp_path: Path, stream: bool
) -> None:
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(50, 9, 120), "b": draw.normal(size=120)})
    table["kind"] = np.where(table["b"] > 0, "yes", "no")
    table["price"] = 2 * table["b"]
    table.to_csv(tmp_path / "made.csv", index=False)
    config = {
        "name": "table",
        "dataset": {
            "source": {"csv": str(tmp_path / "made.csv")},
            "target": "kind",
            "stream": stream,
        },
        "architecture": {
            "layers": [
                {"Dense": {"units": 2, "activation": "softmax", "name": "is", "from": "input"}},
                {"Dense": {"units": 1, "name": "costs", "from": "input"}},
                {"Dense": {"units": 2, "name": "copy", "from": "input"}},
            ]
        },
        "outputs": {
            "is": {"loss": "sparse_categorical_crossentropy"},
            "costs": {"loss": "mse", "target": "price"},
            "copy": {"loss": "mse", "target": "input"},
        },
        "training": {"epochs": 1},
    }
    result = dlkit.run(config, output=tmp_path)
    again = dlkit.evaluate(result.folder.path)
    assert again == pytest.approx({n: result.metrics[f"test_{n}"] for n in again}, abs=1e-5)
    answers = dlkit.predict(result.folder.path, tmp_path / "made.csv")
    rows = np.load(result.folder.splits)
    train = table.loc[rows["train"], ["a", "b"]].to_numpy()
    numbers = (table[["a", "b"]].to_numpy() - train.mean(0)) / train.std(0)
    kernel, bias = result.model.get_layer("copy").get_weights()
    errors = np.square(numbers @ kernel + bias - numbers).mean(axis=1)
    np.testing.assert_allclose(answers["copy error"], errors, rtol=1e-4)
    assert again["copy_loss"] == pytest.approx(errors[rows["test"]].mean(), rel=1e-4)
