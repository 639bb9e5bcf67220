from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.config.load import load_config
from dlkit.config.semantics import task_of
from dlkit.data.dataset import Split, join
from dlkit.data.unseen.known import Input, Known, Unseen
from dlkit.data.unseen.opening import open_unseen
from dlkit.errors import DataError

PICTURES = {"images": {"path": "old", "image_size": [4, 4], "color_mode": "grayscale"}}
TEXTS = {"text": "old"}


def known(source: dict[str, Any] | str, loss: str = "mse", **changes: Any) -> Known:
    """Return what a run would know, of the classes ``a`` and ``b`` where there are any."""
    config = load_config(
        {
            "dataset": {"source": source},
            "architecture": {"layers": ["Flatten", {"Dense": {"units": 2}}, "Softmax"]},
            "loss": loss,
        }
    ).config
    task = task_of(config)
    facts: dict[str, Any] = {
        "config": config.dataset,
        "task": task,
        "class_names": ("a", "b") if task == "classification" else (),
        "target_names": (),
        "vocabularies": {},
        "inputs": {"input": Input((2,), is_text=False)},
    }
    return Known(**{**facts, **changes})


CLASSES = "sparse_categorical_crossentropy"


def opened(run: Known, path: Path, *, labelled: bool = False) -> Unseen:
    return open_unseen(run, str(path), [Path("/none")], labelled=labelled)


def read(unseen: Unseen) -> Split:
    return join(list(unseen.blocks()))


