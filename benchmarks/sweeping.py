"""A sweep of 24 trials, from the shell to its page, against those who train by hand."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.command import seconds_of
from benchmarks.works import CONFIGS

GOALS = {"loop": 0.35, "scripts": 0.1}
"""A sweep's seconds as a share of those of each other way, at most."""

TRIALS = 24

MEASURED = (2, 10, 22)
"""Points that are trained by a script each; all others are taken to last as long."""

GRID: dict[str, Any] = {
    "base": str(CONFIGS / "iris_mlp.yaml"),
    "name": "sweep",
    "dataset": {"validation": 0.2},
    "training": {"epochs": 50},
    "sweep": {
        "parameters": {
            "optimizer": ["SGD", "Adam"],
            "optimizer.learning_rate": [0.001, 0.003, 0.01, 0.03],
            "architecture.layers[1].Dense.units": [4, 8, 16],
        },
        "jobs": 2,
    },
}


def measure_sweep() -> dict[str, float]:
    """Run the sweep with two jobs, the same in a loop by hand, and a few scripts.

    Returns:
        Seconds of ``dlkit``, of the ``loop``, and of the 24 ``scripts`` one after another.
    """
    with tempfile.TemporaryDirectory() as output:
        folder = Path(output)
        config = folder / "sweep.yaml"
        config.write_text(json.dumps(GRID))  # which is YAML, too
        ours = seconds_of(["-m", "dlkit.run", str(config)], folder)
        found = sorted(folder.glob("experiments/sweep/1/trial_*/metrics.json"))
        assert len(found) == TRIALS
        by_hand = ["-m", "benchmarks.sweep_by_hand"]
        (folder / "loop").mkdir()
        loop = seconds_of([*by_hand, "loop"], folder)
        scripts = [seconds_of([*by_hand, ".", str(point)], folder) for point in MEASURED]
    return {"dlkit": ours, "loop": loop, "scripts": TRIALS * statistics.mean(scripts)}
