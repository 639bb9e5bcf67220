"""Every config in the gallery is right, documented, and trains."""

import re
from pathlib import Path

import pytest

from dlkit.config.load import load_config

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))

SHORT = {
    "mnist_cnn": {"training.epochs": 1},
    "diabetes_regression": {"training.epochs": 20},
    "iris_mlp": {"training.epochs": 20},
}
"""What makes a config train in seconds on its stand-in."""


def test_the_gallery_is_complete() -> None:
    assert [path.stem for path in CONFIGS] == [
        *("diabetes_regression", "iris_mlp", "mnist_cnn", "mnist_functional", "mnist_mlp")
    ]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_head_gives_goal_command_time_and_score(path: Path) -> None:
    head = path.read_text("utf-8").split("\nname:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert f"python -m dlkit.run configs/{path.name}" in head
    assert re.search(r"about [\d.]+ (s|min)", head)
    assert re.search(r"test [a-z ]+ [\d.]+ to [\d.]+", head)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_is_right_and_named_as_its_file(path: Path) -> None:
    assert load_config(path).config.name == path.stem


@pytest.mark.keras
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_trains_and_leaves_its_files(path: Path, tmp_path: Path) -> None:
    import dlkit

    result = dlkit.run(path, SHORT.get(path.stem, {}), output=tmp_path)
    left = {file.name for file in result.folder.path.iterdir()}
    assert left >= {
        *("config.yaml", "resolved.yaml", "history.csv", "metrics.json", "environment.json"),
        *("run.log", "model.keras", "predictions.csv", "plots", "report.html"),
    }
    assert {file.suffix for file in (result.folder.path / "plots").iterdir()} == {".png"}
    assert len(result.history) >= 1
