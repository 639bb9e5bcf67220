"""A table as a series: windows whose rows are known, divided by time alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Split
from dlkit.data.load import load_dataset
from dlkit.errors import ConfigError, DataError


def write(folder: Path, rows: int = 50, *, shuffled: bool = False) -> None:
    """Write a table whose columns are t, 100 + t and a word, perhaps in another order."""
    order = np.random.default_rng(0).permutation(rows) if shuffled else np.arange(rows)
    lines = [f"{t},{100 + t},w{t % 3}" for t in order]
    (folder / "made.csv").write_text("\n".join(["t,level,word", *lines]))


def load(folder: Path, *, series: Any = None, **dataset: Any) -> Dataset:
    told = {"path": "made.csv", "width": 4, "targets": "level", **(series or {})}
    config = {
        "dataset": {"source": {"timeseries": told}, "validation": 10, **dataset},
        "architecture": {"layers": ["Flatten", {"Dense": 1}]},
        "loss": "mse",
    }
    return load_dataset(load_config(config).config, [folder])


def held(examples: Any) -> Split:
    assert isinstance(examples, Split)
    return examples


@pytest.mark.parametrize("shuffled", [False, True])
def test_windows_of_each_part_are_of_its_own_time(tmp_path: Path, shuffled: bool) -> None:
    write(tmp_path, shuffled=shuffled)
    dataset = load(tmp_path, test=12, time="t", series={"features": "level"})
    for part, start, end in (("train", 0, 28), ("validation", 28, 38), ("test", 38, 50)):
        split = held(getattr(dataset, part))
        # a window of 4 rows and the row after it, all between start and end
        assert split.x.shape == (end - start - 4, 4, 1)  # type: ignore[union-attr]
        assert split.x[0, :, 0].tolist() == [100 + start + i for i in range(4)]  # type: ignore[index]
        assert split.y[:, 0].tolist() == [100 + t for t in range(start + 4, end)]


def test_naive_forecast_is_the_last_value_seen(tmp_path: Path) -> None:
    write(tmp_path)
    dataset = load(tmp_path, test=12, series={"horizon": 2})
    test = held(dataset.test)
    assert dataset.naive is not None
    assert dataset.naive.shape == test.y.shape == (12 - 5, 2)
    assert (test.y - dataset.naive).tolist() == [[1, 2]] * 7


def test_recorded_rows_are_the_last_of_each_window(tmp_path: Path) -> None:
    write(tmp_path)
    dataset = load(tmp_path, test=12, series={"stride": 3, "features": "t"})
    for part in ("train", "validation", "test"):
        split = held(getattr(dataset, part))
        times = split.x[:, -1, 0]  # type: ignore[index]
        assert dataset.rows[part].tolist() == times.tolist()


def test_recorded_rows_are_those_of_the_table_whatever_its_order(tmp_path: Path) -> None:
    write(tmp_path, shuffled=True)
    lines = (tmp_path / "made.csv").read_text().splitlines()[1:]
    levels = np.array([float(line.split(",")[1]) for line in lines])
    dataset = load(tmp_path, test=12, time="t", series={"features": "level"})
    for part in ("train", "validation", "test"):
        split = held(getattr(dataset, part))
        assert levels[dataset.rows[part]].tolist() == split.x[:, -1, 0].tolist()  # type: ignore[index]


def test_number_too_large_for_a_model_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "made.csv"
    path.write_text(path.read_text().replace("149", "1e39"))
    with pytest.raises(DataError, match=r"'level': 1 of 50 rows .* \(first: row 50\)"):
        load(tmp_path)


def test_columns_of_numbers_are_seen_by_default(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "made.csv"
    table = [f"{t},{t * t % 7 / 2},{np.sin(t):.4f},w{t % 3}" for t in range(50)]
    path.write_text("\n".join(["t,level,wave,word", *table]))
    dataset = load(tmp_path, time="t")
    assert dataset.feature_names == ("level", "wave")
    assert dataset.notes == ("the model sees level, wave",)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(
            {"series": {"targets": "levl"}},
            r"^dataset\.source\.timeseries\.targets: the table has no column 'levl'\. Did you",
            id="target",
        ),
        pytest.param({"time": "when"}, r"^dataset\.time: the table has no column", id="time"),
    ],
)
def test_columns_that_are_not_there_are_refused(
    tmp_path: Path, told: dict[str, Any], said: str
) -> None:
    write(tmp_path)
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, **told)


def test_missing_number_is_refused_with_its_row(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "made.csv"
    path.write_text(path.read_text().replace("107", "").replace("109", ""))
    expected = (
        r"made\.csv: column 'level': 2 of 50 rows have no number, or one above 3\.4e38"
        r" \(first: row 8\)\. Fill them in: windows have no gaps\.$"
    )
    with pytest.raises(DataError, match=expected):
        load(tmp_path)


def test_part_too_short_for_a_window_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(DataError, match=r"test"):
        load(tmp_path, test=3)
