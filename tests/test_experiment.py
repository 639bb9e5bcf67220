"""Whole runs, seen from outside."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlkit
from dlkit.errors import ConfigError, DataError, ModelError, StorageError, TrainingError

pytestmark = pytest.mark.keras

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "configs"


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One run on iris, looked at by several tests."""
    output = tmp_path_factory.mktemp("with a space")
    overrides = {"training.epochs": 12, "dataset.validation": 0.2}
    return dlkit.run(CONFIGS / "iris_mlp.yaml", overrides, output=output)


def test_figures_on_disk_are_those_returned(flowers: Any) -> None:
    facts = json.loads(flowers.folder.metrics.read_text())
    assert {name: facts[name] for name in flowers.metrics} == flowers.metrics
    assert set(flowers.metrics) == {
        f"{split}_{name}" for split in ("train", "val", "test") for name in ("loss", "accuracy")
    }
    assert facts["dataset"] == "iris"
    assert facts["stand_in_for"] is None
    assert (facts["status"], facts["epochs"], facts["seed"]) == ("completed", 12, 0)


def test_history_is_the_table_on_disk(flowers: Any) -> None:
    on_disk = pd.read_csv(flowers.folder.history).set_index("epoch")
    pd.testing.assert_frame_equal(flowers.history, on_disk)
    assert list(flowers.history.index) == list(range(1, 13))


def test_saved_model_gives_the_saved_answers(flowers: Any) -> None:
    import keras
    from sklearn.datasets import load_iris

    iris = load_iris()
    names = [str(name) for name in iris.target_names]
    answers = pd.read_csv(flowers.folder.predictions)
    model = keras.models.load_model(flowers.folder.model, safe_mode=True)
    outputs = model.predict(iris.data.astype("float32"), verbose=0)
    written = answers[[f"p({name})" for name in names]].to_numpy()
    for row in written:  # the split is ours; each answer must be some flower's
        assert np.abs(outputs - row).max(axis=1).min() < 1e-5
    accuracy = (answers["true"] == answers["predicted"]).mean()
    assert accuracy == pytest.approx(flowers.metrics["test_accuracy"], abs=1e-6)


def test_config_is_kept_with_its_comments_and_its_overrides_resolved(flowers: Any) -> None:
    from dlkit.config.load import load_config

    given = (CONFIGS / "iris_mlp.yaml").read_text()
    assert flowers.folder.config.read_text() == given
    resolved = load_config(flowers.folder.resolved).config
    assert resolved.training.epochs == 12
    assert resolved.dataset.validation == 0.2


