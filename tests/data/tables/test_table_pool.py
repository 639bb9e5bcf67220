"""Tables from file to splits, in memory and streamed, against pandas on the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, join
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import ConfigError

FEATURES = {"part": "drop", "counts": "drop", "day": "date", "size": "numeric"}
PARTS = ("train", "validation", "test")
Write = Callable[..., pd.DataFrame]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a writer of tables with a number, a name, a date, a class, a weight, a part."""

    def write(name: str = "made.csv", rows: int = 60, seed: int = 0, **columns: Any) -> Any:
        generator = np.random.default_rng(seed)
        table = pd.DataFrame(
            {
                "size": generator.normal(50, 9, rows).round(2),
                "city": generator.choice(["Oslo", "Rome", "Bern"], rows),
                "day": pd.date_range("2024-01-01", periods=rows)[::-1].strftime("%Y-%m-%d"),
                "kind": generator.permutation(np.arange(rows) % 3).astype(str),
                "counts": generator.integers(1, 5, rows) / 2,
                "part": np.array(PARTS)[np.arange(rows) % 3],
                **columns,
            }
        )
        table.to_csv(tmp_path / name, index=False)
        return table

    return write


def settings(**dataset: Any) -> Any:
    return load_config(
        {
            "dataset": {
                "source": {"csv": "made.csv"},
                "target": "kind",
                "features": FEATURES,
                **dataset,
            },
            "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
            "loss": "sparse_categorical_crossentropy",
        }
    ).config


def load(tmp_path: Path, **dataset: Any) -> Dataset:
    return load_dataset(settings(**dataset), [tmp_path])


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def assert_rows(dataset: Dataset, table: pd.DataFrame) -> None:
    """Compare every part with the rows of the table that it says it has."""
    for part in PARTS:
        assert_part(dataset, part, table)


def assert_part(dataset: Dataset, part: str, table: pd.DataFrame) -> None:
    split, rows = held(getattr(dataset, part)), dataset.rows[part]
    assert isinstance(split.x, dict)
    for name in split.x.keys() - {"day"}:
        np.testing.assert_array_equal(split.x[name], table[name][rows])
    np.testing.assert_array_equal(split.y, table["kind"][rows].astype(int))


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize(
    "told",
    [
        pytest.param({}, id="default"),
        pytest.param({"validation": 0.25, "test": 9}, id="share-and-count"),
        pytest.param({"group": "city", "validation": 0.4, "test": 0.3}, id="group"),
        pytest.param({"time": "day"}, id="time"),
        pytest.param(
            {
                "validation": {"column": "part", "value": "validation"},
                "test": {"column": "part", "value": "test"},
            },
            id="column",
        ),
    ],
)
def test_recorded_rows_are_the_used_ones(
    tmp_path: Path, write: Write, told: dict[str, Any], stream: bool
) -> None:
    table = write()
    dataset = load(tmp_path, stream=stream, **told)
    assert isinstance(dataset.train, Stream if stream else Split)
    assert sorted(np.concatenate([*dataset.rows.values()])) == [*range(60)]
    assert_rows(dataset, table)


def test_column_says_where_rows_go(tmp_path: Path, write: Write) -> None:
    table = write()
    told = {part: {"column": "part", "value": part} for part in ("validation", "test")}
    rows = load(tmp_path, **told).rows
    for part in PARTS:
        assert rows[part].tolist() == table.index[table["part"] == part].tolist()


