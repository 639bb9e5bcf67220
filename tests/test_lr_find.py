"""``dlkit lr-find`` from outside: what it prints, draws and suggests, how it fails."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import dlkit
from dlkit.cli import main
from dlkit.config.load import load_config
from dlkit.launch import _read_again
from dlkit.report.run_folder import RunFolder

pytestmark = pytest.mark.keras


PLUGIN = """\
import keras

@keras.saving.register_keras_serializable()
class Found(keras.layers.Layer):
    pass
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    layers = [
        {"Dense": {"units": 8, "activation": "relu"}},
        {"Dense": {"units": 1, "activation": "sigmoid"}},
    ]
    return {
        "name": "made",
        "dataset": {"source": {"moons": {"examples": 200}}},
        "architecture": {"layers": layers},
        "loss": "binary_crossentropy",
        "optimizer": "Adam",
        "training": {"batch_size": 16},
    }


def written(config: dict[str, Any], **sections: Any) -> str:
    Path("made.yaml").write_text(yaml.safe_dump({**config, **sections}))
    return "made.yaml"


def leave(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as leaving:
        return int(str(leaving.code))
    return 0


def test_suggestion_comes_with_a_picture_and_the_command_that_uses_it(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rate = "optimizer.Adam.learning_rate=0.5"
    assert leave("lr-find", written(config), rate, "training.epochs=3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "          144 training, 16 validation, 40 test examples"
    assert lines[2].startswith("tried     ")
    assert " steps of 16, the rate from 1e-07 to " in lines[2]
    head, number, *now = lines[3].split()
    assert (head, " ".join(now)) == ("suggested", "(now 0.5)")
    assert 1e-3 < float(number) < 1
    command = shlex.split(lines[4].removeprefix("use it    "))
    assert command[:5] == ["python", "-m", "dlkit.run", "made.yaml", "training.epochs=3"]
    assert command[5:] == [f"optimizer.Adam.learning_rate={number}"]
    used = load_config(command[3], command[4:]).config.optimizer
    assert used.arguments["learning_rate"] == float(number)
    assert lines[5] == "picture   experiments/made/learning_rate/learning_rate.png"
    files = [str(path) for path in Path("experiments").rglob("*") if path.is_file()]
    assert files == ["experiments/made/learning_rate/learning_rate.png"]
    assert Path(files[0]).read_bytes().startswith(b"\x89PNG")


def test_command_that_uses_it_has_the_options_of_the_search(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.py").write_text(PLUGIN)
    monkeypatch.setattr("dlkit.finding.see_only", lambda device: None)
    rate = {"Adam": {"learning_rate": 0.5}}
    options = ["--output", "else where", "--device", "cpu", "--plugin", "mine.py"]
    assert leave("lr-find", written(config, optimizer=rate), *options) == 0
    told = capsys.readouterr().out
    (line,) = (each for each in told.splitlines() if each.startswith("use it"))
    assert line.startswith(
        "use it    python -m dlkit.run made.yaml --plugin mine.py --output 'else where'"
        " --device cpu optimizer.Adam.learning_rate="
    )


def test_function_returns_the_curve_and_the_same_again(config: dict[str, Any]) -> None:
    first = dlkit.find_learning_rate(config, folder="here")
    again = dlkit.find_learning_rate(config, {"training.epochs": 2}, folder="here")
    assert first.pictures == (Path("here/learning_rate.png"),)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert first.suggestion == again.suggestion
    assert first.override == f"optimizer.Adam.learning_rate={first.suggestion:g}"
    assert f"use it    {first.override}\n" in first.text  # there is no file to name
    assert len(first.rates) == len(first.losses) == len(first.smoothed)
    assert [path.name for path in Path("here").iterdir()] == ["learning_rate.png"]


def test_schedule_and_stages_are_told_where_the_rate_goes(config: dict[str, Any]) -> None:
    decay = {"ExponentialDecay": {"decay_steps": 10, "decay_rate": 0.9}}
    found = dlkit.find_learning_rate({**config, "lr_schedule": decay}, folder="here")
    assert "ExponentialDecay takes it as optimizer.Adam.learning_rate." in found.text
    many = {"PiecewiseConstantDecay": {"boundaries": [10], "values": [0.1, 0.01]}}
    stages = {"batch_size": 16, "stages": [{"epochs": 1}]}
    sections = {"lr_schedule": many, "training": stages}
    found = dlkit.find_learning_rate({**config, **sections}, folder="here")
    assert found.override == ""
    assert "PiecewiseConstantDecay says every rate itself" in found.text
    assert "as in stage 1" in found.text


def test_data_without_anything_to_learn_gets_no_suggestion(config: dict[str, Any]) -> None:
    np.savez("made.npz", x=np.zeros((90, 3), np.float32), y=np.arange(90) % 2)
    sections = {
        "dataset": {"source": {"arrays": "made.npz"}},
        "architecture": {"layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
    }
    found = dlkit.find_learning_rate({**config, **sections}, folder="here")
    assert found.suggestion is None
    assert found.override == ""
    text = " ".join(found.text.split())
    assert "suggested no rate: with none of them does the loss fall by more than chance" in text
    assert "Look at the data, the labels and the loss." in text
    assert len(found.pictures) == 1


def test_what_tensorflow_warns_of_is_not_told(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def warn(*_: Any) -> str:
        for name in ("tensorflow", "absl"):
            logging.getLogger(name).warning("retracing")
        return "done"

    monkeypatch.setattr("dlkit.rate_finding.find_rate", warn)
    monkeypatch.setattr("dlkit.explore.explore", warn)
    monkeypatch.setattr("dlkit.experiment.read_result", warn)
    folder = RunFolder(Path("experiments/made/1"))
    folder.path.mkdir(parents=True)
    assert [
        dlkit.find_learning_rate(config),
        dlkit.describe_data(config),
        _read_again(folder, "It is over."),
    ] == ["done"] * 3
    assert capsys.readouterr() == ("It is over.\n", "")


def test_faults_are_one_line(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    scaled = {"LossScaleOptimizer": {"inner_optimizer": "Adam"}}
    assert leave("lr-find", written(config, optimizer=scaled)) == 2
    told = capsys.readouterr()
    assert "LossScaleOptimizer has no learning rate of its own to look for." in told.err
    assert "made.yaml:" in told.err
    assert told.err.count("\n") == 1
    Path("file").write_text("")
    assert leave("lr-find", written(config), "--out", "file/below") == 5
    assert "file/below: cannot be written" in capsys.readouterr().err
