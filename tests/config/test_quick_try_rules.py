"""Limits, epochs of some steps, and a few examples to learn by heart: lengths and warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config.facts import expected_data, reference_values
from dlkit.config.load import load_config
from dlkit.config.overfitting import for_overfitting, left_out
from dlkit.config.regularization.regularize import regularize

Warn = Callable[[str], list[str]]

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dense: 1
loss: mse
"""
"""319 examples to learn from: 10 steps an epoch of batches of 32, 100 in 10 epochs."""


@pytest.mark.parametrize(
    ("training", "steps", "total"),
    [
        ({"steps_per_epoch": 4}, 4, 40),
        ({"steps_per_epoch": 25, "epochs": 3}, 25, 75),
        ({"limit": {"train_batches": 4}, "epochs": 5}, 4, 20),
        ({"limit": {"train_batches": 11}}, 10, 100),
        ({"limit": {"train_batches": 3}, "steps_per_epoch": 7}, 3, 30),
        ({"overfit": 40}, 2, 20),  # 40 / 32 = 1.25
        ({"overfit": 8, "batch_size": 2, "epochs": 9}, 4, 36),
        ({"overfit": 5000}, 10, 100),
        ({"overfit": 8, "steps_per_epoch": 6}, 6, 60),
        ({"steps": 55, "steps_per_epoch": 10}, 10, 55),
        ({"stages": [{"epochs": 2}, {"epochs": 3}], "steps_per_epoch": 6}, 6, 30),
        ({"limit": {"train_batches": "x"}, "overfit": True, "steps_per_epoch": 0}, 10, 100),
        ({"limit": None}, 10, 100),
    ],
)
def test_facts_are_the_steps_that_are_taken(
    training: dict[str, Any], steps: int, total: int
) -> None:
    data = {"dataset": {"source": "diabetes"}, "training": training}
    facts = reference_values(expected_data(data), data)
    assert facts["training.steps_per_epoch"] == steps
    assert facts["training.total_steps"] == total


@pytest.mark.parametrize(
    "training",
    [
        {"steps_per_epoch": 4, "epochs": 10},
        {"limit": {"train_batches": 4}, "epochs": 10},
        {"overfit": 100, "epochs": 10},  # 4 steps an epoch
    ],
    ids=["steps", "limit", "overfit"],
)
def test_schedule_of_all_steps_is_as_long_as_training(training: dict[str, Any]) -> None:
    schedule = {"CosineDecay": {"decay_steps": "${training.total_steps}"}}
    config: dict[str, Any] = {
        "dataset": {"source": "diabetes"},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
        "lr_schedule": schedule,
        "training": training,
    }
    loaded = load_config(config)
    rate: Any = loaded.config.lr_schedule
    assert rate.arguments["decay_steps"] == 40
    assert not [w for w in loaded.warnings if "CosineDecay" in str(w)]
    loaded = load_config(
        {**config, "lr_schedule": {"CosineDecay": {"decay_steps": "10 epochs"}}}
    )
    assert not [w for w in loaded.warnings if "CosineDecay" in str(w)]
    loaded = load_config({**config, "lr_schedule": {"CosineDecay": {"decay_steps": 100}}})
    (warning,) = [str(w) for w in loaded.warnings if "CosineDecay" in str(w)]
    assert "ends after 100 steps, and training takes 40 (10 epochs of 4)" in warning


