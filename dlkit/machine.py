"""Settle what TensorFlow computes on, and with whom, before it computes.

Importing this module does not bring TensorFlow in.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.schema import Config
from dlkit.report.terminal import say


def see_only(device: str | None) -> None:
    """Let TensorFlow see one kind of device, if one is chosen.

    Args:
        device: ``cpu``, ``gpu`` or ``gpu:1``.

    Raises:
        ConfigError: If there is no such device.
    """
    if device is None:
        return
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.train.devices import use_device

        use_device(device)


def compute_as_asked(config: Config) -> None:
    """Settle with how many threads TensorFlow computes, which is there by now.

    Raises:
        ConfigError: If it has begun to compute with another number.
    """
    if config.training.threads is None:
        return
    from dlkit.train.devices import use_threads

    use_threads(config.training.threads)


@contextlib.contextmanager
def training_together(config: Config) -> Iterator[None]:
    """Wait for the other workers, before and after, if several are to train.

    Raises:
        ConfigError: If they do not come together.
    """
    if config.training.distribute != "multi_worker":
        yield
        return
    from dlkit.train.devices import join_workers, wait_for_workers

    say("waiting for the other workers")
    join_workers()
    yield
    wait_for_workers()
