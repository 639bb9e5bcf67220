"""Arrays that give several labels an example, learned by one sigmoid unit for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Target
from dlkit.data.load import load_dataset

X = np.random.default_rng(4).random((40, 3)).astype(np.float32)
LABELS = (X > 0.5).astype(int)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.savez(tmp_path / "made.npz", x=X, y=LABELS, size=X[:, 0])
    return tmp_path


def settings(units: int = 3, metrics: tuple[str, ...] = (), **more: Any) -> Any:
    head = {"name": "tags", "units": units, "activation": "sigmoid"}
    loss = {"loss": "binary_crossentropy", "metrics": list(metrics)}
    size = {"Dense": {"name": "size", "units": 1, "from": "input"}}
    return load_config(
        {
            "dataset": {"source": {"arrays": "made.npz"}, "validation": 0, "test": 10},
            "architecture": {"layers": [{"Dense": head}, *([size] if more else [])]},
            **({"outputs": {"tags": loss, **more}} if more else loss),
        }
    ).config


@pytest.mark.parametrize("metrics", [(), ("accuracy",), ("AUC",), ("mse",)])
def test_every_column_is_a_label(folder: Path, metrics: tuple[str, ...]) -> None:
    dataset = load_dataset(settings(metrics=metrics), [folder])
    assert (dataset.task, dataset.class_names) == ("multi_label", ("y[0]", "y[1]", "y[2]"))
    assert np.array_equal(dataset.train.y, LABELS[dataset.rows["train"]])  # type: ignore[union-attr]


def test_other_outputs_learn_arrays_of_their_own(folder: Path) -> None:
    dataset = load_dataset(settings(size={"loss": "mse", "target": "size"}), [folder])
    assert dataset.task == "multi_label"
    assert dataset.outputs == {"size": Target("regression", target_names=("size",))}
    own = dataset.train.targets["size"]  # type: ignore[union-attr]
    assert np.array_equal(own[:, 0], X[dataset.rows["train"], 0])


def test_one_unit_is_for_two_classes_still(folder: Path) -> None:
    np.savez(folder / "made.npz", x=X, y=LABELS[:, 0])
    assert load_dataset(settings(units=1), [folder]).task == "classification"
