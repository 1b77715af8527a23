"""Rows as a table and as a chart. Without it a result wider than a phone would be drawn as a blank."""

from __future__ import annotations

import math
import re
from typing import Any

from adapters.teams.elements import Element, text
from adapters.teams.markdown import escaped, literal, one_line
from adapters.wording import Chart, Grid, Series, cut

MOST_COLUMNS, MOST_ROWS = 5, 10
CELL, LABEL = 120, 60
MOST_POINTS, MOST_SERIES = 60, 6
_DAY = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>0[1-9]|1[0-2]))?(?:-(?P<day>[0-2]\d|3[01]))?")


def table(grid: Grid, rows: int = MOST_ROWS) -> Element:
    """At most 5 columns of equal width and 10 rows: what phones draw."""
    numeric = grid.numeric[:MOST_COLUMNS]
    columns = [{"width": 1, "horizontalCellContentAlignment": "Right" if one else "Left"} for one in numeric]
    head = _row(grid.columns[:MOST_COLUMNS], weight="Bolder")
    return {
        "type": "Table",
        "gridStyle": "accent",
        "firstRowAsHeaders": True,
        "columns": columns,
        "rows": [head, *(_row(row[:MOST_COLUMNS]) for row in grid.rows[:rows])],
    }


def _row(values: tuple[str, ...], **style: object) -> Element:
    cells = [{"type": "TableCell", "items": [text(_cell(value), **style)]} for value in values]
    return {"type": "TableRow", "cells": cells}


def _cell(value: str) -> str:
    return escaped(cut(one_line(value), CELL))


def chart(drawn: Chart, fallback: str) -> Element | None:
    """A native chart, or None when nothing of it can be drawn. `fallback` is shown where charts are unknown."""
    shown = [(one.name, _points(drawn.labels, one)) for one in drawn.series[:MOST_SERIES]]
    shown = [(name, points) for name, points in shown if points]
    if not shown:
        return None
    days = [_day(label) for label in drawn.labels]
    if drawn.kind == "line" and all(days):
        kind, data = "Chart.Line", _grouped(shown, dict(zip(drawn.labels, days, strict=True)))
    elif len(shown) == 1:
        kind, data = "Chart.VerticalBar", [{"x": _label(x), "y": y} for x, y in shown[0][1]]
    else:
        kind, data = "Chart.VerticalBar.Grouped", _grouped(shown, {})
    made: Element = {"type": kind, "title": _label(drawn.title), "showTitle": True, "data": data}
    # Without a title along the axis the Playground leaves its numbers no room: it cuts off their first digit.
    made |= {"yAxisTitle": _label(drawn.unit)} if drawn.unit.strip() else {}
    return made | {"fallback": text(escaped(fallback), isSubtle=True)}


def _points(labels: tuple[str, ...], series: Series) -> list[tuple[str, float]]:
    pairs = zip(labels[:MOST_POINTS], series.values[:MOST_POINTS], strict=True)
    return [(label, value) for label, value in pairs if value is not None and math.isfinite(value)]


def _grouped(shown: list[tuple[str, list[tuple[str, float]]]], days: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"legend": _label(name), "values": [{"x": days.get(x) or _label(x), "y": y} for x, y in points]}
        for name, points in shown
    ]


def _label(words: str) -> str:
    return cut(literal(one_line(words)), LABEL) or "–"


def _day(label: str) -> str:
    """The first day of a period as charts want it, or empty when the label is none."""
    found = _DAY.fullmatch(label)
    return f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}" if found else ""
