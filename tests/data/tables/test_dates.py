from __future__ import annotations

from datetime import datetime

import pytest

from dlkit.data.tables.dates import guess_format, to_iso
from dlkit.errors import DataError

DAYS = [
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d-%m-%y", "%m-%d-%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y"),
    *("%d-%b-%y", "%d-%B-%y", "%b %d, %Y", "%B %d, %Y"),
]
TIMES = ["", "T%H:%M", " %H:%M:%S", "T%H:%M:%S.%f", " %I:%M %p", " %I:%M:%S%p", " %H:%M%z"]
MOMENTS = [
    datetime.fromisoformat(f"{text}+00:00")
    for text in ("2021-12-31 23:59:58", "1999-05-01 00:00:00", "2024-02-29 12:30:01")
]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("day", DAYS)
def test_dates_that_python_wrote_are_recognized_and_read(day: str, time: str) -> None:
    written = day + time
    texts = [moment.strftime(written) for moment in MOMENTS]
    assert guess_format(texts) == written
    # what a format does not write is not read
    want = [datetime.strptime(text, written).strftime("%Y-%m-%d %H:%M:%S") for text in texts]
    assert to_iso(texts, written, "day").tolist() == want


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (["2020-1-5", "2020-12-31"], "%Y-%m-%d"),
        (["2020-05", "2021-12"], "%Y-%m"),
        (["May 2020", "Dec 2020"], "%b %Y"),
        (["May 2020"], "%b %Y"),
        (["May 2020", "June 2020"], "%B %Y"),
        (["2020-01-01T00:00:00Z"], "%Y-%m-%dT%H:%M:%S%z"),
        (["", " 3.4.2020 ", ""], "%d.%m.%Y"),
        (["1/2/2020", "13/2/2020"], "%d/%m/%Y"),
        (["1/2/2020", "1/13/2020"], "%m/%d/%Y"),
        (["13/1/2020", "1/13/2020"], None),
        (["2020-02-30"], None),
        (["2020-01-01", "soon"], None),
        (["2020-01-01", "2020-01-01 10:00"], None),
        (["12:30"], None),
        (["now"], None),
        (["May"], None),
        (["1.2.3"], None),
        (["192.168.1.1"], None),
        ([""], None),
        ([], None),
    ],
)
def test_formats(texts: list[str], written: str | None) -> None:
    assert guess_format(texts) == written


def test_the_day_or_the_month_first() -> None:
    with pytest.raises(DataError) as caught:
        guess_format(["1/2/2020 10:00"], "start")
    assert str(caught.value) == (
        "column 'start': '1/2/2020 10:00' may be read as %d/%m/%Y %H:%M or as %m/%d/%Y %H:%M, "
        'and so may all others: write start: {date: {format: "%d/%m/%Y %H:%M"}} or '
        '"%m/%d/%Y %H:%M" under features.'
    )


def test_iso_of_missing_zoned_and_early_dates() -> None:
    assert to_iso(["", " 2020-01-02 ", ""], "%Y-%m-%d", "c").tolist() == [
        "",
        "2020-01-02 00:00:00",
        "",
    ]
    zoned = to_iso(["2020-01-01 00:30+02:00"], "%Y-%m-%d %H:%M%z", "c")
    assert zoned.tolist() == ["2019-12-31 22:30:00"]
    assert to_iso(["1500-06-07"], "%Y-%m-%d", "c").tolist() == ["1500-06-07 00:00:00"]
    assert to_iso([], "%Y", "c").tolist() == []
    assert to_iso(["x", ""][1:], "%Y", "c").dtype == object


@pytest.mark.parametrize("text", ["2020-13-01", "nan", "NaT", "today", "now", "2020-01-01 x"])
def test_what_is_no_date_is_named_with_its_row(text: str) -> None:
    texts = ["2020-01-01", "", text, "neither"]
    with pytest.raises(DataError) as caught:
        to_iso(texts, "%Y-%m-%d", "day")
    assert str(caught.value) == (
        f"column 'day', row 3: expected a date like 2026-01-31 (%Y-%m-%d), received {text!r}."
    )
    with pytest.raises(DataError, match=r"^column 'day', row 1001: expected a date like "):
        to_iso(texts, "%Y-%m-%d", "day", rows=[7, 8, 1000, 5])


def test_a_format_that_is_none() -> None:
    with pytest.raises(
        DataError, match=r"^column 'day': format '%Q' is none of strptime's \('Q' is a bad "
    ):
        to_iso(["1"], "%Q", "day")
