"""Python functions of tensors as compiled graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def compiled(
    function: Callable[..., Any], *, reduce_retracing: bool = False, xla: bool = False
) -> Any:
    """Return a function that is traced once for each signature, and runs as a graph.

    It is traced as it is written. To let AutoGraph rewrite its Python first, in search of
    conditions and loops over tensors, takes longer than all the rest of tracing, and finds
    nothing: Keras keeps it away from layers and losses, and what loops here does it by
    ``tf.while_loop``.

    Args:
        function: Takes and returns tensors, and structures of them.
        reduce_retracing: Whether a size that changes becomes unknown to the graph.
        xla: Whether XLA compiles the graph.
    """
    return tf.function(
        function, autograph=False, reduce_retracing=reduce_retracing, jit_compile=xla
    )
