from __future__ import annotations

import gzip
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.config.file_sources import TfrecordSource
from dlkit.data.files import NotFoundError
from dlkit.data.records.tfrecord import Records, open_records
from dlkit.errors import DataError

pytestmark = pytest.mark.keras

FEATURES = {"x": {"float32": [3]}, "label": "int64", "name": "string"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my records").mkdir()
    return tmp_path / "my records"


def example(**values: Sequence[Any] | bytes) -> bytes:
    import tensorflow as tf

    def feature(value: Any) -> tf.train.Feature:
        if isinstance(value, bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        if all(isinstance(number, int) for number in value):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=value))
        return tf.train.Feature(float_list=tf.train.FloatList(value=value))

    features = {name: feature(value) for name, value in values.items()}
    return bytes(
        tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    )


def row(number: int) -> bytes:
    name = f"n° {number}".encode()
    return example(x=[number, 0.5, -1.0], label=[number], name=name, unused=[1])


def write(path: Path, records: Sequence[bytes]) -> Path:
    import tensorflow as tf

    options = "GZIP" if path.suffix == ".gz" else ""
    with tf.io.TFRecordWriter(str(path), options) as writer:
        for record in records:
            writer.write(record)
    return path


def opened(path: Path | str, features: dict[str, Any] = FEATURES) -> Records:
    return open_records(TfrecordSource(path=str(path), features=features), [Path("/")])


@pytest.mark.parametrize("name", ["a.tfrecord", "a.tfrecord.gz"])
def test_records_are_read_in_blocks_and_in_order(folder: Path, name: str) -> None:
    records = opened(write(folder / name, [row(number) for number in range(10)]))
    blocks = list(records.blocks(rows=4))
    assert [len(block["label"]) for block in blocks] == [4, 4, 2]
    whole = {key: np.concatenate([block[key] for block in blocks]) for key in FEATURES}
    assert whole["label"].tolist() == list(range(10))
    np.testing.assert_array_equal(whole["x"], [[n, 0.5, -1] for n in range(10)])
    assert whole["name"].tolist() == [f"n° {n}" for n in range(10)]
    assert [whole[key].dtype for key in FEATURES] == [np.float32, np.int64, object]
    assert (records.count, len(records), records.origin) == (10, 10, str(folder / name))


def test_files_of_a_pattern_stand_behind_one_another(folder: Path) -> None:
    for number, size in enumerate([2, 0, 3]):
        write(folder / f"{number}.tfrecord", [row(10 * number + k) for k in range(size)])
    records = opened(folder / "*.tfrecord", {"label": "int64"})
    labels = [block["label"].tolist() for block in records.blocks()]
    assert labels == [[0, 1], [20, 21, 22]]
    assert [count for _, count in records.files] == [2, 0, 3]
    assert records.origin == f"3 files, the first {folder}/0.tfrecord"
    assert records.notes == ("1 of 3 files have no records.",)


def test_size_is_that_in_memory(folder: Path) -> None:
    path = write(folder / "a", [row(number) for number in range(10)])
    assert opened(path, {"x": {"float32": [3]}, "label": "int64"}).size == 10 * (3 * 4 + 8)
    assert opened(path, {"name": "string"}).size == 10 * 8 + path.stat().st_size


def test_pictures_are_decoded_to_the_shape_of_their_feature(folder: Path) -> None:
    gray = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
    files = []
    for kind, size in (("PNG", (6, 4)), ("PNG", (12, 8))):
        file = io.BytesIO()
        Image.fromarray(gray).resize(size, Image.Resampling.NEAREST).save(file, kind)
        files.append(example(photo=file.getvalue()))
    path = write(folder / "a", files)
    (block,) = opened(path, {"photo": {"image": [4, 6, 3]}}).blocks()
    assert (block["photo"].shape, block["photo"].dtype) == ((2, 4, 6, 3), np.uint8)
    np.testing.assert_array_equal(block["photo"][0], np.repeat(gray[..., None], 3, axis=-1))
    # the second is twice as large: smoothing mixes in a little of the neighbors
    assert np.abs(block["photo"][1].astype(int) - block["photo"][0]).max() <= 20


