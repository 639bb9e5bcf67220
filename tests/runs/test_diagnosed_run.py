"""``training.diagnostics`` from outside: history, metrics, pictures, page and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlkit
from dlkit.errors import ConfigError

pytestmark = pytest.mark.keras

LAYERS = [
    {"Dense": {"name": "first", "units": 8, "activation": "relu"}},
    {"Dense": {"name": "second", "units": 4, "activation": "relu"}},
    {"Dense": {"name": "last", "units": 1, "activation": "sigmoid"}},
]


def config(**training: Any) -> dict[str, Any]:
    return {
        "name": "made",
        "dataset": {"source": {"moons": {"examples": 120}}},
        "architecture": {"layers": LAYERS},
        "loss": "binary_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 3, "batch_size": 16, "diagnostics": True, **training},
    }


def test_run_keeps_what_was_measured_and_draws_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = dlkit.run(config(), output=tmp_path)
    out = capsys.readouterr().out
    history = result.history
    norms = history.filter(regex="^gradient_norm/")
    assert [*norms] == ["gradient_norm/first", "gradient_norm/second", "gradient_norm/last"]
    assert (norms > 0).all().all()
    ratios = history.filter(regex="^update_ratio/")
    assert ratios.shape == (3, 3)
    assert ratios.min().min() > 1e-5
    assert ratios.max().max() < 1
    dead = history.filter(regex="^dead_units/")
    assert [*dead] == ["dead_units/first", "dead_units/second"]
    assert ((dead >= 0) & (dead <= 1)).all().all()
    assert (np.round(dead["dead_units/first"] * 8, 6) % 1 == 0).all()
    kernel, bias = result.model.get_layer("last").get_weights()
    assert history["weight_norm/last"].iloc[-1] == pytest.approx(
        np.sqrt((kernel**2).sum() + (bias**2).sum()), rel=1e-5
    )
    header = result.folder.history.read_text("utf-8").splitlines()[0].split(",")
    assert header[:7] == [
        *("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
    ]
    assert header[7:] == [*norms, *ratios, *history.filter(regex="^weight_norm/"), *dead]
    facts = json.loads(result.folder.metrics.read_text("utf-8"))
    assert not [name for name in (*facts, *result.metrics) if "/" in name]
    assert "gradient_norm" not in out
    drawn = {path.stem for path in result.folder.plots.iterdir()}
    kinds = {"gradient_norm", "update_ratio", "weight_norm", "dead_units"}
    assert kinds | {"loss", "accuracy"} <= drawn
    assert not {name for name in drawn if name.startswith("figure_")}
    page = result.folder.report.read_text("utf-8")
    for caption in ("gradient norm of each layer", "update / weights of each layer"):
        assert caption in page
    assert "healthy: about 1e-3" in page


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            {"loop": "fit"},
            "layers are measured within the steps, and those of `loop: fit` are Keras's.",
        ),
        (
            {"distribute": "mirrored"},
            "layers are not measured with `distribute: mirrored`. Leave one of the two out.",
        ),
    ],
)
def test_loops_that_measure_nothing_are_refused(training: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        dlkit.check(config(**training), static=True)
    assert f"training.diagnostics: {message}" in str(refused.value)
    dlkit.check(config(**training) | {"training": training}, static=True)  # the control


def test_callback_that_hears_of_batches_is_refused(tmp_path: Path) -> None:
    callbacks = [{"TerminateOnNaN": {}}]  # of Keras's own, which looks at every batch
    with pytest.raises(ConfigError, match="told of batches by Keras's loop, which measures no"):
        dlkit.run(config(callbacks=callbacks), output=tmp_path)
