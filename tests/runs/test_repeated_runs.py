"""The same config gives the same bytes in another process, with all threads."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlkit

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

PICTURES: dict[str, Any] = {
    "name": "pictures",
    "dataset": {"source": "digits"},
    "architecture": {
        "layers": [
            {"Reshape": {"target_shape": [8, 8, 1]}},
            {"Conv2D": {"filters": 8, "kernel_size": 3}},
            "BatchNormalization",
            {"Activation": {"activation": "relu"}},
            "MaxPooling2D",
            "Flatten",
            {"Dropout": {"rate": 0.3}},
            {"Dense": {"units": 10, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "training": {"epochs": 1, "batch_size": 32},
}
STEPS: dict[str, Any] = PICTURES | {
    "name": "steps",
    "architecture": {
        "layers": [
            "Flatten",
            {"Embedding": {"input_dim": 17, "output_dim": 4}},
            {"LSTM": {"units": 8, "dropout": 0.2}},
            {"Dense": {"units": 10, "activation": "softmax"}},
        ]
    },
}

CHILD = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import test_repeated_runs as runs
print(json.dumps(runs.digests(sys.argv[2], {})))
"""


def digests(output: Any, overrides: dict[str, Any]) -> list[str]:
    """Train both configs, and return digests of weights, optimizers and histories."""
    found = []
    for config in (PICTURES, STEPS):
        with pytest.MonkeyPatch.context() as patch:  # drawing takes longer than the training
            patch.setattr("dlkit.report.run_page.draw_pictures", lambda *_: [])
            result = dlkit.run(config, overrides, output=output)
        variables = [*result.model.variables, *result.model.optimizer.variables]
        rows = [{n: v for n, v in row.items() if n != "seconds"} for row in result.rows]
        content = b"".join(np.asarray(variable).tobytes() for variable in variables)
        found.append(hashlib.sha256(content + json.dumps(rows).encode()).hexdigest())
    return found


def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(tmp_path / "child")],
        env=os.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    there = json.loads(child.stdout.splitlines()[-1])
    assert digests(tmp_path / "here", {}) == there
    other = digests(tmp_path / "other", {"seed": 43})
    assert not {*other} & {*there}
