"""Hashes of what a run learns from: its data, and the models that it builds on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow.python.framework import config as framework

from dlkit.config.bases import bases_of
from dlkit.config.load import LoadedConfig
from dlkit.config.schema import Config
from dlkit.data.dataset import PARTS, Dataset, Examples, Split
from dlkit.data.file_hashes import files_fingerprint, files_of, whole_file
from dlkit.errors import DataError, StorageError, format_path
from dlkit.report.environment import describe_machine
from dlkit.report.resume.identity import Identity, as_json, plain_values
from dlkit.report.run_folder import RunFolder
from dlkit.train.loops.method import Method

COMPUTING = ("dlkit", "tensorflow", "keras", "numpy")
"""Packages whose versions the last bits hang on."""

PIECE = 1 << 24
"""Bytes that are hashed at a time."""


def identify(
    loaded: LoadedConfig,
    known: LoadedConfig,
    data: dict[str, str],
    method: Method,
    steps: int,
    devices: list[str],
) -> Identity:
    """Return what a run is.

    Args:
        loaded: The config as it was before the data was known.
        known: The config with all that the data says, and its bases by absolute paths.
        data: The fingerprint of the data.
        method: How it is trained.
        steps: Optimizer steps that are planned.
        devices: What computes.

    Raises:
        StorageError: If a base cannot be read.
    """
    machine = describe_machine(devices)
    machine["packages"] = {name: machine["packages"][name] for name in COMPUTING}
    machine["deterministic"] = bool(framework.is_op_determinism_enabled())
    return Identity(
        written=plain_values(loaded),
        config=plain_values(known),
        data=data,
        code={plugin.name: plugin.sha256 for plugin in loaded.catalogue.plugins},
        bases=base_fingerprint(known.config),
        method={"loop": method.loop, "xla": method.xla, "reason": method.reason},
        steps=steps,
        machine=as_json(machine),
    )


def data_fingerprint(dataset: Dataset, places: Sequence[Path]) -> dict[str, str]:
    """Return what each split of loaded data holds, as a count and a hash.

    What is in memory is hashed in full. Of what is streamed it is the files: in full up to
    2 GB, of more of them the sizes and pieces.

    Args:
        dataset: Raw, as it was loaded.
        places: Folders to look for files in.

    Raises:
        DataError: If a file cannot be read.
    """
    parts: dict[str, Examples | None] = {name: getattr(dataset, name) for name in PARTS}
    found = {}
    for name, examples in parts.items():
        if examples is None:
            continue
        digest = hashlib.sha256()
        for array in (*_arrays(examples), dataset.rows.get(name)):
            _feed(digest, array)
        found[name] = f"{len(examples):,} examples, SHA-256 {digest.hexdigest()[:16]}"
    names = [*dataset.class_names, *dataset.feature_names, *dataset.target_names]
    if names:
        digest = hashlib.sha256("\0".join(map(str, names)).encode())
        found["names"] = f"SHA-256 {digest.hexdigest()[:16]}"
    if any(not isinstance(part, Split) for part in parts.values() if part is not None):
        files = files_of(dataset.resolved, places)
        try:
            found["files"] = f"{len(files):,} files, SHA-256 {files_fingerprint(files)[:16]}"
        except OSError as error:
            message = f"{error.filename}: cannot be read ({error.strerror})."
            raise DataError(message) from error
    return found


def base_fingerprint(config: Config) -> dict[str, str]:
    """Return the hashes of the runs and the weights that a config names, by their places.

    Args:
        config: With the absolute paths of its bases.

    Raises:
        StorageError: If one cannot be read.
    """
    found = {}
    for base in bases_of(config):
        path = Path(base.written)
        file = RunFolder(path).model if base.kind == "run" else path
        try:
            found[format_path(base.path)] = f"SHA-256 {whole_file(file)[:16]}"
        except OSError as error:
            raise StorageError(f"{file}: cannot be read ({error.strerror}).") from error
    return found


def _arrays(examples: Examples) -> Iterator[np.ndarray | None]:
    """Yield everything that a split in memory holds, in an order of its own."""
    if not isinstance(examples, Split):
        return
    x = examples.x
    yield from (x[name] for name in sorted(x)) if isinstance(x, dict) else (x,)
    yield from (examples.y, examples.weight)
    yield from (examples.targets[name] for name in sorted(examples.targets))


def _feed(digest: Any, array: Any) -> None:
    """Hash an array's kind, shape and values; texts by what they say."""
    if array is None:
        digest.update(b"none\0")
        return
    array = np.asarray(array)
    digest.update(f"{array.dtype.str}{array.shape}\0".encode())
    size = max(1, array.nbytes // max(1, len(array))) if array.ndim else 1
    step = max(1, PIECE // size)
    for first in range(0, len(array), step) if array.ndim else ():
        block = array[first : first + step]
        if block.dtype.kind == "O":
            digest.update("\0".join(map(str, block.ravel())).encode("utf-8", "replace"))
        else:
            digest.update(np.ascontiguousarray(block).view(np.uint8).data)
