"""What single values in a config mean: numbers, fractions, durations, types."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

_FRACTION = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*")
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s+(step|epoch)s?\s*")

TYPE_NAMES = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "list": "a list",
    "mapping": "a mapping",
}

_BOOLEAN_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


@dataclass(frozen=True, repr=False)
class Duration:
    """A length of training, turned into steps once the data is known."""

    count: float
    unit: Literal["step", "epoch"]

    def steps(self, steps_per_epoch: int) -> int:
        """Return the duration as a number of optimizer steps, at least 1."""
        scale = steps_per_epoch if self.unit == "epoch" else 1
        return max(1, round(self.count * scale))

    def __repr__(self) -> str:
        return repr(str(self))  # as in a list that a message shows

    def __str__(self) -> str:
        count = int(self.count) if float(self.count).is_integer() else self.count
        return f"{count} {self.unit}{'' if self.count == 1 else 's'}"


def parse_duration(value: Any) -> Duration | None:
    """Read ``5 epochs`` or ``200 steps``; return None for anything else."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    return Duration(float(match[1]), "epoch" if match[2] == "epoch" else "step")


def with_durations(value: Any) -> Any:
    """Replace ``5 epochs`` by a duration, alone or in a list."""
    if isinstance(value, list):
        return [with_durations(item) for item in value]
    return parse_duration(value) or value


def parse_number(value: Any) -> Any:
    """Return a fraction like ``1/255`` as a float, and every other value as it is."""
    match = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    if not match or float(match[2]) == 0:
        return value
    return float(match[1]) / float(match[2])


def type_of(value: Any) -> str:
    """Return the type of a YAML value as one of ``TYPE_NAMES``, or ``nothing``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "boolean"
    for python_type, name in (
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (dict, "mapping"),
    ):
        if isinstance(value, python_type):
            return name
    return "list"


def convert(value: Any, accepts: tuple[str, ...]) -> tuple[Any, str]:
    """Fit a value to accepted types.

    Args:
        value: As read from YAML.
        accepts: Names from ``TYPE_NAMES``; empty accepts everything.

    Returns:
        The value to use and an empty text, or the value as it was and what is wrong.
    """
    if not accepts or value is None:
        return value, ""
    if (
        isinstance(value, str)
        and "string" not in accepts
        and {"number", "integer"} & {*accepts}
    ):
        value = parse_number(value)
    kind = type_of(value)
    if isinstance(value, float) and not math.isfinite(value):
        return value, f"expected a finite number, received {value}."
    if kind in accepts or (kind == "integer" and "number" in accepts):
        return value, ""
    if kind == "number" and "integer" in accepts and float(value).is_integer():
        return int(value), ""
    return value, expected(value, accepts)


def expected(value: Any, accepts: tuple[str, ...]) -> str:
    """Say what was expected and what came."""
    names = " or ".join(TYPE_NAMES[name] for name in accepts)
    message = f"expected {names}, received {show(value)}."
    if "boolean" in accepts and str(value).lower() in _BOOLEAN_WORDS:
        message += f" Write {_BOOLEAN_WORDS[str(value).lower()]}."
    return message


def show(value: Any) -> str:
    """Show a value briefly, with its type where the two could be confused."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"{_shorten(repr(value))} (text)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, (dict, list)):
        return f"{TYPE_NAMES[type_of(value)]} {_shorten(repr(value))}"
    return repr(value)


def _shorten(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
