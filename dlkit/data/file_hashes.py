"""Which files data is read from, and hashes of what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dlkit.config.dataset_section import DatasetConfig
from dlkit.data.class_folders import files_below, is_hidden
from dlkit.data.files import NotFoundError, find_files

WHOLE = 2 << 30
"""Bytes of files that are hashed in full: about a second a gigabyte, if the disk is quick."""

SAMPLES = 16
"""Pieces of a file that are hashed where there are more bytes; its size is, in any case."""


def files_of(config: DatasetConfig, places: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return the names of the files that data is read from, and these, in their order."""
    path = getattr(config.source.settings, "path", ())
    named: list[Any] = [path] if isinstance(path, str) else [*path]
    named += [part for part in (config.validation, config.test) if isinstance(part, str)]
    found: list[tuple[str, Path]] = []
    for name in named:
        try:
            found += _unfolded(find_files([name], places))
        except NotFoundError:  # it is the name of a column
            continue
    return found


def files_fingerprint(files: Sequence[tuple[str, Path]]) -> str:
    """Return one SHA-256 of files: their names and sizes, and all they hold or pieces of it.

    Args:
        files: What they are called, and where they lie.

    Raises:
        OSError: If one cannot be read.
    """
    sizes = [file.stat().st_size for _, file in files]
    in_full = sum(sizes) <= WHOLE
    digest = hashlib.sha256()
    for (name, file), size in zip(files, sizes, strict=True):
        digest.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
        if in_full:
            digest.update(whole_file(file).encode())
        else:
            for piece in _pieces(file, size):
                digest.update(piece)
    return digest.hexdigest()


def whole_file(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pieces(path: Path, size: int, length: int = 1 << 16) -> Iterator[bytes]:
    """Yield pieces of a large file, the first and the last among them."""
    with path.open("rb") as file:
        for number in range(SAMPLES if size > length else 1):
            file.seek(max(0, size - length) * number // (SAMPLES - 1))
            yield file.read(length)


def _unfolded(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Yield files, and those in folders as reading finds them.

    A file in a folder goes by its place below it: that is its class.
    """
    for path in paths:
        if path.is_file():
            yield path.name, path
            continue
        for place, name in files_below(path):
            file = Path(place, name)
            if not is_hidden(name) and file.is_file():
                yield file.relative_to(path).as_posix(), file
