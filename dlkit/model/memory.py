"""How much memory there is, and the refusal of a layer that cannot have what it needs.

Linux gives out memory that is not there, and ends the process that then uses it. So what
is large is measured before it is made.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.errors import Problem, TrainingError
from dlkit.model.draws import drawing_nothing

OUT_OF_MEMORY = (MemoryError, tf.errors.ResourceExhaustedError)
"""What is raised where memory is refused at once."""

WAITING = "uninitialized_variables"
"""Where Keras remembers variables that wait for their values; no public name leads there."""

MEMORY_INFO = Path("/proc/self/statm"), Path("/proc/meminfo")
GROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.stat"), "anon"),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.stat"),
        "total_rss",
    ),
)
"""Files that limit the memory of a container: the limit, and what is used of it for good."""

MOST_PER_PRODUCT = 64
"""No layer of Keras's has more bytes of weights than so many times the product of its whole
numbers, times that product and the size of an input together."""


def free_memory() -> int | None:
    """Return how many bytes this process may still take; None where the system does not say."""
    found = [*_of_machine(), *_of_container(), *_of_process()]
    return max(0, min(found)) if found else None


def _of_machine() -> Iterator[int]:
    """Yield what is free on the machine."""
    with contextlib.suppress(OSError):
        for line in MEMORY_INFO[1].read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                yield 1024 * int(line.split()[1])


def _of_container() -> Iterator[int]:
    """Yield what is free in the container, if this is one."""
    for limit, used, name in GROUPS:
        with contextlib.suppress(OSError, ValueError):  # where there is no limit: "max"
            most = int(limit.read_text("ascii"))
            for line in used.read_text("ascii").splitlines():
                if line.split()[0] == name:
                    yield most - int(line.split()[1])


def _of_process() -> Iterator[int]:
    """Yield what a limit on the process's addresses leaves."""
    with contextlib.suppress(ImportError, OSError):
        import resource  # not on every system

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            pages = int(MEMORY_INFO[0].read_text("ascii").split()[0])
            yield most - pages * os.sysconf("SC_PAGE_SIZE")


def gigabytes(count: int) -> str:
    """Write a number of bytes: ``12.3 GB``."""
    return f"{count / 1e9:,.1f} GB"


def size_of(variables: Sequence[Any]) -> int:
    """Return how many bytes variables take, whether they are there or not."""
    return sum(
        math.prod(each.shape) * tf.as_dtype(each.dtype).size
        for each in variables
        if "string" not in str(each.dtype)
    )


def refuse_large_layer(layer: Any, inputs: Sequence[Any], notation: KerasObject) -> None:
    """Refuse a layer of Keras's whose weights are larger than the memory that is free.

    Args:
        layer: Not built yet.
        inputs: The tensors that it will read.
        notation: The layer as written.

    Raises:
        TrainingError: If they are.
    """
    free = free_memory()
    if free is None or notation.own_code or notation.kind != "layers" or layer.built:
        return
    product = math.prod(_whole_numbers(notation.arguments))
    entering = sum(math.prod(size or 1 for size in tensor.shape) for tensor in inputs)
    if MOST_PER_PRODUCT * product * (product + entering) <= free:
        return
    weights = _weights_to_be(layer, inputs)
    size, count = size_of(weights), sum(math.prod(weight.shape) for weight in weights)
    if size > free:
        message = (
            f"{notation.name} has {count:,} weights, which take {gigabytes(size)},"
            f" and {gigabytes(free)} of memory are free."
        )
        raise TrainingError(Problem(message, notation.path, "Make it or its input smaller."))


def _whole_numbers(value: Any) -> Iterator[int]:
    """Yield the whole numbers above 1 in an argument, nested ones included."""
    match value:
        case bool():
            return
        case int():
            yield max(value, 1)
        case KerasObject():
            yield from _whole_numbers(value.arguments)
        case LayerEntry():
            yield from _whole_numbers(value.layer)
        case dict():
            yield from _whole_numbers(tuple(value.values()))
        case list() | tuple():
            for each in value:
                yield from _whole_numbers(each)


@contextlib.contextmanager
def making_nothing() -> Iterator[None]:
    """Let variables be told what they will be, and never get their values.

    Keras remembers those that wait for theirs, and the next scope of this kind that ends,
    in whatever call, would make them all.
    """
    waiting = list(get_global_attribute(WAITING) or ())
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        set_global_attribute(WAITING, waiting)


def _weights_to_be(layer: Any, inputs: Sequence[Any]) -> list[Any]:
    """Return the weights that a layer will make, none of which is made here.

    Where its copy cannot be built by itself nothing is known, and nothing returned.
    """
    with drawing_nothing(), contextlib.suppress(Exception):
        copy = type(layer).from_config(layer.get_config())
        with making_nothing():
            copy.build(*(tuple(tensor.shape) for tensor in inputs))
        return list(copy.weights)
    return []
