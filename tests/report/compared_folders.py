"""Run folders as runs leave them, without a training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CONFIG = """\
name: net
seed: {seed}
dataset:
  source: {source}
architecture:
  layers:
  - Dense:
      name: dense_0
      units: {units}
loss: mean_squared_error
metrics:
- Accuracy:
    name: {metric}
"""


def lay_run(
    output: Path,
    run: str,
    accuracy: float | None,
    *,
    seed: int = 0,
    units: object = 8,
    facts: Mapping[str, Any] | None = None,
    curve: Sequence[float] = (0.5, 0.25),
    source: str = "iris",
    metric: str = "accuracy",
) -> Path:
    """Write what a finished run leaves, as far as a comparison reads it."""
    folder = output / run
    folder.mkdir(parents=True)
    figures = {
        "train_loss": 0.1,
        f"train_{metric}": 0.9,
        "test_loss": 0.2,
        f"test_{metric}": accuracy,
    }
    known = {
        **figures,
        "status": "completed",
        "dataset": source,
        "stand_in_for": None,
        "seconds": 1.5,
        "test_examples": 30,
        **(facts or {}),
    }
    (folder / "metrics.json").write_text(json.dumps(known), "utf-8")
    config = CONFIG.format(seed=seed, units=units, source=source, metric=json.dumps(metric))
    (folder / "resolved.yaml").write_text(config, "utf-8")
    rows = "".join(f"{n},{v},{v},1\n" for n, v in enumerate(curve, start=1))
    head = f"epoch,loss,{metric},seconds\n"
    (folder / "history.csv").write_text(head + rows, "utf-8")
    (folder / "report.html").write_text("<p>page")
    return folder
