"""Lines of a resolved config that say something else than the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlkit.config.differences import changed_lines
from dlkit.config.dump import dump_resolved
from dlkit.config.load import load_config

WRITTEN = """\
seed: 0
dataset: {source: iris, validation: 0.1, test: 0.25}
architecture:
  layers:
    - Dense: {units: 8, activation: relu, use_bias: true, kernel_initializer: he_normal}
    - Dropout: 0.3
    - Dense: {units: 3, activation: softmax, bias_initializer: {Constant: {value: 0.5}}}
loss: sparse_categorical_crossentropy
optimizer: {adam: {beta_1: 0.9, beta_2: 0.9}}
training: {epochs: 10, batch_size: 16}
"""


def changed(config: object, overrides: tuple[str, ...] = ()) -> list[str]:
    """Return the lines that differ, without their indents."""
    loaded = load_config(config, overrides)  # type: ignore[arg-type]
    text = dump_resolved(loaded.config, loaded.catalogue)
    lines = text.splitlines()
    return [lines[number - 1].strip() for number in sorted(changed_lines(loaded, text))]


@pytest.fixture
def lines(tmp_path: Path) -> list[str]:
    path = tmp_path / "flowers.yaml"
    path.write_text(WRITTEN)
    return changed(path)


@pytest.mark.parametrize(
    "line",
    [
        *("source: iris", "test: 0.25", "- Dropout:", "rate: 0.3", "units: 8", "units: 3"),
        *("activation: relu", "kernel_initializer: he_normal", "Constant:", "value: 0.5"),
        *("beta_2: 0.9", "batch_size: 16", "SparseCategoricalCrossentropy:"),
    ],
)
def test_what_was_chosen_is_marked(lines: list[str], line: str) -> None:
    assert line in lines


@pytest.mark.parametrize(
    "line",
    [
        *("seed: 0", "validation: 0.1", "use_bias: true", "Adam:", "beta_1: 0.9", "epochs: 10"),
        *("name: dense_0", "learning_rate: 0.001", "training:", "architecture:", "layers:"),
        *("name: flowers", "- Dense", "repeat: 1"),
    ],
)
def test_what_is_as_by_default_is_not(lines: list[str], line: str) -> None:
    assert line not in lines


def test_each_of_equal_lines_stands_for_itself(lines: list[str]) -> None:
    assert lines.count("- Dense:") == 2
    assert lines.count("bias_initializer: zeros") == 0


def test_overrides_and_settings_in_python_count_as_written(tmp_path: Path) -> None:
    config = {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
    }
    assert "units: 3" in changed(config)
    assert "seed: 7" in changed(config, ("seed=7",))
    assert "seed: 0" not in changed(config, ("seed=0",))


def test_outputs_have_their_own_losses() -> None:
    config = {
        "dataset": {"source": "digits"},
        "architecture": {
            "layers": [
                "Flatten",
                {"Dense": {"units": 10, "activation": "softmax", "name": "digit"}},
                {"Dense": {"units": 64, "from": "flatten_0", "name": "copy"}},
            ]
        },
        "outputs": {
            "digit": {"loss": "sparse_categorical_crossentropy", "weight": 1.0},
            "copy": {"loss": "mse", "weight": 0.5, "target": "input"},
        },
    }
    lines = changed(config)
    assert {"SparseCategoricalCrossentropy:", "MeanSquaredError:", "weight: 0.5"} <= {*lines}
    assert "weight: 1.0" not in lines
