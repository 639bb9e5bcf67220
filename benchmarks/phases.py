"""Where a command's seconds go: the product's functions with time marks around them.

    python -m benchmarks.phases

A part that runs within another is counted for itself alone. What no mark catches is the
interpreter's start and end, and what lies between the parts.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.works import CONFIGS

FRONT = (("config", "dlkit.launch", "load_config"),)

BACK = (
    ("data", "dlkit.experiment", "load_dataset"),
    ("model", "dlkit.preparation", "build_model"),
    ("encoding", "dlkit.preparation", "encode"),
    ("compile and prove", "dlkit.preparation", "assemble"),
    ("other preparation", "dlkit.experiment", "prepare"),
    ("training", "dlkit.experiment", "train_model"),
    ("evaluation", "dlkit.experiment", "evaluate_model"),
    ("model file", "dlkit.report.write", "write_model"),
    ("reading", "dlkit.report.write", "story_of"),
    ("pictures", "dlkit.report.run_page", "draw_pictures"),
    ("page", "dlkit.report.write", "render_page"),
    ("other files", "dlkit.experiment", "write_results"),
)
"""What a part is called, and the function that it is, where that is looked up."""


class Clock:
    """Adds up the seconds of parts, none of which is counted twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside = [0.0]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what runs in here, less the parts that run within it."""
        self._inside.append(0.0)
        started = time.perf_counter()
        try:
            yield
        finally:
            passed = time.perf_counter() - started
            own = passed - self._inside.pop()
            self._inside[-1] += passed
            self.seconds[name] = self.seconds.get(name, 0.0) + own

    def mark(self, name: str, module: str, function: str) -> None:
        """Count the calls of a function as a part."""
        home = importlib.import_module(module)
        marked: Callable[..., Any] = getattr(home, function)

        def counted(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                return marked(*arguments, **named)

        setattr(home, function, counted)


def run_marked() -> dict[str, float]:
    """Run iris_mlp with marks, and return the seconds of its parts."""
    clock = Clock()
    with clock.part("import dlkit's front, pydantic"):
        import dlkit.launch
        from dlkit.backend import import_tensorflow
    with clock.part("import TensorFlow"):
        import_tensorflow()
    with clock.part("import all of dlkit"):
        importlib.import_module("dlkit.experiment")
    for each in (*FRONT, *BACK):
        clock.mark(*each)
    with tempfile.TemporaryDirectory() as output, clock.part("between the parts"):
        dlkit.launch.run(CONFIGS / "iris_mlp.yaml", output=output)
    return clock.seconds


def print_phases() -> None:
    """Run iris_mlp in a process of its own, and print where its seconds went."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.phases", "run"]
    result = subprocess.run(command, capture_output=True, text=True)
    whole = time.perf_counter() - started
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout}\n{result.stderr}")
    parts: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    parts["start and end of Python"] = whole - sum(parts.values())
    print("\nwhere the seconds of `command` go:")
    for name, seconds in parts.items():
        print(f"  {name:<32}{seconds:>7.2f}")
    print(f"  {'in all':<32}{whole:>7.2f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["run"]:
        print("\n" + json.dumps(run_marked()))
    else:
        print_phases()
