"""Tables for models of several outputs, each with columns of its own, against pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, Target, join, output_view
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import ConfigError, DataError

PARTS = ("train", "validation", "test")
SOFTMAX = {"activation": "softmax", "from": "input"}
LAYERS = [
    {"Dense": {"name": "price", "units": 1, "from": "input"}},
    {"Dense": {"name": "kind", "units": 3, **SOFTMAX}},
    {"Dense": {"name": "sold", "units": 1, "activation": "sigmoid", "from": "input"}},
]
OUTPUTS: dict[str, Any] = {
    "price": {"loss": "mse", "target": "price"},
    "kind": {"loss": "sparse_categorical_crossentropy", "target": "kind"},
    "sold": {
        "loss": "binary_crossentropy",
        "target": {"columns": "sold", "classes": ["yes", "no"]},
    },
}


def table(rows: int = 60) -> pd.DataFrame:
    numbers = np.arange(rows)
    return pd.DataFrame(
        {
            "size": numbers + 0.5,
            "price": numbers * 10,
            "kind": np.array(["flat", "house", "hut"])[numbers % 3],
            "sold": np.array(["no", "yes"])[numbers % 2],
            "owner": numbers // 3,
            "part": np.array(["train", "validation", "test"])[numbers // 20],
        }
    )


def settings(outputs: Any = None, source: Any = None, **dataset: Any) -> Any:
    features = {"owner": "drop", "part": "drop"}
    source = source or {"csv": "made.csv"}
    outputs = outputs or OUTPUTS
    return load_config(
        {
            "dataset": {"source": source, "features": features, **dataset},
            "architecture": {"layers": [e for e in LAYERS if e["Dense"]["name"] in outputs]},
            "outputs": outputs,
        }
    ).config


def load(folder: Path, made: pd.DataFrame | None = None, **told: Any) -> Dataset:
    (table() if made is None else made).to_csv(folder / "made.csv", index=False)
    return load_dataset(settings(**told), [folder])


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def assert_labels(dataset: Dataset, made: pd.DataFrame) -> None:
    """Every part has the labels of its rows, under the outputs' names."""
    for part in PARTS:
        split, rows = held(getattr(dataset, part)), dataset.rows[part]
        assert isinstance(split.x, dict)
        assert [*split.x] == ["size"]
        own = made.iloc[rows]
        assert list(split.targets) == ["price", "kind", "sold"]
        assert split.targets["price"].dtype == np.float32
        assert split.targets["price"].tolist() == [[value] for value in own["price"]]
        kinds = ["flat", "house", "hut"]
        assert split.targets["kind"].dtype == np.int32
        assert split.targets["kind"].tolist() == [kinds.index(name) for name in own["kind"]]
        assert split.targets["sold"].tolist() == [int(name == "no") for name in own["sold"]]
        assert split.y.tolist() == split.targets["price"].tolist()  # the first output's
        np.testing.assert_array_equal(split.x["size"], own["size"])


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_every_output_has_the_labels_of_its_own_column(tmp_path: Path, stream: bool) -> None:
    dataset = load(tmp_path, stream=stream)
    assert isinstance(dataset.train, Stream if stream else Split)
    assert_labels(dataset, table())
    assert dataset.outputs == {
        "price": Target("regression", (), ("price",)),
        "kind": Target("classification", ("flat", "house", "hut")),
        "sold": Target("classification", ("yes", "no")),
    }
    assert (dataset.task, dataset.target_names, dataset.class_names) == (
        "regression",
        ("price",),
        (),
    )
    assert dataset.resolved.target is None  # as it was written


def test_other_tables_have_them_too(tmp_path: Path) -> None:
    made = table()
    made.to_csv(tmp_path / "made.tsv", index=False, sep="\t")
    config = settings(source={"tsv": "made.tsv"})
    assert_labels(load_dataset(config, [tmp_path]), made)


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_marked_rows_and_groups_take_their_labels_with_them(
    tmp_path: Path, stream: bool
) -> None:
    marks: Any = {part: {"column": "part", "value": part} for part in ("validation", "test")}
    dataset = load(tmp_path, stream=stream, **marks)
    assert dataset.rows["test"].tolist() == [*range(40, 60)]
    assert_labels(dataset, table())
    assert_labels(load(tmp_path, stream=stream, group="owner"), table())


