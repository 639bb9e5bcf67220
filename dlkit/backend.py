"""Bring TensorFlow in, and keep what its C++ half says off the terminal.

That half writes to file descriptor 2, before and beyond any logging setting. While an
experiment runs the descriptor points to a file; Python's own ``sys.stderr`` still
reaches the person.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def native_stderr_to(file: Path) -> Iterator[None]:
    """Append what native code writes to descriptor 2 to a file while the context lasts.

    Where ``sys.stderr`` does not write to descriptor 2 (a notebook, a test) it is left as
    it is.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    stream = sys.stderr
    if _descriptor(stream) == 2:
        sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, errors="backslashreplace")
    log = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(log, 2)
    os.close(log)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        if sys.stderr is not stream:
            sys.stderr.close()
            sys.stderr = stream


def import_tensorflow() -> None:
    """Import TensorFlow and set it up, also where the person has imported it before."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever keras.json says
    with uncollected() if "tensorflow" not in sys.modules else contextlib.nullcontext():
        import tensorflow as tf

    for device in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # in use already: its memory is as it is
            tf.config.experimental.set_memory_growth(device, True)
    tf.get_logger().handlers.clear()  # what it has to say goes where a run sends it
    # Grappler's remapper fuses a product with its relu into a kernel that turns NaN into
    # 0, so that broken data trains unseen; and it fails on a sum before a relu, which
    # leaves the whole function unoptimized. Nothing measurable is lost without it.
    tf.config.optimizer.set_experimental_options({"remapping": False})


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Import what is large: what comes in is kept out of every later collection of garbage.

    Python would look through all of it again and again while it comes in, a fifth of the
    time that TensorFlow takes, and each time it looks for garbage afterwards.
    """
    was_enabled = gc.isenabled()
    gc.collect()  # what is garbage now would stay for good
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def _descriptor(stream: object) -> int | None:
    try:
        return stream.fileno() if isinstance(stream, io.TextIOBase) else None
    except (OSError, ValueError):
        return None
