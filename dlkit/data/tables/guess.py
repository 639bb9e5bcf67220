"""What the columns of a table are, by rules that look at its first rows.

In this order, a column is

- dropped where no value stands, or always the same;
- a date where all values have one of the recognized formats (``20260131`` too);
- of whole numbers with leading zeros: names, so it is treated like a column of texts;
- dropped where it counts the rows, from 0 or from 1;
- numeric where all values are numbers, 0 and 1 included;
- an error where half of the values or more are numbers and few other tokens stand among
  them: the one or the other is a mistake, and only people know which;
- a text where most values differ and have three words or more;
- dropped where (nearly) every row has another name: it is a name of the row;
- categorical else: ``one_hot`` up to 50 names, ``embedding`` up to 2000, then ``hashing``.

What stands for a missing value is no value. No rule looks at the targets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.tables.cells import NO_NUMBER, are_numbers, is_number, no_number, no_text
from dlkit.data.tables.dates import guess_format
from dlkit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

ROWS_TO_COUNT = 5
"""Fewer rows than this do not show that a column counts them."""

ROWS_TO_DIFFER = 10
"""Fewer rows than this do not show that every row has a name of its own."""

DIFFERING = 0.95
NUMBERS_AMONG = 0.5
ODD_TOKENS = 10
TEXT_WORDS = 3
ONE_HOT_NAMES = 50
EMBEDDING_NAMES = 2000

Guess = tuple[Choice, str]

_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")
_WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Values:
    """The different values of a column without spaces around them, missing ones aside.

    Attributes:
        texts: Each once, in the order of their first rows.
        counts: How often each stands.
        rows: Where each stands first, from 0.
        missing: Cells without a value.
    """

    texts: list[str]
    counts: np.ndarray
    rows: np.ndarray
    missing: int

    @property
    def present(self) -> int:
        """Cells with a value."""
        return int(self.counts.sum())


def guess_features(
    sample: pd.DataFrame, missing: tuple[str, ...] | None, decimal: str
) -> dict[str, Guess]:
    """Find out what each column of a table is.

    Args:
        sample: The first rows, every cell a text, "" for nothing.
        missing: What stands for no value; None: the usual words in a column of numbers, and
            only "" in one of texts.
        decimal: What stands before the digits of a fraction.

    Returns:
        For each column what it is, with the settings that are not the default, and the rule
        that said so, for people.

    Raises:
        DataError: If a column could be two things; it says what to write.
    """
    return {
        str(name): _guess(str(name), sample[name], missing, decimal) for name in sample.columns
    }


def _guess(name: str, cells: pd.Series, missing: tuple[str, ...] | None, decimal: str) -> Guess:
    stripped = np.array([cell.strip() for cell in cells], object)
    numbers = _values(stripped, no_number(missing))
    if not numbers.texts:
        return _choice("drop"), "no value"
    if len(numbers.texts) == 1 and not numbers.missing:
        return _choice("drop"), f"always {numbers.texts[0]!r}"
    if are_numbers(numbers.texts, decimal):
        return _guess_numbers(name, stripped, numbers)
    values = _values(stripped, no_text(missing))
    _refuse_odd_tokens(name, numbers, decimal)
    date_format = guess_format(values.texts, name)
    if date_format is not None:
        return _choice("date", format=date_format), f"dates as {date_format}"
    _refuse_odd_dates(name, values)
    return _guess_names(values)


def _guess_numbers(name: str, stripped: np.ndarray, values: Values) -> Guess:
    """Tell apart what is written in digits."""
    if len(values.texts) > 2 and all(re.fullmatch("[12][0-9]{7}", t) for t in values.texts):
        date_format = guess_format(values.texts, name)
        if date_format is not None:
            return _choice("date", format=date_format), f"dates as {date_format}"
    if any(map(_LEADING_ZERO.fullmatch, values.texts)):
        choice, rule = _guess_names(values)
        return choice, f"digits with leading zeros, {rule}"
    if _counts_rows(stripped):
        return _choice("drop"), "row numbers"
    rule = "0 and 1" if set(values.texts) == {"0", "1"} else "numbers"
    return _choice("numeric"), rule + (f", {values.missing} missing" if values.missing else "")


def _guess_names(values: Values) -> Guess:
    """Tell apart texts, names of rows and names of classes."""
    names = len(values.texts)
    differing = names / values.present
    words = float(np.mean([len(text.split()) for text in values.texts]))
    if differing > 0.5 and names > 1 and words >= TEXT_WORDS:
        return _choice("text"), f"texts of {words:.0f} words"
    if values.present >= ROWS_TO_DIFFER and differing >= DIFFERING:
        often = "every row" if differing == 1 else "nearly every row"
        return _choice("drop"), f"another name in {often}"
    rule = f"{names} name{'s' if names > 1 else ''}"
    rule += f", {values.missing} missing" if values.missing else ""
    if names <= ONE_HOT_NAMES:
        return _choice("categorical", encoding="one_hot"), rule
    encoding = "embedding" if names <= EMBEDDING_NAMES else "hashing"
    return _choice("categorical", encoding=encoding), rule


def _choice(feature: str, **settings: str) -> Choice:
    return Choice(feature, FEATURES[feature].model_validate(settings))


def _values(stripped: np.ndarray, missing: frozenset[str]) -> Values:
    """Count the different values."""
    import pandas as pd

    codes, texts = pd.factorize(stripped)
    counts = np.bincount(codes, minlength=len(texts))
    _, rows = np.unique(codes, return_index=True)
    kept = np.array([text not in missing for text in texts], bool)
    return Values(list(texts[kept]), counts[kept], rows[kept], int(counts[~kept].sum()))


def _counts_rows(stripped: np.ndarray) -> bool:
    """Tell whether a column is 0, 1, 2, ... or 1, 2, 3, ... ."""
    cells = stripped.tolist()
    if len(cells) < ROWS_TO_COUNT or cells[0] not in {"0", "1"}:
        return False
    start = int(cells[0])
    return all(
        _WHOLE.fullmatch(cell) and int(cell) == row for row, cell in enumerate(cells, start)
    )


def _refuse_odd_tokens(name: str, values: Values, decimal: str) -> None:
    """Find what stands among numbers and is none.

    Raises:
        DataError: If half of the values are numbers, and few others stand among them.
    """
    fine = np.array([is_number(text, decimal) for text in values.texts], bool)
    other = "." if decimal == "," else ","
    odd = [text for text, good in zip(values.texts, fine, strict=True) if not good]
    if are_numbers(odd, other):
        raise DataError(
            f"column {name!r}: {odd[0]!r} looks like a number with {other!r} before its "
            f'fraction: write decimal: "{other}" under the source, or {name}: categorical '
            "under features."
        )
    share = values.counts[fine].sum() / values.present
    if share < NUMBERS_AMONG or (len(odd) > ODD_TOKENS and share < DIFFERING):
        return
    first = int(np.flatnonzero(~fine)[0])
    count, row = int(values.counts[first]), int(values.rows[first]) + 1
    more = len(odd) - 1
    others = f" (and {more} other such text{'s' if more > 1 else ''})" if more else ""
    fault = f"{odd[0]!r} stands {_times(count)} among numbers, first in row {row}{others}"
    raise DataError(f"column {name!r}: {fault}: {_remedy(name, odd)}")


def _refuse_odd_dates(name: str, values: Values) -> None:
    """Find words for nothing among dates.

    Raises:
        DataError: If all other values are dates.
    """
    odd = [text for text in values.texts if text in NO_NUMBER]
    if not odd or len(odd) == len(values.texts):
        return
    if guess_format([text for text in values.texts if text not in NO_NUMBER], name) is None:
        return
    place = values.texts.index(odd[0])
    count, row = int(values.counts[place]), int(values.rows[place]) + 1
    fault = f"{odd[0]!r} stands {_times(count)} among dates, first in row {row}"
    raise DataError(f"column {name!r}: {fault}: {_remedy(name, odd)}")


def _remedy(name: str, odd: list[str]) -> str:
    words = ", ".join(f'"{text}"' for text in odd[:3]) + (", ..." if len(odd) > 3 else "")
    return (
        f"if it means a missing value, write missing: [{words}] under the source; if the "
        f"column holds names, write {name}: categorical under features."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
