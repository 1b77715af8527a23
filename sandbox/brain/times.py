"""Which column of a table a period is about, and whether that column is fine enough to tell."""

from __future__ import annotations

from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain
from sandbox.brain.schema import Kind, Ref, Schema
from sandbox.brain.stems import name_words

_FINENESS: dict[Kind, int] = {"timestamp": 0, "date": 0, "day": 0, "month": 2, "quarter": 3, "year": 4}
_GRAINS: dict[Grain, int] = {"day": 0, "week": 1, "month": 2, "quarter": 3, "half": 3, "year": 4}
_TECHNICAL = frozenset(
    "created updated modified loaded ingested inserted crtd upd load ingestion etl maj sync extracted birth".split()
)


def fine_enough(schema: Schema, ref: Ref, grain: Grain) -> bool:
    """Can this column tell days, months or quarters apart?"""
    return _FINENESS[schema.kinds[ref]] <= _GRAINS[grain]


def candidates(schema: Schema, joins: Joins, base: str, grain: Grain) -> list[Ref]:
    """The columns that a period without a column of its own may be about: of the table itself, else of what it refers to."""
    own = _best(schema, base, grain)
    if own:
        return own
    for distance in (1, 2):
        near = [
            table for table in schema.tables if (path := joins.up(base, table)) is not None and path.length == distance
        ]
        found = [ref for table in near for ref in _best(schema, table, grain)]
        if found:
            return found
    return []


def _best(schema: Schema, table: str, grain: Grain) -> list[Ref]:
    times = [ref for ref in schema.times(table) if fine_enough(schema, ref, grain)]
    telling = [ref for ref in times if not _TECHNICAL & set(name_words(ref.column))] or times
    if len(telling) <= 1:
        return telling
    key = schema.tables[table].primary_key
    in_key = [ref for ref in telling if ref.column in key]
    if in_key:
        telling = in_key
    coarsest = max(_FINENESS[schema.kinds[ref]] for ref in telling)
    same = [ref for ref in telling if _FINENESS[schema.kinds[ref]] == coarsest]
    return same if len(same) == 1 else telling
