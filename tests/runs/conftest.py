"""Whole experiments on tables that tests make."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """Return a writer of CSV files: two numbers, the class they decide, other columns."""

    def write(name: str = "made.csv", rows: int = 60, seed: int = 0, **columns: Any) -> Any:
        generator = np.random.default_rng(seed)
        a, b = generator.normal(size=(2, rows)).round(4)
        kind = np.where(a + b > 0, "yes", "no")
        made = pd.DataFrame({"a": 50 + 9 * a, "b": b, "kind": kind, **columns})
        made.to_csv(tmp_path / name, index=False)
        return made

    return write


@dataclass(frozen=True)
class Outcome:
    """What an experiment came to, without its report.

    Attributes:
        dataset: The raw data.
        prepared: The encoded data and the model.
        initial: The weights of the model before it was trained.
        rows: The history, an epoch each.
        evaluation: The model's answers for the test split.
    """

    dataset: Any
    prepared: Any
    initial: list[np.ndarray]
    rows: list[dict[str, float]]
    evaluation: Any

    @property
    def weights(self) -> list[np.ndarray]:
        """The numbers that the exported model has."""
        return [w for w in self.prepared.built.model.get_weights() if w.dtype.kind in "fiu"]


class Silence:
    """An observer that does not listen."""

    def on_stage(self, stage: Any, epochs: int, kept: int) -> None:
        """Pass."""

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Pass."""

    def on_epoch(self, row: dict[str, float]) -> None:
        """Pass."""


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Outcome]:
    """Return what trains a config and writes nothing, as a run would train it."""
    numbers = itertools.count()

    def train(config: dict[str, Any]) -> Outcome:
        from dlkit.config.load import load_config
        from dlkit.data.load import load_dataset
        from dlkit.evaluate.evaluation import evaluate_model
        from dlkit.preparation import prepare
        from dlkit.train.method import choose_method
        from dlkit.train.trainer import Subject, train_model

        loaded = load_config(config)
        dataset = load_dataset(loaded.config, [tmp_path])
        prepared = prepare(loaded, dataset, tmp_path / f"cache {next(numbers)}")
        core, told = prepared.built.core, prepared.trained
        initial = core.get_weights()
        augmentation = prepared.augmentation
        method = choose_method(told, core, prepared.dataset, [], augmentation)
        subject = Subject(core, prepared.dataset, told, method, augmentation, prepared.stages)
        training = train_model(subject, [], Silence())
        rows = [{n: v for n, v in row.items() if n != "seconds"} for row in training.rows]
        evaluation, *_ = evaluate_model(core, prepared.dataset, told).values()
        return Outcome(dataset, prepared, initial, rows, evaluation)

    return train


@pytest.fixture
def experiment() -> Callable[..., dict[str, Any]]:
    """Return a maker of configs: a small network on ``made.csv``."""

    def experiment(units: int = 2, **sections: Any) -> dict[str, Any]:
        dataset = {"source": {"csv": "made.csv"}, "target": "kind"}
        layers = [
            {"Dense": {"units": 6, "activation": "relu"}},
            {"Dense": {"units": units, "activation": "softmax"}},
        ]
        return {
            "architecture": {"layers": layers},
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "optimizer": {"Adam": {"learning_rate": 0.01}},
            "training": {"epochs": 2, "batch_size": 8},
            **sections,
            "dataset": dataset | sections.get("dataset", {}),
        }

    return experiment
