"""Whole runs that are cut short: what they train on, and how they say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.report.listing import list_runs  # noqa: E402

Make = Callable[..., Any]


def digits(training: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {
        "name": "quick",
        "dataset": {"source": "digits"},
        "architecture": {
            "layers": [
                {"Rescaling": 0.0625},
                "Flatten",
                {"Dense": {"units": 32, "activation": "relu"}},
                {"Dense": {"units": 10, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"Adam": {"learning_rate": 0.01}},
        "training": training,
        **sections,
    }


def told(result: Any) -> tuple[dict[str, Any], str, str]:
    """Return what a run says in metrics.json, on its page and to ``dlkit list``."""
    folder = result.folder
    facts = json.loads(folder.metrics.read_text("utf-8"))
    (line,) = list_runs(folder.output)
    return facts, folder.report.read_text("utf-8"), line.score


def test_limited_run_says_so_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = {"train_batches": 3, "validation_batches": 1, "test_batches": 2}
    result = dlkit.run(digits({"epochs": 2, "limit": limit}), output=tmp_path)
    facts, page, score = told(result)
    # 1,797 examples: 359 to test on, 144 to validate on, 1,294 to learn from
    limited = [
        "training: at most 3 of 41 batches an epoch",
        "validation: the first 32 of 144 examples",
        "test: the first 64 of 359 examples",
    ]
    assert facts["limited"] == limited
    assert (facts["validation_examples"], facts["test_examples"]) == (32, 64)
    assert score.endswith(" (limited)")
    notice = f"A quick try, cut short: {'; '.join(limited)}. Its scores are not those of a"
    assert notice in " ".join(page.split())
    out = " ".join(capsys.readouterr().out.split())
    assert notice in out
    assert "2 epochs of 3 steps (41 would see all examples once), batch size 32" in out
    assert "the scores of a quick try, cut short" in out
    answers = (result.folder.path / "predictions.csv").read_text("utf-8").splitlines()
    assert len(answers) == 1 + 64
    assert int(result.model.optimizer.iterations.numpy()) == 6
    again = dlkit.evaluate(str(result.folder.path), output=tmp_path)
    assert again["accuracy"] == pytest.approx(result.metrics["test_accuracy"], abs=1e-6)


@pytest.mark.usefixtures("unpictured")
def test_whole_run_says_nothing_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The negative control."""
    facts, page, score = told(dlkit.run(digits({"epochs": 1}), output=tmp_path))
    assert "limited" not in facts
    assert "learned_by_heart" not in facts
    assert "quick try" not in page
    assert "limited" not in score
    assert "quick try" not in capsys.readouterr().out


