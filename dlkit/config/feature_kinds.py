"""What a column of a table can be, and what each kind is told.

Written like a source: ``age: numeric``, ``age: {numeric: minmax}``,
``age: {numeric: {scale: minmax, missing: median}}``.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from dlkit.config.section import Flag, Number, Positive, Section, Text


def _several(value: Any) -> Any:
    """Take a lone number as a list of one."""
    return [value] if isinstance(value, (int, float)) else value


Numbers = Annotated[
    tuple[Number, ...],
    BeforeValidator(_several),
    Field(min_length=1),
    WithJsonSchema({"type": ["array", "number"], "items": {"type": "number"}, "minItems": 1}),
]
"""Numbers, or a lone one."""


class NumericFeature(Section):
    """A column of numbers.

    Attributes:
        scale: ``standardize`` gives mean 0 and variance 1, ``minmax`` the range 0 to 1;
            both by the training rows.
        log: Whether log(1 + x) is taken first; values must be more than -1.
        bins: Bucketize into this many bins of equal counts, one-hot, instead of scaling.
        missing: What takes the place of a missing value: the training rows' mean or
            median, a number, or None, which refuses missing values.
        missing_values: Numbers that stand for a missing value in this column: 0, -1, 999.
        indicator: Whether a 0/1 feature says where a value was missing.
    """

    kind: ClassVar[str] = "numeric"
    scale: Literal["standardize", "minmax", "none"] = "standardize"
    log: Flag = False
    bins: Annotated[Positive, Field(ge=2)] | None = None
    missing: Literal["mean", "median"] | Number | None = None
    missing_values: Numbers | None = None
    indicator: Flag = False


class CategoricalFeature(Section):
    """A column of names; unseen ones share a bucket, a missing one is a name like others.

    Attributes:
        encoding: ``one_hot``, ``embedding`` (learned with the model) or ``hashing``.
        max_tokens: How many names are told apart, the most frequent ones; None: all.
        output_dim: Length of an embedding's vector; None: from the number of names.
        num_bins: Bins of hashing.
    """

    kind: ClassVar[str] = "categorical"
    encoding: Literal["one_hot", "embedding", "hashing"] = "one_hot"
    max_tokens: Positive | None = None
    output_dim: Positive | None = None
    num_bins: Annotated[Positive, Field(ge=2)] = 64


class TextFeature(Section):
    """A column of texts, taken apart by Keras's ``TextVectorization``.

    Attributes:
        output_mode: As for the layer; ``int`` gives sequences of token numbers, an input
            of its own that layers read by ``from: column``. ``raw`` leaves the text to a
            ``TextVectorization`` among the layers, and is what None means there; else
            None means ``tf_idf``.
        max_tokens: How many tokens are told apart, Keras's own for none and for others
            among them.
        output_sequence_length: Length of the sequences of ``int``; None: as the longest
            training text, at most 500 words.
        ngrams: As for the layer.
    """

    kind: ClassVar[str] = "text"
    output_mode: Literal["int", "multi_hot", "count", "tf_idf", "raw"] | None = None
    max_tokens: Annotated[Positive, Field(ge=3)] = 2000
    output_sequence_length: Positive | None = None
    ngrams: Positive | None = None


class DateFeature(Section):
    """A column of dates: time, standardized; month, weekday, hour as sine and cosine.

    Attributes:
        format: How a date is written, as for ``strptime``; None finds out.
        parts: Which parts become features; None takes those that vary.
    """

    kind: ClassVar[str] = "date"
    format: Text | None = None
    parts: tuple[Literal["time", "month", "weekday", "hour"], ...] | None = None


class DroppedFeature(Section):
    """A column that is left out."""

    kind: ClassVar[str] = "drop"


FEATURES: dict[str, type[Section]] = {
    "numeric": NumericFeature,
    "categorical": CategoricalFeature,
    "text": TextFeature,
    "date": DateFeature,
    "drop": DroppedFeature,
}
"""What a column of a table can be."""
