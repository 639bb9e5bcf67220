from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.config.file_sources import ImagesSource
from dlkit.data.files import NotFoundError
from dlkit.data.images.folders import ImageFolder, open_images, read_unlabelled
from dlkit.data.images.threads import SMALL_PIXELS, decoding_threads, map_in_threads
from dlkit.errors import DataError

GRAY, COLOR = (9, 9), (9, 9, 3)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "my pictures"


def paint(top: Path, pictures: dict[str, Any]) -> None:
    """Write pictures: a shape is filled with the picture's number, an array is as it is."""
    for number, (name, picture) in enumerate(pictures.items()):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        array = np.full(picture, number) if isinstance(picture, tuple) else picture
        Image.fromarray(np.asarray(array, np.uint8)).save(path)


def opened(top: Path, **settings: Any) -> ImageFolder:
    return open_images(ImagesSource(path=top.name, **settings), [Path("/none"), top.parent])


def test_pictures_are_read_in_the_order_of_the_rows(top: Path) -> None:
    paint(top, {"a/0.png": GRAY, "a/1.bmp": GRAY, "b/2.png": GRAY, "b/3.tif": GRAY})
    folder = opened(top)
    read = folder.read(np.array([3, 0, 2, 2]))
    assert (read.shape, read.dtype) == ((4, 9, 9, 1), np.uint8)
    assert read[:, 4, 4, 0].tolist() == [3, 0, 2, 2]
    assert folder.read(np.array([], int)).shape == (0, 9, 9, 1)
    assert (len(folder), folder.labels.tolist(), folder.class_names) == (
        4,
        [0, 0, 1, 1],
        ("a", "b"),
    )
    assert folder.origin == str(top)


