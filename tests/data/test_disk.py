from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlkit.data.dataset import Split, join
from dlkit.data.disk import BLOCK, BLOCK_BYTES, write_examples
from dlkit.errors import StorageError


def examples(count: int, *, named: bool = False, weighted: bool = False) -> Split:
    generator = np.random.default_rng(count)
    numbers = generator.normal(size=(count, 3)).astype("float32")
    tokens = generator.integers(0, 99, (count, 2, 4), dtype=np.int32)
    x = {"numbers": numbers, "tokens": tokens} if named else numbers
    y = np.arange(count, dtype=np.int32)
    targets = {"up": numbers[:, :1], "x": y % 3} if named else {}
    weight = generator.random(count, dtype="float32") if weighted else None
    return Split(x, y, weight, targets)


def assert_equal(ours: Split, theirs: Split) -> None:
    mine = ours.x if isinstance(ours.x, dict) else {"": ours.x}
    other = theirs.x if isinstance(theirs.x, dict) else {"": theirs.x}
    assert list(mine) == list(other)
    for name, array in other.items():
        assert mine[name].dtype == array.dtype
        np.testing.assert_array_equal(mine[name], array)
    np.testing.assert_array_equal(ours.y, theirs.y)
    assert list(ours.targets) == list(theirs.targets)
    for name, labels in theirs.targets.items():
        assert ours.targets[name].dtype == labels.dtype
        np.testing.assert_array_equal(ours.targets[name], labels)
    assert (ours.weight is None) == (theirs.weight is None)
    if ours.weight is not None and theirs.weight is not None:
        np.testing.assert_array_equal(ours.weight, theirs.weight)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@given(
    blocks=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    named=st.booleans(),
    weighted=st.booleans(),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_rows_come_back_in_any_order(
    places: Path, blocks: list[int], named: bool, weighted: bool, data: st.DataObject
) -> None:
    whole = examples(sum(blocks), named=named, weighted=weighted)
    ends = np.cumsum(blocks)
    pieces = [whole.take(slice(e - n, e)) for n, e in zip(blocks, ends, strict=True)]
    stream = write_examples(pieces, places / str(len([*places.iterdir()])))
    assert len(stream) == len(whole)
    numbers = st.integers(0, len(whole) - 1)
    rows = np.array(data.draw(st.lists(numbers, min_size=1, max_size=40)))
    assert stream.read is not None
    assert_equal(stream.read(rows), whole.take(rows))
    assert_equal(join([*stream.blocks()]), whole)


def test_blocks_have_a_bounded_size(tmp_path: Path) -> None:
    whole = Split(np.arange(BLOCK + 5, dtype="float32")[:, None], np.zeros(BLOCK + 5, np.int32))
    stream = write_examples([whole], tmp_path / "many")
    assert [len(block) for block in stream.blocks()] == [BLOCK, 5]


def test_wide_rows_are_held_and_read_fewer_at_a_time(tmp_path: Path) -> None:
    wide = BLOCK_BYTES // 4 // 10  # values a row of which ten fit, were it not for the label
    whole = Split(np.zeros((11, wide), np.float32), np.arange(11, dtype=np.int32))
    stream = write_examples([whole], tmp_path / "wide")
    assert (stream.block, stream.piece) == (9, 1)
    assert [block.y.tolist() for block in stream.blocks()] == [[*range(9)], [9, 10]]


def test_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    stream = write_examples([examples(10)], tmp_path / "cut")
    with (tmp_path / "cut" / "0.bin").open("r+b") as file:
        file.truncate(60)
    with pytest.raises(StorageError, match=r"expected 120 bytes from row 0 on, received 60\."):
        next(stream.blocks())


def test_files_hold_the_bytes_and_nothing_else(tmp_path: Path) -> None:
    write_examples([examples(10, named=True, weighted=True)], tmp_path / "some")
    sizes = sorted(path.stat().st_size for path in (tmp_path / "some").iterdir())
    assert sizes == [40, 40, 40, 40, 120, 320]  # 3 labels, weights, 3 numbers, 8 tokens


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    expected = r"what is read of the data does not fit here \(Not a directory\)\. Choose"
    with pytest.raises(StorageError, match=expected) as caught:
        write_examples([examples(3)], tmp_path / "file" / "train")
    assert caught.value.exit_code == 5


def test_disk_that_is_full_is_told_and_left_empty(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(StorageError, match=r"does not fit here \(File too large\)\."):
            write_examples([examples(9000)], tmp_path / "train")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "train").exists()
