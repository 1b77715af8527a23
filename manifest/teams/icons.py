"""Draws the two icons of the Teams app. Without it changing them would need a drawing program."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

Colour = tuple[int, int, int, int]

NIGHT: Colour = (29, 28, 90, 255)
WHITE: Colour = (255, 255, 255, 255)
GREEN: Colour = (63, 190, 120, 255)
CLEAR: Colour = (255, 255, 255, 0)
FINE = 4  # samples along each side of a pixel
BARS = ((0.33, 0.42), (0.46, 0.54), (0.59, 0.66))  # (left edge, height of its top from the bubble's floor)


def bubble(x: float, y: float, inset: float = 0.0) -> bool:
    """A speech bubble in the unit square, y downwards, smaller by `inset` on every side."""
    left, right, top, bottom, round_ = 0.18 + inset, 0.82 - inset, 0.17 + inset, 0.72 - inset, 0.12 - inset / 2
    tail = inset == 0 and 0.30 <= x <= 0.46 and bottom <= y <= bottom + (0.46 - x) * 0.95
    if not (left <= x <= right and top <= y <= bottom):
        return tail
    across = max(left + round_ - x, x - right + round_, 0.0)
    down = max(top + round_ - y, y - bottom + round_, 0.0)
    return across * across + down * down <= round_ * round_


def bars(x: float, y: float) -> bool:
    """Three bars that rise, inside the bubble."""
    return any(left <= x <= left + 0.09 and 0.92 - height * 0.95 <= y <= 0.62 for left, height in BARS)


def colour_at(x: float, y: float) -> Colour:
    """The icon in colour."""
    if bubble(x, y):
        return GREEN if bars(x, y) else WHITE
    return NIGHT


def outline_at(x: float, y: float) -> Colour:
    """The icon in white lines on nothing."""
    return WHITE if bars(x, y) or (bubble(x, y) and not bubble(x, y, 0.06)) else CLEAR


def pixels(size: int, at: Callable[[float, float], Colour]) -> list[list[Colour]]:
    """The drawing with smooth edges."""
    return [[_pixel(column, row, size, at) for column in range(size)] for row in range(size)]


def _pixel(column: int, row: int, size: int, at: Callable[[float, float], Colour]) -> Colour:
    grid = [(part + 0.5) / FINE for part in range(FINE)]
    seen = [at((column + x) / size, (row + y) / size) for y in grid for x in grid]
    opaque = sum(one[3] for one in seen) or 1
    red, green, blue = (sum(one[part] * one[3] for one in seen) // opaque for part in range(3))
    return red, green, blue, sum(one[3] for one in seen) // len(seen)


def png(drawn: list[list[Colour]]) -> bytes:
    """The picture as a file."""
    raw = b"".join(b"\0" + b"".join(bytes(one) for one in row) for row in drawn)
    head = struct.pack(">IIBBBBB", len(drawn[0]), len(drawn), 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "color.png").write_bytes(png(pixels(192, colour_at)))
    (here / "outline.png").write_bytes(png(pixels(32, outline_at)))
