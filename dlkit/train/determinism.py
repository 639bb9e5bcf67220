"""Whether TensorFlow computes the same bits every time, on the same machine."""

from __future__ import annotations

from typing import Literal

import tensorflow as tf
from tensorflow.python.framework import config as framework

from dlkit.config.training_section import TrainingConfig
from dlkit.errors import Path, Problem

SETTING: Path = ("training", "deterministic")


def set_determinism(training: TrainingConfig) -> bool:
    """Make the process's operations deterministic or not, as the config says.

    Left open they are on a CPU, where it costs nothing that can be measured, and are not
    on a GPU, where some are much slower and others refuse.

    Returns:
        Whether they are.
    """
    wanted: Literal["auto"] | bool = training.deterministic
    if wanted == "auto":
        wanted = not tf.config.list_logical_devices("GPU")
    if wanted:
        tf.config.experimental.enable_op_determinism()
    else:
        # Public names only switch it on. An earlier run of the process may have done so.
        framework.disable_op_determinism()
    return wanted


def is_deterministic() -> bool:
    """Tell whether the process's operations give the same bits every time."""
    return bool(framework.is_op_determinism_enabled())


def what_breaks_it(training: TrainingConfig) -> str:
    """Say why a run cannot be repeated to the bit; empty where it can."""
    if is_deterministic():
        return ""
    if training.deterministic == "auto":
        return "not exact to the bit: on a GPU that is slower (training.deterministic: true)"
    return "not exact to the bit: training.deterministic is false"


def failure(message: str, error: Exception) -> Problem:
    """Return the problem that an operation has failed; with what to do if order is why.

    Args:
        message: Says so.
        error: What TensorFlow raised.
    """
    if is_deterministic() and "determinis" in str(error).lower():
        hint = "It cannot give the same bits every time: write `training.deterministic: false`."
        return Problem(message, SETTING, hint)
    return Problem(message)
