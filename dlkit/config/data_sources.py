"""Where data can come from, and what each kind of source is told.

A source is written like every named object: ``source: mnist``, ``source: {csv: pima.csv}``,
``source: {csv: {path: pima.csv, columns: [...]}}``. The first field of a section is what a
lone value means.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.section import Flag, Number, Penalty, Positive, Section, Text


def _several(value: Any) -> Any:
    """Take a lone text as a list of one."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[Text, ...], BeforeValidator(_several), Field(min_length=1)]
Pair = Annotated[tuple[Positive, Positive], Field()]


class Whole(Section):
    """A dataset that takes no settings."""


class Padded(Section):
    """Sequences of whole numbers, cut and padded to one length.

    Attributes:
        num_words: How many words are told apart, the most frequent ones.
        maxlen: Words kept of each text, its last ones; shorter texts are padded in front.
    """

    num_words: Positive = 10_000
    maxlen: Positive = 200


class CsvSource(Section):
    """A table of text, a row a line.

    Attributes:
        path: Files, or patterns like ``data/*.csv``; one table of all their rows.
        columns: Names of the columns where the file has no header line.
        separator: What stands between two values.
        quoted: Whether a value may stand in double quotes.
        decimal: What stands before the digits of a fraction.
        encoding: How characters are written.
        missing: What stands for no value; None knows the usual words.
    """

    path: Texts
    columns: Texts | None = None
    separator: Annotated[Text, Field(min_length=1, max_length=1)] = ","
    quoted: Flag = True
    decimal: Literal[".", ","] = "."
    encoding: Text = "utf-8"
    missing: tuple[Text, ...] | None = None


class TsvSource(CsvSource):
    """A table whose values are separated by tabs."""

    separator: Annotated[Text, Field(min_length=1, max_length=1)] = "\t"


class ParquetSource(Section):
    """A table in Parquet files."""

    path: Texts


class ArraysSource(Section):
    """Arrays of numpy's: one ``.npz`` file, or a folder of ``.npy`` files.

    Attributes:
        path: The file or the folder.
        inputs: Names of the arrays that the model reads.
        outputs: Names of the arrays that it learns to give.
    """

    path: Text
    inputs: Texts | None = None
    outputs: Texts | None = None


class ImagesSource(Section):
    """Pictures, a folder a class.

    Attributes:
        path: The folder of the folders.
        image_size: Height and width; None where all pictures have one size.
        color_mode: None decides by the pictures.
        resize: What happens to a picture of other proportions.
        damaged: What happens to a file that is no picture.
    """

    path: Text
    image_size: Pair | None = None
    color_mode: Literal["grayscale", "rgb", "rgba"] | None = None
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    damaged: Literal["refuse", "skip"] = "refuse"


class TextSource(Section):
    """Texts, a file each, a folder a class."""

    path: Text
    encoding: Text = "utf-8"


class TimeseriesSource(CsvSource):
    """Windows over the rows of a table, in their order.

    Attributes:
        width: Rows that the model sees.
        horizon: Rows after them whose targets it foretells.
        stride: Rows from the start of one window to that of the next.
        targets: The columns that are foretold.
        features: The columns that the model sees; None takes every column of numbers.
    """

    width: Positive
    targets: Texts
    horizon: Positive = 1
    stride: Positive = 1
    features: Texts | None = None


class TfrecordSource(Section):
    """Records of ``tf.train.Example``.

    Attributes:
        path: Files, or patterns.
        features: What each feature holds: a dtype (``float32``, ``int64``, ``string``), a
            dtype with a shape (``{float32: [20]}``), or ``{image: [height, width, channels]}``.
    """

    path: Texts
    features: Annotated[dict[str, Any], Field(min_length=1)]


class GateSource(Section):
    """The four rows of a gate's truth table, as often as wanted.

    Attributes:
        examples: Training examples; the test split is the truth table itself.
        noise: Standard deviation of what is added to the training inputs.
    """

    examples: Positive = 4
    noise: Penalty = 0.0