@pytest.mark.parametrize(
    ("training", "place", "said"),
    [
        (
            "steps_per_epoch: 9, limit: {train_batches: 4}",
            "steps_per_epoch",
            (
                "`limit.train_batches` says how many steps an epoch has at most: 4. The smaller"
                " number holds: 4."
            ),
        ),
        (
            "steps: 5, steps_per_epoch: 9",
            "steps_per_epoch",
            (
                "an epoch is longer than the whole training, which has 5. Nothing is measured"
                " before its end."
            ),
        ),
        ("steps: 9, steps_per_epoch: 9", "", ""),
        ("limit: {train_batches: 4, validation_batches: 2, test_batches: 1}", "", ""),
        (
            "overfit: 400, epochs: 30",
            "overfit",
            "there are only 319 training examples. All are taken.",
        ),
        ("overfit: 319, epochs: 30", "", ""),
        ("overfit: 8, epochs: 100, batch_size: 64", "", ""),  # 64 is no fault of 8 examples
        (
            "overfit: 64",
            "overfit",
            (
                "hardly anything is learned by heart in 20 steps. Train longer:"
                " `training.epochs=150`."
            ),
        ),
        (
            "overfit: 8, steps: 1",
            "overfit",
            (
                "hardly anything is learned by heart in 1 step. Train longer:"
                " `training.steps=300`."
            ),
        ),
        (
            "overfit: 8, stages: [{epochs: 3}]",
            "overfit",
            "hardly anything is learned by heart in 3 steps. Give the stages more `epochs`.",
        ),
        (
            "overfit: 8, epochs: 200, limit: {validation_batches: 2}",
            "limit.validation_batches",
            (
                "`overfit` watches the examples that it trains on, all of them. Remove one of"
                " the two."
            ),
        ),
    ],
)
def test_warnings(warnings_of: Warn, training: str, place: str, said: str) -> None:
    found = warnings_of(f"{MINIMAL}training: {{{training}}}\n")
    assert [line.split("warning: ")[1] for line in found] == (
        [f"training.{place}: {said}"] if said else []
    )
    assert all(line.startswith("x.yaml:7:") for line in found)


@pytest.mark.parametrize(
    ("dataset", "training", "said"),
    [
        (
            "validation: 0",
            "limit: {validation_batches: 2}",
            (
                "training.limit.validation_batches: there is no validation: dataset.validation"
                " is 0. Remove it."
            ),
        ),
        ("validation: 0", "limit: {test_batches: 2}", ""),
        (
            "folds: 3",
            "overfit: 8, epochs: 100",
            (
                "training.overfit: every one of 3 folds would be tried. Once is enough:"
                " `dataset.folds=null`."
            ),
        ),
        ("folds: 3", "limit: {train_batches: 2}", ""),
    ],
)
def test_warnings_beside_the_dataset(
    warnings_of: Warn, dataset: str, training: str, said: str
) -> None:
    text = MINIMAL.replace("diabetes", f"diabetes, {dataset}")
    found = warnings_of(f"{text}training: {{{training}}}\n")
    assert [line.split("warning: ")[1] for line in found] == ([said] if said else [])


def overfitting(**training: Any) -> Any:
    stops = [{"EarlyStopping": {"patience": 2}}, "TerminateOnNaN"]
    return load_config(
        {
            "dataset": {"source": "digits"},
            "architecture": {"layers": [{"Flatten": {}}, {"Dense": 8}, {"Dense": 10}]},
            "loss": {"SparseCategoricalCrossentropy": {"from_logits": True}},
            "regularization": {
                "dropout": 0.5,
                "early_stopping": {"patience": 3},
                "augmentation": [{"GaussianNoise": {"stddev": 0.1}}],
            },
            "training": {"callbacks": stops, **training},
        }
    ).config


def test_learning_by_heart_goes_without_augmentation_and_stopping() -> None:
    config = overfitting(overfit=8, epochs=200)
    trained = regularize(config).config
    assert trained.regularization.early_stopping is None
    assert trained.regularization.augmentation == ()
    assert [one.name for one in trained.training.callbacks] == ["TerminateOnNaN"]
    assert trained.regularization.dropout == 0.5  # the model is what is tried
    assert "Dropout" in [entry.layer.name for entry in trained.architecture.layers]
    assert left_out(config) == ("augmentation", "early stopping")
    assert left_out(trained) == ()


def test_other_runs_keep_everything() -> None:
    config = overfitting()
    assert for_overfitting(config) is config
    assert left_out(config) == ()
    trained = regularize(config).config
    assert trained.regularization.early_stopping is not None
    assert len(trained.training.callbacks) == 2
