"""Dates in texts: how they are written, and one way of writing them all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlkit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

DATES = {
    r"\d{4}-\d{1,2}-\d{1,2}": ("%Y-%m-%d",),
    r"\d{4}/\d{1,2}/\d{1,2}": ("%Y/%m/%d",),
    r"\d{4}\.\d{1,2}\.\d{1,2}": ("%Y.%m.%d",),
    r"\d{8}": ("%Y%m%d",),
    r"\d{4}-\d{2}": ("%Y-%m",),
    r"\d{1,2}\.\d{1,2}\.\d{4}": ("%d.%m.%Y",),
    r"\d{1,2}\.\d{1,2}\.\d{2}": ("%d.%m.%y",),
    r"\d{1,2}/\d{1,2}/\d{4}": ("%d/%m/%Y", "%m/%d/%Y"),
    r"\d{1,2}/\d{1,2}/\d{2}": ("%d/%m/%y", "%m/%d/%y"),
    r"\d{1,2}-\d{1,2}-\d{4}": ("%d-%m-%Y", "%m-%d-%Y"),
    r"\d{1,2}-\d{1,2}-\d{2}": ("%d-%m-%y", "%m-%d-%y"),
    r"\d{1,2} [A-Za-z]+ \d{4}": ("%d %b %Y", "%d %B %Y"),
    r"\d{1,2}-[A-Za-z]+-\d{4}": ("%d-%b-%Y", "%d-%B-%Y"),
    r"\d{1,2}-[A-Za-z]+-\d{2}": ("%d-%b-%y", "%d-%B-%y"),
    r"[A-Za-z]+ \d{1,2}, \d{4}": ("%b %d, %Y", "%B %d, %Y"),
    r"[A-Za-z]+ \d{4}": ("%b %Y", "%B %Y"),
}
"""The recognized shapes of a day, and the formats that such a text can have."""

TIMES = {
    r"": "",
    r"\d{1,2}:\d{2}": "%H:%M",
    r"\d{1,2}:\d{2}:\d{2}": "%H:%M:%S",
    r"\d{1,2}:\d{2}:\d{2}\.\d{1,9}": "%H:%M:%S.%f",
    r"\d{1,2}:\d{2} ?[AaPp][Mm]": "%I:%M %p",
    r"\d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]": "%I:%M:%S %p",
}
"""The recognized shapes of a time of day behind it, and the format of each."""

_PARTS = re.compile(
    r"(?P<day>.*?)(?:(?P<between>[T ])(?P<time>\d{1,2}:.*?)(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_WORDS = frozenset({"now", "today"})
"""What pandas takes for a date in every format."""


def guess_format(texts: Iterable[str], column: str = "") -> str | None:
    """Find the format that all texts have.

    Args:
        texts: Dates, or something else; "" counts for nothing.
        column: For messages.

    Returns:
        As for ``strptime``, or None where no recognized format fits every text.

    Raises:
        DataError: If some format with the day first and one with the month first fit all.
    """
    cells = list(dict.fromkeys(filter(None, (text.strip() for text in texts))))
    formats = _candidates(cells[0]) if cells else ()
    fitting = [one for one in formats if not np.isnat(_moments(cells, one)).any()]
    # a column of May alone has its month in short and in full
    if len({one.replace("%B", "%b") for one in fitting}) > 1:
        raise DataError(
            f"column {column!r}: {cells[0]!r} may be read as {' or as '.join(fitting)}, and so "
            f'may all others: write {column}: {{date: {{format: "{fitting[0]}"}}}} or '
            f'"{fitting[1]}" under features.'
        )
    return fitting[0] if fitting else None


def to_iso(
    texts: Sequence[str] | np.ndarray,
    date_format: str,
    column: str,
    rows: Sequence[int] | np.ndarray | None = None,
) -> np.ndarray:
    """Write dates as ``YYYY-MM-DD HH:MM:SS``, those with a time zone in UTC.

    Args:
        texts: Dates of one format; "" for a missing one.
        date_format: As for ``strptime``.
        column: For messages.
        rows: Their rows, counted from 0; None: the first ones. Messages count from 1.

    Returns:
        Objects, all str, of shape ``(texts,)``; "" for a missing one.

    Raises:
        DataError: If a text is no date of the format; it names the first one.
    """
    cells = [text.strip() for text in texts]
    try:
        moments = _moments(cells, date_format)
    except ValueError as error:
        raise DataError(
            f"column {column!r}: format {date_format!r} is none of strptime's ({error})."
        ) from error
    given = np.array([cell != "" for cell in cells], bool)
    wrong = np.flatnonzero(given & np.isnat(moments))
    if len(wrong):
        place = int(wrong[0])
        row = place if rows is None else int(rows[place])
        raise DataError(
            f"column {column!r}, row {row + 1}: expected a date like {_example(date_format)} "
            f"({date_format}), received {cells[place]!r}."
        )
    letters = np.datetime_as_string(moments, unit="s").tolist()
    iso = np.array([text.replace("T", " ") for text in letters], object)
    iso[~given] = ""
    return iso


def _candidates(text: str) -> tuple[str, ...]:
    """Return the formats that a date of such a shape can have."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return ()
    time = parts["time"] or ""
    time_format = next((TIMES[shape] for shape in TIMES if re.fullmatch(shape, time)), None)
    if time_format is None:
        return ()
    if time_format.endswith(" %p") and " " not in time:
        time_format = time_format.replace(" ", "")
    behind = (parts["between"] or "") + time_format + ("%z" if parts["zone"] else "")
    return tuple(
        day + behind
        for shape, days in DATES.items()
        if re.fullmatch(shape, parts["day"])
        for day in days
    )


def _moments(cells: list[str], date_format: str) -> np.ndarray:
    """Return datetime64[s], in UTC where there is a time zone; NaT for what does not fit."""
    import pandas as pd

    words = [cell if cell.lower() not in _WORDS else "" for cell in cells]
    zoned = "%z" in date_format
    dates: pd.DatetimeIndex = pd.to_datetime(
        pd.Index(words, dtype=object), format=date_format, errors="coerce", utc=zoned
    )
    if zoned:
        dates = dates.tz_convert(None)
    return dates.to_numpy().astype("datetime64[s]")


def _example(date_format: str) -> str:
    """Write a date in a format."""
    import pandas as pd

    return pd.Timestamp("2026-01-31 13:45:00", tz="UTC").strftime(date_format)
