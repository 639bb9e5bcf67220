"""A forecast stands beside the naive one wherever a person looks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import dlkit

pytestmark = pytest.mark.keras

CONFIG = """
name: ramp
dataset:
  source: {timeseries: {path: FILE, width: 3, horizon: 2, targets: [load]}}
  test: 20
  validation: 0
architecture: {layers: [Flatten, {Dense: 2}]}
loss: mse
metrics: [mae]
training: {epochs: 1, batch_size: 10}
"""


def test_errors_of_the_last_value_are_computed_over_all_steps() -> None:
    from dlkit.evaluate.predictions import Evaluation
    from dlkit.report.write import naive_metrics

    true = np.array([[1.0, 2.0], [3.0, 5.0]])
    naive = np.array([[0.0, 0.0], [3.0, 3.0]], np.float32)  # off by 1, 2, 0, 2
    found = naive_metrics(Evaluation("regression", true, None, {}, true), naive)
    assert found == {"naive_test_mae": 5 / 4, "naive_test_mse": 9 / 4}


def test_naive_forecast_is_told_written_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "ramp.csv"
    table.write_text("load\n" + "".join(f"{hour}\n" for hour in range(80)))
    config = tmp_path / "ramp.yaml"
    config.write_text(CONFIG.replace("FILE", str(table)))
    result = dlkit.run(config, output=tmp_path / "out")
    # A ramp is 1 and then 2 above its last value.
    assert result.metrics["naive_test_mae"] == 1.5
    facts = json.loads(result.folder.metrics.read_text())
    assert (facts["naive_test_mae"], facts["naive_test_mse"]) == (1.5, 2.5)
    told = capsys.readouterr().out
    assert "\nnaive     mae 1.5000, mse 2.5000 (the last value, unchanged)\n" in told
    page = result.folder.report.read_text("utf-8")
    assert "The last value, unchanged, comes to 1.5000." in page
    assert "<dt>naive_test_mae</dt><dd>1.5000</dd>" in page
    names = {path.name for path in result.folder.plots.iterdir()}
    assert {"forecast.png", "residuals_1.png", "residuals_2.png"} <= names
