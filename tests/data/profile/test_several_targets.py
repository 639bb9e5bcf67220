"""A look at data of which several outputs learn different columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.data.profile.findings import Numbers, Profile
from dlkit.data.profile.profile import profile
from dlkit.data.profile.survey import Survey, survey


@pytest.fixture
def looked_at(tmp_path: Path) -> tuple[Survey, Dataset, Config]:
    noise = np.random.default_rng(3).normal(size=90).round(3)
    rows = [f"{x},{n % 2 + x / 100},{n},{'xyz'[n % 3]},{n % 2}" for n, x in enumerate(noise)]
    text = "\n".join(["noise,leak,price,kind,sold", *rows])
    (tmp_path / "made.csv").write_text(text)
    layers = [
        {"Dense": {"name": "price", "units": 1, "from": "input"}},
        {"Dense": {"name": "kind", "units": 3, "activation": "softmax", "from": "input"}},
        {"Dense": {"name": "gone", "units": 1, "activation": "sigmoid", "from": "input"}},
    ]
    config = load_config(
        {
            "dataset": {"source": {"csv": "made.csv"}},
            "architecture": {"layers": layers},
            "outputs": {
                "price": {"loss": "mse", "target": "price"},
                "kind": {"loss": "sparse_categorical_crossentropy", "target": "kind"},
                "gone": {"loss": "binary_crossentropy", "target": "sold"},
            },
        }
    ).config
    dataset = load_dataset(config, [tmp_path])
    return survey(dataset), dataset, config


@pytest.fixture
def found(looked_at: tuple[Survey, Dataset, Config]) -> Profile:
    return profile(*looked_at, lambda row: f"row {row}", {})


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


def test_leak_names_the_target_that_it_tells(found: Profile) -> None:
    """``leak`` is 0 or 1, as ``sold`` is, and a little more or less."""
    (leak,) = (each for each in found.findings if "tells" in each.message)
    assert leak.message.startswith("tells sold almost alone (")


@pytest.mark.keras
def test_every_target_is_drawn_under_the_name_of_its_column(
    looked_at: tuple[Survey, Dataset, Config],
) -> None:
    from dlkit.report.data.pictures import data_drawings

    found, dataset, _ = looked_at
    (draw,) = (draw for name, draw in data_drawings(found, dataset, None, 0))
    titles = [title for axes in draw().axes if (title := axes.get_title(loc="left"))]
    assert titles[-3:] == ["price (target)", "kind (target)", "sold (target)"]