@pytest.mark.usefixtures("unpictured")
def test_resolved_config_trains_to_the_same_bits(flowers: Any, tmp_path: Path) -> None:
    again = dlkit.run(flowers.folder.resolved, output=tmp_path)
    assert again.metrics == flowers.metrics
    for ours, theirs in zip(
        flowers.model.get_weights(), again.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("unpictured")
def test_another_seed_gives_another_run(flowers: Any, tmp_path: Path) -> None:
    overrides = {"training.epochs": 12, "dataset.validation": 0.2, "seed": 1}
    other = dlkit.run(CONFIGS / "iris_mlp.yaml", overrides, output=tmp_path)
    assert other.metrics["train_loss"] != flowers.metrics["train_loss"]


def test_environment_names_versions_and_hides_the_person(flowers: Any) -> None:
    import getpass
    import socket

    text = flowers.folder.environment.read_text()
    facts = json.loads(text)
    assert facts["packages"]["keras"].startswith("3.")
    assert socket.gethostname() not in text
    assert getpass.getuser() not in json.dumps({**facts, "git": None, "executable": None})


def test_page_and_pictures_are_there(flowers: Any) -> None:
    page = flowers.folder.report.read_text()
    assert "<script" not in page
    pictures = {path.name for path in flowers.folder.plots.iterdir()}
    assert {
        *("loss.png", "accuracy.png", "confusion_matrix.png", "confusion_shares.png"),
        *("class_scores.png", "roc.png", "precision_recall.png"),
    } <= pictures


def test_regression_gets_its_own_pictures(tmp_path: Path) -> None:
    overrides = {"training.epochs": 3}
    result = dlkit.run(CONFIGS / "diabetes_regression.yaml", overrides, output=tmp_path)
    pictures = {path.name for path in result.folder.plots.iterdir()}
    assert {"loss.png", "mae.png", "predicted_against_true.png", "residuals.png"} <= pictures
    assert not pictures & {"confusion_matrix.png", "roc.png", "calibration.png"}


def test_stand_in_is_named_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = dlkit.run(CONFIGS / "mnist_mlp.yaml", ["training.epochs=1"], output=tmp_path)
    facts = json.loads(result.folder.metrics.read_text())
    assert (facts["dataset"], facts["stand_in_for"]) == ("digits", "mnist")
    notice = "mnist was not found. This run used its stand-in, digits"
    assert notice in " ".join(capsys.readouterr().out.split())
    assert notice in " ".join(result.folder.report.read_text().split())


def test_dataset_that_is_nowhere_says_where_to_put_it(tmp_path: Path) -> None:
    overrides = {"dataset": {"source": "mnist"}}
    with pytest.raises(DataError, match=r"mnist is not on this machine.*Put mnist\.npz"):
        dlkit.run(CONFIGS / "mnist_mlp.yaml", overrides, output=tmp_path)


def test_fault_that_keras_finds_has_its_line(tmp_path: Path) -> None:
    config = tmp_path / "net.yaml"
    config.write_text(
        "dataset: {source: digits}\n"
        "architecture:\n"
        "  layers:\n"
        "    - Flatten\n"
        "    - Conv2D: [8, 3]\n"
        "loss: sparse_categorical_crossentropy\n"
    )
    message = r"net\.yaml:5:7  architecture\.layers\[1\]\.Conv2D: Keras refuses Conv2D"
    with pytest.raises(ModelError, match=message):
        dlkit.check(config)


def test_config_fault_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"training\.epochs: expected an integer"):
        dlkit.run(CONFIGS / "iris_mlp.yaml", ["training.epochs=many"], output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_output_that_is_a_file_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(StorageError, match="cannot make a run folder here"):
        dlkit.run(CONFIGS / "iris_mlp.yaml", output=tmp_path / "out")


def test_diverging_run_says_so_and_keeps_what_there_is(tmp_path: Path) -> None:
    overrides = {"optimizer": {"SGD": {"learning_rate": 1e30}}, "training.epochs": 5}
    with pytest.raises(
        TrainingError,
        match=r"training diverged in epoch \d: the loss is (nan|inf)( after step \d+)?\.",
    ):
        dlkit.run(CONFIGS / "diabetes_regression.yaml", overrides, output=tmp_path)
    facts = json.loads((tmp_path / "diabetes_regression" / "1" / "metrics.json").read_text())
    assert facts["status"] == "diverged"
    assert facts["train_loss"] is None


def test_single_sigmoid_unit_is_a_classifier_of_two(tmp_path: Path) -> None:
    config = {
        "dataset": {"source": "breast_cancer"},
        "architecture": {
            "layers": [
                "Normalization",
                {"Dense": 8},
                {"Dense": {"units": 1, "activation": "sigmoid"}},
            ]
        },
        "loss": "binary_crossentropy",
        "metrics": ["accuracy", "AUC"],
        "training": {"epochs": 8},
    }
    result = dlkit.run(config, output=tmp_path)
    answers = pd.read_csv(result.folder.predictions)
    assert (answers["true"] == answers["predicted"]).mean() == pytest.approx(
        result.metrics["test_accuracy"], abs=1e-6
    )
    assert result.metrics["test_accuracy"] > 0.9
    assert list(answers.columns[-2:]) == ["p(malignant)", "p(benign)"]


def test_two_runs_at_one_moment_get_two_folders(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dlkit.run", str(CONFIGS / "iris_mlp.yaml")]
    command += ["training.epochs=1", "--output", str(tmp_path)]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        assert "epoch      loss  accuracy     time" in out
    folders = sorted(path.name for path in (tmp_path / "iris_mlp").iterdir())
    assert folders == ["1", "2", "latest"]


def test_real_mnist_agrees_with_plain_keras(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.setenv("DLKIT_DATA", str(shared_data))
    result = dlkit.run(CONFIGS / "mnist_mlp.yaml", output=tmp_path)
    facts = json.loads(result.folder.metrics.read_text())
    assert facts["test_accuracy"] >= 0.976
    model = keras.models.load_model(result.folder.model, safe_mode=True)
    with np.load(shared_data / "mnist.npz", allow_pickle=False) as mnist:
        loss, accuracy = model.evaluate(mnist["x_test"], mnist["y_test"], verbose=0)
    assert facts["test_loss"] == pytest.approx(loss, abs=1e-6)
    assert facts["test_accuracy"] == pytest.approx(accuracy, abs=1e-6)
