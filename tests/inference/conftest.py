"""A made table with everything a table can have, and a run on it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

CITIES = ("Bonn", "Kiel", "Jena", "Köln, Süd")
WORDS = ("good", "bad", "late", "fine", "never", "again", "thanks")
FEATURES = {
    "age": {"numeric": {"missing": "median", "indicator": True}},
    "income": {"numeric": {"log": True}},
    "city": "categorical",
    "home/street": {"categorical": {"encoding": "embedding", "output_dim": 3}},
    "note": {"text": {"output_mode": "tf_idf"}},
    "joined": "date",
    "number": "drop",
}


def make_people(rows: int) -> pd.DataFrame:
    """Return rows of every kind: numbers, missing ones, names, texts, dates."""
    draw = np.random.default_rng(3)
    age = draw.normal(40, 12, rows).round(1)
    age[draw.random(rows) < 0.15] = np.nan
    days = draw.integers(0, 3000, rows).astype("timedelta64[D]")
    joined = (np.datetime64("2015-01-01") + days).astype(object)
    income = draw.exponential(30_000, rows).round(2)
    return pd.DataFrame(
        {
            "number": np.arange(rows),
            "age": age,
            "income": income,
            "city": draw.choice([*CITIES, ""], rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "home/street": draw.choice(["High St", "Low/Lane"], rows),
            "note": [" ".join(draw.choice(WORDS, 3)) for _ in range(rows)],
            "joined": [f"{day:%d.%m.%Y}" for day in joined],
            "weight": draw.choice([1, 2], rows),
            "bought": np.where(income > 20_000, "yes", "no"),
        }
    )


def people_config(file: Path) -> dict[str, Any]:
    """Return an experiment on such a table, with penalties on its weights."""
    return {
        "name": "people",
        "dataset": {
            "source": {"csv": str(file)},
            "target": "bought",
            "features": FEATURES,
            "sample_weight": "weight",
            "test": 0.3,
        },
        "architecture": {
            "layers": [
                {"Dense": {"units": 8, "activation": "relu"}},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "regularization": {"l2": 0.01},
        "training": {"epochs": 3},
    }


@dataclass(frozen=True)
class People:
    """The table, its file, and a finished run on it."""

    table: pd.DataFrame
    file: Path
    output: Path
    result: Any

    @property
    def run(self) -> str:
        return str(self.result.folder.path)

    @property
    def answers(self) -> pd.DataFrame:
        """The run's own answers, by the number of the row."""
        return pd.read_csv(self.result.folder.predictions).set_index("example")

    def test_rows(self) -> pd.DataFrame:
        """Return the rows of the test split, in the order of the run's own answers."""
        return self.table.loc[self.answers.index]


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    import dlkit

    folder = tmp_path_factory.mktemp("people")
    table = make_people(300)
    table.to_csv(folder / "people.csv", index=False)
    with warnings.catch_warnings():  # Keras goes by the keys where a name has a slash
        warnings.filterwarnings("ignore", "The structure of")
        warnings.filterwarnings("ignore", "When providing `inputs` as a dict")
        result = dlkit.run(people_config(folder / "people.csv"), output=folder / "runs")
    return People(table, folder / "people.csv", folder / "runs", result)


@pytest.fixture
def train(tmp_path: Path, unpictured: None) -> Callable[..., Any]:
    """Return what trains a small model of a few units on a source."""
    import dlkit

    def trained(source: Any, layers: list[Any], loss: str, **dataset: Any) -> Any:
        config = {
            "name": "small",
            "dataset": {"source": source, **dataset},
            "architecture": {"layers": layers},
            "loss": loss,
            "training": {"epochs": 1},
        }
        return dlkit.run(config, output=tmp_path / "runs")

    return trained
