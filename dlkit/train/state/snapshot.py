"""What a training is at one moment, and the bytes that say so.

The bytes are an ``.npz`` file that numpy reads without pickle: an array for every variable,
and one that holds the plain facts as JSON.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np

FACTS = "facts.json"
"""The name of the array that holds the facts: UTF-8 as uint8."""

EXTENDED = {"bfloat16": np.dtype(ml_dtypes.bfloat16)}
"""Dtypes that numpy writes as plain bytes, since it does not know them by itself."""


@dataclass(frozen=True)
class Snapshot:
    """A moment of a training.

    Attributes:
        facts: Plain values as JSON has them; numbers come back to the last bit.
        arrays: Values of variables by names that stay the same from run to run.
    """

    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def encode(snapshot: Snapshot) -> bytes:
    """Return a snapshot as bytes.

    Raises:
        ValueError: If an array holds objects, which only pickle could write.
    """
    dtypes = {name: array.dtype.name for name, array in snapshot.arrays.items()}
    text = json.dumps({"facts": snapshot.facts, "dtypes": dtypes}, ensure_ascii=False)
    arrays = {FACTS: np.frombuffer(text.encode("utf-8"), np.uint8), **snapshot.arrays}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def decode(data: bytes) -> Snapshot:
    """Return the snapshot that bytes hold.

    Raises:
        ValueError: If they are no snapshot, or damaged.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        told = json.loads(arrays.pop(FACTS).tobytes().decode("utf-8"))
        dtypes = told["dtypes"]
        arrays = {
            name: array.view(EXTENDED.get(dtypes[name], array.dtype))
            for name, array in arrays.items()
        }
        return Snapshot(told["facts"], arrays)
    except (OSError, EOFError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"no snapshot: {error}") from error
