"""Whether TensorFlow computes the same bits every time, on the same machine."""

from __future__ import annotations

from typing import Literal

import tensorflow as tf
from tensorflow.python.framework import config as framework

from dlkit.config.training_section import TrainingConfig


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
