"""Data has one fingerprint, and any other data another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.choices import Choice  # noqa: E402
from dlkit.config.data_sources import Whole  # noqa: E402
from dlkit.config.file_sources import CsvSource, ImagesSource  # noqa: E402
from dlkit.config.schema import DatasetConfig  # noqa: E402
from dlkit.data.dataset import Dataset, Split, Stream  # noqa: E402
from dlkit.data.file_hashes import files_fingerprint  # noqa: E402
from dlkit.report.resume.fingerprint import data_fingerprint  # noqa: E402

X = np.arange(24, dtype=np.float32).reshape(6, 4)
Y = np.arange(6, dtype=np.int32)


def dataset(**changes: Any) -> Dataset:
    part = Split(X, Y)
    config = DatasetConfig(source=Choice("iris", Whole()))
    names = ("a", "b")
    made = Dataset("made", None, "here", "classification", names, (), part, None, part, config)
    return replace(made, **changes)


def test_same_data_has_the_same_fingerprint() -> None:
    found = data_fingerprint(dataset(), ())
    assert list(found) == ["train", "test", "names"]
    assert found["train"].startswith("6 examples, SHA-256 ")
    strided = np.asfortranarray(np.repeat(X, 2, axis=1))[:, ::2]
    assert data_fingerprint(dataset(train=Split(strided, Y.copy())), ()) == found


def other(x: Any = X, y: Any = Y, **more: Any) -> Split:
    return Split(x, y, **more)


@pytest.mark.parametrize(
    "change",
    [
        {"train": other(np.nextafter(X, 99))},
        {"train": other(X.astype("float64"))},
        {"train": other(X.reshape(6, 2, 2))},
        {"train": other(y=Y[::-1])},
        {"train": other(weight=np.ones(6, np.float32))},
        {"train": other(targets={"head": Y})},
        {"train": other({"a": X, "b": X})},
        {"train": other(np.array([*"abcdef"], object))},
        {"validation": other()},
        {"rows": {"train": np.arange(6)}},
        {"class_names": ("b", "a")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_changes_it(change: dict[str, Any]) -> None:
    assert data_fingerprint(dataset(**change), ()) != data_fingerprint(dataset(), ())


def test_texts_are_not_run_together() -> None:
    prints = [
        data_fingerprint(dataset(train=Split(np.array(texts, object), Y[:2])), ())
        for texts in (["ab", "c"], ["a", "bc"])
    ]
    assert prints[0] != prints[1]


def test_streamed_data_is_known_by_its_files(tmp_path: Path) -> None:
    def blocks() -> Iterator[Split]:
        yield Split(X, Y)

    (tmp_path / "made.csv").write_text("a,b\n1,2\n")
    source = Choice("csv", CsvSource(path=("made.csv",)))
    config = DatasetConfig(source=source, validation={"column": "b", "value": "v"})
    streamed = dataset(train=Stream(6, blocks), resolved=config)
    before = data_fingerprint(streamed, [tmp_path])
    assert before["files"].startswith("1 files, SHA-256 ")
    (tmp_path / "made.csv").write_text("a,b\n1,3\n")
    assert data_fingerprint(streamed, [tmp_path]) != before


def test_pictures_are_known_by_the_folders_that_they_lie_in(tmp_path: Path) -> None:
    root, linked = tmp_path / "pictures", tmp_path / "elsewhere"
    for folder in (root / "a", root / "b", linked):
        folder.mkdir(parents=True)
    for number, place in enumerate(("a", "b", "b"), 1):
        (root / place / f"{number}.png").write_bytes(bytes([number]))
    (linked / "4.png").write_bytes(b"4")
    (root / "b" / "more").symlink_to(linked)
    config = DatasetConfig(source=Choice("images", ImagesSource(path=str(root))))
    streamed = dataset(train=Stream(6, lambda: iter(())), resolved=config)

    def files() -> str:
        return data_fingerprint(streamed, [tmp_path])["files"]

    before = files()
    assert before.startswith("4 files, ")
    for name in (".DS_Store", "a/.DS_Store"):  # a file manager has been there
        (root / name).write_bytes(b"1")
    (root / "b" / "broken.png").symlink_to("nowhere")
    assert files() == before
    (linked / "4.png").write_bytes(b"5")
    behind_link = files()
    (root / "b" / "2.png").rename(root / "a" / "2.png")  # it is of another class now
    assert len({before, behind_link, files()}) == 3


def test_of_files_too_large_for_it_pieces_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlkit.data.file_hashes.WHOLE", 1000)
    file = tmp_path / "large"
    content = bytearray(np.random.default_rng(0).bytes(4 << 20))
    prints = []
    for place in (None, 0, len(content) - 1):
        if place is not None:
            content[place] ^= 1
        file.write_bytes(content)
        prints.append(files_fingerprint([("large", file)]))
    file.write_bytes(content[:-1])
    assert len({*prints, files_fingerprint([("large", file)])}) == 4
