"""How much of a cluster each trial gets, so that as many run at a time as are wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A machine of a cluster.

    Attributes:
        cpus: Its cores, as the cluster counts them.
        gpus: Its GPUs.
    """

    cpus: float
    gpus: float = 0.0


@dataclass(frozen=True)
class Share:
    """What each trial gets.

    Attributes:
        jobs: How many trials run at a time.
        cpus: Cores; less than one where more trials are wanted than there are cores.
        gpus: GPUs, or a part of one.
    """

    jobs: int
    cpus: float
    gpus: float = 0.0

    @property
    def threads(self) -> int:
        """How many threads a trial computes with."""
        return max(1, int(self.cpus))


def share_of(
    nodes: Sequence[Node], jobs: int | None, wanted: int, on_gpu: bool | None
) -> Share | None:
    """Return what each trial gets of a cluster.

    Args:
        nodes: The machines.
        jobs: How many trials are to run at a time; None: one for each GPU where there are
            some, else one for each core.
        wanted: How many there are at most.
        on_gpu: Whether trials get a GPU; None: where there are some.

    Returns:
        The share; None where no machine has what a trial needs.
    """
    with_gpus = [node for node in nodes if node.gpus > 0] if on_gpu is not False else []
    nodes = with_gpus if with_gpus or on_gpu else [node for node in nodes if node.cpus > 0]
    if not nodes:
        return None
    room = sum(int(node.gpus) if with_gpus else max(1, int(node.cpus)) for node in nodes)
    jobs = min(jobs or room, wanted)
    cpus = [node.cpus for node in nodes]
    if not with_gpus:
        return Share(jobs, largest_part(cpus, jobs))
    gpus = largest_part([1.0] * sum(int(node.gpus) for node in nodes), jobs)
    on_each = [int(node.gpus) * int(1 / gpus) for node in nodes]
    return Share(jobs, largest_part(cpus, jobs, on_each), gpus)


def largest_part(
    sizes: Sequence[float], count: int, most: Sequence[int] | None = None
) -> float:
    """Return the largest part of which some sizes hold a number together.

    Parts of at least one are whole: 5 cores hold two parts of 2.

    Args:
        sizes: What there is, in pieces no part may reach across.
        count: How many parts there are to be.
        most: How many of them each of the sizes may hold; None: any number.
    """
    most = most or [count] * len(sizes)
    parts = {size / number for size in sizes if size > 0 for number in range(1, count + 1)}
    for part in sorted(parts, reverse=True):
        held = (
            min(int(size / part + 1e-9), top) for size, top in zip(sizes, most, strict=True)
        )
        if sum(held) >= count:
            return float(int(part)) if part >= 1 else math.floor(part * 1e4) / 1e4
    return 0.0
