"""Records of ``tf.train.Example``, read in order and in constant memory.

TensorFlow reads and parses whole blocks. Its messages name neither file nor record, so
where it fails the records of the block are looked at one by one.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlkit.config.file_sources import TfrecordSource
from dlkit.config.record_features import Spec, parse_spec
from dlkit.data.class_folders import shown
from dlkit.data.files import find_files
from dlkit.data.images.pictures import CHANNELS, BrokenPictureError, Look, decode
from dlkit.data.images.threads import decoding_threads, map_in_threads
from dlkit.data.records.record_faults import first_fault
from dlkit.errors import DataError

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Records", "Spec", "open_records", "parse_spec"]

GZIP_SUFFIX = ".gz"
CHUNK_BYTES = 1 << 20
COUNTED_RECORDS = 256
RECORD_FRAME_BYTES = 16
"""Length of a record and two checksums, beside what it holds."""


@dataclass(frozen=True)
class Records:
    """TFRecord files, all of whose records have been counted and found whole.

    Attributes:
        files: In order, with how many records each has.
        specs: What each feature holds, by name.
        count: How many records there are.
        size: Bytes that they take in memory; texts by the size of the files.
        origin: Where they are, in words for people.
        notes: What was found, for people.
    """

    files: tuple[tuple[Path, int], ...]
    specs: dict[str, Spec]
    count: int
    size: int
    origin: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.count

    def blocks(self, rows: int = 4096) -> Iterator[dict[str, np.ndarray]]:
        """Read the records in order, a block at a time.

        Args:
            rows: The most records a block has; the last one of a file may have fewer.

        Yields:
            Arrays by name, of shape ``(rows, *shape)``: float32, int64, uint8 for
            pictures, objects (str) for strings.

        Raises:
            DataError: If a record lacks a feature or holds another one.
        """
        for path, count in self.files:
            if count:
                yield from _read_blocks(path, self.specs, rows)


def open_records(settings: TfrecordSource, places: Sequence[Path]) -> Records:
    """Find TFRecord files, count their records and verify their checksums.

    Args:
        settings: Which files, and what their features hold.
        places: Folders that paths may be relative to.

    Raises:
        NotFoundError: If a pattern matches nothing.
        DataError: If a file is damaged, or there are no records.
    """
    specs = parse_spec(settings.features)
    paths = find_files(settings.path, places)
    files = tuple((path, _count(path)) for path in paths)
    count = sum(records for _, records in files)
    names = f"{len(paths)} files, the first {shown(paths[0])}"
    origin = shown(paths[0]) if len(paths) == 1 else names
    if not count:
        raise DataError(f"{origin}: there are no records.")
    empty = sum(not records for _, records in files)
    stored = sum(path.stat().st_size for path in paths)
    size = count * sum(_bytes(spec) for spec in specs.values())
    if any(spec.dtype == "string" for spec in specs.values()):
        size += stored
    notes = (f"{empty} of {len(files)} files have no records.",) if empty else ()
    return Records(files, specs, count, size, origin, notes)


def _bytes(spec: Spec) -> int:
    """Return how much memory a value of a feature takes, texts aside."""
    one = {"float32": 4, "int64": 8, "image": 1, "string": 8}[spec.dtype]
    return one * prod(spec.shape)


def _raw(path: Path) -> tf.data.Dataset:
    """Return the records of a file as they are stored."""
    import tensorflow as tf

    compressed = path.suffix.lower() == GZIP_SUFFIX
    return tf.data.TFRecordDataset(str(path), compression_type="GZIP" if compressed else "")


def _count(path: Path) -> int:
    """Return how many records a file has, all of them read and verified.

    Raises:
        DataError: If it is damaged.
    """
    import tensorflow as tf

    if path.is_dir():
        raise DataError(
            f"{shown(path)}: expected TFRecord files, received a folder. Name the files in it"
            " by a pattern like `folder/*.tfrecord`."
        )
    try:
        stored = _stored_bytes(path)
        lengths = _raw(path).batch(COUNTED_RECORDS).map(tf.strings.length)
        count, read = lengths.reduce(
            (np.int64(0), np.int64(0)),
            lambda totals, block: (
                totals[0] + tf.size(block, tf.int64),
                totals[1] + tf.reduce_sum(tf.cast(block, tf.int64) + RECORD_FRAME_BYTES),
            ),
        )
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(_damaged(path, str(error))) from error
    except tf.errors.OpError as error:
        raise DataError(_damaged(path, error.message)) from error
    if read != stored:
        raise DataError(_damaged(path, "it ends within a record"))
    return int(count)


def _stored_bytes(path: Path) -> int:
    """Return the length of a file, decompressed, which verifies it.

    TensorFlow takes a file that is cut within the frame of a record for a whole one.
    """
    if path.suffix.lower() != GZIP_SUFFIX:
        return path.stat().st_size
    total = 0
    with gzip.open(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            total += len(chunk)
    return total


def _damaged(path: Path, reason: str) -> str:
    lines = reason.splitlines()
    why = (
        lines[0].split("; ")[0].split(" [Op:")[0].rstrip(".") if lines else "it ends too early"
    )
    return f"{shown(path)}: the TFRecord file is damaged ({why}). Write it again or remove it."


def _read_blocks(
    path: Path, specs: dict[str, Spec], rows: int
) -> Iterator[dict[str, np.ndarray]]:
    """Read the records of one file.

    Raises:
        DataError: If a record holds something else than was said.
    """
    import tensorflow as tf

    wanted = {name: _parsed(spec) for name, spec in specs.items()}
    first = 1
    try:
        for block in _raw(path).batch(rows):
            serialized = block.numpy()
            where = f"{shown(path)}: record "
            try:
                parsed = tf.io.parse_example(block, wanted)
            # TensorFlow fails to decode its own message where that quotes other bytes.
            except (tf.errors.InvalidArgumentError, UnicodeDecodeError) as error:
                raise DataError(where + first_fault(serialized, specs, first)) from error
            yield {
                name: _values(f"{where}{{}}: feature {name!r}: ", parsed[name], spec, first)
                for name, spec in specs.items()
            }
            first += len(serialized)
    except tf.errors.OpError as error:
        raise DataError(_damaged(path, error.message)) from error


def _parsed(spec: Spec) -> tf.io.FixedLenFeature:
    """Return a feature in TensorFlow's words."""
    import tensorflow as tf

    if spec.dtype == "image":
        return tf.io.FixedLenFeature((), tf.string)
    return tf.io.FixedLenFeature(spec.shape, tf.as_dtype(spec.dtype))