def test_strings_may_have_a_shape(folder: Path) -> None:
    import tensorflow as tf

    words = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a", b"b"]))
    features = tf.train.Features(feature={"words": words})
    path = write(folder / "a", [tf.train.Example(features=features).SerializeToString()])
    (block,) = opened(path, {"words": {"string": [2]}}).blocks()
    assert block["words"].tolist() == [["a", "b"]]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"x": [1.0] * 3}, "there is no feature 'label'. Expected one of: x."),
        ({"x": [1.0] * 3, "lable": [1]}, "there is no feature 'label'. Did you mean 'lable'?"),
        (
            {"x": [1.0] * 2, "label": [1]},
            "feature 'x': expected 3 values, shape [3], received 2.",
        ),
        (
            {"x": [1.0] * 3, "label": [1.0]},
            "feature 'label': expected int64, received float32.",
        ),
        (
            {"x": [1.0] * 3, "label": b"1"},
            "feature 'label': expected int64, received string.",
        ),
        (
            {"x": [1.0] * 3, "label": [1, 2]},
            "feature 'label': expected 1 values, shape [], received 2.",
        ),
    ],
    ids=["missing", "misspelt", "short", "float", "bytes", "two"],
)
def test_record_that_holds_something_else_is_named(
    folder: Path, bad: dict[str, Any], text: str
) -> None:
    records = [row(number) for number in range(5)]
    records.insert(3, example(**bad))
    path = write(folder / "a", records)
    blocks = opened(path, {"x": {"float32": [3]}, "label": "int64"}).blocks(rows=2)
    assert next(blocks)["label"].tolist() == [0, 1]
    with pytest.raises(DataError, match=f"^{re.escape(f'{path}: record 4: {text}')}$"):
        next(blocks)


def test_record_that_is_no_example_is_named(folder: Path) -> None:
    path = write(folder / "a", [row(0), b"\xff\xff no protobuf"])
    message = f"{path}: record 2: expected a tf.train.Example, received other bytes."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        list(opened(path).blocks())


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ({"image": [4, 4, 1]}, "the picture cannot be read (it is empty or no picture)."),
        ("string", "expected a text in utf-8, received bytes that are none. A picture is"),
    ],
    ids=["picture", "text"],
)
def test_bytes_that_are_something_else_are_named(
    folder: Path, notation: Any, text: str
) -> None:
    path = write(folder / "a", [example(photo=b"\xff\xfe\xfd")])
    message = f"{path}: record 1: feature 'photo': {text}"
    with pytest.raises(DataError, match=f"^{re.escape(message)}"):
        list(opened(path, {"photo": notation}).blocks())


@pytest.mark.parametrize("name", ["a.tfrecord", "a.tfrecord.gz"])
@pytest.mark.parametrize("fault", ["half", "all but a byte", "ten bytes", "changed", "random"])
def test_damaged_file_is_named(folder: Path, name: str, fault: str) -> None:
    write(folder / "0 is whole", [row(0)])
    path = write(folder / name, [row(number) for number in range(11)])
    data = bytearray(path.read_bytes())
    sizes = {"half": len(data) // 2, "all but a byte": len(data) - 1, "ten bytes": 10}
    if fault == "changed":
        data[len(data) // 2] ^= 0x10
    path.write_bytes(bytes(range(256)) if fault == "random" else data[: sizes.get(fault)])
    start = re.escape(f"{path}: the TFRecord file is damaged (")
    pattern = rf"^{start}[^;\n]+\)\. Write it again or remove it\.$"
    with pytest.raises(DataError, match=pattern):
        opened(folder / "*")


def test_gzip_of_several_members_is_one_file(folder: Path) -> None:
    """What several writers put behind one another is one file."""
    plain = write(folder / "plain", [row(0), row(1)]).read_bytes()
    path = folder / "a.gz"
    path.write_bytes(gzip.compress(plain[:10]) + gzip.compress(plain[10:]))
    assert opened(path).count == 2


def test_other_faults_are_told(folder: Path) -> None:
    with pytest.raises(DataError, match=r"empty: there are no records\.$"):
        opened(write(folder / "empty", []))
    with pytest.raises(DataError, match=r"expected TFRecord files, received a folder\. Name"):
        opened(folder)
    with pytest.raises(NotFoundError, match=r"none\*: there is no such file"):
        opened(folder / "none*")
