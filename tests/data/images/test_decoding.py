from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.data.images.pictures import (
    BrokenPictureError,
    ColorMode,
    Look,
    Resize,
    check_decodes,
    decode,
    read_header,
)

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
PIXEL_BY_PIXEL = Look(1, 2, "rgb")


def encoded(array: Any, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    image = Image.fromarray(np.asarray(array, np.uint8))
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_lossless_picture_is_read_as_it_was_written(kind: str) -> None:
    gray = np.arange(0, 240, 10).reshape(4, 6)
    rgb = np.repeat(gray[..., None], 3, axis=-1)
    options = {"lossless": True} if kind == "WEBP" else {}
    read = decode(encoded(rgb, kind, **options), Look(4, 6, "rgb"))
    np.testing.assert_array_equal(read, rgb)
    assert read.dtype == np.uint8


def test_jpeg_keeps_an_even_color() -> None:
    read = decode(encoded(np.full((16, 16, 3), (200, 100, 50)), "JPEG"), Look(16, 16, "rgb"))
    assert np.abs(read.astype(int) - (200, 100, 50)).max() <= 3


@pytest.mark.parametrize(
    ("mode", "pixels"),
    [
        ("rgb", [[RED, WHITE]]),
        ("rgba", [[(*RED, 255), (0, 0, 255, 0)]]),
        # red is 0.299 of full light (ITU-R 601): 76 of 255
        ("grayscale", [[[76], [255]]]),
    ],
)
def test_what_is_transparent_shows_white_where_there_is_no_alpha(
    mode: ColorMode, pixels: list[Any]
) -> None:
    file = encoded([[(*RED, 255), (0, 0, 255, 0)]])
    assert decode(file, Look(1, 2, mode)).tolist() == np.array(pixels).tolist()


def test_half_transparent_black_is_middle_gray() -> None:
    read = decode(encoded([[(0, 0, 0, 51)] * 2]), PIXEL_BY_PIXEL)
    assert read.tolist() == [[[204] * 3] * 2]


def test_palette_is_looked_up_and_its_transparent_color_is_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, 0, 0, 255])
    image.putdata([0, 1])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    assert decode(file.getvalue(), PIXEL_BY_PIXEL).tolist() == [[list(RED), list(WHITE)]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(kind: str) -> None:
    file = io.BytesIO()
    # one step of eight bits is 257 of sixteen
    Image.fromarray(np.array([[0, 257 * 100, 65535, 128, 129]], np.uint16)).save(file, kind)
    read = decode(file.getvalue(), Look(1, 5, "grayscale"))
    assert read.reshape(-1).tolist() == [0, 100, 255, 0, 1]


def test_one_bit_becomes_black_and_white() -> None:
    read = decode(encoded([[0, 255]], mode="1"), Look(1, 2, "grayscale"))
    assert read.reshape(-1).tolist() == [0, 255]


def test_animation_gives_its_first_frame() -> None:
    first, second = (Image.new("RGB", (2, 1), color) for color in (RED, BLACK))
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[second])
    assert decode(file.getvalue(), PIXEL_BY_PIXEL).tolist() == [[list(RED)] * 2]


CORNERS = np.array([[10, 20, 30], [40, 50, 60]])
TURNED = {
    1: CORNERS,
    2: CORNERS[:, ::-1],
    3: CORNERS[::-1, ::-1],
    4: CORNERS[::-1],
    5: CORNERS.T,
    6: np.rot90(CORNERS, -1),
    7: np.rot90(CORNERS, 2).T,
    8: np.rot90(CORNERS),
}
"""What people see for each orientation of the EXIF standard."""


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", TURNED)
def test_picture_is_turned_as_its_exif_says(
    tmp_path: Path, orientation: int, kind: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    path = tmp_path / "photo"
    path.write_bytes(encoded(CORNERS, kind, exif=exif, **options))
    seen = TURNED[orientation]
    assert read_header(path).size == seen.shape
    read = decode(path, Look(*seen.shape, "grayscale"))
    np.testing.assert_array_equal(read[..., 0], seen)


def test_header_tells_colors_from_gray(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    gray = {}
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        path.write_bytes(encoded(np.zeros((2, 2)), mode=mode))
        gray[mode] = read_header(path).gray
    assert [mode for mode in gray if gray[mode]] == ["1", "L", "LA"]


HALVES = np.repeat([[0, 0, 100, 100, 200, 200, 250, 250]], 4, axis=0)


@pytest.mark.parametrize(
    ("resize", "row"),
    [
        ("stretch", [[0, 100, 200, 250]]),
        ("crop", [[100, 100, 200, 200]]),  # the middle half
        ("pad", [[0, 0, 0, 0], [0, 100, 200, 250], [0, 100, 200, 250], [0, 0, 0, 0]]),
    ],
)
def test_other_proportions_are_stretched_cropped_or_padded(
    resize: Resize, row: list[list[int]]
) -> None:
    read = decode(encoded(HALVES), Look(4, 4, "grayscale", resize))[..., 0].astype(int)
    expected = np.broadcast_to(row, (4, 4))
    # smoothing reaches over the edges of the bars, never past its neighbors' middle
    assert np.abs(read - expected).max() <= 25
    if resize == "crop":
        np.testing.assert_array_equal(read, expected)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    read = decode(encoded(board), Look(8, 8, "grayscale"))
    assert np.abs(read.astype(int) - 127.5).max() <= 3


def test_large_jpeg_shrunk_by_its_decoder_looks_the_same() -> None:
    waves = np.sin(np.linspace(0, 6, 400))[:, None] * np.cos(np.linspace(0, 9, 600))
    image = Image.fromarray(np.uint8(127 + 120 * waves))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95)
    whole = np.asarray(Image.open(file).resize((30, 20), Image.Resampling.BILINEAR))
    read = decode(file.getvalue(), Look(20, 30, "grayscale"))[..., 0]
    assert np.abs(read.astype(int) - whole).max() <= 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_cut_picture_is_broken_and_nothing_else_is_raised(tmp_path: Path, kind: str) -> None:
    whole = encoded(np.random.default_rng(0).integers(0, 256, (20, 20, 3)), kind)
    look, path = Look(20, 20, "rgb"), tmp_path / "cut"
    for size in (0, 1, 10, len(whole) // 2):
        path.write_bytes(whole[:size])
        with pytest.raises(BrokenPictureError):
            decode(path, look)
        with pytest.raises(BrokenPictureError):
            check_decodes(path)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of broken EXIF and the like
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"])
def test_changed_bytes_give_a_picture_or_a_broken_one(tmp_path: Path, kind: str) -> None:
    whole, chance = encoded(np.full((9, 9, 3), 77), kind), random.Random(0)  # noqa: S311
    path, broken = tmp_path / "changed", 0
    for _ in range(200):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            read_header(path)
            assert decode(path, Look(3, 3, "rgb")).shape == (3, 3, 3)
        except BrokenPictureError:
            broken += 1
    assert broken > 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty or no picture"),
        (b"hello, I am a text", "it is empty or no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is empty or no picture"),
    ],
    ids=["empty", "text", "postscript"],
)
def test_what_is_no_picture_says_so(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "no.png"
    path.write_bytes(data)
    with pytest.raises(BrokenPictureError, match=f"^{reason}$"):
        read_header(path)


def test_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenPictureError, match=r"^no such file or directory$"):
        decode(tmp_path / "none.png", PIXEL_BY_PIXEL)


def test_floats_have_no_known_range(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(BrokenPictureError, match=r"^pixels of 32 bits have no known range$"):
        read_header(tmp_path / "float.tif")
