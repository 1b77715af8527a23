"""What exists near a question that found no rows, or words that nothing is called by: else the asker would guess."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from agents.coverage import from_, look_up, place, quoted
from agents.domain import Column, Filter, Reading, SqlResult, Table
from agents.errors import BotError, Stopped
from agents.execution import run
from agents.language import fold, is_content, written_words
from agents.ports import Report
from agents.reach import Span
from agents.state import Context

_COLUMNS = 3  # filtered columns looked at
_VALUES = 1000  # distinct values fetched of one column
_SHOWN = 5
_SECONDS = 10.0
_LIKENESS = 0.6
_MEANT = 0.75  # likeness of a word to a value that may have been meant by it
_FEW = 2  # columns of names listed where none looks like the word

_ORDERED = ("date", "timestamp", "tinyint", "smallint", "int", "bigint", "decimal", "double", "float", "long", "short")
_PERIOD = re.compile(r"^\d{4}([-/]?(\d{1,2}|[QT]\d))?([-/]\d{1,2})?$")
_GROUPING = re.compile(r"\b(?:par|by|per)\s+[^\W\d_]+", re.IGNORECASE)  # what is grouped by is no value
_EXACT = ("=", "in", "like")

Value = tuple[str, tuple[tuple[str, str], ...]]  # one of Column.values


class Alike(NamedTuple):
    """Values of a column that exist and look like those asked for."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearby:
    """What exists instead: `coverage` of ordered columns, values `alike` of the others."""

    coverage: tuple[Span, ...] = ()
    alike: tuple[Alike, ...] = ()


def is_empty(result: SqlResult) -> bool:
    """No rows, or one row of nothing but NULL (a sum over nothing) and zero counts."""
    if len(result.rows) != 1:
        return not result.rows
    cells = result.rows[0]
    return all(cell is None or cell == 0 for cell in cells) and (None in cells or len(cells) == 1)


async def look_nearby(context: Context, reading: Reading, tables: Sequence[Table], report: Report) -> Nearby:
    """Looks at each filtered column, side by side and within a few seconds; what cannot be found out is left out."""
    asked = [(one, *held) for one in reading.filters if (held := place(one.column, reading, tables))][:_COLUMNS]
    try:
        async with asyncio.timeout(_SECONDS):
            found = await asyncio.gather(*(_look(context, *each, report) for each in asked))
    except TimeoutError:
        return Nearby()
    return Nearby(
        tuple(one for one in found if isinstance(one, Span)),
        tuple(one for one in found if isinstance(one, Alike)),
    )


async def _look(context: Context, one: Filter, table: Table, column: Column, report: Report) -> Span | Alike | None:
    try:
        if _is_ordered(one, column):
            return await look_up(context, table, column, report)
        return await _alike(context, one, table, column, report) if one.operator in _EXACT else None
    except Stopped:
        raise
    except BotError:
        return None


def _is_ordered(one: Filter, column: Column) -> bool:
    if column.type.lower().startswith(_ORDERED):
        return True
    return bool(one.values) and all(_PERIOD.match(value) for value in one.values)


async def _alike(context: Context, one: Filter, table: Table, column: Column, report: Report) -> Alike | None:
    name = quoted(column.name)
    sql = f"SELECT DISTINCT {name} AS value FROM {from_(table)} WHERE {name} IS NOT NULL LIMIT {_VALUES}"  # noqa: S608 - names are the catalogue's, quoted, and the guard passes the text
    mark = f"nearby-{column.name}"
    ran = await run(context, sql, [table], agent="synthesizer", report=report, mark=mark, rows=_VALUES)
    values = [str(row[0]) for row in ran.result.rows]
    like = _most_alike([value.strip("%") for value in one.values], values)
    return Alike(column.name, like) if like else None


def _most_alike(asked: Sequence[str], values: Sequence[str]) -> tuple[str, ...]:
    """Values that look like those asked; none when all of those exist, for then something else found no rows."""
    existing = {fold(value): value for value in values}
    if all(value in values for value in asked):
        return ()
    near = [fold(word) for word in asked]
    close = [m for word in near for m in difflib.get_close_matches(word, existing, n=_SHOWN, cutoff=_LIKENESS)]
    within = [folded for folded in existing for word in near if word and (word in folded or folded in word)]
    picked = list(dict.fromkeys([*close, *within])) or (list(existing) if len(existing) <= _SHOWN else [])
    return tuple(existing[folded] for folded in picked[:_SHOWN])


# ── Words that nothing is called by ───────────────────────────────────────────────────────────────────────────────────


def not_read(question: str, said: str, tables: Sequence[Table]) -> tuple[str, ...]:
    """The question's words that an answer repeats and that no column or value is called by, except for groupings."""
    repeated, known = {fold(word) for word in written_words(said)}, set(_names(tables))
    asked = _GROUPING.sub(" ", question.strip())
    words = (word for word in written_words(asked[:1].lower() + asked[1:]) if is_content(word))
    return tuple(dict.fromkeys(word for word in words if fold(word) in repeated and fold(word) not in known))


def _names(tables: Sequence[Table]) -> Iterator[str]:
    for column in (column for table in tables for column in table.columns):
        texts = (column.name, column.label, *(word for _, word in column.synonyms))
        for text in (*texts, *(name for value in column.values for name in _called(value))):
            yield from (fold(word) for word in written_words(text.replace("_", " ")))


def instead_of(words: Sequence[str], tables: Sequence[Table]) -> tuple[Column, ...]:
    """Columns with the values that the words may have meant: those spelt alike, else, for a name, all names there are.

    Only what contracts list is looked at: no query is run for a question that was not understood.
    """
    listed = {column.name.lower(): column for table in tables for column in table.columns if column.values}
    if not words or not listed:
        return ()
    alike = tuple(found for column in listed.values() if (found := _only_alike(column, words)).values)
    if alike:
        return alike[:_COLUMNS]
    proper = any(word[:1].isupper() for word in words)
    return tuple(column for column in listed.values() if proper and _is_proper(column))[:_FEW]


def _only_alike(column: Column, words: Sequence[str]) -> Column:
    near = [value for value in column.values if any(_is_meant(word, _called(value)) for word in words)]
    return replace(column, values=tuple(near[:_SHOWN]))


def _is_meant(word: str, names: Sequence[str]) -> bool:
    return bool(difflib.get_close_matches(fold(word), [fold(name) for name in names], n=1, cutoff=_MEANT))


def _called(value: Value) -> tuple[str, ...]:
    stored, names = value
    return (stored, *(name for _, name in names))


def _is_proper(column: Column) -> bool:
    """True for values that are proper nouns: a capitalised word is rather one of those."""
    names = [next((name for tongue, name in known if tongue == "fr"), stored) for stored, known in column.values]
    return sum(name[:1].isupper() for name in names) * 2 > len(names)
