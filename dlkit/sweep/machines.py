"""What each worker of this machine gets of it: threads, and a GPU where there are several."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from dlkit.errors import ConfigError

DEVICE = re.compile(r"gpu(?::(\d+))?")

GPU = re.compile(r"^GPU \d+:", re.MULTILINE)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def threads_of(jobs: int, cores: int) -> int:
    """Return how many threads each of several workers gets."""
    return max(1, cores // jobs)


def visible_gpus() -> list[str]:
    """Name the GPUs that may be used, without TensorFlow."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name for name in allowed.split(",") if name.strip() not in ("", "-1")]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [str(number) for number in range(len(GPU.findall(listed.stdout)))]


def environments(jobs: int, gpus: list[str], device: str | None) -> list[dict[str, str]]:
    """Return what the environment of each worker has beside that of the sweep.

    Args:
        jobs: How many workers there are.
        gpus: The GPUs; with several each worker gets one, in turn.
        device: The one that all are to use: ``cpu``, ``gpu``, ``gpu:1``; None: what there is.

    Raises:
        ConfigError: If there is no such device.
    """
    if device == "cpu":
        return [{"CUDA_VISIBLE_DEVICES": "-1"} for _ in range(jobs)]
    if device is not None:
        found = DEVICE.fullmatch(device)
        wanted = gpus[int(found[1]) :][:1] if found and found[1] else gpus
        if not found or not wanted:
            there = ", ".join(["cpu", *(f"gpu:{number}" for number in range(len(gpus)))])
            raise ConfigError(f"{device!r} is no device here. There is: {there}.")
        if found[1]:
            return [{"CUDA_VISIBLE_DEVICES": wanted[0]} for _ in range(jobs)]
    if len(gpus) < 2 or jobs < 2:
        return [{} for _ in range(jobs)]
    return [{"CUDA_VISIBLE_DEVICES": gpus[place % len(gpus)]} for place in range(jobs)]
