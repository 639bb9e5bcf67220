from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.config.semantics import task_of
from dlkit.data.dataset import Split
from dlkit.data.unseen.known import Input, Known, Unseen
from dlkit.data.unseen.opening import open_unseen
from dlkit.errors import DataError

PLAIN = {"input": Input((2,), is_text=False)}
CLASSES = "sparse_categorical_crossentropy"
HEADS: dict[str, list[Any]] = {
    CLASSES: [{"Dense": {"units": 3}}, "Softmax"],
    "mse": [{"Dense": {"units": 1}}],
}
X = np.arange(6.0).reshape(3, 2)


def known(source: Any, loss: str = "mse", **changes: Any) -> Known:
    config = load_config(
        {
            "dataset": {"source": source},
            "architecture": {"layers": ["Flatten", *HEADS[loss]]},
            "loss": loss,
        }
    ).config
    facts: dict[str, Any] = {
        "config": config.dataset,
        "task": task_of(config),
        "class_names": (),
        "target_names": ("value",),
        "vocabularies": {},
        "inputs": PLAIN,
    }
    return Known(**{**facts, **changes})


def opened(run: Known, path: Path, *, labelled: bool = False) -> Unseen:
    return open_unseen(run, str(path), [Path("/none")], labelled=labelled)


def read(unseen: Unseen) -> Split:
    (split,) = unseen.blocks()
    return split


ARRAYS = {"arrays": {"path": "old.npz", "inputs": "in", "outputs": "out"}}


@pytest.mark.parametrize(
    "arrays",
    [
        pytest.param({"in": X, "other": X + 1}, id="the run's own name"),
        pytest.param({"x": X, "other": X + 1}, id="x"),
        pytest.param({"any": X}, id="the lone one"),
        pytest.param(
            {"any": X, "out": X[0], "class_names": np.array(["a"])}, id="beside labels"
        ),
    ],
)
def test_lone_input_is_found(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "new.npz", **arrays)
    np.testing.assert_array_equal(read(opened(known(ARRAYS), tmp_path / "new.npz")).x, X)


def test_lone_array_in_a_file_beside_others(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X + 1)
    np.save(tmp_path / "new.npy", X)
    np.testing.assert_array_equal(read(opened(known("sine"), tmp_path / "new.npy")).x, X)


def test_several_inputs_are_found_by_their_names(tmp_path: Path) -> None:
    inputs = {"left": Input((2,), is_text=False), "text": Input((1,), is_text=True)}
    run = known(ARRAYS, inputs=inputs)
    np.savez(tmp_path / "new.npz", text=np.array(["p", "q", "r"]), left=X, more=X)
    x = read(opened(run, tmp_path / "new.npz")).x
    assert isinstance(x, dict)
    np.testing.assert_array_equal(x["left"], X)
    assert x["text"].tolist() == ["p", "q", "r"]
    np.savez(tmp_path / "new.npz", left=X, more=X)
    fault = (
        r"the model reads the arrays left, text, and there is no text. There are: left, more"
    )
    with pytest.raises(DataError, match=fault):
        opened(run, tmp_path / "new.npz")


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        pytest.param(
            np.zeros((3, 4)),
            "new.npy: input: expected examples of shape (2,), an array of shape (n, 2),"
            " received one of shape (3, 4).",
            id="width",
        ),
        pytest.param(
            np.array(["a", "b"]), "input: expected numbers, received texts.", id="texts"
        ),
        pytest.param(
            np.array([[1.0, np.nan]]), "1 of 1 examples have values that are not", id="NaN"
        ),
        pytest.param(np.zeros((0, 2)), "there are no examples", id="empty"),
    ],
)
def test_arrays_the_model_cannot_take(tmp_path: Path, array: np.ndarray, fault: str) -> None:
    np.save(tmp_path / "new.npy", array)
    with pytest.raises(DataError, match=re.escape(fault)):
        opened(known("sine"), tmp_path / "new.npy")


def test_example_without_an_axis_for_examples(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", np.zeros((4, 4)))
    run = known("sine", inputs={"input": Input((4, 4), is_text=False)})
    fault = "received one of shape (4, 4). One example alone is an array of one: `array[None]`."
    with pytest.raises(DataError, match=re.escape(fault)):
        opened(run, tmp_path / "new.npy")


def test_any_length_fits_where_the_model_takes_any(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", np.zeros((1, 7, 3)))
    run = known("sine", inputs={"input": Input((None, 3), is_text=False)})
    assert read(opened(run, tmp_path / "new.npy")).x.shape == (1, 7, 3)  # type: ignore[union-attr]


def test_several_arrays_of_unknown_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", p=X, q=X)
    with pytest.raises(DataError, match="expected an array 'in', or one alone, received p, q"):
        opened(known(ARRAYS), tmp_path / "new.npz")


def test_damaged_array(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", X)
    whole = (tmp_path / "new.npy").read_bytes()
    (tmp_path / "new.npy").write_bytes(whole[:-5])
    with pytest.raises(DataError, match=r"new\.npy: the file is damaged"):
        opened(known("sine"), tmp_path / "new.npy")


NAMES = ("red", "green", "blue")


@pytest.mark.parametrize(
    ("labels", "class_names", "own", "expected"),
    [
        pytest.param([2, 0, 7], NAMES, None, [2, 0, -1], id="numbers count the classes"),
        pytest.param(["blue", "pink", "red"], NAMES, None, [2, -1, 0], id="names"),
        pytest.param([0, 1, 1], NAMES, ["green", "pink"], [1, -1, -1], id="own classes"),
        pytest.param([5, 1, 3], ("1", "3", "5"), None, [2, 0, 1], id="named by numbers"),
        pytest.param([5.0, 1.0, 4.0], ("1", "3", "5"), None, [2, 0, -1], id="floats"),
    ],
)
def test_labels_become_the_classes_of_the_run(
    tmp_path: Path, labels: Any, class_names: Any, own: Any, expected: list[int]
) -> None:
    arrays = {"x": X, "y": np.array(labels)}
    if own:
        arrays["class_names"] = np.array(own)
    np.savez(tmp_path / "new.npz", **arrays)
    run = known("moons", CLASSES, class_names=class_names)
    unseen = opened(run, tmp_path / "new.npz", labelled=True)
    assert read(unseen).y.tolist() == expected
    assert unseen.findings.labels.rows == expected.count(-1)


def test_own_test_split_alone_is_evaluated(tmp_path: Path) -> None:
    parts = {"x_train": X, "y_train": [1, 2, 3], "x_test": X[:2] + 9, "y_test": [4, 5]}
    np.savez(tmp_path / "new.npz", **parts)
    unseen = opened(known("sine"), tmp_path / "new.npz", labelled=True)
    np.testing.assert_array_equal(read(unseen).x, X[:2] + 9)
    assert read(unseen).y.tolist() == [[4], [5]]
    assert unseen.findings.warnings() == [
        f"{tmp_path / 'new.npz'}: its own test split alone is evaluated."
    ]


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        (known("sine"), "expected 1 value an example, received 2."),
        (known("moons", CLASSES), "expected one label an example, received 2."),
    ],
    ids=["value", "class"],
)
def test_labels_of_another_width(tmp_path: Path, run: Known, fault: str) -> None:
    np.savez(tmp_path / "new.npz", x=X, y=X)
    with pytest.raises(DataError, match=re.escape(fault)):
        opened(run, tmp_path / "new.npz", labelled=True)