def test_many_large_pictures_are_read_in_order_by_threads(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    paint(top, {f"a/{number:02}.png": (100, 100) for number in range(50)})
    folder = opened(top, damaged="skip")
    assert folder.threads == 4
    rows = np.random.default_rng(0).permutation(50)
    assert folder.read(rows)[:, 0, 0, 0].tolist() == rows.tolist()


def test_choices_are_written_out_and_told(top: Path) -> None:
    paint(top, {"a/0.png": GRAY, "b/1.png": COLOR, "b/2.png": GRAY})
    folder = opened(top)
    assert folder.shape == (9, 9, 3)
    assert folder.settings == ImagesSource(path=top.name, image_size=(9, 9), color_mode="rgb")
    assert folder.notes == (
        "image_size: [9, 9], that of every picture.",
        "color_mode: rgb, 1 of 3 pictures are stored in color.",
    )


def test_gray_pictures_stay_gray(top: Path) -> None:
    paint(top, {"a/0.png": GRAY, "b/1.png": GRAY})
    folder = opened(top)
    assert (folder.shape, folder.settings.color_mode) == ((9, 9, 1), "grayscale")
    assert folder.notes[-1] == "color_mode: grayscale, no picture has colors."


@pytest.mark.parametrize(("mode", "channels"), [("grayscale", 1), ("rgb", 3), ("rgba", 4)])
def test_size_and_colors_are_as_asked(top: Path, mode: str, channels: int) -> None:
    paint(top, {"a/0.png": (20, 30), "b/1.png": (8, 9, 3)})
    folder = opened(top, image_size=[5, 7], color_mode=mode)
    assert folder.read(np.arange(2)).shape == (2, 5, 7, channels)
    assert folder.notes == ()


def test_padding_is_that_of_the_settings(top: Path) -> None:
    paint(top, {"a/0.png": np.full((4, 8), 200)})
    read = opened(top, image_size=[8, 8], resize="pad").read(np.array([0]))
    assert read[0, :, 0, 0].tolist() == [0, 0, 200, 200, 200, 200, 0, 0]


def test_test_folder_has_the_shape_of_training(top: Path) -> None:
    paint(top, {"train/a/0.png": GRAY, "train/b/1.png": GRAY, "test/b/2.png": COLOR})
    folder = opened(top)
    assert folder.test is not None
    assert folder.shape == folder.test.shape == (9, 9, 3)
    assert (folder.test.labels.tolist(), folder.test.class_names) == ([1], ("a", "b"))
    assert folder.test.read(np.array([0]))[0, 0, 0].tolist() == [2, 2, 2]
    assert (len(folder), len(folder.test)) == (2, 1)


def test_sizes_that_differ_are_refused(top: Path) -> None:
    sizes = [(4, 6), (4, 6), (6, 4), (5, 5), (3, 3)]
    paint(top, {f"a/{number}.png": size for number, size in enumerate(sizes)})
    message = (
        f"{top}: expected pictures of one size, received 2 of [4, 6] and 1 of [6, 4] and 2"
        " other sizes (height and width). Write `image_size: [height, width]`, which all are"
        " brought to."
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        opened(top)


@pytest.mark.parametrize("skip", [False, True])
def test_files_that_are_no_pictures_are_refused_or_counted(top: Path, skip: bool) -> None:
    paint(top, {"a/0.png": GRAY, "b/3.png": GRAY})
    for name in ("a/1.png", "b/2.jpg"):
        (top / name).write_bytes(b"\x00 random bytes")
    if skip:
        folder = opened(top, damaged="skip")
        assert (folder.labels.tolist(), len(folder)) == ([0, 1], 2)
        assert folder.notes[0] == (
            f"2 damaged pictures were left out, the first {top}/a/1.png (it is empty or no"
            " picture)."
        )
        return
    message = (
        f"{top}/a/1.png: the picture cannot be read (it is empty or no picture), nor can 1"
        " more. Repair or remove it, or write `damaged: skip` to leave such files out."
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        opened(top)


def test_picture_cut_in_half_is_skipped_or_named_when_it_is_read(top: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 30))
    paint(top, {"a/0.png": noise, "a/1.png": noise, "b/2.png": noise})
    path = top / "a" / "1.png"
    path.write_bytes(path.read_bytes()[:500])
    assert opened(top, damaged="skip").labels.tolist() == [0, 1]
    folder = opened(top)  # its header is whole
    with pytest.raises(DataError, match=r"a/1\.png: the picture cannot be read \(.*truncated"):
        folder.read(np.arange(3))


def test_class_of_damaged_pictures_only_is_refused(top: Path) -> None:
    paint(top, {"a/0.png": GRAY})
    (top / "b").mkdir()
    (top / "b" / "1.png").touch()
    message = "like every picture of the class 'b'. There is nothing left to read."
    with pytest.raises(DataError, match=re.escape(message)):
        opened(top, damaged="skip")


def test_picture_removed_since_is_named(top: Path) -> None:
    paint(top, {"a/0.png": GRAY})
    folder = opened(top)
    (top / "a" / "0.png").unlink()
    with pytest.raises(DataError, match=r"a/0\.png: the picture cannot be read \(no such file"):
        folder.read(np.array([0]))


def test_missing_folder_is_not_found(top: Path) -> None:
    with pytest.raises(NotFoundError, match=r"^my pictures: there is no such file"):
        opened(top)


def test_new_pictures_are_brought_to_the_shape_of_training(top: Path) -> None:
    paint(top, {"new/0.png": (20, 20), "new/deep/1.png": COLOR, "odd.png": COLOR})
    settings = ImagesSource(path="gone", image_size=(5, 4), color_mode="grayscale")
    folder = read_unlabelled(top / "new", settings)
    assert [path.name for path in folder.paths] == ["0.png", "1.png"]
    assert folder.read(np.arange(2)).shape == (2, 5, 4, 1)
    assert (folder.labels.tolist(), folder.class_names) == ([0, 0], ())
    assert read_unlabelled(top / "odd.png", settings).read(np.array([0]))[0, 0, 0, 0] == 2


def test_nothing_new_is_refused(top: Path) -> None:
    top.mkdir()
    settings = ImagesSource(path="gone", image_size=(5, 4), color_mode="rgb")
    with pytest.raises(DataError, match=r"my pictures: there are no pictures \(\.png, "):
        read_unlabelled(top, settings)
    with pytest.raises(DataError, match=r"none: there is no such file or folder\.$"):
        read_unlabelled(top / "none", settings)


@pytest.mark.parametrize("items", [0, 1, 5, 100])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_threads_keep_the_order(items: int, threads: int) -> None:
    squares = [number * number for number in range(items)]
    assert map_in_threads(lambda number: number**2, range(items), threads) == squares


def test_small_pictures_are_decoded_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert (decoding_threads(28 * 28), decoding_threads(SMALL_PIXELS)) == (1, 8)
