"""Accuracy of several labels an example counts each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.keras

ROWS = 40


def test_accuracy_counts_every_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dlkit

    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    table = pd.DataFrame({"x": random.normal(size=ROWS), "z": random.normal(size=ROWS)})
    for name in ("a", "b", "c"):
        table[name] = random.integers(0, 2, ROWS)
    table.to_csv("made.csv", index=False)
    config = {
        "dataset": {"source": {"csv": "made.csv"}, "target": ["a", "b", "c"], "validation": 0},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "sigmoid"}}]},
        "loss": "binary_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 2},
    }
    result = dlkit.run(config)
    answers = pd.read_csv(result.folder.predictions)
    said = answers[["p(a)", "p(b)", "p(c)"]].to_numpy() >= 0.5
    right = table[["a", "b", "c"]].to_numpy()[answers["example"]] == said
    assert result.metrics["test_accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert dlkit.evaluate(str(result.folder.path))["accuracy"] == pytest.approx(right.mean())
