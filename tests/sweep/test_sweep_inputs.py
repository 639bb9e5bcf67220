"""A sweep goes on only with the data and the code that it began with."""

from pathlib import Path

import pytest

from dlkit.config.load import load_config
from dlkit.config.sweep.checking import Sweep, sweep_of
from dlkit.errors import ConfigError
from dlkit.report.records import write_json
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.sweep.inputs import inputs_of, refuse_changed


def sweep_over(path: Path, **sources: object) -> Sweep:
    """Return a sweep whose data is a table, over other tables where these are given."""
    config = {
        "dataset": {"source": {"csv": str(path)}, "target": "y", "validation": 0.5},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
        "sweep": {"parameters": {"optimizer": ["SGD", "Adam"], **sources}},
    }
    return sweep_of(load_config(config))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,2\n2,3\n3,4\n4,5\n")
    return path


def kept(tmp_path: Path, sweep: Sweep) -> SweepFolder:
    folder = SweepFolder(RunFolder(tmp_path / "runs" / "one" / "1"))
    folder.path.mkdir(parents=True)
    write_json(folder.facts, {"inputs": inputs_of(sweep)})
    return folder


def test_changed_table_is_refused(table: Path, tmp_path: Path) -> None:
    sweep = sweep_over(table)
    folder = kept(tmp_path, sweep)
    refuse_changed(folder, inputs_of(sweep))
    table.write_text("x,y\n1,2\n2,3\n3,4\n4,9\n")
    with pytest.raises(ConfigError) as found:
        refuse_changed(folder, inputs_of(sweep))
    assert str(found.value) == (
        f"{folder.path}: data.csv changed since this sweep began, and its trials could not be"
        " compared any more. Undo the change; or begin a new sweep: give it another `name`,"
        f" or remove {folder.path}."
    )


def test_table_that_is_a_value_counts(table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(table.read_text())
    sources = [{"csv": str(table)}, {"csv": str(other)}]
    sweep = sweep_over(table, **{"dataset.source": sources})
    assert set(inputs_of(sweep)) == {"data.csv", "other.csv"}


def test_table_that_is_gone_is_missed_where_it_is_read(table: Path, tmp_path: Path) -> None:
    sweep = sweep_over(table)
    folder = kept(tmp_path, sweep)
    table.unlink()
    refuse_changed(folder, inputs_of(sweep))
