"""Runs with own code: they train as plain Keras does, and are opened with it alone."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import dlkit
from dlkit.errors import ConfigError

pytestmark = pytest.mark.keras

EPOCHS = 4
RATE = 0.05


@dataclass(frozen=True)
class Own:
    """A finished run on everything that the plugin has, and its files."""

    folder: Path
    plugin: Path
    result: Any

    @property
    def run(self) -> str:
        return str(self.result.folder.path)


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory,
    code: Path,
    config_of: Callable[..., dict[str, Any]],
) -> Own:
    folder = tmp_path_factory.mktemp("own")
    plugin = folder / "my_layers.py"
    shutil.copy(code / "my_layers.py", plugin)
    layer = {
        "units": 6,
        "scale": 0.5,
        "kernel_initializer": {"Small": 0.2},
    }
    dense = {
        "units": 3,
        "activation": "softmax",
        "kernel_initializer": {"RandomNormal": {"seed": 1}},
        "kernel_regularizer": {"Nearer": {"value": 0.1, "strength": 0.02}},
        "kernel_constraint": {"Below": 0.5},
    }
    config = config_of(
        architecture={
            "layers": [
                {"Scaled": layer},
                {"Dense": {"units": 5, "activation": "bent", "kernel_initializer": "Small"}},
                {"Dense": dense},
            ]
        },
        loss={"Softer": {"factor": 0.7}},
        metrics=["accuracy", "Sure", {"surprise": {"base": 2.0}}],
        optimizer={"Plain": {"learning_rate": RATE, "momentum": 0.9}},
        lr_schedule={"Halving": {"every_steps": "2 epochs"}},
        training={
            "epochs": EPOCHS,
            "batch_size": 200,
            "callbacks": [{"Told": {"path": str(folder / "told.txt")}}],
        },
    )
    result = dlkit.run(config, output=folder / "runs", plugins=[plugin])
    return Own(folder, plugin, result)


def module_of(path: Path) -> ModuleType:
    """Import the plugin as plain Python does."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("plain_my_layers", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_are_those_of_plain_keras(own: Own) -> None:
    import keras
    from sklearn.datasets import load_iris

    code = module_of(own.plugin)
    iris = load_iris()
    with np.load(own.result.folder.splits) as splits:
        rows = {name: splits[name] for name in ("train", "test")}
    x, y = iris.data.astype("float32"), iris.target
    model = keras.Sequential(
        [
            keras.Input((4,)),
            code.Scaled(6, 0.5, kernel_initializer=code.Small(0.2)),
            keras.layers.Dense(5, code.bent, kernel_initializer=code.Small()),
            keras.layers.Dense(
                3,
                "softmax",
                kernel_initializer=keras.initializers.RandomNormal(seed=1),
                kernel_regularizer=code.Nearer(0.1, 0.02),
                kernel_constraint=code.Below(0.5),
            ),
        ]
    )
    model.compile(
        optimizer=code.Plain(code.Halving(RATE, 2), momentum=0.9),
        loss=code.Softer(0.7),
        metrics=[
            "accuracy",
            code.Sure(),
            keras.metrics.MeanMetricWrapper(code.surprise, name="surprise", base=2.0),
        ],
    )
    model.fit(x[rows["train"]], y[rows["train"]], 200, EPOCHS, verbose=0, shuffle=False)
    figures = model.evaluate(x[rows["test"]], y[rows["test"]], 200, 0, return_dict=True)
    assert "loss" in figures
    for name, value in figures.items():
        assert own.result.metrics[f"test_{name}"] == pytest.approx(value, rel=1e-5), name
    ours, theirs = own.result.model.get_weights(), model.get_weights()
    for mine, plain in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, plain, atol=1e-6)


def test_callback_was_called(own: Own) -> None:
    assert (own.folder / "told.txt").read_text().split() == [*map(str, range(EPOCHS))]


