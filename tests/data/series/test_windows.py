from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlkit.config.file_sources import TimeseriesSource
from dlkit.data.series.windows import cut_parts, cut_windows, target_names
from dlkit.errors import DataError


def windows(width: int, horizon: int = 1, stride: int = 1) -> TimeseriesSource:
    return TimeseriesSource(
        path=("a.csv",), width=width, targets=("a",), horizon=horizon, stride=stride
    )


#                   sales, price
SERIES = np.array([[1, 10], [2, 20], [3, 30], [4, 40], [5, 50], [6, 60]])


def test_windows_of_six_rows_are_those_cut_by_hand() -> None:
    x, y, naive = cut_windows(SERIES, [0, 1], [0], windows(width=3, horizon=2))
    assert x.tolist() == [
        [[1, 10], [2, 20], [3, 30]],
        [[2, 20], [3, 30], [4, 40]],
    ]
    assert y.tolist() == [[4, 5], [5, 6]]
    assert naive.tolist() == [[3, 3], [4, 4]]
    assert {x.dtype, y.dtype, naive.dtype} == {np.dtype(np.float32)}


def test_several_targets_stand_one_after_the_other_as_their_names() -> None:
    x, y, naive = cut_windows(SERIES, [1], [1, 0], windows(width=2, horizon=2, stride=2))
    assert x.tolist() == [[[10], [20]], [[30], [40]]]
    assert y.tolist() == [[30, 40, 3, 4], [50, 60, 5, 6]]
    assert naive.tolist() == [[20, 20, 2, 2], [40, 40, 4, 4]]
    assert target_names(["price", "sales"], 2) == (
        "price +1",
        "price +2",
        "sales +1",
        "sales +2",
    )


@pytest.mark.parametrize(
    ("width", "horizon", "stride", "starts"),
    [
        (5, 1, 1, [0]),
        (1, 5, 1, [0]),
        (1, 1, 1, [0, 1, 2, 3, 4]),
        (2, 2, 2, [0, 2]),
        (1, 1, 9, [0]),
    ],
)
def test_windows_start_a_stride_apart_and_end_within_the_rows(
    width: int, horizon: int, stride: int, starts: list[int]
) -> None:
    x, y, naive = cut_windows(SERIES, [0], [0], windows(width, horizon, stride))
    assert x[:, 0, 0].tolist() == [start + 1 for start in starts]
    assert y[:, -1].tolist() == [start + width + horizon for start in starts]
    assert naive[:, 0].tolist() == [start + width for start in starts]


@pytest.mark.keras
@pytest.mark.parametrize(("width", "stride"), [(1, 1), (7, 1), (7, 3), (10, 10)])
def test_windows_are_those_of_keras(width: int, stride: int) -> None:
    import keras

    values = np.random.default_rng(2).normal(size=(61, 3)).astype(np.float32)
    batches = keras.utils.timeseries_dataset_from_array(
        values[:-1], values[width:, 1], width, sequence_stride=stride, batch_size=16
    )
    pairs = [(x.numpy(), y.numpy()) for x, y in batches]
    x, y, _ = cut_windows(values, [0, 1, 2], [1], windows(width, stride=stride))
    np.testing.assert_array_equal(x, np.concatenate([x for x, _ in pairs]))
    np.testing.assert_array_equal(y[:, 0], np.concatenate([y for _, y in pairs]))


def test_windows_are_arrays_of_their_own() -> None:
    values = SERIES.astype(np.float32)
    x, y, naive = cut_windows(values, [0], [0], windows(2))
    x[:], y[:], naive[:] = 0, 0, 0
    np.testing.assert_array_equal(values, SERIES)


def test_series_that_is_too_short_is_refused_with_what_a_window_needs() -> None:
    with pytest.raises(DataError, match="the series has 6 rows") as error:
        cut_windows(SERIES, [0], [0], windows(5, 2))
    assert str(error.value) == (
        "the series has 6 rows, and one window needs 7 (width 5 + horizon 2)."
    )


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [
        (0.25, 0.2, {"train": (0, 60), "validation": (60, 80), "test": (80, 100)}),
        (10, 30, {"train": (0, 60), "validation": (60, 70), "test": (70, 100)}),
        (0, 0.3, {"train": (0, 70), "test": (70, 100)}),
    ],
    ids=["shares", "counts", "no validation"],
)
def test_parts_follow_each_other_in_time(
    validation: float, test: float, expected: dict[str, Any]
) -> None:
    parts = cut_parts(100, validation, test, windows(4, 2))
    assert {name: (part.start, part.stop) for name, part in parts.items()} == expected
    assert list(parts) == list(expected)


def test_windows_of_a_part_hold_no_row_of_another() -> None:
    values = np.arange(100.0)[:, None]
    settings, seen = windows(4, 2), {}
    for name, rows in cut_parts(100, 0.25, 0.2, settings).items():
        x, y, _ = cut_windows(values[rows], [0], [0], settings)
        seen[name] = {*x.ravel().tolist(), *y.ravel().tolist()}
    assert seen == {
        "train": set(map(float, range(60))),
        "validation": set(map(float, range(60, 80))),
        "test": set(map(float, range(80, 100))),
    }


@pytest.mark.parametrize(
    ("validation", "test", "name", "rows"),
    [
        (0, 0.1, "test", 3),
        (0.04, 10, "validation", 1),
        (0, 0, "test", 0),
        (0, 27, "train", 3),
        (5, 40, "train", 0),
        (8, 12, "validation", 8),
    ],
)
def test_part_that_is_too_short_is_refused_with_what_a_window_needs(
    validation: float, test: float, name: str, rows: int
) -> None:
    with pytest.raises(DataError, match=f"^the {name} part") as error:
        cut_parts(30, validation, test, windows(6, 3))
    assert str(error.value) == (
        f"the {name} part of the series has {rows} of its 30 rows, and one window needs 9"
        " (width 6 + horizon 3). Change dataset.validation or dataset.test, or make the"
        " windows smaller."
    )


def test_part_that_is_as_long_as_a_window_is_enough() -> None:
    parts = cut_parts(27, 9, 9, windows(6, 3))
    assert [part.stop - part.start for part in parts.values()] == [9, 9, 9]
