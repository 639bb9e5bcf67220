"""A page that is drawn again is the page that was, and nothing else of the run changes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.errors import ConfigError, DataError, StorageError  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402

CONFIG = """
name: net
dataset:
  source: {csv: made.csv}
  target: kind
  validation: 0.2
architecture:
  blocks:
    hidden:
      layers:
        - Dense: {units: 6, activation: relu}
        - Dropout: 0.1
  layers:
    - hidden
    - hidden
    - Dense: {units: "${dataset.num_classes}", activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
regularization: {early_stopping: {patience: 3, restore_best: true}}
training: {epochs: 3, batch_size: 8}
"""


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, but for pages; the run's log is opened, not written."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".html"
    }


def page_of(folder: RunFolder) -> str:
    """Return a page without the command that repeats the run."""
    text = folder.report.read_text("utf-8")
    return re.sub(r'aria-label="Command".*?</pre>', "", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table and what was learned of it: as a whole, in folds, with seeds."""
    place = tmp_path_factory.mktemp("redrawn")
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 80)).round(4)
    kind = np.where(a + b > 0, "<b>yes", "no")
    lines = [f"{x},{y},{z}" for x, y, z in zip(a, b, kind, strict=True)]
    (place / "made.csv").write_text("\n".join(["a,b,kind", *lines]) + "\n")
    (place / "test.csv").write_text("\n".join(["a,b,kind", *lines[::3]]) + "\n")
    (place / "net.yaml").write_text(CONFIG)
    dlkit.run(place / "net.yaml", {"training.epochs": 4}, output=place / "out")
    dlkit.run(place / "net.yaml", {"name": "folds", "dataset.folds": 2}, output=place / "out")
    (place / "seeds.yaml").write_text(CONFIG.replace("name: net", "name: seeds\nrepeat: 2"))
    dlkit.run(place / "seeds.yaml", {"seed": 5}, output=place / "out")
    alike = {"name": "alike", "repeat": 2, "dataset.test": str(place / "test.csv")}
    dlkit.run(place / "net.yaml", alike, output=place / "out")
    return place


@pytest.fixture
def output(made: Path, tmp_path: Path) -> Path:
    """A copy of the runs that a test may damage."""
    return Path(shutil.copytree(made / "out", tmp_path / "out", symlinks=True))


def test_deleted_page_comes_back_as_it_was(output: Path) -> None:
    folder = RunFolder(output / "net" / "1")
    before, page = files_of(folder.path), page_of(folder)
    folder.report.unlink()
    shutil.rmtree(folder.plots)
    assert dlkit.redraw("net", output=output) == folder.report
    assert files_of(folder.path) == before
    assert page_of(folder) == page
    command = f"dlkit run {folder.resolved}"
    assert command in folder.report.read_text("utf-8")


@pytest.mark.parametrize("name", ["folds", "seeds", "alike"])
def test_members_and_the_page_of_all_come_back(output: Path, name: str) -> None:
    whole = RunFolder(output / name / "1")
    assert len(whole.members) == 2
    folders = [whole, *whole.members]
    before, pages = files_of(whole.path), [page_of(folder) for folder in folders]
    for folder in folders:
        folder.report.unlink()
        shutil.rmtree(folder.plots)
    assert dlkit.redraw(whole.path) == whole.report
    assert files_of(whole.path) == before
    assert [page_of(folder) for folder in folders] == pages


@pytest.mark.parametrize("name", ["folds/1/fold_2", "seeds/1/seed_6"])
def test_one_member_comes_back(output: Path, name: str) -> None:
    member = RunFolder(output / name)
    before, page = files_of(member.path), page_of(member)
    member.report.unlink()
    dlkit.redraw(name, output=output)
    assert files_of(member.path) == before
    assert page_of(member) == page


