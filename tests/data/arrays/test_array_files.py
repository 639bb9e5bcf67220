"""Files that are not what they were: fault 15 of every kind, and what pretends."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dlkit.config.file_sources import ArraysSource
from dlkit.data.arrays.arrays import read_arrays
from dlkit.data.raw import RawData
from dlkit.errors import DataError

X, Y = np.arange(40, dtype=np.float32).reshape(10, 4), np.arange(10) % 3

pytestmark = pytest.mark.filterwarnings("ignore")  # numpy warns of some changed headers


def read(path: Path) -> RawData:
    return read_arrays(ArraysSource(path=str(path)), [Path("/")])


@pytest.fixture(params=["npz", "compressed"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "my arrays.npz"
    (np.savez if request.param == "npz" else np.savez_compressed)(path, x=X, y=Y)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, array in (("x", X), ("y", Y)):
        np.save(tmp_path / f"{name}.npy", array)
    return tmp_path


def sizes(path: Path) -> dict[str, int]:
    whole = path.stat().st_size
    return {"half": whole // 2, "all but a byte": whole - 1, "ten bytes": 10, "nothing": 0}


@pytest.mark.parametrize("cut", ["half", "all but a byte", "ten bytes", "nothing"])
def test_cut_archive_is_damaged(archive: Path, cut: str) -> None:
    archive.write_bytes(archive.read_bytes()[: sizes(archive)[cut]])
    pattern = rf"^{re.escape(str(archive))}: .*damaged \(.+\)\. Remove it or replace it\.$"
    with pytest.raises(DataError, match=pattern):
        read(archive)


@pytest.mark.parametrize("cut", ["half", "all but a byte", "ten bytes", "nothing"])
def test_cut_array_is_damaged(folder: Path, cut: str) -> None:
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes()[: sizes(path)[cut]])
    pattern = (
        rf"^{re.escape(str(path))}: the file is damaged \(.+\)\. Remove it or replace it\.$"
    )
    with pytest.raises(DataError, match=pattern):
        read(folder)


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_archive_with_any_changed_byte_is_damaged_or_as_written(
    archive: Path, bit: int
) -> None:
    whole, damaged = archive.read_bytes(), 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= bit
        archive.write_bytes(changed)
        try:
            raw = read(archive)
        except DataError:
            damaged += 1
            continue
        np.testing.assert_array_equal(raw.x, X)
        np.testing.assert_array_equal(raw.y, Y)
    assert damaged > len(whole) / 3


def test_array_with_any_changed_byte_of_its_header_is_told(folder: Path) -> None:
    path, whole = folder / "x.npy", (folder / "x.npy").read_bytes()
    for place in range(len(whole) - X.nbytes):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        path.write_bytes(changed)
        try:
            assert read(folder).y.shape == (10,)
        except DataError:
            continue


def test_array_that_is_longer_than_its_header_says_is_damaged(folder: Path) -> None:
    path = folder / "x.npy"
    path.write_bytes(path.read_bytes().replace(b"(10, 4)", b"(10, 3)"))
    message = f"{path}: the file is damaged (it is longer than its header says)."
    with pytest.raises(DataError, match=f"^{re.escape(message)}"):
        read(folder)


def test_header_that_claims_too_much_may_not_fit_into_memory(folder: Path) -> None:
    path, claim = folder / "x.npy", b"(10, 1000000000000000), }"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"(10, 4), }".ljust(len(claim)), claim))
    with pytest.raises(DataError, match=r"x\.npy: it does not fit into memory, or is damaged"):
        read(folder)


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}] * 10), y=Y)
    np.save(tmp_path / "x.npy", np.array([[1], [1, 2]], dtype=object))
    message = "expected numbers or texts, received Python objects, which are never loaded."
    for path, where in ((tmp_path / "a.npz", "a.npz: x"), (tmp_path, "x.npy")):
        np.save(tmp_path / "y.npy", Y)
        with pytest.raises(DataError, match=f"{re.escape(where)}: {re.escape(message)}"):
            read(path)


@pytest.mark.parametrize("start", [b"\x80\x04\x95", b"hello"], ids=["pickle", "text"])
def test_other_files_do_not_begin_like_arrays(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(start + bytes(100))
    message = f"{path}: the file is damaged (it does not begin like an .npz file)."
    with pytest.raises(DataError, match=f"^{re.escape(message)}"):
        read(path)


def test_lone_array_is_no_archive(folder: Path) -> None:
    message = "expected an .npz archive or a folder, received one array. Put it into a folder"
    with pytest.raises(DataError, match=re.escape(f"x.npy: {message}")):
        read(folder / "x.npy")


def test_folder_without_arrays_is_refused(tmp_path: Path) -> None:
    message = f"{tmp_path}: expected .npy files in the folder, and there are none."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(tmp_path)
