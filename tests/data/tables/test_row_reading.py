"""Rows of tables as examples, and what decides where they go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import MarkedRows
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.dataset import join
from dlkit.data.labelling import Labelling
from dlkit.data.labels import LabelCodec
from dlkit.data.tables.codes import Codes
from dlkit.data.tables.roles import Roles
from dlkit.data.tables.rows import Frames, KeyReader, RowReader, seconds
from dlkit.errors import DataError


def roles(features: Mapping[str, str] | None = None, **told: Any) -> Roles:
    kinds = {"a": "numeric"} if features is None else features
    return Roles(
        **{
            "features": {name: Choice(kind, FEATURES[kind]()) for name, kind in kinds.items()},
            "reasons": {},
            "targets": ("y",),
            "weight": None,
            "group": None,
            "time": None,
            "marks": {},
            "numeric_targets": frozenset(),
            **told,
        }
    )


def in_blocks(frame: pd.DataFrame, size: int) -> Frames:
    def frames(types: Mapping[str, Any]) -> Iterator[tuple[int, pd.DataFrame]]:
        for first in range(0, len(frame), size):
            yield first, frame.iloc[first : first + size][[*types]].reset_index(drop=True)

    return frames


TABLE = pd.DataFrame(
    {
        "a": np.arange(10.0),
        "w": np.linspace(0, 2, 10),
        "y": np.array(["no", "yes"] * 5, object),
        "g": np.array(list("uuvvwwuuvv"), object),
        "t": np.array([f"2024-01-{31 - day:02}" for day in range(10)], object),
    }
)
LABELS = Labelling(LabelCodec("classification", ("y",), ("no", "yes")))


@given(size=st.integers(1, 12), codes=st.lists(st.integers(0, 2), min_size=10, max_size=10))
@settings(max_examples=50, deadline=None)
def test_part_has_its_rows_whatever_the_blocks(size: int, codes: list[int]) -> None:
    reader = RowReader(in_blocks(TABLE, size), roles(weight="w"), LABELS)
    where = np.array(codes, np.uint8)
    for part in {*codes}:
        found = join([*reader.examples(where, part)])
        rows = np.flatnonzero(where == part)
        assert isinstance(found.x, dict)
        np.testing.assert_array_equal(found.x["a"], rows)
        np.testing.assert_array_equal(found.y, rows % 2)
        assert found.weight is not None
        np.testing.assert_allclose(found.weight, TABLE["w"][rows], rtol=1e-6)


def test_all_rows_come_without_codes() -> None:
    reader = RowReader(in_blocks(TABLE, 4), roles(), LABELS)
    assert [len(block) for block in reader.examples(None, 0)] == [4, 4, 2]


@pytest.mark.parametrize("size", [2, 10])
def test_bad_weight_is_named_by_its_row_in_the_table(size: int) -> None:
    table = TABLE.assign(w=[1, 1, 1, 1, 1, -2.5, 1, 1, 1, 1])
    reader = RowReader(in_blocks(table, size), roles(weight="w"), LABELS)
    expected = r"^sample_weight 'w': expected numbers of at least 0, received -2\.5 in row 6\.$"
    with pytest.raises(DataError, match=expected):
        list(reader.examples(np.array([1, 0] * 5, np.uint8), 0))


@pytest.mark.parametrize("size", [3, 10])
def test_keys_are_collected_over_blocks(size: int) -> None:
    marks = {"test": MarkedRows(column="g", value="v")}
    reader = KeyReader(roles(group="g", time="t", marks=marks))
    for first, block in in_blocks(TABLE, size)(dict.fromkeys(TABLE)):
        reader.see(first, block)
    keys = reader.keys({"validation": (8, 10)})
    assert keys.total == 10
    assert keys.groups is not None
    assert keys.groups.tolist() == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1]
    assert keys.times is not None
    assert np.diff(keys.times).tolist() == [-86400] * 9
    assert keys.fixed["test"].tolist() == [2, 3, 8, 9]
    assert keys.fixed["validation"].tolist() == [8, 9]


def test_mark_that_no_row_has_is_refused() -> None:
    reader = KeyReader(roles(marks={"test": MarkedRows(column="g", value="held")}))
    reader.see(0, TABLE)
    expected = r"^dataset\.test: no row has 'held' in the column 'g'\.$"
    with pytest.raises(DataError, match=expected):
        reader.keys({})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["3", "1", "2.5"], [3, 1, 2.5], id="numbers"),
        pytest.param(["1970-01-02", "1970-01-01"], [86400, 0], id="dates"),
        pytest.param(["1970-01-01T00:00:01Z", "1970-01-01T01:00+01:00"], [1, 0], id="zones"),
        pytest.param(["1970-01-01T00:00:01", "1970-01-01 01:00"], [1, 3600], id="moments"),
    ],
)
def test_times_are_numbers_or_seconds(values: list[str], expected: list[float]) -> None:
    assert seconds(np.array(values, object), "t", 0).tolist() == expected


def test_time_that_is_none_is_refused_with_its_row() -> None:
    expected = (
        r"^dataset\.time: expected a number or a date like 2024-01-31 in 't', received"
        r" 'soon' in row 12\.$"
    )
    with pytest.raises(DataError, match=expected):
        seconds(np.array(["2024-01-01", "soon"], object), "t", 10)


@given(st.lists(st.text("abc", max_size=2), min_size=1), st.integers(1, 5))
def test_codes_are_those_of_pandas_whatever_the_blocks(texts: list[str], size: int) -> None:
    codes = Codes()
    blocks = [np.array(texts[at : at + size], object) for at in range(0, len(texts), size)]
    found = np.concatenate([codes.encode(block) for block in blocks])
    assert found.tolist() == pd.factorize(np.array(texts, object))[0].tolist()
