"""Own code that fails is told where it stands in the config, and with its own line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dlkit
from dlkit.errors import ConfigError, ModelError, TrainingError

pytestmark = pytest.mark.keras

Make = Callable[..., dict[str, Any]]


def line_of(code: Path, text: str) -> int:
    """Return the line of the plugin that holds a text."""
    lines = (code / "faults.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("layer", "told", "where"),
    [
        ({"Breaks": "init"}, "Breaks fails: not me", '"not me"'),
        (
            {"Breaks": "build"},
            "Breaks fails for an input of shape (None, 4): 'width'",
            '"width"',
        ),
        (
            {"Breaks": "call"},
            "Breaks fails for an input of shape (None, 4): never again",
            '"never again"',
        ),
    ],
)
def test_layer_that_fails_is_located(
    code: Path, config_of: Make, layer: Any, told: str, where: str
) -> None:
    with pytest.raises(ModelError) as caught:
        dlkit.check(config_of(layer), plugins=[code / "faults.py"])
    line = line_of(code, where)
    assert str(caught.value) == (
        f"dict  architecture.layers[0].Breaks: {told} (faults.py:{line})."
    )


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        pytest.param(
            {"Forgets": 4},
            "architecture.layers[0].Forgets: Forgets cannot be saved: get_config() leaves out"
            " 'units'. Write get_config(): super().get_config() with every argument of"
            " __init__.",
            id="argument",
        ),
        pytest.param(
            {"Silent": 4},
            "architecture.layers[0].Silent: Silent cannot be saved: it has no get_config()."
            " Write get_config(): super().get_config() with every argument of __init__.",
            id="no get_config",
        ),
        pytest.param(
            "Changes",
            "architecture.layers[0]: the model comes back with other weights when it is saved"
            " and loaded again. Keep every layer and weight as an attribute, or in a list of"
            " self's.",
            id="weights",
        ),
    ],
)
def test_layer_that_would_be_lost_is_refused(
    code: Path, config_of: Make, layer: Any, told: str
) -> None:
    with pytest.raises(ModelError) as caught:
        dlkit.check(config_of(layer), plugins=[code / "faults.py"])
    assert str(caught.value) == f"dict  {told}"


def test_loss_and_metric_that_fail_are_located(code: Path, config_of: Make) -> None:
    plugins = [code / "faults.py"]
    with pytest.raises(ConfigError) as caught:
        dlkit.check(config_of(loss="BadLoss"), plugins=plugins)
    line = line_of(code, '"no loss"')
    assert str(caught.value) == (
        "dict  loss: BadLoss refuses outputs (None, 3) and labels (None,): no loss"
        f" (faults.py:{line})."
    )
    with pytest.raises(ConfigError, match=r"metrics\[0\]: bad_metric refuses .*: no metric \("):
        dlkit.check(config_of(metrics=["bad_metric"]), plugins=plugins)


def test_callback_that_fails_ends_training(code: Path, config_of: Make, tmp_path: Path) -> None:
    config = config_of(training={"epochs": 1, "callbacks": ["Loud"]})
    with pytest.raises(TrainingError) as caught:
        dlkit.run(config, output=tmp_path, plugins=[code / "faults.py"])
    line = line_of(code, '"too loud"')
    told = f"training.callbacks[0]: Loud failed: too loud (faults.py:{line})."
    assert str(caught.value) == f"dict  {told}"
    log = (tmp_path / "own" / "1" / "run.log").read_text()
    assert 'OddError("too loud")' in log  # the traceback is there, and nowhere else


def test_error_of_its_own_is_a_training_error(
    code: Path, config_of: Make, tmp_path: Path
) -> None:
    config = config_of({"Breaks": "training"})
    with pytest.raises(TrainingError) as caught:
        dlkit.run(config, output=tmp_path, plugins=[code / "faults.py"])
    line = line_of(code, '"only in training"')
    assert str(caught.value) == f"OddError: only in training (faults.py:{line})."
    assert "Traceback" in (tmp_path / "own" / "1" / "run.log").read_text()
