"""What a page says of the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.section import Section
from dlkit.data.dataset import Dataset, Split

pytestmark = pytest.mark.keras


def make(name: str = "csv", origin: str = "/home/me/pima.csv", **changed: object) -> Dataset:
    split = Split(np.zeros((3, 2), np.float32), np.zeros(3, np.int32))
    parts: dict[str, object] = {
        "stand_in_for": None,
        "task": "classification",
        "class_names": ("no", "yes"),
        "feature_names": ("a", "b"),
        "train": split,
        "validation": None,
        "test": split,
        "resolved": DatasetConfig(source=Choice("iris", Section())),
    }
    return Dataset(name=name, origin=origin, **{**parts, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "origin", "title"),
    [
        ("csv", "/home/me/pima.csv", "pima.csv"),
        ("images", "photos/cats", "cats"),
        ("csv", "3 files matching data/*.csv", "3 files matching data/*.csv"),
        ("iris", "ships with scikit-learn", "iris"),
        ("moons", "made by dlkit with seed 0", "moons"),
    ],
)
def test_data_in_files_is_called_by_its_file(name: str, origin: str, title: str) -> None:
    from dlkit.report.data.section import data_title

    assert data_title(make(name, origin)) == title


def test_data_says_what_goes_in_and_what_comes_out() -> None:
    from dlkit.report.data.section import data_rows

    assert data_rows(make()) == (
        ("source", f"csv ({Path('/home/me/pima.csv')})"),
        ("inputs", "2: a, b"),
        ("classes", "2: no, yes"),
    )
    values = make(task="regression", class_names=(), target_names=("sales",))
    assert data_rows(values)[2] == ("values to predict", "1: sales")
    assert data_rows(make(task="multi_label"))[2] == ("labels", "2: no, yes")


def test_many_names_are_counted() -> None:
    from dlkit.report.data.section import data_rows

    names = tuple(f"c{number}" for number in range(1012))
    text = dict(data_rows(make(class_names=names)))["classes"]
    assert text == "1,012: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 1,002 more"


def test_parts_are_counted() -> None:
    from dlkit.report.data.section import part_rows

    many = Split(np.zeros((1200, 2), np.float32), np.zeros(1200, np.int32))
    assert part_rows(make(train=many)) == (
        ("training examples", "1,200"),
        ("validation examples", "0"),
        ("test examples", "3"),
    )


@pytest.mark.parametrize(("count", "last"), [(40, "note 39"), (41, "... and 1 more note: see")])
def test_page_has_at_most_forty_notes(count: int, last: str) -> None:
    from dlkit.report.data.section import shown_notes

    shown = shown_notes([f"note {number}" for number in range(count)])
    assert len(shown) == min(count, 41)
    assert shown[-1].startswith(last)
