"""Whole experiments that build on others: a run as a layer, initial weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.config.yaml_reader import read_yaml  # noqa: E402
from dlkit.errors import ConfigError, ModelError  # noqa: E402

HEAD = {"Dense": {"name": "head", "units": 10, "activation": "softmax"}}
BODY = [
    {"Rescaling": "1/16"},
    "Flatten",
    {"Dense": {"name": "hidden", "units": 12, "activation": "relu"}},
    {"BatchNormalization": {"name": "norm"}},
]


def config(*layers: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "later",
        "dataset": {"source": "digits", "test": 0.2},
        "architecture": {"layers": list(layers)},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 1},
        **more,
    }


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run ``base/1``."""
    folder = tmp_path_factory.mktemp("experiments")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DLKIT_DATA", raising=False)
        dlkit.run(config(*BODY, HEAD) | {"name": "base"}, output=folder)
    return folder


@pytest.fixture
def base(output: Path) -> Any:
    return keras.saving.load_model(output / "base" / "1" / "model.keras")


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_run_as_a_layer_keeps_its_statistics_in_both_loops(
    output: Path, base: Any, loop: str
) -> None:
    run = {"Run": {"name": "body", "path": "base", "until": "norm"}}
    training = {"epochs": 1, "loop": loop}
    result = dlkit.run(config(run, HEAD, training=training), output=output)
    saved = keras.saving.load_model(result.folder.model)
    for model in (result.model, saved):
        body = model.get_layer("body")
        for name, same in (("norm", True), ("hidden", False)):
            for own, before in zip(
                body.get_layer(name).get_weights(),
                base.get_layer(name).get_weights(),
                strict=True,
            ):
                assert np.array_equal(own, before) == same
    resolved = read_yaml(result.folder.resolved.read_text("utf-8"), "resolved")[0].data
    folder = str((output / "base" / "1").resolve())
    assert resolved["architecture"]["layers"][0]["Run"]["path"] == folder
    assert json.loads(result.folder.environment.read_text("utf-8"))["built_from"] == [folder]
    notes = json.loads(result.folder.data.read_text("utf-8"))["notes"]
    assert f"body: the model of {folder} up to norm" in notes
    assert "body: 1 BatchNormalization layer keeps what was learned before" in notes


def test_frozen_run_is_left_alone(output: Path, base: Any) -> None:
    run = {"Run": {"path": "base/1", "until": "norm", "trainable": False}}
    result = dlkit.run(config(run, HEAD), output=output)
    body = result.model.layers[1]
    for name in ("hidden", "norm"):
        np.testing.assert_equal(
            body.get_layer(name).get_weights(), base.get_layer(name).get_weights()
        )
    assert len(result.model.trainable_weights) == 2


def test_initial_weights_are_those_of_the_run(
    output: Path, base: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {"Dense": {"name": "other", "units": 10, "activation": "softmax"}}
    still = {"SGD": {"learning_rate": 1e-30}}
    made = config(*BODY, other, initial_weights="base/1", optimizer=still)
    overview = dlkit.check(made, output=output)
    assert [(row.layer, row.result) for row in overview.taken] == [
        ("hidden", "taken"),
        ("norm", "taken"),
        ("other", "not: the run has no such layer"),
    ]
    result = dlkit.run(made, output=output)
    np.testing.assert_equal(
        result.model.get_layer("hidden").get_weights(),
        base.get_layer("hidden").get_weights(),
    )
    for text in (capsys.readouterr().out, result.folder.log.read_text("utf-8")):
        assert "other   (12, 10) (10,)           not: the run has no such layer" in text
        assert "initial weights for 2 of 3 layers" in text


def test_initial_weights_that_fit_nowhere_are_refused(output: Path) -> None:
    other = {"Dense": {"name": "other", "units": 10, "activation": "softmax"}}
    expected = r"initial_weights: no layer has the name and the shape of one of that run\."
    with pytest.raises(ModelError, match=expected):
        dlkit.check(config("Flatten", other, initial_weights="base"), output=output)


def test_missing_run_is_told_before_a_folder_is_made(output: Path) -> None:
    before = sorted(output.iterdir())
    with pytest.raises(
        ConfigError, match=r"Run: there is no run 'bass', .* Did you mean 'base'"
    ):
        dlkit.run(config({"Run": "bass"}, HEAD) | {"name": "new"}, output=output)
    assert sorted(output.iterdir()) == before


def test_run_of_other_pictures_is_refused_at_its_line(output: Path) -> None:
    made = config({"Reshape": [64]}, {"Run": "base"}, HEAD)
    expected = (
        r"\[1\]\.Run: the run's model reads examples of shape \(8, 8\), and gets \(64,\)\."
    )
    with pytest.raises(ModelError, match=expected):
        dlkit.check(made, output=output)
