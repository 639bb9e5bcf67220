"""What a survey counts, against numpy and figures worked by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import dlkit.data.profile.survey as survey_module
from dlkit.data.dataset import Dataset, Split, Stream
from dlkit.data.profile.columns import describe_columns, left_out
from dlkit.data.profile.findings import Column, Dates, Names, Numbers, Values, Words
from dlkit.data.profile.survey import survey

Table = Callable[..., Dataset]
NAN = float("nan")


def columns_of(dataset: Dataset) -> dict[str, Column]:
    return {column.name: column for column in describe_columns(survey(dataset), dataset)}


def test_each_kind_of_column_is_described_by_hand_worked_figures(table: Table) -> None:
    found = columns_of(
        table(
            {
                "n": ("numeric", [1.0, NAN, 3.0, 3.0]),
                "c": ("categorical", ["b", "a", "b", ""]),
                "d": ("date", ["2020-02-01 00:00:00", "", "2019-01-01 00:00:00", ""]),
                "t": ("text", ["One two, two!", "one", "", "a b c d"]),
            },
            [1.0, 2.0, 3.0, 6.0],
        )
    )
    assert found["n"] == Column(
        "n", "numeric", 1, 4, 2, Numbers(1, 3, 7 / 3, pytest.approx(np.sqrt(8 / 9)))
    )
    assert found["c"] == Column(
        "c", "categorical", 1, 4, 2, Names((("b", 2 / 3), ("a", 1 / 3)))
    )
    assert found["d"] == Column(
        "d", "date", 2, 4, 2, Dates("2019-01-01 00:00:00", "2020-02-01 00:00:00")
    )
    assert found["t"] == Column("t", "text", 1, 4, 3, Words(1, 3.0, 4, 6))
    assert found["y"] == Column(
        "y", "target", 0, 4, 4, Numbers(1, 6, 3, pytest.approx(3.5**0.5))
    )


def test_equally_frequent_names_come_in_the_order_of_the_alphabet(table: Table) -> None:
    column = columns_of(table({"c": ("categorical", ["z", "m", "z", "m"])}, [0, 1, 0, 1]))["c"]
    assert column.facts == Names((("m", 0.5), ("z", 0.5)))


def test_column_without_a_value_has_no_facts(table: Table) -> None:
    column = columns_of(table({"n": ("numeric", [NAN] * 4)}, [0, 1, 0, 1]))["n"]
    assert (column.missing, column.distinct, column.facts) == (4, 0, None)


def test_classes_are_counted_over_all_parts(table: Table) -> None:
    data = table({"n": ("numeric", np.arange(6.0))}, [0, 1, 1, 1, 2, 2], ("a", "b", "c"))
    found = survey(data)
    assert found.counts.tolist() == [1, 3, 2]
    assert found.parts.tolist() == [0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "dtype", "kind"),
    [
        ((10, 12), "uint8", "pictures"),
        ((10, 12, 3), "float32", "pictures"),
        ((10, 12, 5), "float32", "array"),
        ((10, 12), "float32", "array"),
        ((20, 1), "float32", "array"),
        ((500,), "float32", "array"),
    ],
    ids=str,
)
def test_arrays_are_told_apart_by_their_shape(
    arrays: Table, shape: tuple[int, ...], dtype: str, kind: str
) -> None:
    x = np.random.default_rng(0).integers(0, 200, (5, *shape)).astype(dtype)
    column = columns_of(arrays(x, [0, 1, 0, 1, 0]))["input"]
    whole = x.astype(float)
    low, high, mean, deviation = whole.min(), whole.max(), whole.mean(), whole.std()
    numbers = Numbers(low, high, pytest.approx(mean), pytest.approx(deviation))
    assert column.kind == kind
    assert column.facts == Values(shape, dtype, numbers)


def test_few_numbers_an_example_are_columns(arrays: Table) -> None:
    found = columns_of(arrays(np.eye(4, 3, dtype=np.float32), [0, 1, 0, 1]))
    assert list(found) == ["input[0]", "input[1]", "input[2]", "y"]


def streamed(dataset: Dataset, rows: int) -> Dataset:
    """Return the same data in blocks of some rows, from which nothing can be fetched."""

    def stream(split: Any) -> Stream:
        def blocks() -> Iterator[Split]:
            for start in range(0, len(split), rows):
                yield split.take(slice(start, start + rows))

        return Stream(len(split), blocks)

    return dataset.with_splits(stream)


def test_a_stream_gives_what_memory_gives(table: Table) -> None:
    generator = np.random.default_rng(0)
    data = table(
        {
            "n": ("numeric", generator.normal(size=500)),
            "c": ("categorical", generator.choice(["a", "b"], 500)),
        },
        generator.normal(size=500),
        parts=(300, 100, 100),
    )
    whole, blocks = survey(data), survey(streamed(data, 7))
    assert whole.exact
    assert blocks.exact
    np.testing.assert_array_equal(whole.rows, blocks.rows)
    np.testing.assert_array_equal(whole.y, blocks.y)
    for one, other in zip(whole.fields, blocks.fields, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert one.tally.moments.mean == pytest.approx(other.tally.moments.mean)
        assert one.tally.moments.variance == pytest.approx(other.tally.moments.variance)


def test_of_many_rows_a_sample_is_looked_at_and_figures_are_of_all(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "MOST_EXAMPLES", 1000)
    values = np.arange(5000.0)
    found = survey(
        streamed(table({"n": ("numeric", values)}, values, parts=(3000, 1000, 1000)), 64)
    )
    assert (found.total, found.exact) == (5000, True)
    assert np.bincount(found.parts).tolist() == [600, 200, 200]
    assert found.fields[0].tally.moments.mean == pytest.approx(2499.5)
    np.testing.assert_array_equal(found.rows, np.unique(found.rows))
    np.testing.assert_array_equal(found.fields[0].values, found.rows)  # the right rows


def test_pictures_on_the_disk_are_fetched_where_they_are_chosen(
    arrays: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_module, "MOST_EXAMPLES", 1000)
    x = np.zeros((3001, 8, 8), np.uint8)
    data = arrays(x, np.arange(3001) % 2)
    fetched: list[int] = []

    def read(rows: np.ndarray) -> Split:
        fetched.extend(rows.tolist())
        return data.train.take(rows)  # type: ignore[union-attr]

    def nothing() -> Iterator[Split]:
        raise AssertionError("all pictures are read")

    found = survey(replace(data, train=Stream(3000, nothing, read, block=100)))
    assert len(set(fetched)) < 1010
    assert not found.exact
    assert len(found.y) == found.counts.sum() == 1000


def test_column_that_is_left_out_is_counted_block_by_block() -> None:
    blocks = iter([np.array(["a", "b", ""], object), np.array(["a", ""], object)])
    column = left_out("id", blocks, "row numbers")
    assert column == Column("id", "left out", 2, 5, 2, None, "row numbers")
