from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from dlkit.errors import ConfigError, StorageError
from dlkit.report.finished import find_run, read_record


def make_runs(output: Path, *runs: str) -> None:
    for run in runs:
        (output / run).mkdir(parents=True)
        (output / run / "run.log").write_text("")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pima", "pima/10"),
        ("pima/2", "pima/2"),
        ("pima/latest", "pima/latest"),
        ("cv/1/fold_2", "cv/1/fold_2"),
    ],
)
def test_run_is_found_by_its_name(tmp_path: Path, name: str, found: str) -> None:
    make_runs(tmp_path, "pima/1", "pima/2", "pima/10", "cv/1/fold_1", "cv/1/fold_2")
    (tmp_path / "pima" / "latest").symlink_to("2")
    assert find_run(name, tmp_path).path == tmp_path / found


def test_run_is_found_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_runs(tmp_path, "experiments/pima/1")
    monkeypatch.chdir(tmp_path)
    assert find_run("experiments/pima", Path("nowhere")).path == Path("experiments/pima/1")
    assert find_run("experiments/pima/1/", Path("nowhere")).path == Path("experiments/pima/1")


def test_folder_of_data_with_the_name_of_an_experiment_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runs(tmp_path, "experiments/pima/1")
    (tmp_path / "pima").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_run("pima", Path("experiments")).path == Path("experiments/pima/1")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("pimma", "there is no run 'pimma', here or in {}. Did you mean 'pima'?"),
        ("pima/7", "there is no run 'pima/7', here or in {}. pima has: 1."),
        ("zzz", "there is no run 'zzz', here or in {}. `dlkit list` shows all."),
        pytest.param(
            "cv",
            "{0}/cv/1 has a model for each of 2 folds: name one of them, {0}/cv/1/fold_1 to"
            " {0}/cv/1/fold_2.",
            id="folds",
        ),
    ],
)
def test_run_that_is_not_there(tmp_path: Path, name: str, fault: str) -> None:
    make_runs(tmp_path, "pima/1", "cv/1", "cv/1/fold_1", "cv/1/fold_2")
    with pytest.raises(ConfigError, match=f"^{re.escape(fault.format(tmp_path))}$"):
        find_run(name, tmp_path)


def test_run_that_did_not_finish(tmp_path: Path) -> None:
    make_runs(tmp_path, "pima/1")
    fault = f"{tmp_path}/pima/1: the run did not finish, it has no resolved.yaml. Train it"
    with pytest.raises(StorageError, match=re.escape(fault)):
        read_record("pima", tmp_path)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    make_runs(tmp_path, "pima/1")
    folder = tmp_path / "pima" / "1"
    (folder / "resolved.yaml").write_text(
        "name: pima\ndataset: {source: moons}\nloss: binary_crossentropy\n"
        "architecture: {layers: [{Dense: {units: 1, activation: sigmoid}}]}\n"
    )
    (folder / "dataset.json").write_text(
        '{"task": "classification", "class_names": ["a", "b"], "target_names": []}'
    )
    (folder / "metrics.json").write_text("{}")
    (folder / "model.keras").write_text("")
    return folder


def test_record_is_what_the_run_wrote(finished: Path, tmp_path: Path) -> None:
    record = read_record("pima", tmp_path)
    assert record.loaded.config.dataset.source.name == "moons"
    assert record.facts["class_names"] == ["a", "b"]


@pytest.mark.parametrize("file", ["model.keras", "dataset.json", "metrics.json"])
def test_folder_in_place_of_a_file(finished: Path, tmp_path: Path, file: str) -> None:
    (finished / file).unlink()
    (finished / file).mkdir()
    with pytest.raises(StorageError, match=f"it has no {file}. Train it again"):
        read_record("pima", tmp_path)
    (finished / "checkpoints").mkdir()
    (finished / "checkpoints" / "state-000003-0.npz").touch()
    with pytest.raises(StorageError, match=f"it has no {file}. `--resume` goes on with it"):
        read_record("pima", tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "dataset.json: cannot be read (Expecting property name"),
        ("[]", "dataset.json: expected values by name, received something else."),
        ("{}", "dataset.json: 'task' is missing: the file is damaged."),
    ],
)
def test_damaged_facts(finished: Path, tmp_path: Path, text: str, fault: str) -> None:
    (finished / "dataset.json").write_text(text)
    with pytest.raises(StorageError, match=re.escape(fault)):
        read_record("pima", tmp_path)


@pytest.mark.keras
@pytest.mark.parametrize("damage", ["empty", "cut", "text", "other zip"])
def test_damaged_model(finished: Path, tmp_path: Path, damage: str) -> None:
    import keras

    from dlkit.inference.reading import open_run

    path = finished / "model.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    whole = path.read_bytes()
    if damage == "other zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", "b")
    else:
        rest: dict[str, bytes] = {"empty": b"", "cut": whole[:-200], "text": b"hello"}
        path.write_bytes(rest[damage])
    why = "There is no item" if damage == "other zip" else r"it is no Keras file\.$"
    with pytest.raises(StorageError, match=rf"model\.keras: the model cannot be .*{why}"):
        open_run(read_record("pima", tmp_path))


@pytest.mark.keras
def test_code_in_a_model_is_not_run(finished: Path, tmp_path: Path) -> None:
    import keras

    from dlkit.inference.reading import open_run

    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: 2 * x)(inputs))
    model.save(finished / "model.keras")
    fault = r"model\.keras: the model cannot be loaded: .*Lambda"
    with pytest.raises(StorageError, match=fault):
        open_run(read_record("pima", tmp_path))
