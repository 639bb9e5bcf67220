"""Every config in the gallery but its sweeps is right, documented, and trains."""

import re
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.load import load_config
from tests.nightly import NIGHTLY

ROOT = Path(__file__).parent.parent
CONFIGS = sorted(
    path for path in (ROOT / "configs").rglob("*.yaml") if path.parent.name != "sweeps"
)

SHORT = {
    "mnist_cnn": {"training.epochs": 1},
    "diabetes_regression": {"training.epochs": 20},
    "iris_mlp": {"training.epochs": 20},
    "spirals_mlp": {"training.epochs": 10},
    "tides_forecast": {"training.epochs": 2},
    "advertising_mlp": {"training.epochs": 5},
    "pima_folds": {"training.epochs": 5, "dataset.folds": 2},
    "iris_repeat": {"training.epochs": 5, "repeat": 2},
    "sentiment_folds": {"training.epochs": 2, "dataset.folds": 2},
    "mnist_low_digits": {"training.epochs": 1},
    "mnist_regularized": {"training.epochs": 1},
    "digits_outputs": {"training.epochs": 2},
    "digits_one_cycle": {"training.epochs": 2},
    "mnist_scratch": {"training.epochs": 2},
    "mnist_transfer": {"training.stages[0].epochs": 2, "training.stages[1].epochs": 1},
    **{
        f"digits_{kind}": {"training.epochs": 2}
        for kind in ("geometric", "mixing", "color", "erasing", "kernel")
    },
}
"""What makes a config train in seconds on its stand-in."""

EARLIER = {"mnist_transfer": "transfer/mnist_low_digits.yaml"}
"""Configs that build on a run of another."""

OWN_FILES = ("advertising_mlp", "pima_folds", "sentiment_folds")
"""Configs that need files of the person's own."""


DRAWN_ALIKE = {
    *("advertising_mlp", "digits_color", "digits_erasing", "digits_kernel"),
    *("mnist_functional", "mnist_low_digits", "mnist_mlp", "mnist_regularized"),
    *("mnist_scratch", "pima_folds", "spirals_mlp", "xor_mlp"),
}
"""Configs that get the pictures of others; each draws one by day, and all by night."""


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run draw its first picture alone: drawing takes longer than such a training."""
    from dlkit.report import pictures

    def draw_first(folder: Any, metrics: Any, others: Any) -> Any:
        return draw_all(folder, metrics[:1], others[: not metrics])

    draw_all = pictures.draw_all
    monkeypatch.setattr(pictures, "draw_all", draw_first)


def test_the_gallery_is_complete() -> None:
    assert [path.stem for path in CONFIGS] == [
        *("advertising_mlp", "diabetes_regression", "digits_color", "digits_erasing"),
        *("digits_geometric", "digits_kernel", "digits_mixing", "digits_one_cycle"),
        "digits_outputs",
        *("homes_table", "iris_mlp", "iris_repeat"),
        *("mnist_cnn", "mnist_functional", "mnist_mlp"),
        *("mnist_regularized", "pima_folds", "sentiment_folds", "spirals_mlp"),
        *("tides_forecast", "mnist_low_digits", "mnist_scratch", "mnist_transfer"),
        "xor_mlp",
    ]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_head_gives_goal_command_time_and_score(path: Path) -> None:
    head = path.read_text("utf-8").split("\nname:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert f"python -m dlkit.run {path.relative_to(ROOT)}" in head
    assert re.search(r"about [\d.]+ (s|min)", head)
    assert re.search(r"test [a-z ]+ [\d.]+ to [\d.]+", head)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_is_right_and_named_as_its_file(path: Path) -> None:
    assert load_config(path).config.name == path.stem


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all runs, so that a config finds the run that it builds on."""
    return tmp_path_factory.mktemp("experiments")


@pytest.mark.keras
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_trains_and_leaves_its_files(
    path: Path,
    output: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import dlkit

    if path.stem in DRAWN_ALIKE and not NIGHTLY:
        request.getfixturevalue("few_pictures")
    if path.stem in OWN_FILES:
        monkeypatch.setenv("DLKIT_DATA", str(request.getfixturevalue("shared_data")))
    if path.stem in EARLIER:
        earlier = ROOT / "configs" / EARLIER[path.stem]
        if not (output / earlier.stem).exists():  # it is alone that was asked for
            dlkit.run(earlier, SHORT[earlier.stem], output=output)
    result = dlkit.run(path, SHORT.get(path.stem, {}), output=output)
    folder = result.folder.path
    expected = {
        *("config.yaml", "resolved.yaml", "metrics.json", "environment.json", "run.log"),
        *("predictions.csv", "plots", "report.html"),
    }
    one_model = {"history.csv", "model.keras"}
    members = {"folds": "fold_1", "repeat": "seed_0"}
    single = folder / members.get(path.stem.split("_")[-1], "")
    around = expected - {"predictions.csv"} if path.stem.endswith("_repeat") else expected
    assert {file.name for file in folder.iterdir()} >= around
    assert {file.name for file in single.iterdir()} >= expected - {"run.log"} | one_model
    assert {file.suffix for file in (folder / "plots").iterdir()} == {".png"}
    assert not (folder / "cache").exists()
