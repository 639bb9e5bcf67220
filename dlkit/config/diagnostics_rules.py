"""What must hold for ``training.diagnostics``; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.schema import Config
from dlkit.errors import Path, Problem

PATH: Path = ("training", "diagnostics")


def check_diagnostics(config: Config) -> Iterator[Problem]:
    """Layers are measured where the steps of training are dlkit's own, on one device."""
    training = config.training
    if not training.diagnostics:
        return
    if training.loop == "fit":
        message = "layers are measured within the steps, and those of `loop: fit` are Keras's."
        yield Problem(message, PATH, "Leave `loop` or `diagnostics` out.")
    if training.distribute is not None:
        message = f"layers are not measured with `distribute: {training.distribute}`."
        yield Problem(message, PATH, "Leave one of the two out.")
