"""A series: its columns in order of time, and gaps and repetitions in that time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlkit.data.dataset import Dataset
from dlkit.data.profile.columns import describe
from dlkit.data.profile.findings import Finding, Profile
from dlkit.data.profile.survey import Field, Survey, Tally
from dlkit.data.profile.suspicious import find_suspicious

GAP = 1.5
"""A step this many times as long as most leaves something out."""


@dataclass(frozen=True)
class Series:
    """The rows that windows are cut from.

    Attributes:
        names: Of the columns.
        values: float64 of shape ``(rows, columns)``, in order of time.
        numbers: int64 of shape ``(rows,)``: where each row stands in the table.
        time: The column that tells the time, or None.
        times: Its values in seconds or numbers, ascending; empty where there is none.
        written: The same as they stand in the table.
    """

    names: tuple[str, ...]
    values: np.ndarray
    numbers: np.ndarray
    time: str | None
    times: np.ndarray
    written: Sequence[str]


def profile_series(series: Series, dataset: Dataset, targets: Sequence[str]) -> Profile:
    """Say what a series is and what looks wrong with it.

    Args:
        series: All of its rows.
        dataset: What was cut from it.
        targets: The columns that are foretold.
    """
    fields = []
    for name, values in zip(series.names, series.values.T, strict=True):
        tally = Tally()
        tally.add(values, "numeric")
        fields.append(Field(name, "numeric", values, tally))
    rows = len(series.values)
    numbers = np.arange(rows)
    nothing = np.zeros((rows, 0))
    parts, none = np.zeros(rows, np.uint8), np.zeros(0, np.int64)
    found = Survey(
        tuple(fields), series.values, nothing, parts, numbers, none, (), rows, exact=True
    )
    gaps = find_gaps(series.times, series.written, series.time) if series.time else ()
    return Profile(
        columns=tuple(
            replace(column, kind="target") if column.name in targets else column
            for column in map(describe, fields)
        ),
        classes={},
        examples=rows,
        sampled=rows,
        exact=True,
        findings=(*gaps, *find_suspicious(found, dataset, {}, weighted=True)),
    )


def find_gaps(times: np.ndarray, written: Sequence[str], name: str) -> Iterator[Finding]:
    """Yield where a series does not go on evenly.

    Args:
        times: float64 of shape ``(rows,)``, ascending.
        written: The same for people.
        name: The column they stand in.
    """
    steps = np.diff(times)
    if not len(steps):
        return
    repeated = np.flatnonzero(steps == 0)
    if len(repeated):
        rows = "row has" if len(repeated) == 1 else "rows have"
        message = f"{len(repeated):,} {rows} the time of the one before"
        yield Finding(name, f"{message} (first: {written[repeated[0]]})")
    forward = steps[steps > 0]
    if not len(forward):
        return
    usual = float(np.median(forward))
    gaps = np.flatnonzero(steps > GAP * usual)
    if len(gaps):
        first = gaps[0]
        times_are = f"{written[first]} to {written[first + 1]}"
        count = "one gap" if len(gaps) == 1 else f"{len(gaps):,} gaps"
        message = f"{count} in time (first: {times_are}): windows reach over them"
        yield Finding(name, message)
