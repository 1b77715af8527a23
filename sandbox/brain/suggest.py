"""What may be asked next: the same question by month, or by a dimension that it does not use yet."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.brain.joins import Joins
from sandbox.brain.language import Language
from sandbox.brain.moments import Grain
from sandbox.brain.query import Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.times import candidates

_BY = {"fr": "par", "en": "by"}
_GRAINS: dict[Language, tuple[tuple[str, Grain], ...]] = {
    "fr": (("mois", "month"), ("an", "year")),
    "en": (("month", "month"), ("year", "year")),
}
_FEW = 30  # values: more make a poor table


def suggestions(schema: Schema, joins: Joins, query: Query, language: Language, text: str) -> Iterator[str]:
    """Complete questions, likeliest first; they still have to be read."""
    if not query.measures or query.limit is not None or query.change or query.share:
        return
    stem, by = text.rstrip(" ?.!"), _BY[language]
    end = " ?" if language == "fr" and text.endswith("?") else "?" * text.endswith("?")
    if not schema.is_thing(query.base) and not any(group.grain for group in query.groups):
        dated = any(condition.operator == "period" for condition in query.conditions)
        for word, grain in _GRAINS[language][: 1 if dated else 2]:
            if candidates(schema, joins, query.base, grain):
                yield f"{stem} {by} {word}{end}"
    used = {group.ref for group in query.groups} | {condition.ref for condition in query.conditions}
    for ref in schema.of(query.base):
        if ref not in used and _is_telling(schema, ref):
            yield f"{stem} {by} {_word(schema, ref, language)}{end}"


def _is_telling(schema: Schema, ref: Ref) -> bool:
    return schema.kinds[ref] == "text" and 1 < len(schema.values[ref]) <= _FEW and not schema.is_key(ref)


def _word(schema: Schema, ref: Ref, language: Language) -> str:
    """What people call a column in this language, as its contract tells."""
    column = schema.column(ref)
    said = next((word.text for word in column.words if word.language == language), "")
    return said or (column.label or column.name).lower()
