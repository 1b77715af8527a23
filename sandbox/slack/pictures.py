"""Charts and tables as pictures. Without it a local Slack, which knows neither, would show them as lines of text."""

from __future__ import annotations

import base64
import math
import unicodedata
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

Block = Mapping[str, Any]

COLOURS = ("#1264a3", "#e8912d", "#2eb67d", "#e01e5a", "#7c3085", "#616061")
FONT = "Lato,Helvetica,Arial,sans-serif"
INK, MUTED, LINE, HEAD = "#1d1c1d", "#616061", "#dddddd", "#f8f8f8"
WIDTH, HEIGHT = 280, 208  # a thread is narrow: wider, and the letters would be too small
LEFT, TOP, FOOT = 44, 10, 58  # pixels around the chart: scale, air, labels
STEPS = 4  # lines of the grid
SLANTED = 6  # more labels than these are turned
MOST_LABELS = 12
LETTER, PAD, ROW = 7.2, 12, 27  # pixels: a character at most, beside a cell, a row
WIDEST = 420
"""Pixels of a table that can still be read in a thread."""


def image(svg: str, told: str) -> Block:
    """An image block; `told` is for those who do not see it."""
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return {"type": "image", "image_url": source, "alt_text": told[:2000] or "–"}


# ── charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def chart(drawn: Block) -> str:
    """A line or bar chart as SVG; its labels are those of the axis."""
    series, labels = drawn["series"], drawn["axis_config"]["categories"]
    values = [float(point["value"]) for one in series for point in one["data"]]
    low, high, step = scale(values, zero=drawn["type"] == "bar")
    plot = _Plot(low, high, len(labels))
    inside = [*_grid(plot, low, high, step), *_labels(plot, labels), *_legend(series)]
    for number, one in enumerate(series):
        heights = [plot.y(float(point["value"])) for point in one["data"]]
        if drawn["type"] == "bar":
            inside += _bars(plot, heights, number, len(series))
        else:
            inside.append(_line(plot, heights, COLOURS[number % len(COLOURS)]))
    return _svg(WIDTH, HEIGHT, inside)


class _Plot:
    """Where a value and a label stand."""

    def __init__(self, low: float, high: float, count: int) -> None:
        self.low, self.high, self.slot = low, high, (WIDTH - LEFT - 12) / max(1, count)

    def x(self, at: int) -> float:
        return LEFT + self.slot * (at + 0.5)

    def y(self, value: float) -> float:
        return HEIGHT - FOOT - (HEIGHT - FOOT - TOP) * (value - self.low) / (self.high - self.low)


def scale(values: Sequence[float], *, zero: bool) -> tuple[float, float, float]:
    """Lowest, highest and step of an axis in round numbers; bars begin at zero."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if zero:
        low, high = min(0.0, low), max(0.0, high)
    rough = (high - low or abs(high) or 1.0) / STEPS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough * 0.999)
    bottom = step * math.floor(low / step)
    return bottom, max(step * math.ceil(high / step), bottom + step), step


def _grid(plot: _Plot, low: float, high: float, step: float) -> list[str]:
    made, value = [], low
    while value <= high + step / 2:
        y = plot.y(value)
        made.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 12}" y2="{y:.1f}" stroke="{LINE}"/>')
        made.append(_text(LEFT - 8, y + 4, short(value), MUTED, "end", 11))
        value += step
    return made


def short(value: float) -> str:
    """14,2 million as 14.2M."""
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{mark}"
    return f"{value:.4g}"


def _labels(plot: _Plot, labels: Sequence[str]) -> list[str]:
    every = -(-len(labels) // MOST_LABELS)
    y = HEIGHT - FOOT + 18
    if len(labels) <= SLANTED:
        return [_text(plot.x(at), y, label, MUTED, "middle", 11) for at, label in enumerate(labels)]
    return [
        _text(plot.x(at) + 4, y - 4, label, MUTED, "end", 10, f' transform="rotate(-40 {plot.x(at) + 4:.1f} {y - 4})"')
        for at, label in enumerate(labels)
        if at % every == 0
    ]


def _legend(series: Sequence[Block]) -> list[str]:
    if len(series) < 2:
        return []
    made, x = [], float(LEFT)
    for number, one in enumerate(series):
        made.append(f'<rect x="{x:.0f}" y="{HEIGHT - 14}" width="10" height="10" fill="{_colour(number)}"/>')
        made.append(_text(x + 14, HEIGHT - 5, one["name"], MUTED, "start", 12))
        x += 30 + LETTER * len(one["name"])
    return made


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _line(plot: _Plot, heights: Sequence[float], colour: str) -> str:
    points = [(plot.x(at), y) for at, y in enumerate(heights)]
    lines = "".join(
        f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}" stroke="{colour}" stroke-width="2.5"/>'
        for (a, b), (c, d) in pairwise(points)
    )
    return lines + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)


def _bars(plot: _Plot, heights: Sequence[float], number: int, of: int) -> list[str]:
    width, ground = plot.slot * 0.7 / of, plot.y(0.0)
    return [
        f'<rect x="{plot.x(at) - plot.slot * 0.35 + width * number:.1f}" y="{min(y, ground):.1f}" width="{width:.1f}" '
        f'height="{max(1.0, abs(ground - y)):.1f}" rx="2" fill="{_colour(number)}"/>'
        for at, y in enumerate(heights)
    ]


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """A table as SVG, the first row its head; empty when it would be too wide to be read."""
    widths = [max(len(row[at]) for row in rows) * LETTER + 2 * PAD for at in range(len(rows[0]))]
    whole, tall = sum(widths), ROW * len(rows)
    if whole > WIDEST:
        return ""
    inside = [f'<rect x="0.5" y="0.5" width="{whole - 1:.0f}" height="{ROW}" fill="{HEAD}"/>']
    for at, row in enumerate(rows):
        inside += _cells(row, widths, right, ROW * at + 18, bold=at == 0)
    inside += [
        f'<line x1="0" y1="{ROW * at}" x2="{whole:.0f}" y2="{ROW * at}" stroke="{LINE}"/>' for at in range(len(rows))
    ]
    inside.append(
        f'<rect x="0.5" y="0.5" width="{whole - 1:.0f}" height="{tall - 1}" rx="6" fill="none" stroke="{LINE}"/>'
    )
    return _svg(round(whole), tall, inside)


def _cells(row: Sequence[str], widths: Sequence[float], right: Sequence[bool], y: int, *, bold: bool) -> list[str]:
    made, x = [], 0.0
    for text, width, ends in zip(row, widths, right, strict=True):
        at, anchor = (x + width - PAD, "end") if ends else (x + PAD, "start")
        made.append(_text(at, y, text, INK, anchor, 13, ' font-weight="700"' if bold else ""))
        x += width
    return made


def _text(x: float, y: float, text: str, colour: str, anchor: str, size: int, more: str = "") -> str:
    clean = escape("".join(char for char in text if char.isprintable() or unicodedata.category(char) == "Zs"))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}"{more}>{clean}</text>'
    )


def _svg(width: int, height: int, inside: Sequence[str]) -> str:
    frame = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    ground = f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>'
    return f'<svg {frame} font-family="{FONT}">{ground}{"".join(inside)}</svg>'
