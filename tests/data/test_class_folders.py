from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dlkit.data.class_folders import Kind, find_class_files, find_files_below, shown
from dlkit.errors import DataError

KIND = Kind("pictures", (".png", ".jpg"), unlabelled=("unsup",))


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "my data"


def put(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_classes_are_sorted_by_name_and_their_files_too(top: Path) -> None:
    put(top, "b/2.png", "b/10.jpg", "a/x.PNG", "C c/1.png")
    files, test = find_class_files(top, KIND)
    assert files.class_names == ("C c", "a", "b")
    assert [str(path.relative_to(top)) for path in files.paths] == [
        "C c/1.png",
        "a/x.PNG",
        "b/10.jpg",
        "b/2.png",
    ]
    assert (files.labels.tolist(), files.labels.dtype, test) == ([0, 1, 2, 2], "int32", None)
    assert files.notes == ()


def test_folders_within_a_class_folder_belong_to_it(top: Path) -> None:
    put(top, "a/monday/1.png", "a/2.png", "b/deep/er/3.png")
    files, _ = find_class_files(top, KIND)
    assert files.labels.tolist() == [0, 0, 1]


def test_other_files_are_passed_over_and_counted(top: Path) -> None:
    put(top, "a/1.png", "a/note.txt", "a/Thumbs.db", "b/2.png", "b/.hidden.png", "b/list.txt")
    put(top, ".git/x.png", "__MACOSX/a/1.png", "b/.cache/3.png", "loose.png", "README")
    files, _ = find_class_files(top, KIND)
    assert (files.class_names, len(files.paths)) == (("a", "b"), 2)
    assert files.notes == (
        "1 pictures beside the class folders were not read.",
        f"4 files below {top} are no pictures and were not read (.txt, .db, .png).",
    )


def test_train_and_test_share_their_classes(top: Path) -> None:
    put(top, "train/a/1.png", "train/b/2.png", "train/c/3.png", "test/c/4.png", "test/a/5.png")
    put(top, "train/unsup/6.png")
    train, test = find_class_files(top, KIND)
    assert test is not None
    assert train.class_names == test.class_names == ("a", "b", "c")
    assert [path.name for path in test.paths] == ["5.png", "4.png"]
    assert (train.labels.tolist(), test.labels.tolist()) == ([0, 1, 2], [0, 2])
    assert train.notes == (f"{top}/train/unsup has no labels and was not read.",)


def test_classes_may_be_called_train_and_test(top: Path) -> None:
    put(top, "train/1.png", "test/2.png")
    files, test = find_class_files(top, KIND)
    assert (files.class_names, test) == (("test", "train"), None)


def test_links_are_followed_and_rings_end(top: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "1.png", "2.png")
    put(top, "a/3.png")
    (top / "b").symlink_to(tmp_path / "elsewhere")
    (top / "a" / "ring").symlink_to(top / "a")
    files, _ = find_class_files(top, KIND)
    assert files.labels.tolist() == [0, 1, 1]


@pytest.mark.skipif(os.name != "posix", reason="names of any bytes")
def test_names_of_any_bytes_can_be_printed(top: Path) -> None:
    put(top, os.fsdecode(b"caf\xe9/1.png"), "b\u00e9/2.png", "<script>/3.png")
    files, _ = find_class_files(top, KIND)
    assert files.class_names == ("<script>", "bé", "caf\ufffd")
    assert shown(files.paths[2]) == f"{top}/caf\ufffd/1.png"
    "".join(files.class_names).encode()


@pytest.mark.parametrize(
    ("names", "where", "text"),
    [
        (
            ["1.png", "2.png"],
            "",
            (
                "expected a folder a class, received 2 pictures and no folders. Put the"
                " pictures of each class into a folder with the name of the class."
            ),
        ),
        (
            [".hidden"],
            "",
            (
                "expected a folder a class, received no folders. Put the pictures of each class"
                " into a folder with the name of the class."
            ),
        ),
        (
            ["a/1.png", "b/note.txt"],
            "/b",
            "the class folder has no pictures (.png, .jpg). Fill it or remove it.",
        ),
        (
            ["train/a/1.png", "val/a/2.png", "test/a/3.png"],
            "",
            (
                "expected class folders, or the folders train and test, received test and train"
                " and val. Validation data is set aside from train by `validation:`; to read"
                " one of the folders, name it in the path."
            ),
        ),
        (
            ["train/a/1.png", "test/a/2.png", "test/b/3.png"],
            "/test",
            (
                "there is a class folder 'b', and none in train. A model cannot foretell a"
                " class that it never saw: add it there or remove it here."
            ),
        ),
    ],
    ids=["loose", "nothing", "empty", "validation", "unknown"],
)
def test_other_layouts_are_refused(top: Path, names: list[str], where: str, text: str) -> None:
    put(top, *names)
    with pytest.raises(DataError, match=f"^{re.escape(f'{top}{where}: {text}')}$"):
        find_class_files(top, KIND)


def test_file_is_no_folder_of_classes(top: Path) -> None:
    put(top, "a.zip")
    message = f"{top}/a.zip: expected a folder of class folders, received a file."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        find_class_files(top / "a.zip", KIND)


def test_all_files_below_a_folder_are_found_without_labels(top: Path) -> None:
    put(top, "2.png", "a/1.jpg", "note.txt")
    files = find_files_below(top, KIND)
    assert [path.name for path in files.paths] == ["2.png", "1.jpg"]
    assert (files.labels.tolist(), files.class_names) == ([0, 0], ())
    assert files.notes == (f"1 files below {top} are no pictures and were not read (.txt).",)


def test_folder_without_any_is_refused(top: Path) -> None:
    put(top, "note.txt")
    message = f"{top}: there are no pictures (.png, .jpg) in it."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        find_files_below(top, KIND)
