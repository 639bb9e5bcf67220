"""What a run stood on: versions, machine, threads, the state of the working tree."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("dlkit", "tensorflow", "keras", "numpy", "pandas", "scikit-learn", "matplotlib")


def describe_environment(devices: list[str], seed: int) -> dict[str, Any]:
    """Collect what one needs to know to run an experiment again.

    Host and user names stay out; of the environment only what changes numbers is kept.

    Args:
        devices: Names of the devices TensorFlow uses.
        seed: The run's seed.
    """
    kept = ("TF_", "OMP_", "CUDA_VISIBLE_DEVICES", "KERAS_", "XLA_")
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "devices": devices,
        "seed": seed,
        "git": _git_state(Path.cwd()),
        "environment": {
            name: value for name, value in sorted(os.environ.items()) if name.startswith(kept)
        },
        "executable": Path(sys.executable).name,
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