def test_changed_data_is_refused_in_a_line(
    output: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, table = RunFolder(output / "net" / "1"), made / "made.csv"
    page, text = folder.report.read_bytes(), table.read_text()
    try:
        table.write_text(text.replace("a,b,kind\n", "a,b,kind\n0.5,0.5,no\n"))
        with pytest.raises(DataError, match="the data has changed since this run") as caught:
            dlkit.redraw("net", output=output)
    finally:
        table.write_text(text)
    assert "\n" not in str(caught.value)
    assert "train: was" in str(caught.value)
    assert folder.report.read_bytes() == page


def test_missing_data_is_refused(output: Path, made: Path) -> None:
    table = made / "made.csv"
    text = table.read_text()
    table.unlink()
    try:
        with pytest.raises(DataError, match=r"made\.csv"):
            dlkit.redraw("net", output=output)
    finally:
        table.write_text(text)


def test_run_that_did_not_finish_is_refused(output: Path) -> None:
    (output / "net" / "1" / "metrics.json").unlink()
    with pytest.raises(StorageError, match=r"did not finish, it has no metrics\.json"):
        dlkit.redraw("net/1", output=output)


@pytest.mark.parametrize("name", ["folds", "seeds"])
def test_members_that_did_not_finish_are_refused(output: Path, name: str) -> None:
    (output / name / "1" / "metrics.json").unlink()
    with pytest.raises(StorageError, match=r"did not finish, it has no metrics\.json"):
        dlkit.redraw(f"{name}/1", output=output)


def test_seed_that_is_not_summed_up_is_not_passed_over(output: Path) -> None:
    whole = RunFolder(output / "seeds" / "1")
    shutil.copytree(whole.seed(6).path, whole.seed(7).path)
    with pytest.raises(StorageError, match=r"not all of it is in metrics\.json.*--resume"):
        dlkit.redraw(whole.path)


@pytest.mark.usefixtures("unpictured")
def test_other_answers_of_the_ensemble_are_told_and_its_figures_stay(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = RunFolder(output / "alike" / "1")
    facts = json.loads(folder.metrics.read_text())
    assert "ensemble_test_accuracy" in facts
    folder.metrics.write_text(json.dumps({**facts, "ensemble_test_accuracy": 0.125}))
    dlkit.redraw("alike", output=output)
    assert "was 0.125 in the run" in capsys.readouterr().out
    assert "The ensemble comes to 0.1250." in folder.report.read_text("utf-8")


def test_unknown_run_is_refused(output: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no run 'nett'.*Did you mean 'net'\?"):
        dlkit.redraw("nett", output=output)


def test_history_that_is_too_short_is_damaged(output: Path) -> None:
    folder = RunFolder(output / "net" / "1")
    head = folder.history.read_text().splitlines()[0]
    folder.history.write_text(f"{head}\n")
    with pytest.raises(StorageError, match=r"it has 0 epochs, and metrics\.json speaks of"):
        dlkit.redraw("net", output=output)


def test_history_without_a_column_is_damaged(output: Path) -> None:
    folder = RunFolder(output / "net" / "1")
    folder.history.write_text("epoch,loss\n1,1\n2,1\n3,1\n4,1\n")
    with pytest.raises(StorageError, match=r"history\.csv: it has no column 'learning_rate'"):
        dlkit.redraw("net", output=output)


@pytest.mark.usefixtures("unpictured")
@pytest.mark.parametrize("name", ["net", "folds", "seeds"])
def test_lost_config_is_told_and_the_page_stays(output: Path, name: str) -> None:
    folder = RunFolder(output / name / "1")
    page = folder.report.read_bytes()
    folder.config.unlink()
    with pytest.raises(StorageError, match=r"config\.yaml: cannot be read"):
        dlkit.redraw(name, output=output)
    assert folder.report.read_bytes() == page


def test_weights_of_another_model_are_refused(output: Path) -> None:
    folder = RunFolder(output / "net" / "1")
    other = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    other.save(folder.model)
    with pytest.raises(StorageError, match=r"model\.keras: these are not the weights of"):
        dlkit.redraw("net", output=output)


@pytest.mark.usefixtures("unpictured")
def test_other_answers_are_told_and_the_figures_stay(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = RunFolder(output / "net" / "1")
    facts = json.loads(folder.metrics.read_text())
    folder.metrics.write_text(json.dumps({**facts, "test_loss": 9.0}))
    dlkit.redraw("net", output=output)
    assert "was 9 in the run" in capsys.readouterr().out
    assert json.loads(folder.metrics.read_text())["test_loss"] == 9.0


@pytest.mark.usefixtures("unpictured")
def test_lost_identity_is_told(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(output / "net" / "1")
    folder.identity.unlink()
    dlkit.redraw("net", output=output)
    assert "nobody knows whether the data has changed" in capsys.readouterr().out


@pytest.mark.usefixtures("unpictured")
def test_base_of_the_weights_is_not_needed(
    table: Callable[..., Any], experiment: Callable[..., Any], tmp_path: Path
) -> None:
    table()
    source = {"source": {"csv": str(tmp_path / "made.csv")}}
    first = dlkit.run(experiment(name="first", dataset=source), output=tmp_path)
    config = experiment(name="next", dataset=source, initial_weights=str(first.folder.path))
    folder = dlkit.run(config, output=tmp_path).folder
    shutil.rmtree(first.folder.path)
    folder.report.unlink()
    assert dlkit.redraw(folder.path) == folder.report
