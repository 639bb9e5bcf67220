"""Which files pictures get, and what becomes of a run whose pictures fail."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlkit
from dlkit.errors import StorageError
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.outputs import Output

pytestmark = pytest.mark.keras

IRIS = Path(__file__).parents[2] / "configs" / "iris_mlp.yaml"


@pytest.mark.parametrize(
    ("metrics", "files"),
    [
        (["loss", "top.5_acc-1"], ["loss.png", "top.5_acc-1.png"]),
        (["../../evil", "a/b", "", ".hidden"], [f"figure_{n}.png" for n in (1, 2, 3, 4)]),
        (["loss", "confusion_matrix"], ["loss.png", "figure_2.png"]),
        (["mae", "MAE", "größe"], ["mae.png", "figure_2.png", "figure_3.png"]),
        (["a b", "figure_1"], ["figure_3.png", "figure_1.png"]),
        (["x" * 101], ["figure_1.png"]),
    ],
    ids=str,
)
def test_every_picture_has_a_safe_file_of_its_own(metrics: list[str], files: list[str]) -> None:
    from dlkit.report.drawing import file_names

    assert file_names(metrics, ["confusion_matrix"]) == [*files, "confusion_matrix.png"]


def test_metric_of_any_name_stays_below_plots(tmp_path: Path) -> None:
    from dlkit.report.pictures import draw_pictures
    from dlkit.report.run_folder import RunFolder
    from dlkit.train.loops.method import Method
    from dlkit.train.trainer import Training

    (tmp_path / "plots").mkdir()
    row = {"epoch": 1, "loss": 0.5, "../evil": 0.5, "learning_rate": 0.1, "seconds": 1.0}
    training = Training((row,), 1, 1, "completed", Method("tape", False, "few steps"), {}, 1.0)
    truth = np.array([0.0, 1.0])
    evaluation = Evaluation("regression", truth, None, {}, truth)
    pictures = draw_pictures(RunFolder(tmp_path), training, [Output(evaluation)])
    assert [picture.title for picture in pictures[:2]] == ["loss", "../evil"]
    assert {path.name for path in tmp_path.rglob("*.png")} == {
        *("loss.png", "figure_2.png", "predicted_against_true.png", "residuals.png"),
        "error_spread.png",
    }


def fail(error: Exception) -> Any:
    def function(*arguments: Any, **named: Any) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    "error", [ValueError("no\nluck"), RuntimeError("no luck"), OverflowError("no luck")]
)
def test_picture_that_cannot_be_drawn_is_left_out_and_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    import dlkit.report.class_pictures

    monkeypatch.setattr(dlkit.report.class_pictures, "draw_confusion_matrix", fail(error))
    result = dlkit.run(IRIS, {"training.epochs": 1}, output=tmp_path)
    assert (
        "warning: the picture 'confusion_matrix' is left out, it cannot be drawn: no luck\n"
    ) in capsys.readouterr().out
    files = {path.name for path in result.folder.plots.iterdir()}
    assert {"loss.png", "accuracy.png", "class_scores.png"} <= files
    assert not {"confusion_matrix.png", "confusion_shares.png"} & files
    assert "Confusion matrix" not in result.folder.report.read_text()


def test_page_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import dlkit.report.write

    monkeypatch.setattr(dlkit.report.write, "render_page", fail(ValueError("no luck")))
    result = dlkit.run(IRIS, {"training.epochs": 1}, output=tmp_path)
    told = capsys.readouterr().out
    assert "warning: the page is left out, it cannot be drawn: no luck\n" in told
    assert told.endswith("report    none\n")
    assert not result.folder.report.exists()


def test_full_disk_is_a_storage_error_after_what_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dlkit.report.drawing

    monkeypatch.setattr(
        dlkit.report.drawing, "save_png", fail(OSError(errno.ENOSPC, "No space left"))
    )
    with pytest.raises(
        StorageError, match=r"plots/loss\.png: cannot be written \(No space left\)\.$"
    ):
        dlkit.run(IRIS, {"training.epochs": 1}, output=tmp_path)
    (metrics,) = tmp_path.rglob("metrics.json")
    assert json.loads(metrics.read_text())["status"] == "completed"
    for name in ("model.keras", "predictions.csv", "environment.json", "history.csv"):
        assert (metrics.parent / name).is_file()


def test_full_disk_under_the_page_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlkit.report.run_folder import RunFolder

    monkeypatch.setattr(RunFolder, "report", Path("/dev/full"))
    with pytest.raises(StorageError, match=r"/dev/full: cannot be written \(No space left"):
        dlkit.run(IRIS, {"training.epochs": 1}, output=tmp_path)
