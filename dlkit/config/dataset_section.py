"""The dataset section: which data, what is learned of it, and how it is split."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    InstanceOf,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from dlkit.config.choices import Choice
from dlkit.config.section import Flag, Positive, Section, Text, Texts, Word, Words, share
from dlkit.config.values import parse_number


class MarkedRows(Section):
    """The rows of a table that a column marks.

    Attributes:
        column: Its name.
        value: What stands in it there.
    """

    column: Text
    value: Word = "1"


_NUMBER_LIKE = re.compile(r"\s*[-+]?[.,]?\d[\d\s.,%/]*")
"""Texts that are meant as numbers: nobody calls a file ``10%``."""


def _part(value: Any) -> Any:
    """Accept a share of the examples, a file, or rows that a column marks.

    Raises:
        PydanticCustomError: If the value is none of these.
    """
    if isinstance(value, MarkedRows):
        return value
    if isinstance(value, dict):
        try:
            return MarkedRows.model_validate(value)
        except ValidationError as error:
            raise PydanticCustomError("part", "`{column: split, value: test}`") from error
    number = parse_number(value)
    if isinstance(number, str) and number and not _NUMBER_LIKE.fullmatch(number):
        return value
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return share(value)
    words = "a fraction between 0 and 1, a count, a file or `{column: name, value: text}`"
    raise PydanticCustomError("part", words)


Part = Annotated[
    int | float | str | MarkedRows,
    PlainValidator(_part, json_schema_input_type=int | float | str | MarkedRows),
]


Classes = Annotated[
    Words,
    Field(min_length=2),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2}),
]
"""Names of classes; those that are whole numbers need no quotes."""


class TargetConfig(Section):
    """What is learned: one column of a table or several.

    Attributes:
        columns: Their names. Several are several values, or several yes-or-no labels.
        separator: What stands between the labels of one cell that holds several.
        classes: The classes in the order of their units; None sorts them.
    """

    columns: Texts
    separator: Annotated[Text, Field(min_length=1)] | None = None
    classes: Classes | None = None


def read_target(value: Any) -> Any:
    """Take a column, or a list of them, as a target without settings.

    Raises:
        PydanticCustomError: If the value is none, and no mapping either.
    """
    if isinstance(value, (str, list, tuple)):
        return {"columns": value}
    if value is None or isinstance(value, (dict, TargetConfig)):
        return value
    raise PydanticCustomError("target", "the name of a column, or a list of them")


class DatasetConfig(Section):
    """Which data, what its columns are, and how it is split.

    Attributes:
        source: Where the data comes from: a named dataset, files, or data that is made.
        offline: The named dataset that stands in where the source cannot be had.
        target: What is learned: a column of a table, or several.
        features: What columns of a table hold; the others are guessed, and told.
        sample_weight: The column that says how much each example counts.
        validation: What is watched in training: a fraction of the training examples, a
            count, a file, or the rows that a column marks.
        test: What is looked at once, at the end; None: the source's own test split, or a
            fifth where it has none.
        folds: How many models are trained, each tested on another part of the data.
        group: A column; rows that share its value are never divided.
        time: A column; the test is later than what is learned from.
        stream: Whether the data is read in blocks; ``auto`` does so where it is large.
    """

    source: InstanceOf[Choice]
    offline: Text | None = None
    target: Annotated[TargetConfig, BeforeValidator(read_target)] | None = None
    features: dict[str, InstanceOf[Choice]] = Field(default_factory=dict)
    sample_weight: Text | None = None
    validation: Part = 0.1
    test: Part | None = None
    folds: Annotated[Positive, Field(ge=2)] | None = None
    group: Text | None = None
    time: Text | None = None
    stream: Literal["auto"] | Flag = "auto"