def test_column_may_be_a_feature_and_say_where_rows_go(tmp_path: Path, write: Write) -> None:
    table = write(late=np.arange(60) // 40)
    told: Any = {"features": FEATURES | {"late": "numeric"}}
    rows = load(tmp_path, test={"column": "late", "value": "1"}, **told).rows
    assert rows["test"].tolist() == table.index[table["late"] == 1].tolist()
    groups = load(tmp_path, group="late", validation=0, **told).rows
    assert {len(groups["test"]), len(groups["train"])} == {20, 40}


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_file_of_its_own_is_a_part(tmp_path: Path, write: Write, stream: bool) -> None:
    first, second, third = write(), write("valid.csv", 20, 1), write("later.csv", 30, 2)
    dataset = load(tmp_path, validation="valid.csv", test="later.csv", stream=stream)
    assert dataset.rows["train"].tolist() == [*range(60)]
    for part, table in {"train": first, "validation": second, "test": third}.items():
        # as people count them in the part's own file
        assert dataset.rows[part].tolist() == [*range(len(table))]
        assert_part(dataset, part, table)
    assert len(held(dataset.test)) == 30


def test_file_that_training_reads_too_is_refused(tmp_path: Path, write: Write) -> None:
    write()
    write("later.csv")
    expected = r"^dataset\.test: later\.csv belongs to training as well\. A row has one part\.$"
    with pytest.raises(ConfigError, match=expected):
        load(tmp_path, source={"csv": "*.csv"}, test="later.csv")
    expected = r"^dataset\.validation: later\.csv belongs to test as well\. A row has one part"
    with pytest.raises(ConfigError, match=expected):
        load(tmp_path, validation="later.csv", test="later.csv")


def test_file_without_a_column_is_refused(tmp_path: Path, write: Write) -> None:
    write()
    write("later.csv").drop(columns="city").to_csv(tmp_path / "later.csv", index=False)
    expected = r"^dataset\.test: \S*later\.csv has no column 'city', which \S*made\.csv has\.$"
    with pytest.raises(ConfigError, match=expected):
        load(tmp_path, test="later.csv")


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_columns_are_fitted_on_the_training_rows(
    tmp_path: Path, write: Write, stream: bool
) -> None:
    city = ["Oslo", "Rome"] * 20 + ["Paris"] * 20  # Paris is for the test alone
    table = write(city=city, size=[*range(40), *[10_000] * 20])
    told = {"time": "day", "test": 20, "validation": 0}
    table["day"] = sorted(table["day"])
    table.to_csv(tmp_path / "made.csv", index=False)
    dataset = load(tmp_path, stream=stream, **told)
    columns = {column.name: column for column in dataset.columns}
    assert dataset.rows["train"].tolist() == [*range(40)]
    assert (columns["size"].mean, columns["size"].high) == (19.5, 39)
    assert columns["size"].variance == pytest.approx(np.arange(40).var(), rel=1e-15)
    assert columns["city"].vocabulary == ("Oslo", "Rome")


def test_folds_are_scikit_learn_s_and_each_is_fitted_on_its_own_rows(
    tmp_path: Path, write: Write
) -> None:
    table = write()
    datasets = [*load_folds(settings(folds=4, validation=0.2), [tmp_path])]
    divided = StratifiedKFold(4, shuffle=True, random_state=0).split(table, table["kind"])
    for dataset, (_, aside) in zip(datasets, divided, strict=True):
        assert dataset.rows["test"].tolist() == aside.tolist()
        assert_rows(dataset, table)
        sizes = table["size"].to_numpy()[dataset.rows["train"]]
        (fitted,) = [column for column in dataset.columns if column.name == "size"]
        assert (fitted.mean, fitted.variance) == (sizes.mean(), sizes.var())
    means = {dataset.columns[0].mean for dataset in datasets}
    assert len(means) == 4


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_weights_of_rows_go_with_them(tmp_path: Path, write: Write, stream: bool) -> None:
    table = write()
    dataset = load(tmp_path, sample_weight="counts", stream=stream)
    for part in PARTS:
        split = held(getattr(dataset, part))
        assert split.weight is not None
        assert split.weight.tolist() == table["counts"][dataset.rows[part]].tolist()
        assert isinstance(split.x, dict)
        assert set(split.x) == {"size", "city", "day"}


def test_streamed_parts_come_together_as_they_come_alone(tmp_path: Path, write: Write) -> None:
    write()
    dataset = load(tmp_path, stream=True)
    assert dataset.together is not None
    blocks = [*dataset.together()]
    for part in PARTS:
        alone = held(getattr(dataset, part))
        together = join([block[part] for block in blocks if part in block])
        assert together.y.tolist() == alone.y.tolist()
        assert isinstance(together.x, dict)
        assert isinstance(alone.x, dict)
        for name, column in alone.x.items():
            assert together.x[name].tolist() == column.tolist()


def test_table_in_several_files_is_one_table(tmp_path: Path, write: Write) -> None:
    both = pd.concat([write("made1.csv", 30), write("made2.csv", 30, 1)], ignore_index=True)
    dataset = load(tmp_path, source={"csv": "made?.csv"})
    assert_rows(dataset, both)


def test_streamed_table_has_no_folds(tmp_path: Path, write: Write, monkeypatch: Any) -> None:
    write()
    monkeypatch.setattr("dlkit.data.tables.table_pool.RESIDENT_BYTES", 100)
    expected = (
        r"^dataset\.folds: folds need the data in memory, and \S*made\.csv is streamed\."
        r" Set `stream: false` where it fits\.$"
    )
    with pytest.raises(ConfigError, match=expected):
        list(load_folds(settings(folds=3), [tmp_path]))


def test_table_beyond_a_size_is_streamed(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    size = (tmp_path / "made.csv").stat().st_size
    for limit, kind in ((size, Split), (size - 1, Stream)):
        monkeypatch.setattr("dlkit.data.tables.table_pool.RESIDENT_BYTES", limit)
        assert isinstance(load(tmp_path).train, kind)


def test_what_was_guessed_and_found_is_written_out(tmp_path: Path, write: Write) -> None:
    write()
    dataset = load(tmp_path, features={"part": "drop", "counts": "drop"})
    resolved = {name: feature.name for name, feature in dataset.resolved.features.items()}
    assert resolved == {
        "size": "numeric",
        "city": "categorical",
        "day": "date",
        "counts": "drop",
        "part": "drop",
    }
    source: Any = dataset.resolved.source.settings
    assert source.path == (str(tmp_path / "made.csv"),)
    assert any(note.startswith("numeric (") and "size" in note for note in dataset.notes)