class MoonsSource(Section):
    """Points of a plane in two classes.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to them.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1


class PointsSource(MoonsSource):
    """Points of a plane in two classes or more.

    Attributes:
        classes: How many classes.
    """

    classes: Annotated[Positive, Field(ge=2, le=100)] = 2


class LineSource(Section):
    """Values that are a weighted sum of the inputs, and noise.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to the values.
        inputs: How many numbers an example has.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1
    inputs: Annotated[Positive, Field(le=10_000)] = 1


class WaveSource(Section):
    """The sine of numbers between -1 and 1, and noise.

    Attributes:
        examples: How many.
        noise: Standard deviation of what is added to the values.
        periods: How many periods lie between -1 and 1.
    """

    examples: Positive = 1000
    noise: Penalty = 0.1
    periods: Annotated[Number, Field(gt=0)] = 1.0


class SequencesSource(Section):
    """Random sequences of digits 0 and 1 with a rule that gives their class.

    Attributes:
        examples: How many.
        length: Digits in each.
        rule: ``majority``: are there more ones? ``parity``: is their number odd?
            ``first``: is the first digit 1? ``repeat``: are two neighbors equal anywhere
            in the first half? (That takes 4 digits.)
    """

    examples: Positive = 1000
    length: Positive = 20
    rule: Literal["majority", "parity", "first", "repeat"] = "majority"

    @field_validator("rule")
    @classmethod
    def _both_classes(cls, rule: str, info: ValidationInfo) -> str:
        """Refuse a rule that gives every sequence of this length one class.

        Raises:
            PydanticCustomError: If it does.
        """
        length = info.data.get("length", 4)  # absent where it is at fault itself
        if rule == "repeat" and length < 4:
            words = f"'majority', 'parity' or 'first' for a length of {length}"
            raise PydanticCustomError("rule", words)
        return rule


GATES = ("and", "or", "xor", "nand", "nor")

SYNTHETIC: dict[str, type[Section]] = {
    **dict.fromkeys(GATES, GateSource),
    **dict.fromkeys(("moons", "circles"), MoonsSource),
    **dict.fromkeys(("blobs", "spirals"), PointsSource),
    "linear": LineSource,
    "sine": WaveSource,
    "sequences": SequencesSource,
}
"""Data that is made, not read."""

TABLES: dict[str, type[Section]] = {
    "csv": CsvSource,
    "tsv": TsvSource,
    "parquet": ParquetSource,
}

FILES: dict[str, type[Section]] = {
    **TABLES,
    "arrays": ArraysSource,
    "images": ImagesSource,
    "text": TextSource,
    "timeseries": TimeseriesSource,
    "tfrecord": TfrecordSource,
}
"""Data that lies in files of the user's."""

PADDED = ("imdb", "reuters")
"""Named datasets of texts."""

SOURCES: dict[str, type[Section]] = {
    **{name: Padded if name in PADDED else Whole for name in NAMED_SETS},
    **SYNTHETIC,
    **FILES,
}
"""Every source a config can name, and what it takes."""


class NumericFeature(Section):
    """A column of numbers.

    Attributes:
        scale: ``standardize`` gives mean 0 and variance 1, ``minmax`` the range 0 to 1;
            both by the training rows.
        log: Whether log(1 + x) is taken first; values must be more than -1.
        bins: Bucketize into this many bins of equal counts, one-hot, instead of scaling.
        missing: What takes the place of a missing value: the training rows' mean or
            median, a number, or None, which refuses missing values.
        indicator: Whether a 0/1 feature says where a value was missing.
    """

    kind: ClassVar[str] = "numeric"
    scale: Literal["standardize", "minmax", "none"] = "standardize"
    log: Flag = False
    bins: Annotated[Positive, Field(ge=2)] | None = None
    missing: Literal["mean", "median"] | Number | None = None
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
