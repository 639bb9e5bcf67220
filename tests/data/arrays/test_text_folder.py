from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlkit.config.file_sources import TextSource
from dlkit.data.arrays.text_folder import read_texts
from dlkit.data.raw import RawData
from dlkit.errors import DataError


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "my reviews"


def write(top: Path, texts: dict[str, str | bytes]) -> None:
    for name, text in texts.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def read(top: Path, encoding: str = "utf-8") -> RawData:
    return read_texts(TextSource(path=str(top), encoding=encoding), [Path("/")])


def test_texts_of_a_folder_a_class(top: Path) -> None:
    write(top, {"pos/1.txt": "Good, très bon.\n", "neg/2.txt": "Bad.", "neg/1.txt": "Poor."})
    raw = read(top)
    assert raw.x.tolist() == ["Poor.", "Bad.", "Good, très bon.\n"]
    assert (raw.x.dtype, raw.x.shape, raw.y.dtype) == (object, (3,), "int32")
    assert (raw.y.tolist(), raw.class_names) == ([0, 0, 1], ("neg", "pos"))
    assert (raw.x_test, raw.y_test, raw.origin, raw.notes) == (None, None, str(top), ())


def test_large_movie_review_dataset_s_own_split(top: Path) -> None:
    write(top, {f"train/{name}/0_3.txt": name for name in ("neg", "pos", "unsup")})
    write(top, {"test/neg/0_2.txt": "bad", "test/pos/0_9.txt": "good", "imdb.vocab": "the"})
    write(top, {"train/urls_neg.txt": "http://", "test/pos/1_9.txt": "fine"})
    raw = read(top)
    assert raw.y_test is not None
    assert raw.x.tolist() == ["neg", "pos"]
    assert raw.x_test.tolist() == ["bad", "good", "fine"]
    assert (raw.y.tolist(), raw.y_test.tolist()) == ([0, 1], [0, 1, 1])
    assert raw.notes == (
        f"{top}/train/unsup has no labels and was not read.",
        "1 texts beside the class folders were not read.",
    )


def test_byte_order_mark_and_line_ends_are_no_part_of_a_text(top: Path) -> None:
    write(top, {"a/1.txt": b"\xef\xbb\xbfone\r\ntwo\rthree"})
    assert read(top).x.tolist() == ["one\ntwo\nthree"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", "utf-8-sig"])
def test_encoding_is_that_of_the_settings(top: Path, encoding: str) -> None:
    write(top, {"a/1.txt": "café".encode(encoding)})
    assert read(top, encoding).x.tolist() == ["café"]


def test_empty_texts_are_counted(top: Path) -> None:
    write(top, {"a/1.txt": "", "a/2.txt": " \n", "b/1.txt": "words"})
    assert read(top).notes == ("2 of 3 texts are empty.",)


@pytest.mark.parametrize(
    ("data", "encoding", "line", "reason"),
    [
        (b"one\ntwo\ncaf\xe9 au lait", "utf-8", 3, "byte 0xe9"),
        ("é".encode(), "ascii", 1, "byte 0xc3"),
    ],
)
def test_text_in_another_encoding_is_named(
    top: Path, data: bytes, encoding: str, line: int, reason: str
) -> None:
    write(top, {"a/1.txt": "fine", "b/2.txt": data})
    message = (
        f"{top}/b/2.txt:{line}: expected a text in {encoding}, received something else"
        f" ({reason}). Write its encoding under `encoding:`, for example latin-1."
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read(top, encoding)


@pytest.mark.parametrize("encoding", ["utf-88", "hex", "rot13"])
def test_unknown_encoding_is_refused(top: Path, encoding: str) -> None:
    write(top, {"a/1.txt": "fine"})
    message = f"'{encoding}' is no encoding of texts. Write one that Python knows under"
    with pytest.raises(DataError, match=f"^{message} `encoding:`"):
        read(top, encoding)


def test_link_to_nothing_is_named(top: Path) -> None:
    write(top, {"a/1.txt": "fine"})
    (top / "a" / "2.txt").symlink_to(top / "gone.txt")
    with pytest.raises(DataError, match=r"a/2\.txt: No such file or directory\.$"):
        read(top)


def test_folder_without_texts_is_refused(top: Path) -> None:
    write(top, {"a/1.md": "fine"})
    with pytest.raises(DataError, match=r"/a: the class folder has no texts \(\.txt\)\."):
        read(top)
