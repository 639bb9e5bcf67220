"""New examples for runs of several outputs: labels of each, or none at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.config.targets import labels_view, needs_no_labels
from dlkit.data.dataset import Dataset, Split, first_examples, join
from dlkit.data.load import load_dataset
from dlkit.data.unseen.known import Input, Known, Unseen, known_outputs
from dlkit.data.unseen.opening import open_unseen
from dlkit.errors import DataError
from dlkit.report.data.record import data_facts

OUTPUTS: dict[str, Any] = {
    "price": {"loss": "mse", "target": "price"},
    "kind": {"loss": "sparse_categorical_crossentropy", "target": "kind"},
}
BACK = {name: {"loss": "mse", "target": "input"} for name in OUTPUTS}


def known(folder: Path, source: Any, outputs: Any = None, **dataset: Any) -> Known:
    """Return what a run knows that has loaded its data."""
    config = load_config(
        {
            "dataset": {"source": source, **dataset},
            "architecture": {
                "layers": [
                    {"Dense": {"name": "price", "units": 1, "from": "input"}},
                    {
                        "Dense": {
                            "name": "kind",
                            "units": 2,
                            "activation": "softmax",
                            "from": "input",
                        }
                    },
                ]
            },
            "outputs": outputs or OUTPUTS,
        }
    ).config
    made: Dataset = load_dataset(config, [folder])
    config = config.model_copy(update={"dataset": made.resolved})
    x = first_examples(made.train, 1).x
    arrays = x if isinstance(x, dict) else {"input": x}
    run = Known(
        config=labels_view(config).dataset,
        task=made.task,
        class_names=made.class_names,
        target_names=made.target_names,
        vocabularies={},
        inputs={name: Input(a.shape[1:], a.dtype.kind == "O") for name, a in arrays.items()},
        is_labelled=not needs_no_labels(config),
    )
    facts = data_facts(made)["outputs"]  # as the run's folder keeps them
    return replace(run, outputs=known_outputs(run, config, facts))


def table(folder: Path, name: str, columns: str, *rows: str) -> str:
    (folder / name).write_text("\n".join([columns, *rows]) + "\n")
    return name


@pytest.fixture
def run(tmp_path: Path) -> Known:
    rows = [f"{n}.5,{n * 10},{'flat' if n % 2 else 'hut'}" for n in range(20)]
    return known(tmp_path, {"csv": table(tmp_path, "made.csv", "size,price,kind", *rows)})


def read(unseen: Unseen) -> Split:
    return join([*unseen.blocks()])


def test_rows_have_the_labels_of_every_output(tmp_path: Path, run: Known) -> None:
    new = table(tmp_path, "new.csv", "kind,price,size", "hut,7,1", "flat,8,2")
    split = read(open_unseen(run, new, [tmp_path], labelled=True))
    assert isinstance(split.x, dict)
    assert {name: values.tolist() for name, values in split.x.items()} == {"size": [1, 2]}
    assert split.targets["price"].tolist() == [[7], [8]]
    assert split.targets["kind"].tolist() == [1, 0]
    assert split.y.tolist() == [[7], [8]]


def test_class_that_an_output_never_saw_is_counted_for_it(tmp_path: Path, run: Known) -> None:
    new = table(tmp_path, "new.csv", "kind,price,size", "tent,7,1", "flat,8,2")
    unseen = open_unseen(run, new, [tmp_path], labelled=True)
    assert read(unseen).targets["kind"].tolist() == [-1, 0]
    assert unseen.findings.warnings() == [
        "labels of kind: 1 row with 1 name the model has not seen: 'tent'. They are left out."
    ]


def test_rows_to_be_foretold_need_no_labels(tmp_path: Path, run: Known) -> None:
    new = table(tmp_path, "new.csv", "size", "1", "2")
    unseen = open_unseen(run, new, [tmp_path], labelled=False)
    assert len(read(unseen)) == 2
    assert not unseen.findings.warnings()
    new = table(tmp_path, "half.csv", "size,price", "1,2")
    with pytest.raises(DataError, match="to evaluate takes the target 'kind', and there is no"):
        open_unseen(run, new, [tmp_path], labelled=True)


def test_labels_are_no_columns_that_the_run_did_not_have(tmp_path: Path, run: Known) -> None:
    new = table(tmp_path, "new.csv", "size,price,kind,color", "1,2,hut,red")
    unseen = open_unseen(run, new, [tmp_path], labelled=False)
    assert unseen.findings.warnings() == [
        "column is ignored, which the run did not have: 'color'."
    ]


def test_table_that_is_given_back_is_evaluated_without_labels(tmp_path: Path) -> None:
    rows = [f"{n}.5,{n % 3}" for n in range(20)]
    source = {"csv": table(tmp_path, "made.csv", "size,weight", *rows)}
    run = known(tmp_path, source, BACK, sample_weight="weight")
    new = table(tmp_path, "new.csv", "size,weight", "1,4", "2,5")
    split = read(open_unseen(run, new, [tmp_path], labelled=True))
    assert split.weight is not None
    assert split.weight.tolist() == [4, 5]
    assert not split.targets


def test_arrays_have_the_labels_of_every_output(tmp_path: Path) -> None:
    rows = np.arange(20)
    arrays: dict[str, Any] = {"x": rows[:, None] / 2, "price": rows * 10, "kind": rows % 2 + 5}
    np.savez(tmp_path / "made.npz", **arrays)
    run = known(tmp_path, {"arrays": "made.npz"})
    np.savez(tmp_path / "new.npz", **{name: array[:4] for name, array in arrays.items()})
    split = read(open_unseen(run, "new.npz", [tmp_path], labelled=True))
    assert split.targets["price"].tolist() == [[0], [10], [20], [30]]
    assert split.targets["kind"].tolist() == [0, 1, 0, 1]
    assert split.y.tolist() == split.targets["price"].tolist()
    np.savez(tmp_path / "bare.npz", x=arrays["x"][:3])
    assert len(read(open_unseen(run, "bare.npz", [tmp_path], labelled=False))) == 3
    np.savez(tmp_path / "bare.npz", z=arrays["x"][:3], price=rows[:3], kind=rows[:3])
    assert len(read(open_unseen(run, "bare.npz", [tmp_path], labelled=False))) == 3
    with pytest.raises(DataError, match="there is no array 'x'"):
        open_unseen(run, "bare.npz", [tmp_path], labelled=True)


def test_arrays_that_are_given_back_are_evaluated_without_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "made.npz", x=np.ones((20, 2), "float32"))
    run = known(tmp_path, {"arrays": "made.npz"}, BACK)
    split = read(open_unseen(run, "made.npz", [tmp_path], labelled=True))
    assert (len(split), dict(split.targets)) == (20, {})
