"""Runs that are ill in known ways, and healthy ones: really trained, and read.

Data is made, or ships with scikit-learn; every run takes about a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dlkit
from dlkit.errors import TrainingError
from tests.nightly import by_night

pytestmark = pytest.mark.keras

MOONS = {"moons": {"examples": 400, "noise": 0.2}}
PIXELS: list[Any] = [{"Rescaling": {"scale": 1 / 16}}, "Flatten"]
PARTS = {
    "validation": {"column": "part", "value": "validation"},
    "test": {"column": "part", "value": "test"},
}


def dense(*units: int, activation: str = "relu", **arguments: Any) -> list[Any]:
    return [{"Dense": {"units": n, "activation": activation, **arguments}} for n in units]


def adam(rate: float) -> dict[str, Any]:
    return {"optimizer": {"Adam": {"learning_rate": rate}}}


def classes(
    source: Any, layers: list[Any], number: int = 2, epochs: int = 15, **sections: Any
) -> dict[str, Any]:
    """Return a config of a classifier; the sections dataset and training are merged."""
    table = {"target": "kind"} if isinstance(source, dict) and "csv" in source else {}
    return {
        "name": "read",
        "architecture": {"layers": [*layers, *dense(number, activation="softmax")]},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        **sections,
        "dataset": {"source": source, **table, **sections.get("dataset", {})},
        "training": {"epochs": epochs, **sections.get("training", {})},
    }


def values(source: Any, layers: list[Any], epochs: int, **sections: Any) -> dict[str, Any]:
    """Return a config of a regression."""
    return {
        "name": "read",
        "dataset": {"source": source},
        "architecture": {"layers": [*layers, {"Dense": 1}]},
        "loss": "mse",
        "metrics": ["mae"],
        "training": {"epochs": epochs},
        **sections,
    }


def write_tables(folder: Path) -> None:
    """Write the data that something is wrong with."""
    generator = np.random.default_rng(0)
    rows = 500
    a, b = generator.normal(size=(2, rows))
    kind = np.where(a + b > 0, "yes", "no")
    noise = {f"x{place}": generator.normal(size=rows) for place in range(20)}

    def write(name: str, **columns: Any) -> None:
        pd.DataFrame(columns).to_csv(folder / name, index=False)

    write("shuffled.csv", a=a, b=b, **noise, kind=generator.permutation(kind))
    rare = np.where(np.arange(rows) % 100 == 7, "faulty", "fine")
    write("rare.csv", a=a, b=b, kind=rare)
    order = np.sort(generator.integers(0, 3, rows))
    part = np.repeat(["train", "validation", "test"], [350, 70, 80])
    sorted_a = order + 0.3 * generator.normal(size=rows)
    write("sorted.csv", a=sorted_a, b=b, part=part, kind=[f"kind {n}" for n in order])
    part = generator.choice(["train", "validation", "test"], rows, p=[0.6, 0.2, 0.2])
    shift = np.where(part == "validation", 1.5, 0.0)  # another instrument
    write("shifted.csv", a=a + shift, b=b + shift, part=part, kind=kind)
    leak = np.where(kind == "yes", 10.0, 0.0)
    write("leak.csv", a=a, b=b, leak=leak, kind=kind)
    few = {f"x{place}": generator.normal(size=80) for place in range(20)}
    score = sum(few.values()) + 3 * generator.normal(size=80)
    write("few.csv", **few, kind=np.where(score > 0, "yes", "no"))
    series = 2 * generator.normal(size=(200, 60, 2)).astype(np.float32)
    np.savez(folder / "series.npz", x=series, y=series.sum(axis=(1, 2))[:, None])


ILL: dict[str, tuple[str, dict[str, Any]]] = {
    "a rate of 10": (
        "rate_too_high",
        classes(MOONS, dense(32, 32), **adam(10.0)),
    ),
    "a rate of 10 for values": (
        "rate_too_high",
        values("sine", dense(32), 5, optimizer={"SGD": {"learning_rate": 10.0}}),
    ),
    "a rate that swings": (
        "rate_too_high",
        classes("wine", dense(32), 3, 20, **adam(0.3)),
    ),
    "a rate of 1e-7": (
        "rate_too_low",
        classes(MOONS, dense(32, 32), **adam(1e-7)),
    ),
    "32 rows and a huge net": (
        "overfitting",
        classes({"csv": "few.csv"}, dense(512, 512), 2, 40, dataset={"validation": 0.5}),
    ),
    "labels shuffled": (
        "shuffled_labels",
        classes(
            {"csv": "shuffled.csv"},
            dense(128, 128),
            epochs=30,
            dataset={"validation": 0.2},
            **adam(0.003),
        ),
    ),
    "kernels of zeros": (
        "symmetric_units",
        classes("digits", [*PIXELS, *dense(32, kernel_initializer="zeros")], 10, 5),
    ),
    "20 sigmoids": (
        "vanishing_gradients",
        classes(MOONS, dense(*[16] * 20, activation="sigmoid"), epochs=6),
    ),
    "dead units": (
        "dead_units",
        classes(MOONS, dense(32, 32, bias_initializer={"Constant": -10.0}), epochs=6),
    ),
    "a class of 99 %": (
        "imbalance",
        classes({"csv": "rare.csv"}, dense(16), dataset={"validation": 0.2}),
    ),
    "a penalty far too strong": (
        "regularized_too_much",
        classes(MOONS, dense(32, 32), 2, 30, regularization={"l2": 10.0}, **adam(0.01)),
    ),
    "too small a model": (
        "underfitting",
        classes({"spirals": {"examples": 600}}, [], epochs=20, **adam(0.05)),
    ),
    "two epochs": ("stopped_too_early", classes("digits", [*PIXELS, *dense(64)], 10, 2)),
    "a validation of 8": (
        "small_validation",
        classes(MOONS, dense(32), epochs=15, dataset={"validation": 8}, **adam(0.01)),
    ),
    "splits of sorted rows": (
        "unlike_splits",
        classes({"csv": "sorted.csv"}, dense(16), 3, dataset=PARTS, **adam(0.01)),
    ),
    "a validation from elsewhere": (
        "unlike_splits",
        classes({"csv": "shifted.csv"}, dense(16), dataset=PARTS, **adam(0.01)),
    ),
    "a recurrent net that explodes": (
        "exploding_gradients",
        values(
            {"arrays": "series.npz"},
            [{"SimpleRNN": {"units": 32, "activation": "relu"}}],
            3,
            optimizer={"SGD": {"learning_rate": 0.01}},
        ),
    ),
    "a column that is the answer": (
        "learned_at_once",
        classes(
            {"csv": "leak.csv"},
            ["Normalization", *dense(64)],
            epochs=3,
            dataset={"validation": 0.2},
            training={"batch_size": 4},
            **adam(0.05),
        ),
    ),
}
"""What is wrong, what it is called, and the run."""

CONVOLUTION: list[Any] = [
    {"Rescaling": {"scale": 1 / 16}},
    {"Reshape": [8, 8, 1]},
    {"Conv2D": {"filters": 8, "kernel_size": 3, "activation": "relu"}},
    "Flatten",
]

HEALTHY: dict[str, dict[str, Any]] = {
    "iris": classes(
        "iris",
        ["Normalization", *dense(10, 10)],
        3,
        80,
        dataset={"test": 0.3, "validation": 0},
        training={"batch_size": 5},
    ),
    "iris, validated": classes("iris", ["Normalization", *dense(16)], 3, 40, **adam(0.01)),
    "digits": classes("digits", [*PIXELS, *dense(64)], 10, 20),
    "digits with dropout": classes(
        "digits", [*PIXELS, *dense(64)], 10, 20, regularization={"dropout": 0.3}
    ),
    "digits, normalized by batches": classes(
        "digits",
        [*PIXELS, *dense(64)],
        10,
        12,
        regularization={"batch_normalization": "before"},
    ),
    "digits by convolution": classes("digits", CONVOLUTION, 10, 12),
    "moons": classes({"moons": {"examples": 600}}, dense(16, 16), 2, 30, **adam(0.01)),
    "circles": classes(
        {"circles": {"examples": 600, "noise": 0.05}}, dense(16, 16), 2, 30, **adam(0.01)
    ),
    "wine": classes("wine", ["Normalization", *dense(16)], 3, 30, **adam(0.005)),
    "wine, stopped early": classes(
        "wine",
        ["Normalization", *dense(32)],
        3,
        100,
        dataset={"validation": 0.2},
        regularization={"early_stopping": {"patience": 5}},
        **adam(0.005),
    ),
    "breast cancer": classes("breast_cancer", ["Normalization", *dense(16)], 2, 15),
    "diabetes": values(
        "diabetes",
        ["Normalization", *dense(32, 16)],
        80,
        regularization={"l2": 0.01, "early_stopping": {"patience": 20}},
        **adam(0.003),
    ),
    "a line": values({"linear": {"examples": 500, "inputs": 3}}, [], 40, **adam(0.03)),
    "a sine": values(
        {"sine": {"examples": 600}}, dense(32, 32, activation="tanh"), 50, **adam(0.01)
    ),
    "sequences": classes(
        {"sequences": {"examples": 600, "length": 8}},
        [{"Reshape": [8, 1]}, {"LSTM": 8}],
        2,
        25,
        **adam(0.01),
    ),
}


@pytest.fixture
def findings(tmp_path: Path, unpictured: None) -> Callable[[dict[str, Any]], list[str]]:
    """Return what trains a config and tells the names of what stands out."""
    write_tables(tmp_path)

    def findings(config: dict[str, Any]) -> list[str]:
        source = config["dataset"]["source"]
        if isinstance(source, dict) and (kind := next(iter(source))) in ("csv", "arrays"):
            places = {kind: str(tmp_path / source[kind])}
            config = config | {"dataset": {**config["dataset"], "source": places}}
        try:
            dlkit.run(config, output=tmp_path / "runs")
        except TrainingError as error:
            assert "diverged" in str(error)  # noqa: PT017 - others finish
        (facts,) = (tmp_path / "runs").rglob("metrics.json")
        return list(json.loads(facts.read_text("utf-8"))["findings"])

    return findings


SAME_FINDING = ("a rate of 10 for values", "a validation from elsewhere")
AS_HEALTHY = ("circles", "digits with dropout", "iris, validated", "wine", "a line")


@pytest.mark.parametrize("illness", by_night(ILL, SAME_FINDING))
def test_illness_is_named(
    illness: str, findings: Callable[[dict[str, Any]], list[str]]
) -> None:
    name, config = ILL[illness]
    assert name in findings(config)


@pytest.mark.parametrize("case", by_night(HEALTHY, AS_HEALTHY))
def test_healthy_run_gets_no_warning(
    case: str, findings: Callable[[dict[str, Any]], list[str]]
) -> None:
    assert findings(HEALTHY[case]) == []
