"""What a training is at one moment, and the bytes that say so.

The bytes are an ``.npz`` file that numpy reads without pickle: arrays under numbers, and the
first of them holds the names of the others and the plain facts as JSON. The same numbers
give the same bytes.
"""

from __future__ import annotations

import io
import json
import math
import tokenize
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np

FACTS = "facts"
"""The name of the array that holds the facts: UTF-8 as uint8."""

EXTENDED = {
    name: np.dtype(getattr(ml_dtypes, name))
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4")
}
"""Dtypes that numpy does not know by itself: they are kept as the bytes they consist of."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time in every entry: when a file was made says nothing of what it holds."""


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
    arrays = [np.asarray(array, order="C") for array in snapshot.arrays.values()]
    told = {
        "facts": snapshot.facts,
        "names": [*snapshot.arrays],
        "dtypes": [array.dtype.name for array in arrays],
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, FACTS, np.frombuffer(json.dumps(told).encode("ascii"), np.uint8))
        for number, array in enumerate(arrays):
            _add(archive, str(number), _as_known(array))
    return buffer.getvalue()


def decode(data: bytes) -> Snapshot:
    """Return the snapshot that bytes hold.

    Raises:
        ValueError: If they are no snapshot, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > len(data):
                raise ValueError("it would be larger than its file")
            told = _read_facts(archive)
            names, dtypes = told["names"], told["dtypes"]
            arrays = {
                name: _as_meant(_take(archive, str(number)), dtype)
                for number, (name, dtype) in enumerate(zip(names, dtypes, strict=True))
            }
        return Snapshot(told["facts"], arrays)
    except FAULTS as error:
        raise ValueError(f"no snapshot: {error}") from error


def read_facts(data: io.BufferedIOBase) -> dict[str, Any]:
    """Return the facts alone, without a look at the rest.

    Args:
        data: The bytes, as an open file.

    Raises:
        ValueError: If they are no snapshot.
    """
    try:
        with zipfile.ZipFile(data) as archive:
            return dict(_read_facts(archive)["facts"])
    except FAULTS as error:
        raise ValueError(f"no snapshot: {error}") from error


FAULTS = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    tokenize.TokenError,
    zipfile.BadZipFile,
)
"""What reading bytes that are no snapshot comes to."""


def _read_facts(archive: zipfile.ZipFile) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_take(archive, FACTS).tobytes())
    return told


def _add(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    """Add an array under a name.

    Raises:
        ValueError: If it holds objects.
    """
    entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
    entry.create_system = 3  # else it says on which system it was made
    with archive.open(entry, "w", force_zip64=True) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def _take(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Return the array under a name; only as much memory is taken as there are bytes.

    Raises:
        ValueError: If it is not what ``_add`` writes.
    """
    entry = archive.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{entry.filename} is compressed")
    member = io.BytesIO(archive.read(entry))
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(member)
    else:
        raise ValueError(f"{entry.filename} has the version {version}")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"{entry.filename} holds {dtype}")
    here, wanted = entry.file_size - member.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or here != wanted:
        raise ValueError(f"{entry.filename} has {here} bytes of {wanted}")
    if not wanted:
        return np.zeros(shape, dtype)
    return np.frombuffer(member.getbuffer(), dtype, offset=member.tell()).reshape(shape).copy()


def _as_known(array: np.ndarray) -> np.ndarray:
    """Return an array of a dtype that numpy can write down.

    Raises:
        ValueError: If nobody could read it.
    """
    if array.dtype.name in EXTENDED:
        return array.view(f"u{array.dtype.itemsize}")
    if array.dtype.kind == "V":
        raise ValueError(f"arrays of {array.dtype.name} cannot be kept")
    return array


def _as_meant(array: np.ndarray, dtype: str) -> np.ndarray:
    """Return an array as it was before ``_as_known``."""
    return array.view(EXTENDED[dtype]) if dtype in EXTENDED else array