def array(unseen: Unseen) -> np.ndarray:
    x = read(unseen).x
    assert isinstance(x, np.ndarray)
    return x


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the classes ``b`` and ``a`` in it, a picture and a text each."""
    for value, name in enumerate(("b/0", "b/deep/1", "a/2"), 1):
        path = tmp_path / "new" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), value, np.uint8)).save(path)
        path.with_suffix(".txt").write_text(f"text {value}")
    return tmp_path / "new"


def test_pictures_below_a_folder_are_named_by_their_files(folder: Path) -> None:
    unseen = opened(known(PICTURES, CLASSES), folder)
    assert array(unseen)[:, 0, 0, 0].tolist() == [3, 1, 2]
    assert (unseen.head, unseen.names) == ("file", ["a/2.png", "b/0.png", "b/deep/1.png"])


def test_lone_picture(folder: Path) -> None:
    unseen = opened(known(PICTURES, CLASSES), folder / "a/2.png")
    assert array(unseen).shape == (1, 4, 4, 1)
    assert unseen.names == ["2.png"]


@pytest.mark.parametrize("source", [PICTURES, TEXTS], ids=["pictures", "texts"])
def test_class_folders_have_the_numbers_of_the_run(folder: Path, source: Any) -> None:
    run = known(source, CLASSES, class_names=("b", "c", "a"))
    unseen = opened(run, folder, labelled=True)
    assert read(unseen).y.tolist() == [2, 0, 0]  # the files of a, then those of b


@pytest.mark.parametrize("source", [PICTURES, TEXTS], ids=["pictures", "texts"])
def test_class_folder_that_the_run_does_not_know(folder: Path, source: Any) -> None:
    run = known(source, CLASSES, class_names=("a", "c"))
    with pytest.raises(
        DataError, match="there is a class folder 'b', and the model knows a, c"
    ):
        opened(run, folder, labelled=True)


@pytest.mark.parametrize("source", [PICTURES, TEXTS], ids=["pictures", "texts"])
def test_own_test_split_alone_is_evaluated(folder: Path, tmp_path: Path, source: Any) -> None:
    (tmp_path / "divided").mkdir()
    folder.rename(tmp_path / "divided/train")
    (tmp_path / "divided/test/b").mkdir(parents=True)
    for suffix in ("png", "txt"):
        file = tmp_path / f"divided/train/b/0.{suffix}"
        (tmp_path / f"divided/test/b/0.{suffix}").write_bytes(file.read_bytes())
    unseen = opened(known(source, CLASSES), tmp_path / "divided", labelled=True)
    assert read(unseen).y.tolist() == [1]
    assert "its own test split alone is evaluated." in unseen.findings.warnings()[-1]


def test_texts_below_a_folder_and_a_lone_one(folder: Path) -> None:
    run = known(TEXTS, CLASSES)
    unseen = opened(run, folder)
    assert array(unseen).tolist() == ["text 3", "text 1", "text 2"]
    assert unseen.names == ["a/2.txt", "b/0.txt", "b/deep/1.txt"]
    assert array(opened(run, folder / "b/0.txt")).tolist() == ["text 1"]


def test_folder_without_texts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there are no texts \(\.txt\) in it"):
        opened(known(TEXTS, CLASSES), tmp_path)


def series(**settings: Any) -> dict[str, Any]:
    settings = {"width": 3, "horizon": 2, "features": ["x"], "targets": ["y"], **settings}
    return {"timeseries": {"path": "old.csv", "stride": 2, **settings}}


def test_series_has_a_window_for_every_row_that_ends_one(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("x,z\n" + "".join(f"{n},a\n" for n in (1, 2, 4, 8, 16)))
    unseen = opened(known(series()), tmp_path / "s.csv")
    assert array(unseen)[..., 0].tolist() == [[1, 2, 4], [2, 4, 8], [4, 8, 16]]
    assert array(unseen).dtype == np.float32
    assert np.asarray(unseen.names).tolist() == [2, 3, 4]


def test_rows_of_a_series_are_sorted_by_time_and_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("t,x\n2024-01-03,3\n2024-01-01,1\n2024-01-02,2\n")
    run = known(series(width=2))
    run = Known(**{**vars(run), "config": run.config.model_copy(update={"time": "t"})})
    unseen = opened(run, tmp_path / "s.csv")
    assert array(unseen)[..., 0].tolist() == [[1, 2], [2, 3]]
    assert np.asarray(unseen.names).tolist() == [2, 0]


def test_series_with_labels_has_windows_whose_future_is_known(tmp_path: Path) -> None:
    rows = "".join(f"{n},{10 * n}\n" for n in range(8))
    (tmp_path / "s.csv").write_text(f"x,y\n{rows}")
    split = read(opened(known(series()), tmp_path / "s.csv", labelled=True))
    np.testing.assert_array_equal(split.x[..., 0], [[0, 1, 2], [2, 3, 4]])  # type: ignore[index]
    assert split.y.tolist() == [[30, 40], [50, 60]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("x\n1\n2\n", "there are 2 rows, and a window has 3.", id="short"),
        pytest.param("z\n1\n2\n", "the model reads 'x', and there is no such", id="column"),
        pytest.param("x\n1\n\n2\nNA\n", "column 'x': 1 of 3 rows have no number", id="missing"),
    ],
)
def test_series_the_model_cannot_read(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(DataError, match=re.escape(fault)):
        opened(known(series()), tmp_path / "s.csv")


@pytest.mark.keras
def test_records_may_lack_their_targets(tmp_path: Path) -> None:
    import tensorflow as tf

    def record(number: int, **labels: bytes) -> bytes:
        floats = tf.train.FloatList(value=[number, 0])
        features = {"x": tf.train.Feature(float_list=floats)}
        for name, value in labels.items():
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        example = tf.train.Example(features=tf.train.Features(feature=features))
        return bytes(example.SerializeToString())

    source = {"tfrecord": {"path": "old", "features": {"x": {"float32": [2]}, "y": "string"}}}
    run = known("moons", CLASSES)
    config = load_config(
        {
            "dataset": {"source": source, "target": "y"},
            "architecture": {"layers": [{"Dense": {"units": 2}}, "Softmax"]},
            "loss": CLASSES,
        }
    ).config.dataset
    run = Known(**{**vars(run), "config": config})
    for name, labels in {"bare": [{}, {}], "full": [{"y": b"b"}, {"y": b"x"}]}.items():
        with tf.io.TFRecordWriter(str(tmp_path / name)) as writer:
            for number, label in enumerate(labels):
                writer.write(record(number, **label))
    assert array(opened(run, tmp_path / "bare")).tolist() == [[0, 0], [1, 0]]
    assert array(opened(run, tmp_path / "full")).tolist() == [[0, 0], [1, 0]]
    unseen = opened(run, tmp_path / "full", labelled=True)
    assert read(unseen).y.tolist() == [1, -1]
    assert unseen.findings.warnings() == [
        "labels: 1 row with 1 name the model has not seen: 'x'. They are left out."
    ]
    with pytest.raises(DataError, match=r"record 1: .*'y'"):
        read(opened(run, tmp_path / "bare", labelled=True))
