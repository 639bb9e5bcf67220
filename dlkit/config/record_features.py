"""What the features of TFRecord files hold, as a config says it.

``float32``, ``int64`` and ``string`` are what ``tf.train.Example`` can hold; a shape is
written after the dtype, ``{float32: [20]}``; ``{image: [28, 28, 1]}`` is an encoded
picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, get_args

from dlkit.config.names import did_you_mean
from dlkit.config.values import show

RecordDtype = Literal["float32", "int64", "string", "image"]

DTYPES: tuple[RecordDtype, ...] = get_args(RecordDtype)
IMAGE_CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class Spec:
    """What one feature holds.

    Attributes:
        dtype: ``float32``, ``int64``, ``string``, or ``image`` for an encoded picture.
        shape: Of one example; of a picture height, width and channels.
    """

    dtype: RecordDtype
    shape: tuple[int, ...] = ()

    @property
    def values(self) -> int:
        """How many values a record holds; a picture is one."""
        return 1 if self.dtype == "image" else prod(self.shape)


def parse_spec(features: Mapping[str, Any]) -> dict[str, Spec]:
    """Read the notation of every feature.

    Args:
        features: By name, as read from YAML.

    Raises:
        ValueError: If one is written otherwise; the text names it.
    """
    specs = {}
    for name, notation in features.items():
        try:
            specs[name] = parse_feature(notation)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return specs


def parse_feature(notation: Any) -> Spec:
    """Read the notation of one feature.

    Args:
        notation: As read from YAML.

    Raises:
        ValueError: If it is written otherwise.
    """
    dtype: Any = notation
    shape: Any = []
    if isinstance(notation, dict) and len(notation) == 1:
        ((dtype, shape),) = notation.items()
    if not isinstance(dtype, str):
        raise ValueError(
            f"expected a dtype or {{dtype: shape}}, received {show(notation)}. One of:"
            f" {', '.join(DTYPES)}."
        )
    known = next((legal for legal in DTYPES if legal == dtype), None)
    if known is None:
        raise ValueError(f"records hold no {dtype!r}. {did_you_mean(dtype, DTYPES)}")
    sizes = shape if isinstance(shape, list | tuple) else [shape]
    if not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError(
            f"expected a shape like [20] with whole numbers from 1, received {show(shape)}."
        )
    if known == "image" and (len(sizes) != 3 or sizes[2] not in IMAGE_CHANNELS):
        raise ValueError(
            f"expected {{image: [height, width, channels]}} with 1, 3 or 4 channels,"
            f" received {show(notation)}."
        )
    return Spec(known, tuple(sizes))