def test_parts_in_files_of_their_own_have_them(tmp_path: Path) -> None:
    made = table()
    made.iloc[::-1].to_csv(tmp_path / "late.csv", index=False)
    dataset = load(tmp_path, test="late.csv", validation=0)
    targets = held(dataset.test).targets
    assert targets["price"].reshape(-1).tolist() == made["price"].tolist()[::-1]
    assert len(targets["kind"]) == 60


def test_folds_have_them(tmp_path: Path) -> None:
    made = table()
    made.to_csv(tmp_path / "made.csv", index=False)
    for dataset in load_folds(settings(folds=3), [tmp_path]):
        assert_labels(dataset, made)


def test_first_target_with_classes_keeps_their_proportions(tmp_path: Path) -> None:
    outputs = {"kind": OUTPUTS["kind"], "price": OUTPUTS["price"]}
    dataset = load(tmp_path, outputs=outputs, test=0.2, validation=0)
    assert dataset.class_names == ("flat", "house", "hut")
    assert np.bincount(held(dataset.test).y).tolist() == [4, 4, 4]


def test_output_without_a_target_learns_what_the_dataset_says(tmp_path: Path) -> None:
    outputs = {"price": OUTPUTS["price"], "kind": {"loss": OUTPUTS["kind"]["loss"]}}
    dataset = load(tmp_path, outputs=outputs, target="kind")
    assert dataset.class_names == ("flat", "house", "hut")
    assert list(dataset.outputs) == ["price"]
    view = output_view(dataset, "kind")
    assert held(view.train).y.tolist() == held(dataset.train).y.tolist()
    assert output_view(dataset, "price").target_names == ("price",)


def test_one_column_may_be_classes_for_one_and_values_for_another(tmp_path: Path) -> None:
    made = table().assign(kind=np.arange(60) % 3)
    outputs = {**OUTPUTS, "price": {"loss": "mse", "target": "kind"}}
    train = held(load(tmp_path, made, outputs=outputs).train)
    assert train.targets["price"].reshape(-1).tolist() == train.targets["kind"].tolist()


def test_targets_that_are_no_columns_are_refused_at_their_outputs(tmp_path: Path) -> None:
    made = table().drop(columns=["price", "sold"])
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, made)
    assert [problem.path for problem in caught.value.problems] == [
        ("outputs", "price", "target"),
        ("outputs", "sold", "target"),
    ]
    assert str(caught.value.problems[0].message) == "the table has no column 'price'."
    with pytest.raises(ConfigError, match="'kind' is a target, and cannot be a feature too"):
        load(tmp_path, features={"kind": "categorical"})


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("kind", "", r"target 'kind': 1 of 60 rows have no label \(first: row 8\)"),
        ("price", "", r"target 'price': 1 of \d+ rows have no finite value \(first: row 8\)"),
        ("sold", "maybe", r"outputs\.sold\.target\.classes: expected yes, no in 'sold'"),
    ],
)
def test_labels_of_every_output_are_checked(
    tmp_path: Path, stream: bool, column: str, value: str, said: str
) -> None:
    made = table().astype({column: object})
    made.loc[7, column] = value
    with pytest.raises(DataError, match=said):
        held(load(tmp_path, made, stream=stream, test=0.1, validation=0).train)


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_class_that_training_lacks_is_told_with_its_output(
    tmp_path: Path, stream: bool
) -> None:
    made = table()
    made.loc[made["part"] == "test", "kind"] = "boat"
    mark = {"column": "part", "value": "test"}
    dataset = load(tmp_path, made, stream=stream, test=mark, validation=0)
    assert [note for note in dataset.notes if note.startswith("kind:")] == [
        "kind: test has classes that training lacks, and no model can predict: 'boat' (20)",
        "kind: all test examples are of the class 'boat'",
    ]
    mark["value"] = "validation"
    made.loc[made["part"] == "validation", "kind"] = "tent"
    with pytest.raises(DataError, match=r"^csv, output 'kind': validation has classes that"):
        load(tmp_path, made, stream=stream, validation=mark)
