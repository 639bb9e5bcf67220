"""The files with ImageNet's weights: from Keras's cache, else from the network.

Keras's own ``get_file`` replaces a file that it did not expect, and says nowhere which
file belongs where; so applications are given this one while they are built.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from dlkit.errors import DataError, Problem
from dlkit.errors import Path as Place

TIMEOUT_SECONDS = 30.0
"""How long a download may say nothing."""


def keras_home() -> Path:
    """Return the folder in which Keras keeps what it downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()


@contextlib.contextmanager
def careful_files(application: str, place: Place) -> Iterator[None]:
    """Let Keras's applications find their files, as long as the context lasts.

    Args:
        application: Whose weights they are.
        place: Where the weights are named in the config.

    Raises:
        DataError: If a file is not here and cannot be downloaded, or is not the right one.
    """
    module: Any = sys.modules[keras.utils.get_file.__module__]
    download = module.get_file

    def find(fname: str, origin: str, *, file_hash: str = "", **others: Any) -> str:
        folder = keras_home() / others.get("cache_subdir", "")
        path = folder / fname
        try:
            if not path.is_file():
                _download(download, path, origin, file_hash)
            elif file_hash and not _is_right(path, file_hash):
                message = f"{path} is not the file of {application}'s weights that Keras knows."
                hint = f"Remove it, or put {origin} in its place."
                raise DataError(Problem(message, place, hint))
        except OSError as error:
            reason = error.strerror or error
            raise DataError(Problem(f"{path}: cannot be read ({reason}).", place)) from error
        except _OutOfReachError as error:
            message = (
                f"the ImageNet weights of {application} are not on this machine and cannot"
                f" be downloaded ({error})."
            )
            hint = f"Download {origin} and put it at {path}, or write `weights: none`."
            raise DataError(Problem(message, place, hint)) from error
        return str(path)

    module.get_file = find
    try:
        yield
    finally:
        module.get_file = download


class _OutOfReachError(Exception):
    """The network did not give the file."""


def _download(download: Callable[..., str], path: Path, origin: str, file_hash: str) -> None:
    """Fetch a file, which is there as a whole then, or not at all.

    Raises:
        _OutOfReachError: If it cannot be had.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("dlkit").info("downloading %s", origin)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            with contextlib.redirect_stdout(io.StringIO()):  # a progress bar
                found = download(
                    path.name, origin, "", cache_dir=folder, file_hash=file_hash or None
                )
            Path(found).replace(path)
    except Exception as error:  # Keras raises a bare Exception where it is offline
        reason = str(error).rpartition(" -- ")[2]
        raise _OutOfReachError(" ".join(reason.split()).rstrip(".")) from error
    finally:
        socket.setdefaulttimeout(before)


def _is_right(path: Path, file_hash: str) -> bool:
    """Tell whether a file is the one that Keras knows, by its SHA-256 or its MD5."""
    kind = "sha256" if len(file_hash) == 64 else "md5"
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest() == file_hash
