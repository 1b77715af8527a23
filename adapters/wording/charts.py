"""Rows that would rather be looked at than read: a line over time, bars for a comparison, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from adapters.wording.labels import titled, unit_of
from adapters.wording.numbers import cell, is_number
from adapters.wording.spoken import Chart, Series
from agents.domain import Cell, Figures, Language

FEWEST, MOST, MOST_SERIES = 2, 60, 6
PERIOD = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2])|-?[QT][1-4])?")

Row = tuple[Cell, ...]


def chart(figures: Figures, language: Language) -> Chart | None:
    """A chart of the result, or None when its shape has no natural picture."""
    rows, columns = figures.result.rows, figures.result.columns
    if len(rows) < FEWEST or figures.result.truncated:
        return None
    measures = [i for i in range(len(columns)) if _numeric(rows, i) and not _is_key(columns[i], rows, i, figures)]
    keys = [i for i in range(len(columns)) if i not in measures]
    if not measures or len(keys) not in (1, 2):
        return None
    labels, series = (
        _split(rows, keys, measures[0], language) if len(keys) == 2 else _flat(figures, keys[0], measures, language)
    )
    if not FEWEST <= len(labels) <= MOST or not 1 <= len(series) <= MOST_SERIES:
        return None
    name = columns[measures[0]]
    kind = "line" if all(PERIOD.fullmatch(text) or _dated(rows, keys[0]) for text in labels) else "bar"
    shown = tuple(cell(text, language) for text in labels)
    unit = unit_of(name, figures.reading, figures.tables)
    title = titled(name, figures.reading, figures.tables, language)
    return Chart("line" if kind == "line" else "bar", title, shown, series, unit)


def _numeric(rows: Sequence[Row], index: int) -> bool:
    filled = [row[index] for row in rows if row[index] is not None]
    return bool(filled) and all(is_number(value) for value in filled)


def _is_key(name: str, rows: Sequence[Row], index: int, figures: Figures) -> bool:
    grouped = {part.rsplit(".", 1)[-1].lower() for part in figures.reading.grouping}
    return name.lower() in grouped or all(PERIOD.fullmatch(str(row[index])) for row in rows if row[index] is not None)


def _dated(rows: Sequence[Row], index: int) -> bool:
    return all(isinstance(row[index], date) for row in rows)


def _flat(
    figures: Figures, key: int, measures: list[int], language: Language
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    rows, columns = _in_time(figures.result.rows, key), figures.result.columns
    units = {unit_of(columns[i], figures.reading, figures.tables) for i in measures}
    shown = measures if len(units) == 1 else measures[:1]
    names = {i: titled(columns[i], figures.reading, figures.tables, language) for i in shown}
    told = names if len(set(names.values())) == len(names) else {i: columns[i] for i in shown}
    series = tuple(Series(told[i], tuple(_value(row[i]) for row in rows)) for i in shown)
    return tuple(str(row[key]) for row in rows), series


def _split(
    rows: Sequence[Row], keys: list[int], measure: int, language: Language
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """Two grouping columns: the period (else the first) runs along the axis, the other makes the series."""
    along, by = keys if _periodic(rows, keys[0]) or not _periodic(rows, keys[1]) else keys[::-1]
    labels = tuple(dict.fromkeys(str(row[along]) for row in _in_time(rows, along)))
    found = {(str(row[along]), cell(row[by], language)): _value(row[measure]) for row in rows}
    names = dict.fromkeys(cell(row[by], language) for row in rows)
    return labels, tuple(Series(name, tuple(found.get((text, name)) for text in labels)) for name in names)


def _periodic(rows: Sequence[Row], index: int) -> bool:
    return _dated(rows, index) or all(PERIOD.fullmatch(str(row[index])) for row in rows)


def _in_time(rows: Sequence[Row], key: int) -> Sequence[Row]:
    return sorted(rows, key=lambda row: str(row[key])) if _periodic(rows, key) else rows


def _value(value: Cell) -> float | None:
    return float(value) if is_number(value) else None  # type: ignore[arg-type]
