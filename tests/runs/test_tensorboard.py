"""Event files hold the history, under the names and at the steps of Keras's callback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

tf = pytest.importorskip("tensorflow")

import dlkit  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402
from dlkit.train.tensorboard import EventFiles, parts_of  # noqa: E402

ROW = {
    "epoch": 1,
    "stage": 1,
    "loss": 0.5,
    "val_loss": 0.75,
    "learning_rate": 0.01,
    "seconds": 2.0,
    "gradient_norm/dense": 3.0,
}


def read(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return step and value of every scalar below a folder, as TensorFlow reads them."""
    from tensorflow.python.summary.summary_iterator import summary_iterator

    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(folder.glob("*tfevents*")):
        for event in summary_iterator(str(file)):
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                number = tf.make_ndarray(value.tensor)
                assert (number.shape, number.dtype) == ((), np.float32)
                found.setdefault(value.tag, []).append((event.step, float(number)))
    return found


def curve(rows: Any, name: str) -> list[tuple[int, float]]:
    return [(int(row["epoch"]) - 1, float(np.float32(row[name]))) for row in rows]


def test_parts_have_the_names_of_keras() -> None:
    assert parts_of(ROW) == {
        "train": {"epoch_loss": 0.5, "epoch_learning_rate": 0.01, "gradient_norm/dense": 3.0},
        "validation": {"epoch_loss": 0.75},
    }


def test_no_validation_has_no_folder(tmp_path: Path) -> None:
    with EventFiles(tmp_path, pytest.fail) as events:
        events.on_epoch({"epoch": 1, "loss": 0.5, "learning_rate": 0.1, "seconds": 1.0})
    assert [path.name for path in tmp_path.iterdir()] == ["train"]


def test_files_are_written_anew_where_training_goes_on(tmp_path: Path) -> None:
    foreign = tmp_path / "train" / "events.out.tfevents.1.host"
    with EventFiles(tmp_path, pytest.fail) as events:
        for epoch in (1, 2, 3):  # of which the third is lost with its state
            events.on_epoch({**ROW, "epoch": epoch})
    foreign.touch()
    rows = [{**ROW, "epoch": epoch, "loss": epoch / 8} for epoch in (1, 2)]
    with EventFiles(tmp_path, pytest.fail, rows) as events:
        events.on_epoch({**ROW, "epoch": 3, "loss": 0.25})
    assert read(tmp_path / "train")["epoch_loss"] == [(0, 0.125), (1, 0.25), (2, 0.25)]
    assert foreign.is_file()


def test_epochs_before_are_in_the_past(tmp_path: Path) -> None:
    from tensorflow.python.summary.summary_iterator import summary_iterator

    with EventFiles(tmp_path, pytest.fail, [ROW, {**ROW, "epoch": 2}]):
        pass
    (file,) = (tmp_path / "train").iterdir()
    times = [event.wall_time for event in summary_iterator(str(file)) if event.summary.value]
    assert times[1] - times[0] == pytest.approx(2.0)


def test_disk_that_takes_nothing_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    place = tmp_path / "tensorboard"
    place.touch()  # a file where the folder would be
    with EventFiles(place, told.append) as events:
        events.on_epoch(ROW)
        events.on_epoch({**ROW, "epoch": 2})
        place.unlink()
        events.on_epoch({**ROW, "epoch": 3})
    (line,) = told
    assert line.startswith(f"warning: {place}: cannot be written (")
    assert line.endswith("). Training goes on, and writes it again later.")
    assert [step for step, _ in read(place / "train")["epoch_loss"]] == [0, 1, 2]


@pytest.mark.parametrize("loop", ["tape", "fit"])
@pytest.mark.usefixtures("unpictured")
def test_run_leaves_its_history(
    table: Callable[..., Any], experiment: Callable[..., Any], tmp_path: Path, loop: str
) -> None:
    table()
    config = experiment(
        name="net",
        report={"tensorboard": True},
        dataset={"source": {"csv": str(tmp_path / "made.csv")}, "validation": 0.2},
        training={
            "epochs": 3,
            "batch_size": 8,
            "loop": loop,
            **({"diagnostics": True} if loop == "tape" else {}),
        },
    )
    result = dlkit.run(config, output=tmp_path / "out")
    train, held = (read(result.folder.tensorboard / part) for part in ("train", "validation"))
    assert {*held} == {"epoch_loss", "epoch_accuracy"}
    for name in ("loss", "accuracy"):
        assert train[f"epoch_{name}"] == curve(result.rows, name)
        assert held[f"epoch_{name}"] == curve(result.rows, f"val_{name}")
    assert train["epoch_learning_rate"] == curve(result.rows, "learning_rate")
    layers = {name for name in result.rows[0] if "/" in name}
    assert bool(layers) == (loop == "tape")
    assert {name for name in train if not name.startswith("epoch_")} == layers


@pytest.mark.usefixtures("unpictured")
def test_run_that_was_killed_goes_on_without_doubles(
    table: Callable[..., Any],
    experiment: Callable[..., Any],
    killed_at: Callable[..., Any],
    tmp_path: Path,
) -> None:
    table()
    config = experiment(
        name="net",
        report={"tensorboard": True},
        dataset={"source": {"csv": str(tmp_path / "made.csv")}},
        training={"epochs": 4, "batch_size": 8},
    )
    with killed_at(epoch=3, step=2):
        dlkit.run(config, output=tmp_path)
    folder = RunFolder(tmp_path / "net" / "1")
    assert [step for step, _ in read(folder.tensorboard / "train")["epoch_loss"]] == [0, 1]
    result = dlkit.run(config, output=tmp_path, resume=True)
    assert read(folder.tensorboard / "train")["epoch_loss"] == curve(result.rows, "loss")


@pytest.mark.usefixtures("unpictured")
def test_run_may_begin_to_write_them_when_it_goes_on(
    table: Callable[..., Any], experiment: Callable[..., Any], tmp_path: Path
) -> None:
    table()
    config = experiment(name="net", dataset={"source": {"csv": str(tmp_path / "made.csv")}})
    dlkit.run(config, output=tmp_path)
    longer = {"training.epochs": 3, "report.tensorboard": True}
    result = dlkit.run(config, longer, output=tmp_path, resume=True)
    assert read(result.folder.tensorboard / "train")["epoch_loss"] == curve(result.rows, "loss")


@pytest.mark.usefixtures("unpictured")
def test_every_fold_has_its_own(
    table: Callable[..., Any], experiment: Callable[..., Any], tmp_path: Path
) -> None:
    table()
    source = {"source": {"csv": str(tmp_path / "made.csv")}, "folds": 2}
    config = experiment(name="net", report={"tensorboard": True}, dataset=source)
    result = dlkit.run(config, output=tmp_path / "out")
    for fold in result.runs:
        written = read(fold.folder.tensorboard / "train")["epoch_loss"]
        assert written == curve(fold.rows, "loss")
