"""What a cell of text says: a number, nothing, or something else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

NO_NUMBER = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "#N/A")
"""What stands for no number where the config does not say. A text may be ``NA``: Namibia."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMBERS = re.compile(rf"(?:{_NUMBER.pattern}\n)*+")
_NOT_FINITE = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE)


def no_number(missing: Sequence[str] | None) -> frozenset[str]:
    """Return the words that stand for no value in a column of numbers."""
    return frozenset(NO_NUMBER if missing is None else ("", *missing))


def no_text(missing: Sequence[str] | None) -> frozenset[str]:
    """Return the words that stand for no value in a column of texts."""
    return frozenset(("", *(missing or ())))


def is_number(text: str, decimal: str = ".") -> bool:
    """Tell whether a text without spaces around it is a finite number."""
    number = _pointed(text, decimal)
    return number is not None and math.isfinite(float(number))


def are_numbers(texts: Sequence[str], decimal: str = ".") -> bool:
    """Tell whether every text is a finite number, much faster than one by one."""
    lines = "".join(f"{text}\n" for text in texts)
    if lines.count("\n") != len(texts):
        return False
    if decimal != ".":
        lines = lines.translate({ord("."): "?", ord(decimal): "."})
    if not _NUMBERS.fullmatch(lines):
        return False
    return all(map(math.isfinite, map(float, lines.splitlines())))


def read_numbers(
    texts: Iterable[str], missing: frozenset[str], decimal: str = "."
) -> tuple[np.ndarray, int | None]:
    """Turn texts into numbers, one by one: for the few that pandas cannot read at once.

    Args:
        texts: Cells, with or without spaces around them.
        missing: What stands for no value; a number stands for its other spellings too.
        decimal: What stands before the digits of a fraction.

    Returns:
        float64 of shape ``(texts,)``, NaN for missing, and the place of the first text that
        is no finite number, or None.
    """
    absent = {float(word.replace(decimal, ".")) for word in missing if is_number(word, decimal)}
    cells = [text.strip() for text in texts]
    values = np.full(len(cells), np.nan)
    places = [place for place, cell in enumerate(cells) if cell not in missing]
    present = [cells[place] for place in places]
    if not are_numbers(present, decimal):
        faults = (place for place in places if not is_number(cells[place], decimal))
        return values, next(faults)
    values[places] = [float(cell.replace(decimal, ".")) for cell in present]
    values[np.isin(values, list(absent))] = np.nan
    return values, None


def number_fault(text: str, decimal: str = ".") -> str:
    """Say what is wrong with a text where a number should be, and what to do."""
    cell = text.strip()
    shown = repr(cell if len(cell) <= 60 else f"{cell[:57]}...")
    if _pointed(cell, decimal) is not None:
        return f"{shown} is too large for a number."
    if _NOT_FINITE.fullmatch(cell):
        return f"{shown} is not a finite number. {_MISSING}"
    other = "." if decimal == "," else ","
    if _pointed(cell, other) is not None:
        return (
            f'expected a number, received {shown}. Write decimal: "{other}" under the source.'
        )
    return f"expected a number, received {shown}. {_MISSING}"


_MISSING = "If it stands for a missing value, list it under missing: of the source."


def _pointed(text: str, decimal: str) -> str | None:
    """Return a number with a point before its fraction, or None for what is no number."""
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    return text if _NUMBER.fullmatch(text) else None
