"""The whole of an experiment, from the shell to the report, against a script that does it."""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.works import CONFIGS

OWN_GOAL = 1.5
"""Seconds that a command may take beyond ``import tensorflow`` and training."""

ROOT = CONFIGS.parent

IMPORTS = {
    "own": "import tensorflow",
    "own, if as fast": "from dlkit.backend import import_tensorflow as bring_in; bring_in()",
}
"""What dlkit's own seconds are counted beyond: TensorFlow as everybody imports it, and as a
command does, which keeps the collector of garbage away from it."""


def measure_command() -> dict[str, float]:
    """Run iris_mlp as a command and by hand, one after the other.

    Returns:
        Seconds of ``dlkit`` and ``by hand``; and, as the keys of ``IMPORTS``, those that
        dlkit takes beyond training and importing TensorFlow, which is measured beside it.
    """
    compileall.compile_dir(ROOT / "dlkit", quiet=1)  # as an installation is
    with tempfile.TemporaryDirectory() as output:
        folder = Path(output)
        command = ["-m", "dlkit.run", str(CONFIGS / "iris_mlp.yaml")]
        ours = seconds_of(command, folder)
        (record,) = folder.glob("experiments/iris_mlp/1/metrics.json")
        training = json.loads(record.read_text("utf-8"))["seconds"]
        theirs = seconds_of(["-m", "benchmarks.iris_by_hand", str(folder)], folder)
        beyond = {
            name: ours - training - seconds_of(["-c", code], folder)
            for name, code in IMPORTS.items()
        }
    return {"dlkit": ours, "by hand": theirs, **beyond}


def seconds_of(arguments: list[str], folder: Path) -> float:
    """Run Python with some arguments in a folder, and return what it takes."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    started = time.perf_counter()
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)},
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - started
    if result.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{result.stdout}\n{result.stderr}")
    return seconds
