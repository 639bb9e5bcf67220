"""What ``dlkit check`` says of an experiment with a sweep, and which models it builds."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlkit
from dlkit.cli import main

TEXT = """\
dataset: {source: iris, validation: 0.2}
architecture:
  layers:
    - Reshape: [2, 2, 1]
    - Conv2D: {filters: 2, kernel_size: 1, name: window}
    - Flatten
    - Dense: {units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
sweep:
  parameters:
"""

TOLD = """\
sweep: {count} trials by grid over {names}
best: largest val_accuracy
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("x.yaml")


def test_static_check_says_what_would_be_swept(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(f"{TEXT}    architecture.layers.window.filters: [1, 4]\n    seed: [1, 2]\n")
    main(["check", "--static", "x.yaml"])
    told = TOLD.format(count=4, names="filters and seed")
    assert capsys.readouterr() == (f"{told}x.yaml: no problems.\n", "")


@pytest.mark.keras
def test_check_builds_the_models_at_the_ends(file: Path) -> None:
    file.write_text(f"{TEXT}    architecture.layers.window.filters: [4, 1, 2]\n")
    # Filters f of 1 x 1 pixel: f weights and f biases; then 4 f weights and a bias for 3 units.
    overview = dlkit.check(file)
    assert overview.sweep[-1] == "models: 17 to 59 parameters at the ends of the sweep"
    assert overview.warnings == ()


@pytest.mark.keras
def test_check_warns_of_an_end_that_cannot_be_built(file: Path) -> None:
    file.write_text(f"{TEXT}    architecture.layers.window.kernel_size: [1, 5]\n")
    overview = dlkit.check(file)
    (warning,) = overview.warnings
    assert str(warning).startswith(
        "x.yaml:11:3  warning: sweep.parameters: the model at an end of the sweep cannot be"
        " built. kernel_size=5: x.yaml:5:7 architecture.layers[1].Conv2D: Keras refuses Conv2D"
    )
    assert overview.sweep[-1] == "models: 31 parameters at the ends of the sweep"


@pytest.mark.keras
def test_check_refuses_a_sweep_without_a_model(file: Path) -> None:
    file.write_text(f"{TEXT}    architecture.layers.window.kernel_size: [3, 5]\n")
    with pytest.raises(dlkit.ConfigError) as refused:
        dlkit.check(file)
    assert [str(each).split("Keras")[0] for each in refused.value.problems] == [
        (
            "x.yaml:11:3  sweep.parameters: the model at an end of the sweep cannot be built."
            f" kernel_size={size}: x.yaml:5:7 architecture.layers[1].Conv2D: "
        )
        for size in (3, 5)
    ]
