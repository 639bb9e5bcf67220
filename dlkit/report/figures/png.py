"""Pixels as a PNG file, by the format's specification (ISO/IEC 15948).

Drawings are flat: rows as they are compress as well as rows that were predicted from each
other, and to find the best prediction for every row, as libraries do, takes most of the
time of writing.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"

FASTEST = 1


def png_file(pixels: np.ndarray, dots_per_inch: float) -> bytes:
    """Return the content of a PNG file.

    Args:
        pixels: uint8 ``(height, width, 4)``: red, green, blue and opacity, from above.
        dots_per_inch: What a viewer is told of the size.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # 0 in front: not predicted
    rows[:, 1:] = pixels.reshape(height, -1)
    per_metre = round(dots_per_inch / 0.0254)
    eight_bits_rgba = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", eight_bits_rgba),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), FASTEST)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Frame a part of the file by its length and its checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