def test_run_folder_keeps_the_plugin(own: Own) -> None:
    content = own.plugin.read_bytes()
    assert (own.result.folder.plugins / "my_layers.py").read_bytes() == content
    environment = json.loads(own.result.folder.environment.read_text())
    assert environment["plugins"] == {"my_layers.py": hashlib.sha256(content).hexdigest()}


def test_resolved_config_is_the_same_run(own: Own, tmp_path: Path) -> None:
    again = dlkit.run(own.result.folder.resolved, output=tmp_path, plugins=[own.plugin])
    assert again.metrics == own.result.metrics


def command(own: Own, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dlkit in a process that has not seen the plugin."""
    return subprocess.run(
        [sys.executable, "-m", "dlkit", *arguments],
        capture_output=True,
        text=True,
        cwd=own.folder,
    )


def test_fresh_process_opens_it_with_the_plugin(own: Own) -> None:
    import pandas as pd
    from sklearn.datasets import load_iris

    x = load_iris().data.astype("float32")
    np.savez(own.folder / "new.npz", x=x)
    done = command(own, "predict", own.run, "new.npz", "--plugin", "my_layers.py", "--out", "a")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answers = pd.read_csv(own.folder / "a").filter(like="p(").to_numpy()
    np.testing.assert_allclose(answers, own.result.model.predict(x, verbose=0), atol=1e-5)


def test_fresh_process_without_it_asks_for_it(own: Own) -> None:
    done = command(own, "evaluate", own.run)
    assert done.returncode == 2
    assert done.stderr == (
        f"{own.run}: this run was made with the plugin my_layers.py: give it by --plugin"
        f" my_layers.py (a copy is in {own.run}/plugins).\n"
    )


def test_evaluation_is_that_of_the_run(own: Own) -> None:
    figures = dlkit.evaluate(own.run, plugins=[own.plugin])
    assert "loss" in figures
    for name, value in figures.items():
        assert own.result.metrics[f"test_{name}"] == pytest.approx(value, rel=1e-5), name


def test_plugin_that_has_changed_is_told(own: Own, tmp_path: Path) -> None:
    other = tmp_path / "my_layers.py"
    other.write_bytes(own.plugin.read_bytes() + b"# more\n")
    with pytest.warns(
        UserWarning, match=r"the plugin my_layers\.py has changed since this run"
    ):
        dlkit.evaluate(own.run, plugins=[other])


def test_plugin_of_a_run_that_others_build_on_has_changed(
    own: Own, config_of: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    other = tmp_path / "my_layers.py"
    other.write_bytes(own.plugin.read_bytes() + b"# more\n")
    config = config_of({"Run": {"path": own.run, "until": "dense_1"}})
    warnings = [*map(str, dlkit.check(config, plugins=[other]).warnings)]
    (warning,) = [warning for warning in warnings if "plugin" in warning]
    assert "layers[0].Run.path: " in warning
    assert "the plugin my_layers.py has changed since this run was made" in warning
    same = dlkit.check(config, plugins=[own.plugin])
    assert not any("plugin" in str(warning) for warning in same.warnings)


@pytest.mark.parametrize("place", ["layer", "weights"])
def test_run_that_others_build_on_asks_for_it(
    own: Own, config_of: Callable[..., dict[str, Any]], place: str
) -> None:
    config = config_of({"Run": {"path": own.run, "until": "dense_1"}})
    if place == "weights":
        layers = [{"Dense": 6}, {"Dense": {"units": 5, "name": "dense_1"}}]
        config = config_of(*layers, initial_weights=own.run)
    with pytest.raises(ConfigError, match=r"made with the plugin my_layers\.py: give it by"):
        dlkit.check(config)
    assert dlkit.check(config, plugins=[own.plugin]).layers


def test_model_alone_loads_where_the_plugin_was_imported(own: Own) -> None:
    import keras

    module_of(own.plugin)
    model = keras.models.load_model(own.result.folder.model)  # compiled: loss and metrics too
    assert model.loss.factor == 0.7
