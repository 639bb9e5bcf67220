"""What Python gets of a sweep: figures, a table, HTML, and the best trial's own result."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from swept_folders import Ended, lay_sweep

import dlkit
from dlkit.config.catalogue import load_catalogue
from dlkit.errors import ConfigError, StorageError
from dlkit.report.lock import working_in
from dlkit.sweep.reading import read_sweep, status_of
from dlkit.sweep.result import SweepResult

ENDS = [Ended(0.5), Ended(), Ended(0.875), Ended(reason="No <memory>."), Ended(0.25)]


@pytest.fixture
def result(tmp_path: Path) -> SweepResult:
    folder, _, record = lay_sweep(tmp_path, "net/1", ENDS)
    return SweepResult(record, folder)


def test_best_trial_and_its_settings(result: SweepResult) -> None:
    assert (result.best.number, result.best_value) == (3, 0.875)
    assert result.best_folder == result.folder.trial(3)
    assert result.best_params["architecture.layers[0].Dense.units"] in (4, 8)


def test_table_has_a_row_a_trial(result: SweepResult) -> None:
    table = result.trials
    assert table.index.tolist() == [1, 2, 3, 4, 5]
    assert table["state"].tolist() == ["complete", "pruned", "complete", "failed", "complete"]
    assert table["val_accuracy"].dropna().tolist() == [0.5, 0.875, 0.25]


def test_history_is_drawn(result: SweepResult) -> None:
    figure = result.plot()
    assert isinstance(figure, Figure)
    assert vars(figure)["_repr_png_"]().startswith(b"\x89PNG")


def test_unknown_figure_names_those_there_are(result: SweepResult) -> None:
    with pytest.raises(ConfigError, match=r"no figure 'histori'\. Did you mean 'history'"):
        result.figure("histori")


def test_notebook_shows_the_best_and_the_history(result: SweepResult) -> None:
    html = result._repr_html_()
    assert "Trial 3 is the best of 5." in html
    assert "<svg" in html
    assert "0.8750" in html
    assert "<script" not in html


def test_sweep_is_read_again_from_its_folder(tmp_path: Path) -> None:
    folder, plan, record = lay_sweep(tmp_path, "net/1", ENDS, trials=9)
    again, found = read_sweep(folder, load_catalogue(), ())
    assert found == record
    assert (again.search, again.wanted) == (plan.search, plan.wanted)
    assert status_of(folder) == "interrupted"


# All are lists: without what was written down of sampler and trials it would be a grid.
def test_sampler_is_the_one_that_was_used(tmp_path: Path) -> None:
    units = {"architecture.layers[0].Dense.units": [4, 8]}
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS, parameters=units, sampler=None, trials=7)
    again, _ = read_sweep(folder, load_catalogue(), ())
    assert (again.search.sampler, again.wanted) == ("tpe", 7)


def test_sweep_that_is_at_work_is_left_alone(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS)
    with (
        working_in(folder.run),
        pytest.raises(StorageError, match="another process is working"),
    ):
        dlkit.redraw("net/1", output=tmp_path)


def test_lost_study_is_told(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", ENDS)
    folder.study.unlink()
    with pytest.raises(StorageError, match=r"study\.log: is not there"):
        dlkit.redraw("net/1", output=tmp_path)
    assert not folder.study.exists()