@pytest.mark.usefixtures("unpictured")
def test_classes_learned_by_heart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stopping, augmentation and a callback that would end training are left out."""
    callbacks = [{"EarlyStopping": {"patience": 1, "monitor": "val_accuracy"}}]
    holding = {
        "early_stopping": {"monitor": "val_loss", "patience": 1, "restore_best": True},
        "augmentation": [{"GaussianNoise": {"stddev": 9.0}}],
    }
    training = {"epochs": 100, "overfit": 12, "callbacks": callbacks}
    result = dlkit.run(digits(training, regularization=holding), output=tmp_path)
    facts, page, score = told(result)
    assert facts["learned_by_heart"] is True
    assert facts["limited"][0] == "training: 12 of 1,294 examples, to be learned by heart"
    assert (facts["epochs"], facts["train_examples"], facts["val_accuracy"]) == (100, 12, 1.0)
    assert score.endswith(" (limited)")
    verdict = "Learned by heart: all 12 examples are right."
    out = " ".join(capsys.readouterr().out.split())
    assert verdict in page
    assert verdict in out
    assert "overfit: without augmentation and without early stopping" in out
    with np.load(result.folder.splits) as rows:
        np.testing.assert_array_equal(rows["train"], rows["validation"])
        assert len(rows["test"]) == 359


@pytest.mark.usefixtures("unpictured")
def test_model_that_cannot_learn_is_told_what_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = digits({"epochs": 30, "overfit": 64, "batch_size": 16})
    config["architecture"]["layers"].insert(3, {"Dropout": 0.9})
    config["optimizer"] = {"SGD": {"learning_rate": 1e-7}}
    result = dlkit.run(config, output=tmp_path)
    facts, page, _ = told(result)
    assert facts["learned_by_heart"] is False
    out = " ".join(capsys.readouterr().out.split())
    for words in (
        "Not learned by heart: ",
        "raise it (it is 1e-07)",
        "Regularization: take Dropout out while you try.",
    ):
        assert words in out
        assert words in page


def test_values_and_several_outputs_are_learned_by_heart(tmp_path: Path) -> None:
    config = digits({"epochs": 150, "overfit": 6})
    del config["loss"], config["metrics"]
    config["architecture"]["layers"] = [
        {"Rescaling": {"scale": 0.0625, "name": "scaled"}},
        "Flatten",
        {"Dense": {"units": 48, "activation": "relu", "name": "code"}},
        {"Dense": {"units": 10, "activation": "softmax", "name": "digit", "from": "code"}},
        {"Dense": {"units": 64, "from": "code"}},
        {"Reshape": {"target_shape": [8, 8], "name": "copy"}},
    ]
    config["outputs"] = {
        "digit": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        "copy": {"loss": "mse", "target": "input"},
    }
    facts, page, _ = told(dlkit.run(config, output=tmp_path))
    assert facts["learned_by_heart"] is True
    assert "Learned by heart: digit: all 6 examples are right; copy: the squared error" in page


@pytest.mark.usefixtures("unpictured")
@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_rows_of_a_table_are_learned_by_heart(
    table: Make, experiment: Make, tmp_path: Path, stream: bool
) -> None:
    table()
    config = experiment(
        name="rows",
        dataset={"source": {"csv": str(tmp_path / "made.csv")}, "stream": stream},
        training={"epochs": 120, "overfit": 7, "batch_size": 4},
        optimizer={"Adam": {"learning_rate": 0.05}},
    )
    result = dlkit.run(config, output=tmp_path / "runs")
    facts, _, _ = told(result)
    assert facts["learned_by_heart"] is True
    assert facts["train_examples"] == facts["validation_examples"] == 7
    assert facts["test_examples"] == 12


@pytest.mark.usefixtures("unpictured")
def test_stream_is_limited_as_memory_is(table: Make, experiment: Make, tmp_path: Path) -> None:
    table()
    limit = {"train_batches": 1, "validation_batches": 1, "test_batches": 1}
    found = {}
    for stream in (False, True):
        config = experiment(
            name=f"stream {stream}".replace(" ", "_"),
            dataset={
                "source": {"csv": str(tmp_path / "made.csv")},
                "stream": stream,
                "validation": 0.3,
            },
            training={"epochs": 2, "batch_size": 4, "limit": limit},
        )
        result = dlkit.run(config, output=tmp_path / f"runs_{stream}")
        found[stream] = told(result)[0]
        with np.load(result.folder.splits) as rows:
            assert (len(rows["validation"]), len(rows["test"])) == (4, 4)
        assert int(result.model.optimizer.iterations.numpy()) == 2
    assert found[True]["limited"] == found[False]["limited"]
    assert found[True]["test_examples"] == found[False]["test_examples"] == 4


def test_folds_are_limited_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = {"train_batches": 1, "test_batches": 1}
    config = digits({"epochs": 1, "limit": limit}, dataset={"source": "digits", "folds": 2})
    result: Any = dlkit.run(config, output=tmp_path)
    facts, page, score = told(result)
    assert facts["test_examples"] == 64
    assert facts["limited"][1] == "test: the first 32 of 898 examples"
    assert "A quick try" in page
    assert score.endswith(" (limited)")
    assert "the scores of a quick try" in capsys.readouterr().out


def test_check_says_what_a_run_would_be(tmp_path: Path) -> None:
    from dlkit.checking import check_experiment
    from dlkit.config.load import load_config

    limit = {"train_batches": 3, "test_batches": 2}
    overview = check_experiment(load_config(digits({"epochs": 1, "limit": limit})), tmp_path)
    assert overview.steps_per_epoch == 3
    assert "64 test examples" in overview.data
    assert overview.notes[0] == "training: at most 3 of 41 batches an epoch"
