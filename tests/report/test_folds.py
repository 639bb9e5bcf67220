"""Several folds as one: figures, answers, files and the page."""

from __future__ import annotations

import csv
import json
import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import dlkit
from dlkit.evaluate.predictions import Evaluation
from dlkit.several import SeveralResult

if TYPE_CHECKING:
    from dlkit.report.run_folder import RunFolder
    from dlkit.report.together.member import Member
    from dlkit.train.trainer import Status

pytestmark = pytest.mark.keras

CONFIG = """
name: flowers
dataset: {source: iris, folds: 3, validation: 0.1}
architecture:
  layers:
    - Dense: {units: 8, activation: relu}
    - Dense: {units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
training: {epochs: 2, batch_size: 10}
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SeveralResult:
    """Return three folds of iris."""
    from dlkit.backend import import_tensorflow

    import_tensorflow()
    folder = tmp_path_factory.mktemp("folds")
    (folder / "flowers.yaml").write_text(CONFIG)
    found = dlkit.run(folder / "flowers.yaml", output=folder / "out")
    assert isinstance(found, SeveralResult)
    return found


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_figures_are_mean_and_sample_deviation_of_the_folds(result: SeveralResult) -> None:
    facts = json.loads(result.folder.metrics.read_text())
    each = [
        json.loads((result.folder.path / f"fold_{n}" / "metrics.json").read_text())
        for n in (1, 2, 3)
    ]
    for name in ("test_accuracy", "test_loss", "val_loss", "train_accuracy"):
        values = [one[name] for one in each]
        assert facts[name] == pytest.approx(statistics.fmean(values))
        assert facts[f"{name}_std"] == pytest.approx(statistics.stdev(values))
        assert [fold[name] for fold in facts["folds"]] == values
        assert result.metrics[name] == facts[name]
    assert (facts["status"], facts["dataset"], facts["test_examples"]) == (
        *("completed", "iris", 150),
    )


def test_every_example_is_answered_once_by_the_fold_that_did_not_learn_it(
    result: SeveralResult,
) -> None:
    whole = read(result.folder.predictions)
    assert [int(row["example"]) for row in whole] == list(range(150))
    fold = np.load(result.folder.splits)["fold"]
    assert len(fold) == 150
    for number in (1, 2, 3):
        own = read(result.folder.path / f"fold_{number}" / "predictions.csv")
        rows = [row for row in whole if fold[int(row["example"])] == number]
        assert rows == own
    right = [row["true"] == row["predicted"] for row in whole]
    # Folds of iris are of one size, so the mean of their accuracies is that of all answers.
    assert statistics.fmean(right) == pytest.approx(result.metrics["test_accuracy"])


def test_folder_and_page_hold_the_folds_together(result: SeveralResult) -> None:
    folder = result.folder
    assert {path.name for path in folder.plots.iterdir()} >= {
        *("loss.png", "accuracy.png", "folds.png", "confusion_matrix.png", "roc.png")
    }
    page = folder.report.read_text("utf-8")
    mean, deviation = (result.metrics[f"test_accuracy{end}"] for end in ("", "_std"))
    verdict = f"Test accuracy {mean:.4f} ± {deviation:.4f} over 3 folds of iris, 150 examples."
    assert verdict in page
    for number in (1, 2, 3):
        assert f'href="fold_{number}/report.html"' in page
        fold = folder.path / f"fold_{number}" / "report.html"
        assert f"flowers/1/fold_{number}" in fold.read_text("utf-8")
    assert json.loads(folder.environment.read_text())["seed"] == 0
    assert json.loads(folder.data.read_text())["class_names"][0] == "setosa"


def test_last_lines_say_mean_and_deviation(result: SeveralResult) -> None:
    log = result.folder.log.read_text("utf-8")
    figures = [
        f"          {name} {result.metrics[f'test_{key}']:.4f}"
        f" ± {result.metrics[f'test_{key}_std']:.4f}\n"
        for name, key in (("loss    ", "loss"), ("accuracy", "accuracy"))
    ]
    assert f"test      mean and standard deviation over 3 folds\n{''.join(figures)}time " in log


def test_fold_that_diverged_is_said_first(result: SeveralResult, tmp_path: Path) -> None:
    from dlkit.config.load import load_config
    from dlkit.data.load import load_dataset
    from dlkit.report.folds.write import draw_folds, write_folds
    from dlkit.report.run_folder import RunFolder
    from dlkit.report.write import write_inputs

    source = result.folder.path.parents[2] / "flowers.yaml"
    loaded = load_config(source, {"dataset.folds": 2})
    dataset = load_dataset(loaded.config, ())
    folder = RunFolder(tmp_path / "flowers" / "1")
    folder.plots.mkdir(parents=True)
    write_inputs(folder, loaded)
    runs = [make_run(folder, [0, 2], 0.5), make_run(folder, [1, 3], math.nan)]
    whole = write_folds(folder, loaded, dataset, runs, parameters=3, started=0.0)
    draw_folds(whole)
    facts = json.loads(folder.metrics.read_text(), parse_constant=pytest.fail)
    assert facts["status"] == "diverged"
    assert facts["test_loss"] is facts["test_loss_std"] is None
    assert [fold["test_loss"] for fold in facts["folds"]] == [0.5, None]
    assert "Training diverged in 1 of 2 folds." in folder.report.read_text("utf-8")


def make_run(folder: RunFolder, tested: list[int], loss: float) -> Member:
    """Return a fold of one epoch that came to a loss."""
    from dlkit.report.together.member import Member
    from dlkit.train.loops.method import Method
    from dlkit.train.trainer import Training

    status: Status = "completed" if math.isfinite(loss) else "diverged"
    row = {"epoch": 1, "loss": loss, "learning_rate": 0.1, "seconds": 1.0}
    training = Training((row,), 1, 1, status, Method("tape", False, "few steps"), {}, 1.0)
    rows = np.array(tested)
    probabilities = np.full((len(rows), 3), loss, np.float32)
    classes = np.zeros(len(rows), np.int64)
    answers = Evaluation("classification", classes, probabilities, {}, classes)
    return Member(0, folder.fold(1), training, {"": answers}, {"test_loss": loss}, rows)


def test_only_figures_that_all_folds_have_are_summed_up() -> None:
    from dlkit.report.together.sums import figures_of, sum_up

    scores = sum_up([{"test_mae": 1.0, "test_x": 1.0}, {"test_mae": 3.0}])
    assert figures_of(scores) == {"test_mae": 2.0, "test_mae_std": pytest.approx(2**0.5)}


def test_metric_that_is_called_like_a_deviation_keeps_its_name() -> None:
    from dlkit.report.together.sums import figures_of, sum_up

    fold = {"test_loss": 1.0, "test_loss_std": 5.0}
    assert figures_of(sum_up([fold, fold])) == {
        "test_loss": 1.0,
        "test_loss_std": 5.0,
        "test_loss_std_std": 0.0,
    }


@pytest.mark.parametrize(
    ("values", "mean", "deviation"),
    [
        ([2.0, 4.0, 9.0], 5.0, 13**0.5),
        ([0.5, 0.5], 0.5, 0.0),
        ([0.5], 0.5, math.nan),
        ([0.5, math.nan], math.nan, math.nan),
        ([0.5, math.inf], math.nan, math.nan),
    ],
)
def test_mean_and_deviation(values: list[float], mean: float, deviation: float) -> None:
    from dlkit.report.together.sums import mean_and_deviation

    assert mean_and_deviation(values) == pytest.approx((mean, deviation), nan_ok=True)


def test_answers_are_joined_in_the_order_of_the_source(tmp_path: Path) -> None:
    from dlkit.report.folds.sums import fold_numbers, join_answers
    from dlkit.report.run_folder import RunFolder

    folds = []
    for tested in ([4, 0], [1, 5], [3]):
        fold = make_run(RunFolder(tmp_path), tested, 0.5)
        true = np.stack([fold.rows * 10.0, fold.rows * 100.0], axis=1)
        folds.append(
            replace(fold, evaluations={"": Evaluation("regression", true + 1, None, {}, true)})
        )
    answers, rows = join_answers(folds)
    joined = answers[""]
    assert rows.tolist() == [0, 1, 3, 4, 5]
    assert joined.true.tolist() == [[0, 0], [10, 100], [30, 300], [40, 400], [50, 500]]
    assert joined.predicted.tolist() == (joined.true + 1).tolist()
    assert joined.probabilities is None
    assert fold_numbers(folds, 7).tolist() == [1, 2, 0, 3, 1, 2, 0]
