"""Every sweep in the gallery is right, documented, and teaches what it says."""

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest

from dlkit.config.load import load_config
from dlkit.config.sweep.checking import Sweep, sweep_of
from dlkit.config.sweep.choosing import objectives_of, sampler_of, trials_of
from dlkit.config.sweep.space import grid_of

ROOT = Path(__file__).parent.parent
SWEEPS = sorted((ROOT / "configs" / "sweeps").glob("*.yaml"))

TRIALS = {
    "activations": 18,
    "batch_size": 20,
    "initializers": 14,
    "learning_rate": 13,
    "mnist_mlp": 40,
    "optimizers": 32,
    "pima_grid": 24,
}


def sweep_in(name: str) -> Sweep:
    return sweep_of(load_config(ROOT / "configs" / "sweeps" / f"{name}.yaml"))


def test_the_gallery_of_sweeps_is_complete() -> None:
    assert [path.stem for path in SWEEPS] == list(TRIALS)


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_head_gives_goal_command_time_and_score(path: Path) -> None:
    head = path.read_text("utf-8").split("\nname:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert f"python -m dlkit.run {path.relative_to(ROOT)}" in head
    assert re.search(r"about [\d.]+ (s|min)", head)
    assert re.search(r"best val accuracy [\d.]+ to [\d.]+", head)


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_sweep_is_right_and_has_a_name_of_its_own(path: Path) -> None:
    sweep = sweep_in(path.stem)
    assert sweep.loaded.warnings == ()
    assert sweep.loaded.config.name == f"{path.stem}_sweep"
    assert trials_of(sweep.section) == TRIALS[path.stem]
    assert objectives_of(sweep.loaded.config) == {"val_accuracy": "max"}
    assert (sampler_of(sweep.section) == "grid") == (path.stem != "mnist_mlp")


def test_grid_of_pima_is_that_of_the_tutorials() -> None:
    sweep = sweep_in("pima_grid")
    found = []
    for point in grid_of(sweep.parameters):
        config = sweep.at(point).config
        layers = [entry.layer.arguments for entry in config.architecture.layers]
        (weights,) = {each["kernel_initializer"].written for each in layers}
        training = config.training
        found.append((training.batch_size, training.epochs, config.optimizer.name, weights))
        assert config.dataset.folds == 3
    weights_tried = ("random_uniform", "random_normal")
    expected = itertools.product((10, 20, 40), (50, 100), ("SGD", "Adam"), weights_tried)
    assert found == list(expected)


def test_rates_go_from_far_too_small_to_far_too_large() -> None:
    sweep = sweep_in("learning_rate")
    (rates,) = (each.points for each in sweep.parameters)
    assert rates is not None
    assert len(rates) == 13
    assert (min(rates), max(rates)) == (1e-5, 10)
    assert all(2.5 < high / low < 4 for low, high in itertools.pairwise(rates))


def test_sweep_of_optimizers_tries_eight_each_with_all_rates() -> None:
    sweep = sweep_in("optimizers")
    configs = [sweep.at(point).config for point in grid_of(sweep.parameters)]
    rates: dict[str, list[float]] = {}
    for config in configs:
        arguments = dict(config.optimizer.arguments)
        rate = arguments.pop("learning_rate")
        rates.setdefault(f"{config.optimizer.name} {arguments}", []).append(rate)
    assert list(rates) == [
        *("SGD {}", "SGD {'momentum': 0.9}", "SGD {'momentum': 0.9, 'nesterov': True}"),
        *("Adagrad {}", "Adadelta {}", "RMSprop {}", "Adam {}", "Nadam {}"),
    ]
    assert all(tried == [1e-3, 1e-2, 0.1, 1] for tried in rates.values())


@pytest.mark.keras
def test_sweep_of_rates_shows_too_small_right_and_too_large(tmp_path: Path) -> None:
    import dlkit

    file = ROOT / "configs" / "sweeps" / "learning_rate.yaml"
    result = dlkit.sweep(file, {"training.epochs": 3}, output=tmp_path)
    table = result.trials
    assert list(table["state"]) == ["complete"] * 13
    accuracy = table.set_index("optimizer.learning_rate")["val_accuracy"]
    assert accuracy[1e-5] < 0.3
    assert accuracy[[0.03, 0.1, 0.3]].max() > 0.8
    assert accuracy[10] < 0.5
    assert 0.01 < result.best_params["optimizer.learning_rate"] < 3
    written = pd.read_csv(result.folder.table)
    assert list(written["val_accuracy"]) == list(table["val_accuracy"])


@pytest.mark.keras
def test_search_runs_and_leaves_a_config_that_is_right(tmp_path: Path) -> None:
    import dlkit

    file = ROOT / "configs" / "sweeps" / "mnist_mlp.yaml"
    settings = {"training.epochs": 2, "sweep.trials": 4}
    result = dlkit.sweep(file, settings, output=tmp_path)
    best = load_config(result.folder.best).config
    assert best.sweep is None
    assert best.training.epochs == 2
    assert (
        best.architecture.layers[2].layer.arguments["units"]
        == (result.best_params["architecture.layers[2].Dense.units"])
    )
    assert 0 <= result.best_params["regularization.dropout"] <= 0.7
    assert result.best_value > 0.3
