"""The text of ``dlkit data``, to the letter and within 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlkit.data.profile.findings import (
    Column,
    Dates,
    Finding,
    Names,
    Numbers,
    Profile,
    Values,
    Words,
)
from dlkit.report.data.overview import (
    format_facts,
    format_number,
    format_profile,
    format_share,
)

DISTRICTS = Names((("hill side", 0.5), ("b", 0.3), ("c", 0.2)))
COLUMNS = (
    Column("size", "numeric", 36, 600, 512, Numbers(20.3, 211, 98.41, 27.12)),
    Column("district", "categorical", 0, 600, 3, DISTRICTS),
    Column("built", "date", 0, 600, 598, Dates("1900-02-03 00:00:00", "2020-06-01 00:00:00")),
    Column("price", "target", 0, 600, 588, Numbers(20, 911.25, 401.2, 187)),
    Column("id", "left out", None, 0, None, None, "row numbers"),
)

PROFILE = Profile(
    columns=COLUMNS,
    classes={},
    examples=600,
    sampled=600,
    exact=True,
    findings=(
        Finding("size", "0 stands in 36 rows: does it mean missing?", "`size: drop`"),
        Finding("", "3 training examples equal earlier ones"),
    ),
)

TEXT = """\
data      csv (homes.csv)

column    kind         missing  distinct  what is in it
size      numeric      36 (6%)       512  20.3 to 211, mean 98.4, sd 27.1
district  categorical        0         3  hill side 50%, b 30%, c 20%
built     date               0       598  1900-02-03 to 2020-06-01
price     target             0       588  20 to 911.2, mean 401.2, sd 187
id        left out                        row numbers

suspicious
  size: 0 stands in 36 rows: does it mean missing?
    `size: drop`
  3 training examples equal earlier ones.

pictures  a/samples.png
          a/columns.png"""


def test_whole_text() -> None:
    files = [Path("a/samples.png"), Path("a/columns.png")]
    assert format_profile(["data      csv (homes.csv)"], PROFILE, files) == TEXT


def test_nothing_suspicious_is_said() -> None:
    text = format_profile([], replace(PROFILE, findings=()), [])
    assert text.endswith("suspicious  nothing\n")


def test_classes_are_counted_and_many_are_summed_up() -> None:
    classes = {f"kind {number}": 10 + number for number in range(25)}
    text = format_profile([], replace(PROFILE, classes=classes, examples=550, sampled=550), [])
    assert "classes   kind 0: 10 (2%), kind 1: 11 (2%)," in text
    assert "and 5 more of 30 to 34" in " ".join(text.split())


SAMPLE = "a random sample of 600 of 9,000 rows."
MOST = (
    "Missing values, ranges and means are of all rows; distinct values and what is suspicious"
)


@pytest.mark.parametrize(
    ("exact", "words"), [(True, f"{MOST} of {SAMPLE}"), (False, f"All figures are of {SAMPLE}")]
)
def test_sample_is_said_to_be_one(exact: bool, words: str) -> None:
    text = format_profile([], replace(PROFILE, examples=9000, exact=exact), [])
    assert words in " ".join(text.split())


def test_lines_of_long_names_stay_within_80_columns() -> None:
    names = Names(tuple((f"a very long name of number {i}", 0.2) for i in range(5)))
    column = Column("a column with a long\nname of its own", "categorical", 0, 9, 7, names)
    finding = Finding("x" * 200, "word " * 40, "hint " * 40)
    classes = dict.fromkeys(("long class " * 9, "b"), 4)
    profile = Profile((column,) * 3, classes, 9, 9, exact=True, findings=(finding,))
    lines = format_profile([], profile, []).split("\n")
    assert max(map(len, lines)) <= 80


def test_of_many_columns_the_first_and_the_target_are_listed() -> None:
    columns = (*(replace(COLUMNS[0], name=f"c{i}") for i in range(60)), COLUMNS[3])
    text = format_profile([], replace(PROFILE, columns=columns), [])
    assert "c38 " in text
    assert "c39 " not in text
    assert "price " in text
    assert "... and 21 columns more" in text


def test_of_many_findings_the_others_are_counted() -> None:
    text = format_profile([], replace(PROFILE, findings=PROFILE.findings * 20), [])
    assert "  ... and 10 more" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (-3, "-3"), (1234567, "1,234,567"), (20.34, "20.3"), (911.25, "911.2"),
        (14021.7, "14,022"), (0.000123, "0.000123"), (1e12, "1e+12"), (-0.25, "-0.25"),
    ],
)  # fmt: skip
def test_numbers_are_short(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.25, "25%"), (0.004, "0.4%"), (0.996, "99.6%"), (1e-5, "<0.1%")],
)
def test_shares_are_short(share: float, text: str) -> None:
    assert format_share(share) == text


UNIT = Numbers(0, 255, 1e-9, 78.5)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (
            Column("x", "pictures", 0, 9, None, Values((28, 28), "uint8", UNIT)),
            "28 x 28 gray of uint8, 0 to 255, mean 0, sd 78.5",
        ),
        (
            Column("x", "pictures", 0, 9, None, Values((32, 30, 3), "uint8", UNIT)),
            "32 x 30 rgb of uint8, 0 to 255, mean 0, sd 78.5",
        ),
        (
            Column("x", "array", 0, 9, None, Values((20, 2), "float32", UNIT)),
            "20 x 2 of float32, 0 to 255, mean 0, sd 78.5",
        ),
        (
            Column("x", "text", 0, 9, 8, Words(1, 10.5, 74, 5184)),
            "1 to 74 words, median 10.5, 5,184 different ones",
        ),
        (
            Column("x", "date", 0, 9, 8, Dates("2020-01-01 10:00:00", "2020-01-02 00:00:00")),
            "2020-01-01 10:00:00 to 2020-01-02 00:00:00",
        ),
        (
            Column("x", "categorical", 1, 9, 8, Names((("C1", 1 / 8), ("C2", 1 / 8)))),
            "all different, C1 for one",
        ),
        (
            Column("x", "categorical", 0, 9, 3, Names((("C1", 0.5), ("C2", 0.25)))),
            "C1 50%, C2 25%, ...",
        ),
        (Column("x", "numeric", 9, 9, 0, None), "nothing"),
        (Column("x", "left out", 0, 9, 1, None, "always 'a'"), "always 'a'"),
    ],
    ids=["gray", "color", "array", "texts", "times", "differ", "names", "nothing", "left out"],
)
def test_facts_of_each_kind(column: Column, text: str) -> None:
    assert format_facts(column).replace("\N{NO-BREAK SPACE}", " ") == text
