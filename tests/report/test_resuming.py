"""What a run that goes on is compared with, and what it says where nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.load import LoadedConfig, load_config
from dlkit.errors import ConfigError, StorageError
from dlkit.report.finished import read_figures
from dlkit.report.resume.asking import command_again, end_of_run
from dlkit.report.resume.identity import (
    Identity,
    changes,
    config_changes,
    plain_values,
    read_identity,
    write_identity,
)
from dlkit.report.run_folder import RunFolder

STATE = "state-000000001-abc.npz"


def load(*overrides: str, **sections: Any) -> LoadedConfig:
    layers = ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]
    config = {
        "name": "net",
        "dataset": {"source": "iris"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        **sections,
    }
    return load_config(config, overrides)


def older(values: dict[str, Any]) -> dict[str, Any]:
    """Return a config as a version wrote it that knew less of Keras and of training."""
    written = json.loads(json.dumps(values))
    for name in ("diagnostics", "limit"):
        del written["training"][name]
    layers = written["architecture"]["layers"]
    del layers[1]["Dense"]["use_bias"]
    layers[0] = "Flatten"
    return written


def kept(folder: RunFolder, config: dict[str, Any]) -> RunFolder:
    """Return a folder with the identity of a run, and what stands for a state of it."""
    write_identity(folder, Identity(config, config, {}, {}, {}, {}, 1, {}))
    (folder.checkpoints / STATE).write_bytes(b"")
    return folder


def test_new_settings_of_a_later_version_have_their_defaults(tmp_path: Path) -> None:
    loaded = load()
    now = plain_values(loaded)
    folder = kept(RunFolder(tmp_path), older(now))
    assert len([*changes(older(now), now)]) == 4
    before = read_identity(folder, loaded.catalogue)
    assert before is not None
    assert [*changes(before.written, now)] == [*changes(before.config, now)] == []
    other = plain_values(load("training.diagnostics=true", "training.limit.test_batches=1"))
    assert [*map(str, config_changes(before.written, other))] == [
        "training.limit.test_batches: was not there, is 1",
        "training.diagnostics: was false, is true",
    ]


def test_config_that_no_longer_can_be_read_is_compared_as_it_is(tmp_path: Path) -> None:
    loaded = load()
    now = plain_values(loaded)
    written = older(now)
    written["training"]["gone"] = 1
    before = read_identity(kept(RunFolder(tmp_path), written), loaded.catalogue)
    assert before is not None
    assert before.written == written
    with pytest.raises(ConfigError, match=r"training\.gone: was 1, is not there"):
        end_of_run(loaded, RunFolder(tmp_path), force=False)


@pytest.mark.parametrize(
    "change",
    [lambda values: [], lambda values: {}, lambda values: {**values, "written": 5}],
    ids=["list", "empty", "number"],
)
def test_damaged_identity_is_told(change: Callable[[Any], Any], tmp_path: Path) -> None:
    loaded = load()
    folder = kept(RunFolder(tmp_path), plain_values(loaded))
    values = json.loads(folder.identity.read_text("utf-8"))
    folder.identity.write_text(json.dumps(change(values)), "utf-8")
    with pytest.raises(StorageError, match=r"identity\.json: it does not say what a run is"):
        end_of_run(loaded, folder, force=False)


def test_complete_run_that_lost_what_it_was_is_not_said_to_have_no_state(
    tmp_path: Path,
) -> None:
    folder = kept(RunFolder(tmp_path), {})
    folder.identity.unlink()
    folder.metrics.write_text('{"status": "completed", "epochs": 2}')
    assert end_of_run(load(), folder, force=False) is None
    (folder.checkpoints / STATE).unlink()
    with pytest.raises(StorageError, match="is complete, and has no state"):
        end_of_run(load(), folder, force=False)


def test_figure_that_is_no_number_is_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.metrics.write_text('{"test_loss": "abc"}')
    with pytest.raises(StorageError, match=r"metrics\.json: a figure is no number \(.*'abc'"):
        read_figures(folder)


@pytest.mark.parametrize(
    ("training", "place"),
    [
        ({"epochs": 2}, "training.epochs"),
        ({"steps": 9}, "training.steps"),
        ({"stages": [{"epochs": 1}, {"epochs": 1}]}, "training.stages[1].epochs"),
    ],
)
def test_complete_run_says_what_makes_it_longer(
    training: dict[str, Any], place: str, tmp_path: Path
) -> None:
    loaded = load(training=training)
    folder = kept(RunFolder(tmp_path), plain_values(loaded))
    for file in (folder.model, folder.environment, folder.data, folder.predictions):
        file.touch()
    folder.metrics.write_text('{"status": "completed", "epochs": 2}')
    assert end_of_run(loaded, folder, force=False) is None  # the page was not written
    folder.report.touch()
    end = f"{tmp_path} is already complete, 2 epochs. More of them: {place}=NUMBER."
    assert end_of_run(loaded, folder, force=False) == end
    longer = load(f"{place}=99", training=training)
    assert end_of_run(longer, folder, force=False) is None


def test_what_refers_to_the_length_is_said_to_hang_on_it(tmp_path: Path) -> None:
    steps = {"CosineDecay": {"decay_steps": "${training.total_steps}"}}
    before = load("training.epochs=2", lr_schedule=steps)
    folder = kept(RunFolder(tmp_path), plain_values(before))
    with pytest.raises(ConfigError) as caught:
        end_of_run(load("training.epochs=3", lr_schedule=steps), folder, force=False)
    first, second, third = str(caught.value).splitlines()
    assert first == f"{tmp_path}: training.epochs: was 2, is 3, and this hangs on it:"
    assert second.startswith("  lr_schedule.CosineDecay.decay_steps: was ")
    assert third.startswith("The epochs so far would have been other ones.")
    both = load("training.epochs=3", "seed=5", lr_schedule=steps)
    with pytest.raises(ConfigError, match="began with another config:\n  seed: was 0, is 5"):
        end_of_run(both, folder, force=False)


@pytest.mark.parametrize(
    ("program", "words"),
    [("dlkit", "dlkit run net.yaml --resume"), ("mine.py", "dlkit.run(..., resume=True)")],
)
def test_worker_goes_on_with_the_run_of_the_first(
    program: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        (tmp_path / "runs" / "net" / str(number)).mkdir(parents=True)
    monkeypatch.setattr("sys.argv", [program, "run", "net.yaml"])
    copy = RunFolder(tmp_path / "aside" / "net" / "1", tmp_path / "runs")
    assert command_again(copy) == words
