"""Carry the folder of a trial to a machine that does not see it, and back."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from dlkit.errors import StorageError
from dlkit.report.run_folder import RunFolder
from dlkit.sweep.ray_messages import Token


def sees(token: Token) -> bool:
    """Tell whether a sweep's folder can be seen from here: not another with its path."""
    try:
        return token.path.read_text("ascii") == token.text
    except (OSError, ValueError):
        return False


def pack(folder: Path) -> bytes:
    """Return all files of a folder as one archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        if folder.is_dir():
            archive.add(folder, ".")
    return buffer.getvalue()


def unpack(files: bytes, folder: Path) -> None:
    """Write packed files into a folder, made if need be.

    Raises:
        StorageError: If they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(files)) as archive:
            archive.extractall(folder, filter="data")  # nothing outside, no links out of it
    except (OSError, tarfile.TarError) as error:
        raise StorageError(f"{folder}: cannot be written ({error}).") from error


def state_of(folder: Path) -> bytes | None:
    """Return a trial's folder packed if it has a state to go on from, else None."""
    return pack(folder) if RunFolder(folder).has_state else None
