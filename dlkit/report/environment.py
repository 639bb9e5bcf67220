"""What a run stood on: versions, machine, threads, plugins, the state of the working tree."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import tensorflow as tf

from dlkit.config.catalogue import PluginFile
from dlkit.train.determinism import is_deterministic

PACKAGES = ("dlkit", "tensorflow", "keras", "numpy", "pandas", "scikit-learn", "matplotlib")

VARIABLES = (
    *("CUDA_VISIBLE_DEVICES", "KERAS_BACKEND", "OMP_NUM_THREADS", "TF_DETERMINISTIC_OPS"),
    *("TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"),
    *("TF_XLA_FLAGS", "XLA_FLAGS"),
)
"""Environment variables that change numbers; no other is kept."""


def describe_environment(
    devices: list[str], seed: int, plugins: Iterable[PluginFile] = ()
) -> dict[str, Any]:
    """Collect what one needs to know to run an experiment again.

    Host and user names stay out. Threads of 0 mean that TensorFlow chooses.

    Args:
        devices: Names of the devices TensorFlow uses.
        seed: The run's seed.
        plugins: Files of the person's own code.
    """
    machine = describe_machine(devices)
    return {
        "python": machine.pop("python"),
        "packages": machine.pop("packages"),
        "platform": platform.platform(),
        **machine,
        "seed": seed,
        "deterministic": is_deterministic(),
        "plugins": {plugin.name: plugin.sha256 for plugin in plugins},
        "git": _git_state(Path.cwd()),
        "executable": Path(sys.executable).name,
    }


def describe_machine(devices: list[str]) -> dict[str, Any]:
    """Collect what the last bits of a training hang on, beside its config and data.

    Args:
        devices: Names of the devices TensorFlow uses.
    """
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "threads": {
            "intra_op": tf.config.threading.get_intra_op_parallelism_threads(),
            "inter_op": tf.config.threading.get_inter_op_parallelism_threads(),
        },
        "devices": devices,
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """Return the processor's model name where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and cleanliness of the working tree, or None outside of one."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "clean": not changes}


def _git(folder: Path, *arguments: str) -> str:
    result = subprocess.run(
        ("git", *arguments),  # noqa: S607 - whichever git the user has
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=5,
    )
    return result.stdout.strip()
