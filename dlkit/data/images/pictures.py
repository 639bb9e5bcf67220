"""One encoded picture to an array of bytes, by Pillow.

Turned as its EXIF says, in the colors that are wanted, at the size that is wanted. Pillow
raises almost anything on a damaged file; here that is one error with a short reason. Only
picture formats are tried: Pillow also knows some that start other programs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

ColorMode = Literal["grayscale", "rgb", "rgba"]
Resize = Literal["stretch", "crop", "pad"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")

CHANNELS: dict[ColorMode, int] = {"grayscale": 1, "rgb": 3, "rgba": 4}
_MODES: dict[ColorMode, Literal["L", "RGB", "RGBA"]] = {
    "grayscale": "L",
    "rgb": "RGB",
    "rgba": "RGBA",
}

_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_GRAY = ("1", "L", "LA", "La", *_SIXTEEN_BITS)
_THIRTY_TWO_BITS = ("I", "F")

_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
"""Orientations of EXIF that swap height and width."""


class BrokenPictureError(Exception):
    """A picture cannot be read; the text is the reason, half a sentence."""


@dataclass(frozen=True)
class Look:
    """What every picture of a dataset is brought to.

    Attributes:
        height: In pixels.
        width: In pixels.
        color_mode: Which channels it has.
        resize: What happens to other proportions: ``stretch`` changes them, ``crop`` cuts
            the middle out, ``pad`` fills with black.
    """

    height: int
    width: int
    color_mode: ColorMode
    resize: Resize = "stretch"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.height, self.width, CHANNELS[self.color_mode]


@dataclass(frozen=True)
class Header:
    """What a picture's first bytes tell.

    Attributes:
        size: Height and width in pixels, as people see it.
        gray: Whether it has no colors.
    """

    size: tuple[int, int]
    gray: bool


def read_header(path: Path) -> Header:
    """Return what a picture is, without decoding it.

    Raises:
        BrokenPictureError: If it is no picture, or a damaged one.
    """
    try:
        with _opened(path) as image:
            width, height = image.size
            size = (width, height) if _orientation(image) in _LYING else (height, width)
            return Header(size, image.mode in _GRAY)
    except Exception as error:
        raise BrokenPictureError(_reason(error)) from error


def check_decodes(path: Path) -> None:
    """Decode a picture to find out whether that works.

    Raises:
        BrokenPictureError: If it does not.
    """
    try:
        with _opened(path) as image:
            image.load()
    except Exception as error:
        raise BrokenPictureError(_reason(error)) from error


def decode(source: Path | bytes, look: Look) -> np.ndarray:
    """Return a picture, uint8 of shape ``(height, width, channels)``.

    What is transparent shows white where the result has no alpha; 16 bits become 8; of an
    animation the first frame is taken.

    Args:
        source: A file, or its bytes.
        look: What it is brought to.

    Raises:
        BrokenPictureError: If it is no picture, or a damaged one.
    """
    try:
        with _opened(source) as image:
            orientation = _orientation(image)
            _shrink_early(image, look, lying=orientation in _LYING)
            upright = image if orientation == 1 else _turned(image)
            array = np.asarray(_resized(_colored(upright, look.color_mode), look))
    except Exception as error:
        raise BrokenPictureError(_reason(error)) from error
    return array.reshape(look.shape)


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image]:
    """Read a picture's header.

    Raises:
        ValueError: If nobody knows what its numbers mean.
    """
    from PIL import Image

    # Given a path, Pillow would map the file, which scrambles a TIFF that lies on its side.
    with (
        io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file,
        Image.open(file, formats=FORMATS) as image,
    ):
        if image.mode in _THIRTY_TWO_BITS:
            raise ValueError("pixels of 32 bits have no known range")
        yield image


def _orientation(image: Image) -> int:
    """Return how a picture lies by its EXIF; 1 is upright.

    Pillow turns TIFF by itself, and would decode a PNG to look for late EXIF.
    """
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  # broken EXIF spoils no pixel
        return 1


def _shrink_early(image: Image, look: Look, *, lying: bool) -> None:
    """Let JPEG's decoder halve a large photo, to no less than twice what is wanted.

    A camera's photo is read some four times faster.
    """
    if image.format == "JPEG":
        size = (2 * look.width, 2 * look.height)
        image.draft(None, size[::-1] if lying else size)


def _turned(image: Image) -> Image:
    """Return a picture as its EXIF says that it is to be seen."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _colored(image: Image, color_mode: ColorMode) -> Image:
    """Return a picture with the channels of a color mode."""
    from PIL import Image

    if image.mode in _SIXTEEN_BITS:
        # 65535 is white: 257 sixteen-bit steps are one of eight bits.
        wide = np.asarray(image).astype(np.uint32)
        image = Image.fromarray(((wide + 128) // 257).astype(np.uint8))
    if color_mode != "rgba" and image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    mode = _MODES[color_mode]
    return image if image.mode == mode else image.convert(mode)


def _resized(image: Image, look: Look) -> Image:
    from PIL import Image, ImageOps

    size, bilinear = (look.width, look.height), Image.Resampling.BILINEAR
    if image.size == size:
        return image
    if look.resize == "crop":
        return ImageOps.fit(image, size, bilinear)
    if look.resize == "pad":
        return ImageOps.pad(image, size, bilinear, color="black")
    return image.resize(size, bilinear)


def _reason(error: Exception) -> str:
    """Say in half a sentence why a picture cannot be read."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "it is empty or no picture"
    if isinstance(error, Image.DecompressionBombError):
        return "it claims too many pixels"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()
    return text[0].rstrip(".") if text else type(error).__name__
