from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from dlkit.data.tables.guess import guess_features
from dlkit.errors import DataError

NAMES = [f"name{number}" for number in range(3000)]


def guess(
    cells: list[str], missing: tuple[str, ...] | None = None, decimal: str = "."
) -> tuple[str, dict[str, Any], str]:
    """Return what a column is, its settings that are written out, and the rule."""
    sample = pd.DataFrame({"c": pd.Series(cells, dtype=object)})
    ((choice, rule),) = guess_features(sample, missing, decimal).values()
    return choice.name, choice.settings.model_dump(exclude_unset=True), rule


def said(cells: list[str], **given: Any) -> str:
    with pytest.raises(DataError) as caught:
        guess(cells, **given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cells", "feature", "rule"),
    [
        (["1.5", "-2", " 3e4 "], "numeric", "numbers"),
        (["1", "NA", "2", "", "3"], "numeric", "numbers, 2 missing"),
        (["0", "1", "1"], "numeric", "0 and 1"),
        (["7", "", "7"], "numeric", "numbers, 1 missing"),
        (["10115", "80331", "10115"], "numeric", "numbers"),
        (["0", "1", "2", "3", "4"], "drop", "row numbers"),
        (["1", "2", "3", "4", "5"], "drop", "row numbers"),
        (["1", "2", "3", "4"], "numeric", "numbers"),
        (["2", "3", "4", "5", "6"], "numeric", "numbers"),
        (["0", "1", "2", "4", "3"], "numeric", "numbers"),
        (["5", "5"], "drop", "always '5'"),
        (["x", "x"], "drop", "always 'x'"),
        (["", "NA"], "drop", "no value"),
        (["2020-01-01", "2020-01-01"], "drop", "always '2020-01-01'"),
        (["20200101", "20200103", "20200102"], "date", "dates as %Y%m%d"),
        (["20200101", "20201301", "20200102"], "numeric", "numbers"),
        (["2020-01-01", "", "2020-01-03"], "date", "dates as %Y-%m-%d"),
        (["14/1/20 7:05", "3/2/20 16:00"], "date", "dates as %d/%m/%y %H:%M"),
        (["012", "001", "999", "012"], "categorical", "digits with leading zeros, 3 names"),
        ([f"0{n}" for n in range(100, 112)], "drop",
         "digits with leading zeros, another name in every row"),
        (["a", "b", "a"], "categorical", "2 names"),
        (["NA", "DE", "NA"], "categorical", "2 names"),
        (["a", "", "a"], "categorical", "1 name, 1 missing"),
        (["True", "False", "True"], "categorical", "2 names"),
        (NAMES[:10], "drop", "another name in every row"),
        (NAMES[:9], "categorical", "9 names"),
        ([*NAMES[:99], "name0"], "drop", "another name in nearly every row"),
        (["not bad at all", "I liked it", "too long"], "text", "texts of 3 words"),
        (["a b c", "d e f"] * 4, "categorical", "2 names"),
        (["Ann Lee", "Bo Li", "Ann Lee"], "categorical", "2 names"),
    ],
)  # fmt: skip
def test_rules(cells: list[str], feature: str, rule: str) -> None:
    assert guess(cells)[::2] == (feature, rule)


@pytest.mark.parametrize(
    ("names", "encoding"),
    [(50, "one_hot"), (51, "embedding"), (2000, "embedding"), (2001, "hashing")],
)
def test_encoding_by_the_number_of_names(names: int, encoding: str) -> None:
    choice, settings, rule = guess(NAMES[:names] * 2)
    assert (choice, settings, rule) == ("categorical", {"encoding": encoding}, f"{names} names")


def test_the_format_of_a_date_is_written_out() -> None:
    assert guess(["31.12.2020", "1.1.2021"])[1] == {"format": "%d.%m.%Y"}


def test_missing_words_of_the_config() -> None:
    assert guess(["?", "1", "2"], ("?",)) == ("numeric", {}, "numbers, 1 missing")
    assert guess(["?", "a", "b", "a"], ("?",))[2] == "2 names, 1 missing"
    assert guess(["NA", "a"], ("?",))[2] == "2 names"
    assert guess(["-", "2020-01-01", "2020-01-02"], ("-",))[0] == "date"


def test_decimal_commas() -> None:
    assert guess(["1,5", "2"], decimal=",") == ("numeric", {}, "numbers")
    assert said(["2", "1,5"]) == (
        "column 'c': '1,5' looks like a number with ',' before its fraction: write decimal: "
        '"," under the source, or c: categorical under features.'
    )
    assert said(["1.5", "2"], decimal=",").endswith(
        'write decimal: "." under the source, or c: categorical under features.'
    )


@pytest.mark.parametrize(
    ("cells", "fault", "words"),
    [
        (["1", "2", "?", "?"], "'?' stands 2 times among numbers, first in row 3", '"?"'),
        (
            ["-", "2", "3", "x", "5"],
            "'-' stands once among numbers, first in row 1 (and 1 other such text)",
            '"-", "x"',
        ),
        (
            [*"123456789", "inf", "a", "b", "c"],
            "'inf' stands once among numbers, first in row 10 (and 3 other such texts)",
            '"inf", "a", "b", ...',
        ),
        (["2020-01-01", "null"], "'null' stands once among dates, first in row 2", '"null"'),
    ],
)
def test_odd_tokens_are_for_people_to_decide(cells: list[str], fault: str, words: str) -> None:
    assert said(cells) == (
        f"column 'c': {fault}: if it means a missing value, write missing: [{words}] under the "
        "source; if the column holds names, write c: categorical under features."
    )


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(["1", "a", "b"], id="less than half are numbers"),
        pytest.param([*map(str, range(20)), *NAMES[:11]] * 2, id="many other tokens"),
    ],
)
def test_numbers_among_names_are_names(cells: list[str]) -> None:
    assert guess(cells)[0] == "categorical"


def test_a_date_of_two_readings_asks_for_its_format() -> None:
    assert said(["1/2/2020", "3/4/2020"]) == (
        "column 'c': '1/2/2020' may be read as %d/%m/%Y or as %m/%d/%Y, and so may all others: "
        'write c: {date: {format: "%d/%m/%Y"}} or "%m/%d/%Y" under features.'
    )


def test_every_column_in_the_order_of_the_table() -> None:
    sample = pd.DataFrame({"b": ["1", "3"], "a": ["x", "y"]}, dtype=object)
    guesses = guess_features(sample, None, ".")
    assert {name: choice.name for name, (choice, _) in guesses.items()} == {
        "b": "numeric",
        "a": "categorical",
    }
    assert list(guesses) == ["b", "a"]
