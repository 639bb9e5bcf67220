"""What sections of a config are made of: their base, and the types of plain values."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from dlkit.config.values import parse_number

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Names that are safe as a folder on every system."""


LARGEST = 2**31 - 1
"""The largest count: what TensorFlow indexes with."""


SHARE_WORDS = "a fraction between 0 and 1, or a count"


def share(value: Any) -> int | float:
    """Accept a fraction between 0 and 1 or a count of examples.

    Raises:
        PydanticCustomError: If the value is neither.
    """
    number = parse_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        number = -1
    if number == 1 and isinstance(number, float):
        number = -1  # 1.0 could mean all examples, or one
    if not (0 < number < 1 or (number >= 0 and float(number).is_integer())):
        raise PydanticCustomError("share", SHARE_WORDS)
    return int(number) if number >= 1 or number == 0 else number


def _given(value: Any) -> int:
    """Refuse a length that is written and left empty, or is no whole number.

    Raises:
        PydanticKnownError: If the value is no integer.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticKnownError("int_type")
    return value


def _several(value: Any) -> Any:
    """Take a lone text or whole number as a list of one."""
    return [value] if isinstance(value, (str, int)) else value


def _word(value: Any) -> Any:
    """Take a whole number as the text that it is in a table."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[
    float, BeforeValidator(parse_number), Field(strict=True, allow_inf_nan=False)
]
Penalty = Annotated[Number, Field(ge=0)]
Above = Annotated[Number, Field(gt=0)]
Rate = Annotated[Number, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
Length = Annotated[int | None, BeforeValidator(_given), Field(ge=1, le=LARGEST)]
Text = Annotated[str, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]

Word = Annotated[Text, BeforeValidator(_word), WithJsonSchema({"type": ["string", "integer"]})]
"""What stands in a cell of a table; a whole number need not be quoted."""

Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_several),
    Field(min_length=1),
    WithJsonSchema({"type": ["array", "string"], "items": {"type": "string"}, "minItems": 1}),
]
"""Texts, or a lone one."""

Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(_several),
    WithJsonSchema(
        {"type": ["array", "string", "integer"], "items": {"type": ["string", "integer"]}}
    ),
]
"""What stands in cells of a table, or a lone one."""


class Section(BaseModel):
    """A part of the config: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
