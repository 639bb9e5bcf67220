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
        from dlkit.train.loops.method import choose_method
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


class KilledError(BaseException):
    """Stands for whatever ends the process."""


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what ends a run at a step of an epoch; at step 0 when the epoch was told of.

    Every step is a call of its own, after which the state is kept.
    """
    import contextlib

    from dlkit.report.terminal import EpochTable

    @contextlib.contextmanager
    def killed_at(epoch: int, step: int, fold: int = 1) -> Any:
        tables: list[EpochTable] = []
        steps, over = EpochTable.on_steps, EpochTable.on_epoch

        def die(table: EpochTable, here: tuple[int, int]) -> None:
            if table not in tables:
                tables.append(table)
            if here == (epoch, step) and len(tables) == fold:
                raise KilledError

        def on_steps(table: EpochTable, number: int, done: int, all_of: int) -> None:
            steps(table, number, done, all_of)
            die(table, (number, done))

        def on_epoch(table: EpochTable, row: dict[str, float]) -> None:
            over(table, row)
            die(table, (int(row["epoch"]), 0))

        with monkeypatch.context() as patch:
            patch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)
            patch.setattr("dlkit.train.state.keeper.SHARE", 0)
            patch.setattr(EpochTable, "on_steps", on_steps)
            patch.setattr(EpochTable, "on_epoch", on_epoch)
            with pytest.raises(KilledError):
                yield

    return killed_at


def kept_state(folder: Any) -> tuple[dict[str, bytes], list[dict[str, float]]]:
    """Return every variable of a run's last state to the bit, and the history without times."""
    from dlkit.train.state.store import Store

    snapshot, damaged = Store(folder.checkpoints).newest(with_best=True)
    assert snapshot is not None
    assert not damaged
    arrays = {name: array.tobytes() for name, array in snapshot.arrays.items()}
    assert any(name.startswith("optimizer/") for name in arrays)
    rows = [{n: v for n, v in row.items() if n != "seconds"} for row in snapshot.facts["rows"]]
    return arrays, rows


def answers(result: Any) -> list[bytes]:
    """Return the weights of the exported model to the bit."""
    return [np.asarray(w).tobytes() for w in result.model.weights if w.dtype != "string"]