def _values(where: str, tensor: tf.Tensor, spec: Spec, first: int) -> np.ndarray:
    """Return the values of a block of records.

    Args:
        where: What stands before a fault, with ``{}`` for the record's number.
        tensor: As parsed, shape ``(records, *shape)``.
        spec: What the feature holds.
        first: Number of the first record.

    Raises:
        DataError: If a text is not in UTF-8, or a picture cannot be decoded.
    """
    values: np.ndarray = tensor.numpy()
    if spec.dtype == "image":
        return _pictures(where, values, spec, first)
    if spec.dtype != "string":
        return values
    texts = np.empty(values.shape, object)
    for place, value in np.ndenumerate(values):
        try:
            texts[place] = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where.format(first + place[0])}expected a text in utf-8, received bytes"
                " that are none. A picture is written `{image: [height, width, channels]}`."
            ) from error
    return texts


def _pictures(where: str, encoded: np.ndarray, spec: Spec, first: int) -> np.ndarray:
    """Decode a block of pictures.

    Raises:
        DataError: If one cannot be decoded.
    """
    height, width, depth = spec.shape
    color_mode = next(mode for mode, channels in CHANNELS.items() if channels == depth)
    look = Look(height, width, color_mode)

    def read_one(place: int) -> np.ndarray:
        try:
            return decode(encoded[place], look)
        except BrokenPictureError as error:
            raise DataError(
                f"{where.format(first + place)}the picture cannot be read ({error})."
            ) from error

    threads = decoding_threads(height * width)
    return np.stack(map_in_threads(read_one, range(len(encoded)), threads))
