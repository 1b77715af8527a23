"""Rows and charts as Slack draws them, or as text. Without it a series would be a wall of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from adapters.slack.elements import Block, preformatted
from adapters.slack.text import literal
from adapters.wording import Chart, Grid, Series, cut, figure
from agents.domain import Language

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, CELL = 20, 20, 10_000, 400
MOST_LABELS, LABEL, MOST_SERIES, TITLE = 20, 20, 6, 50
BAR = 24  # characters of the longest bar
MONOSPACED, MONOSPACED_CELL = 2800, 28
RAMP = "▁▂▃▄▅▆▇█"


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown_rows(grid: Grid) -> int:
    """How many rows of the grid a native table shows."""
    return min(len(grid.rows), MOST_ROWS)


def table(grid: Grid) -> Block:
    """A native table: 20 rows, 20 columns, no empty cell, 10,000 characters over all cells."""
    width = min(len(grid.columns), MOST_COLUMNS)
    lines = [grid.columns[:width], *(row[:width] for row in grid.rows[:MOST_ROWS])]
    budget = min(CELL, MOST_CELLS // (width * len(lines)))
    rows = [[{"type": "raw_text", "text": _cell(text, budget)} for text in line] for line in lines]
    settings = [{"align": "right"} if numeric else {"is_wrapped": True} for numeric in grid.numeric[:width]]
    return {"type": "table", "column_settings": settings, "rows": rows}


def _cell(text: str, most: int) -> str:
    return cut(literal(text), most).strip() or " "


def text_table(grid: Grid) -> Block:
    """The same in a fixed width, for workspaces without native tables."""
    lines = [grid.columns, *grid.rows[:MOST_ROWS]]
    cells = [[_cell(text, MONOSPACED_CELL).replace("\n", " ") for text in line[:MOST_COLUMNS]] for line in lines]
    widths = [max(len(line[at]) for line in cells) for at in range(len(cells[0]))]
    drawn = [
        "  ".join(
            text.rjust(width) if numeric else text.ljust(width)
            for text, width, numeric in zip(line, widths, grid.numeric, strict=False)
        ).rstrip()
        for line in cells
    ]
    return preformatted(_fitting(drawn))


def _fitting(lines: Sequence[str]) -> str:
    kept, left = list[str](), MONOSPACED
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept) or cut(lines[0], MONOSPACED)


# ── charts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def picture(chart: Chart, language: Language, *, native: bool) -> Block:
    """Slack's own chart where its limits allow and the workspace has it, else bars or a spark line of text."""
    shown = fitting(chart)
    if native and drawable(shown):
        return data_visualization(shown)
    return bars(chart, language) if len(chart.labels) <= MOST_LABELS else sparks(chart, language)


def fitting(chart: Chart) -> Chart:
    """At most 20 points: the last of a series, the first of a comparison; the title says which, or how many of them."""
    count = len(chart.labels)
    if count <= MOST_LABELS:
        return chart
    kept = slice(count - MOST_LABELS, count) if chart.kind == "line" else slice(MOST_LABELS)
    labels = chart.labels[kept]
    which = f" ({labels[0]} – {labels[-1]})" if chart.kind == "line" else f" ({MOST_LABELS} / {count})"
    which = which if len(which) <= TITLE // 2 else f" ({MOST_LABELS} / {count})"
    series = tuple(replace(one, values=one.values[kept]) for one in chart.series)
    return replace(chart, title=_cell(chart.title, TITLE - len(which)) + which, labels=labels, series=series)


def drawable(chart: Chart) -> bool:
    """Does it fit a native chart: one finite value for every label, and not too many?"""
    values = [value for series in chart.series for value in series.values]
    return (
        len(chart.labels) <= MOST_LABELS
        and 1 <= len(chart.series) <= MOST_SERIES
        and all(value is not None and math.isfinite(value) for value in values)
    )


def data_visualization(chart: Chart) -> Block:
    """A native line or bar chart. Labels that are alike after cutting get a number."""
    labels = _distinct(chart.labels, LABEL)
    names = _distinct([series.name for series in chart.series], LABEL)
    series = [
        {"name": name, "data": [{"label": at, "value": value} for at, value in zip(labels, one.values, strict=True)]}
        for name, one in zip(names, chart.series, strict=True)
    ]
    axis: Block = {"categories": labels}
    axis |= {"y_label": _cell(chart.unit, TITLE)} if chart.unit else {}
    return {
        "type": "data_visualization",
        "title": _cell(chart.title, TITLE),
        "chart": {"type": chart.kind, "series": series, "axis_config": axis},
    }


def _distinct(texts: Sequence[str], most: int) -> list[str]:
    made: list[str] = []
    for text in texts:
        shown, number = _cell(text, most), 1
        while shown in made:
            number += 1
            shown = f"{_cell(text, most - 4)} {number}"
        made.append(shown)
    return made


def bars(chart: Chart, language: Language) -> Block:
    """The first series as bars."""
    first = chart.series[0].values
    longest = max((abs(value) for value in first if value is not None and math.isfinite(value)), default=0.0) or 1.0
    labels = [_cell(text, LABEL).replace("\n", " ") for text in chart.labels]
    width = max(len(text) for text in labels)
    lines = [
        f"{name.ljust(width)}  {_bar(value, longest)} {_amount(value, language, chart.unit)}"
        for name, value in zip(labels, first, strict=True)
    ]
    return preformatted(_fitting(lines))


def sparks(chart: Chart, language: Language) -> Block:
    """Each series as one line of small columns, with its ends."""
    ends = f"{_cell(chart.labels[0], LABEL)} → {_cell(chart.labels[-1], LABEL)}"
    return preformatted(_fitting([ends, *(_spark(series, language, chart.unit) for series in chart.series)]))


def _spark(series: Series, language: Language, unit: str) -> str:
    values = [value for value in series.values if value is not None and math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = (high / 2 - low / 2) or 1.0  # halved: the difference of two large numbers may be infinite
    drawn = "".join(
        " " if value is None or not math.isfinite(value) else RAMP[min(7, int((value / 2 - low / 2) / span * 8))]
        for value in series.values
    )
    return f"{drawn}  {_cell(series.name, LABEL)}: {figure(low, language, unit)} – {figure(high, language, unit)}"


def _bar(value: float | None, longest: float) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return "█" * max(1, round(BAR * (abs(value) / longest)))


def _amount(value: float | None, language: Language, unit: str) -> str:
    return figure(value, language, unit) if value is not None and math.isfinite(value) else "–"
