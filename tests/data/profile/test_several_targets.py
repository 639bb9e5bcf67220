"""A look at data of which several outputs learn different columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.load import load_dataset
from dlkit.data.profile.findings import Numbers, Profile
from dlkit.data.profile.profile import profile
from dlkit.data.profile.survey import survey


@pytest.fixture
def found(tmp_path: Path) -> Profile:
    noise = np.random.default_rng(3).normal(size=90).round(3)
    rows = [f"{x},{n % 2 + x / 100},{n},{'xyz'[n % 3]},{n % 2}" for n, x in enumerate(noise)]
    text = "\n".join(["noise,leak,price,kind,sold", *rows])
    (tmp_path / "made.csv").write_text(text)
    layers = [
        {"Dense": {"name": "price", "units": 1, "from": "input"}},
        {"Dense": {"name": "kind", "units": 3, "activation": "softmax", "from": "input"}},
        {"Dense": {"name": "sold", "units": 1, "activation": "sigmoid", "from": "input"}},
    ]
    config = load_config(
        {
            "dataset": {"source": {"csv": "made.csv"}},
            "architecture": {"layers": layers},
            "outputs": {
                "price": {"loss": "mse", "target": "price"},
                "kind": {"loss": "sparse_categorical_crossentropy", "target": "kind"},
                "sold": {"loss": "binary_crossentropy", "target": "sold"},
            },
        }
    ).config
    dataset = load_dataset(config, [tmp_path])
    return profile(survey(dataset), dataset, config, lambda row: f"row {row}", {})


def test_every_target_is_listed_once(found: Profile) -> None:
    targets = [column for column in found.columns if column.kind == "target"]
    assert [column.name for column in targets] == ["price", "kind", "sold"]
    price, kind, sold = targets
    assert isinstance(price.facts, Numbers)
    assert (price.facts.low, price.facts.high, price.distinct) == (0, 89, 90)
    assert kind.note == "3 classes: x 30, y 30, z 30"
    assert sold.note == "2 classes: 0 45, 1 45"


def test_column_that_tells_any_of_them_is_found(found: Profile) -> None:
    leaks = [each for each in found.findings if "tells" in each.message]
    assert [leak.place for leak in leaks] == ["leak"]
