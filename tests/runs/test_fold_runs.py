"""Cross-validation: every fold is a run of its own, and every row is tested once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402

FOLDS = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    """A table whose rows come in groups of four."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(20, 5, (60, 2)).round(3)
    table = pd.DataFrame(numbers, columns=["a", "b"])
    table["kind"] = np.where(numbers.sum(axis=1) > 40, "yes", "no")
    table["person"] = [f"p{row // 4}" for row in range(60)]
    path = tmp_path_factory.mktemp("folds") / "made.csv"
    table.to_csv(path, index=False)
    return table, path


@pytest.fixture(scope="module")
def result(made: tuple[pd.DataFrame, Path]) -> Any:
    path = made[1]
    config = {
        "name": "people",
        "dataset": {
            "source": {"csv": str(path)},
            "target": "kind",
            "group": "person",
            "folds": FOLDS,
            "validation": 0.2,
        },
        "architecture": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2},
    }
    return dlkit.run(config, output=path.parent / "out")


@pytest.fixture(scope="module")
def rows(result: Any) -> list[dict[str, np.ndarray]]:
    found = []
    for number in range(1, FOLDS + 1):
        with np.load(RunFolder(result.folder.path).fold(number).splits) as parts:
            found.append(dict(parts))
    return found


def test_every_row_is_tested_once(rows: list[dict[str, np.ndarray]]) -> None:
    for parts in rows:
        assert sorted(np.concatenate([*parts.values()]).tolist()) == [*range(60)]
    tested = np.concatenate([parts["test"] for parts in rows])
    assert sorted(tested.tolist()) == [*range(60)]


def test_no_person_is_on_two_sides(
    rows: list[dict[str, np.ndarray]], made: tuple[pd.DataFrame, Path]
) -> None:
    for parts in rows:
        people = [set(made[0]["person"][numbers]) for numbers in parts.values()]
        assert sum(map(len, people)) == 15


def test_each_model_has_the_statistics_of_its_own_training_rows(
    result: Any, rows: list[dict[str, np.ndarray]], made: tuple[pd.DataFrame, Path]
) -> None:
    means = set()
    for fold, parts in zip(result.runs, rows, strict=True):
        numbers = made[0][["a", "b"]].to_numpy()[parts["train"]]
        saved = keras.models.load_model(fold.folder.model, safe_mode=True)
        layer = saved.get_layer("encoding").get_layer("numbers")
        expected = numbers.mean(axis=0).astype("float32")
        np.testing.assert_array_equal(np.ravel(layer.mean), expected)
        variance = numbers.var(axis=0).astype("float32")
        np.testing.assert_array_equal(np.ravel(layer.variance), variance)
        means.add(tuple(expected))
    assert len(means) == FOLDS


def test_figures_are_means_and_deviations_of_the_folds(result: Any) -> None:
    for name in ("test_accuracy", "test_loss", "val_loss", "train_accuracy"):
        values = [fold.metrics[name] for fold in result.runs]
        assert result.metrics[name] == pytest.approx(np.mean(values), abs=1e-9)
        spread = result.metrics[f"{name}_std"]
        assert spread == pytest.approx(np.std(values), abs=1e-9) or spread == pytest.approx(
            np.std(values, ddof=1), abs=1e-9
        )
    facts = json.loads(result.folder.metrics.read_text())
    assert facts["test_accuracy"] == result.metrics["test_accuracy"]


def test_answers_of_the_folds_are_put_together(
    result: Any, rows: list[dict[str, np.ndarray]], made: tuple[pd.DataFrame, Path]
) -> None:
    together = pd.read_csv(result.folder.predictions)
    assert sorted(together["example"]) == [*range(60)]
    truth = made[0]["kind"].to_numpy()[together["example"]]
    assert together["true"].tolist() == truth.tolist()
    together = together.set_index("example")
    for fold, parts in zip(result.runs, rows, strict=True):
        own = pd.read_csv(fold.folder.predictions).set_index("example")
        assert own.index.tolist() == parts["test"].tolist()
        np.testing.assert_allclose(own["p(yes)"], together["p(yes)"][own.index], atol=1e-8)


def test_fold_trains_as_a_plain_run_with_its_rows(
    result: Any,
    rows: list[dict[str, np.ndarray]],
    made: tuple[pd.DataFrame, Path],
    tmp_path: Path,
) -> None:
    table, second = made[0].copy(), rows[1]
    table["part"] = "train"
    for part in ("validation", "test"):
        table.loc[second[part], "part"] = part
    table.to_csv(tmp_path / "made.csv", index=False)
    marks = {part: {"column": "part", "value": part} for part in ("validation", "test")}
    config = {
        "dataset": {
            "source": {"csv": str(tmp_path / "made.csv")},
            "target": "kind",
            "features": {"person": "drop"},
            **marks,
        },
        "architecture": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2},
    }
    plain = dlkit.run(config, output=tmp_path / "out")
    assert plain.metrics == result.runs[1].metrics
