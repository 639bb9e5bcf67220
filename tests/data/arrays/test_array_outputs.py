"""Arrays for models of several outputs, each with arrays of its own to learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Split, Target
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import DataError

ROWS = np.arange(40)
ARRAYS: dict[str, Any] = {
    "x": np.stack([ROWS, ROWS % 7], axis=1).astype("float32"),
    "digit": ROWS % 4,
    "place": np.stack([ROWS * 2, ROWS * 3], axis=1),
    "mass": ROWS / 8,
}
OUTPUTS: dict[str, Any] = {
    "digit": {"loss": "sparse_categorical_crossentropy", "target": "digit"},
    "place": {"loss": "mse", "target": "place"},
    "both": {"loss": "mae", "target": ["mass", "place"]},
}
UNITS = {"digit": 4, "place": 2, "both": 3}


def settings(outputs: Any = None, source: Any = "made.npz", **dataset: Any) -> Any:
    outputs = OUTPUTS if outputs is None else outputs
    layers = [
        {
            "Dense": {
                "name": name,
                "units": UNITS[name],
                "from": "input",
                **({"activation": "softmax"} if name == "digit" else {}),
            }
        }
        for name in outputs
    ]
    return load_config(
        {
            "dataset": {"source": {"arrays": source}, **dataset},
            "architecture": {"layers": layers},
            "outputs": outputs,
        }
    ).config


def load(folder: Path, arrays: Any = None, **told: Any) -> Dataset:
    np.savez(folder / "made.npz", **(ARRAYS if arrays is None else arrays))
    return load_dataset(settings(**told), [folder])


def assert_labels(dataset: Dataset) -> None:
    for part in ("train", "validation", "test"):
        split, rows = getattr(dataset, part), dataset.rows[part]
        assert isinstance(split, Split)
        np.testing.assert_array_equal(split.x, ARRAYS["x"][rows])
        targets = split.targets
        assert {name: labels.dtype.name for name, labels in targets.items()} == {
            "digit": "int32",
            "place": "float32",
            "both": "float32",
        }
        assert targets["digit"].tolist() == (rows % 4).tolist()
        assert targets["place"].tolist() == ARRAYS["place"][rows].tolist()
        both = np.column_stack([ARRAYS["mass"][rows], ARRAYS["place"][rows]])
        assert targets["both"].tolist() == both.tolist()
        assert split.y.tolist() == targets["digit"].tolist()


def test_every_output_learns_arrays_of_its_own(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    assert_labels(dataset)
    assert dataset.outputs == {
        "digit": Target("classification", ("0", "1", "2", "3")),
        "place": Target("regression", (), ("place[0]", "place[1]")),
        "both": Target("regression", (), ("mass", "place[0]", "place[1]")),
    }
    assert dataset.class_names == ("0", "1", "2", "3")
    assert dataset.notes == ()  # every array was read
    assert (dataset.resolved.target, dataset.resolved.source.settings.outputs) == (None, None)  # type: ignore[attr-defined]


def test_folds_have_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "made.npz", **ARRAYS)
    for dataset in load_folds(settings(folds=4), [tmp_path]):
        assert_labels(dataset)


def test_own_test_split_has_them(tmp_path: Path) -> None:
    arrays = {f"{name}_train": array for name, array in ARRAYS.items()}
    arrays |= {f"{name}_test": array[::-1][:12] for name, array in ARRAYS.items()}
    dataset = load(tmp_path, arrays)
    assert isinstance(dataset.test, Split)
    assert dataset.test.targets["place"].tolist() == ARRAYS["place"][::-1][:12].tolist()
    assert len(dataset.train) == 36
    del arrays["mass_test"]
    with pytest.raises(DataError, match="there is no array 'mass_test'"):
        load(tmp_path, arrays)


def test_output_without_a_target_learns_what_the_source_says(tmp_path: Path) -> None:
    outputs = {"digit": {"loss": OUTPUTS["digit"]["loss"]}, "place": OUTPUTS["place"]}
    source = {"path": "made.npz", "outputs": "digit"}
    dataset = load(tmp_path, outputs=outputs, source=source)
    assert isinstance(dataset.train, Split)
    assert list(dataset.train.targets) == ["place"]
    assert dataset.train.y.tolist() == (dataset.rows["train"] % 4).tolist()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mass": ROWS[:39]}, "expected as many examples in each array"),
        ({"place": np.where(ROWS == 3, np.nan, ROWS)}, "1 of 40 rows have no finite value"),
        ({"digit": np.eye(4)[ROWS % 4]}, "expected one label an example, received 4"),
        ({"digit": ROWS}, "40 different labels in 40 rows"),
    ],
    ids=["lengths", "not finite", "one-hot", "values"],
)
def test_labels_of_every_output_are_checked(tmp_path: Path, changes: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load(tmp_path, {**ARRAYS, **changes})


def test_array_that_is_not_there_is_named(tmp_path: Path) -> None:
    arrays = {name: array for name, array in ARRAYS.items() if name != "place"}
    with pytest.raises(DataError, match="there is no array 'place'"):
        load(tmp_path, arrays)
