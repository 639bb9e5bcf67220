"""Data that lies in files of the user's: tables, arrays, pictures, texts, series, records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from dlkit.config.record_features import DTYPES, parse_feature
from dlkit.config.section import Flag, Positive, Section, Text, Texts, Words


def _pair(value: Any) -> Any:
    """Refuse what is no height and width.

    Raises:
        PydanticCustomError: If the value is no list of two whole numbers.
    """
    sizes = value if isinstance(value, (list, tuple)) else ()
    if len(sizes) != 2 or not all(type(size) is int for size in sizes):
        words = f"[{value}, {value}]" if type(value) is int else "[height, width] like [64, 64]"
        raise PydanticCustomError("size", "{words}", {"words": words})
    return value


def _spec(notation: Any) -> Any:
    """Refuse what says of no feature what it holds.

    Raises:
        PydanticCustomError: If the notation cannot be read.
    """
    try:
        parse_feature(notation)
    except ValueError as error:
        raise PydanticCustomError("told", "{words}", {"words": str(error)}) from error
    return notation


_PLAIN = tuple(dtype for dtype in DTYPES if dtype != "image")
_SHAPE = {"type": ["array", "integer"], "items": {"type": "integer", "minimum": 1}}

Size = Annotated[
    tuple[Positive, Positive],
    BeforeValidator(_pair),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]
Spec = Annotated[
    Any,
    BeforeValidator(_spec),
    WithJsonSchema(
        {
            "type": ["string", "object"],
            "pattern": f"^({'|'.join(_PLAIN)})$",
            "properties": {
                **dict.fromkeys(_PLAIN, _SHAPE),
                "image": _SHAPE | {"minItems": 3, "maxItems": 3},
            },
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
    ),
]


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
    missing: Words | None = None


class TsvSource(CsvSource):
    """A table whose values are separated by tabs."""

    separator: Annotated[Text, Field(min_length=1, max_length=1)] = "\t"


class ParquetSource(Section):
    """A table in Parquet files.

    Attributes:
        path: Files, or patterns like ``data/*.parquet``; one table of all their rows.
    """

    path: Texts


class ArraysSource(Section):
    """Arrays of numpy's: one ``.npz`` file, or a folder of ``.npy`` files.

    Attributes:
        path: The file or the folder.
        inputs: Names of the arrays that the model reads; None means ``x``.
        outputs: Names of the arrays that it learns to give; None means ``y``.
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
    image_size: Size | None = None
    color_mode: Literal["grayscale", "rgb", "rgba"] | None = None
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    damaged: Literal["refuse", "skip"] = "refuse"


class TextSource(Section):
    """Texts, a file each, a folder a class.

    Attributes:
        path: The folder of the folders.
        encoding: How characters are written.
    """

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
        path: Files, or patterns like ``data/*.tfrecord``.
        features: What each feature holds: a dtype (``float32``, ``int64``, ``string``), a
            dtype with a shape (``{float32: [20]}``), or ``{image: [height, width, channels]}``.
    """

    path: Texts
    features: Annotated[dict[str, Spec], Field(min_length=1)]


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
