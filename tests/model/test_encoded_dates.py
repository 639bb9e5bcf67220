from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

from dlkit.model.dates import days_since_1970  # noqa: E402

Encode = Callable[..., Any]

ALL = {"parts": ("time", "month", "weekday", "hour")}


def circle(turns: np.ndarray) -> np.ndarray:
    """Return sine and cosine of shape ``(rows, 2)``."""
    return np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], axis=1)


def test_every_day_of_six_hundred_years_is_datetimes() -> None:
    start, end = datetime(1600, 1, 1), datetime(2200, 1, 1)
    days = [start + timedelta(number) for number in range((end - start).days)]
    fields = [
        np.array([getattr(day, field) for day in days], np.int32)
        for field in ("year", "month", "day")
    ]
    first = (start - datetime(1970, 1, 1)).days
    np.testing.assert_array_equal(
        days_since_1970(*fields), np.arange(first, first + len(days), dtype=np.int32)
    )


def test_parts_of_a_date_are_datetimes(encoded: Encode) -> None:
    generator = np.random.default_rng(0)
    whole = ["1899-12-31 23:59:59", "1900-02-28 00:00:00", "2000-02-29 12:00:00",
             "2100-03-01 06:30:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59",
             "1969-12-31 18:00:00", "2024-02-29 00:00:01"]  # fmt: skip
    seconds = generator.integers(-(10**10), 10**10, 3000)
    dates = [datetime.fromisoformat(text) for text in whole]
    dates += [datetime(1970, 1, 1) + timedelta(seconds=int(number)) for number in seconds]
    texts = [date.isoformat(" ") for date in dates]
    days = np.array([(date - datetime(1970, 1, 1)) / timedelta(days=1) for date in dates])
    table = encoded({"d": ("date", ALL, texts)})
    vector = table(d=texts)
    assert table.encoding.names == (
        *("d: time", "d: month sin", "d: month cos", "d: weekday sin", "d: weekday cos"),
        *("d: hour sin", "d: hour cos"),
    )
    expected = np.column_stack(
        [
            (days - days.mean()) / days.std(),
            circle(np.array([date.month - 1 for date in dates]) / 12),
            circle(np.array([date.weekday() for date in dates]) / 7),
            circle(days % 1),
        ]
    )
    np.testing.assert_allclose(vector, expected, atol=2e-6, rtol=1e-6)


def test_seconds_of_one_hour_are_told_apart(encoded: Encode) -> None:
    texts = [f"2024-05-05 12:{second // 60:02}:{second % 60:02}" for second in range(3600)]
    vector = encoded({"d": ("date", {}, texts)})(d=texts)
    seconds = np.arange(3600.0)
    np.testing.assert_allclose(
        vector[:, 0], (seconds - seconds.mean()) / seconds.std(), atol=1e-5
    )


@pytest.mark.parametrize(
    "text", ["", "nonsense", "31.12.2020", "12/31/2020", "12-31-2020", "2020-13-01", "é" * 19]
)
def test_missing_or_unreadable_date_is_zero_everywhere(encoded: Encode, text: str) -> None:
    table = encoded({"d": ("date", ALL, ["2020-05-01 00:00:00", "", "2021-06-02 10:00:00"])})
    assert table(d=[text]).tolist() == [[0] * 7]


def test_time_of_day_may_be_left_out(encoded: Encode) -> None:
    table = encoded({"d": ("date", ALL, ["2020-05-01 00:00:00", "2021-06-02 10:00:00"])})
    np.testing.assert_array_equal(*table(d=["2020-05-01", "2020-05-01 00:00:00"]))


def test_constant_date_is_zero_and_a_later_one_counts_days(encoded: Encode) -> None:
    table = encoded({"d": ("date", {"parts": ("time",)}, ["2020-05-01 00:00:00"])})
    assert table(d=["2020-05-01 00:00:00", "2020-05-04 00:00:00"]).tolist() == [[0], [3]]
