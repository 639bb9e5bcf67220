"""``missing_values``: numbers that stand for no value, column by column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.errors import ConfigError, DataError

GENERATOR = np.random.default_rng(0)
SKIN = np.where(np.arange(60) % 3 == 0, 0, GENERATOR.integers(7, 99, 60)).astype(float)
AGE = GENERATOR.integers(0, 2, 60) * 30.0
LINES = [f"{skin:g},{age:g},{skin + age:g}" for skin, age in zip(SKIN, AGE, strict=True)]


def config(folder: Path, skin: Any, **settings: Any) -> dict[str, Any]:
    (folder / "table.csv").write_text("\n".join(["skin,age,y", *LINES]) + "\n")
    return {
        "name": "made",
        "dataset": {
            "source": {"csv": str(folder / "table.csv")},
            "target": "y",
            "features": {"skin": {"numeric": skin}, "age": "numeric"},
            **settings,
        },
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
    }


def load(folder: Path, skin: Any, **settings: Any) -> Dataset:
    loaded = load_config(config(folder, skin, **settings))
    return load_dataset(loaded.config, [folder])


@pytest.mark.parametrize("stream", [False, True], ids=["memory", "stream"])
@pytest.mark.parametrize("written", [[0, -1], 0, [0.0]], ids=str)
def test_they_are_missing_in_their_own_column(
    tmp_path: Path, written: Any, stream: bool
) -> None:
    told = {"missing": "median", "missing_values": written}
    dataset = load(tmp_path, told, stream=stream)
    rows = dataset.rows["train"]
    (block,) = dataset.train.blocks()
    assert isinstance(block.x, dict)
    np.testing.assert_array_equal(
        block.x["skin"], np.where(SKIN[rows] == 0, np.nan, SKIN[rows])
    )
    np.testing.assert_array_equal(block.x["age"], AGE[rows])
    (skin, age) = dataset.columns
    there = SKIN[rows][SKIN[rows] != 0]
    assert skin.fill == np.median(there)
    assert (skin.low, age.low) == (there.min(), 0)


def test_without_what_takes_their_place_they_are_refused(tmp_path: Path) -> None:
    train = load(tmp_path, {"missing": 0}).rows["train"]  # the same seed, the same rows
    rows = f"{(SKIN[train] == 0).sum()} of {len(train)} training rows have no value"
    remedy = r"\{missing_values: \[0, -1\], missing: median\}"
    with pytest.raises(DataError, match=f"column 'skin': {rows}.*{remedy}"):
        load(tmp_path, {"missing_values": [0, -1]})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["zero"], "expected a number, received 'zero'"),
        ([], "expected at least one entry, received"),
        ("none", "expected a"),
        ([float("inf")], "expected a finite number"),
    ],
    ids=str,
)
def test_other_things_than_numbers_are_refused(
    tmp_path: Path, written: Any, message: str
) -> None:
    told = {"missing": "median", "missing_values": written}
    with pytest.raises(ConfigError, match=r"features\.skin\.numeric\.missing_values.*") as one:
        load_config(config(tmp_path, told))
    assert message in str(one.value)
