"""Files are whole or as they were, and what is no file stays what it is."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dlkit.storage import remove_unfinished, whole, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_gets_its_content_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for content in (b"first", b"", b"third" * 10_000):
        write_whole(tmp_path / "x.bin", content)
        assert (tmp_path / "x.bin").read_bytes() == content
        assert names(tmp_path) == ["x.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_old_file_stays_where_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_whole(tmp_path / "x", b"old")
    monkeypatch.setattr(
        *(("os.fsync",) if step == "fsync" else ("pathlib.Path.replace",)), refuse
    )
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_old_file_stays_where_writing_fails(tmp_path: Path, error: type[BaseException]) -> None:
    def fail_half_way() -> None:
        with whole(tmp_path / "x") as unfinished:
            unfinished.write_text("half")
            assert unfinished.parent == tmp_path
            raise error

    write_whole(tmp_path / "x", b"old")
    with pytest.raises(error):
        fail_half_way()
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


def test_place_has_the_ending_of_the_file_whatever_its_length(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 100 + "x" * 40 + ".keras")
    with whole(path) as unfinished:
        assert unfinished.suffix == ".keras"
        unfinished.write_bytes(b"1")
    assert path.read_bytes() == b"1"


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "to" / "x")
    write_whole(tmp_path / "link", b"1")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "to" / "x").read_bytes() == b"1"


def test_what_is_no_plain_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_whole(tmp_path / "pipe", b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    write_whole(Path("/dev/null"), b"away")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"x")


def test_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "x", b"1")
    assert names(tmp_path) == []


def test_what_was_left_half_written_is_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = ["x", ".hidden", ".tmp-x", "a.tmp-1-x", ".tmp--x", ".tmp-1-"]
    for name in [*kept, ".tmp-1-x.npz", ".tmp-99-a\nb"]:
        (tmp_path / name).write_text("")
    (tmp_path / ".tmp-1-folder").mkdir()
    remove_unfinished(tmp_path)
    assert names(tmp_path) == sorted([*kept, ".tmp-1-folder"])
    remove_unfinished(tmp_path / "gone")
