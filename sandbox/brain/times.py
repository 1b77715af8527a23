"""Which column of a table a period is about, and whether that column is fine enough to tell."""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

from collections.abc import Sequence

from sandbox.brain import moments
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain, Period
from sandbox.brain.schema import Kind, Ref, Schema
from sandbox.brain.stems import name_words, stems

_FINENESS: dict[Kind, int] = {"timestamp": 0, "date": 0, "day": 0, "month": 2, "quarter": 3, "year": 4}
_GRAINS: dict[Grain, int] = {"day": 0, "week": 1, "month": 2, "quarter": 3, "half": 3, "year": 4}
_GENERIC = frozenset(
    """date day dai jour year annee anne month mois week semaine quarter trimestre time timestamp datetime hour heure
    heur period periode""".split()
)
_NAMED = {"week": 1, "semaine": 1, "month": 2, "mois": 2, "quarter": 3, "trimestre": 3, "year": 4, "annee": 4}
_ENDS = frozenset(
    """end ended fin close completed completion achevement closed closing cloture expiry expiration fermeture due
    echeance resolved paid""".split()
)
_TECHNICAL = frozenset(
    "created updated modified loaded ingested inserted crtd upd load ingestion etl maj sync extracted birth".split()
)


def fine_enough(schema: Schema, ref: Ref, grain: Grain) -> bool:
    """Can this column tell days, months or quarters apart?"""
    return _fineness(schema, ref) <= _GRAINS[grain]


def is_of_row(schema: Schema, ref: Ref) -> bool:
    """Is this the time of the row itself (a concert's date), not of an event in a thing's life (a plant's opening)?"""
    if not schema.is_thing(ref.table):
        return True
    words = {form for word in name_words(ref.column) for form in (word, *stems(word))}
    return words <= _GENERIC | schema.table_stems(ref.table) | {"of", "de", "du"}


def is_of_grain(schema: Schema, ref: Ref, grain: Grain) -> bool:
    """Is there a row per period of this grain, as far as the column's name and values tell?"""
    return _fineness(schema, ref) == _GRAINS[grain]


def _fineness(schema: Schema, ref: Ref) -> int:
    """A date called "month" stands for the whole month."""
    words = set(name_words(ref.column))
    named = next((size for word, size in _NAMED.items() if word in words), 0)
    return max(_FINENESS[schema.kinds[ref]], named)


def candidates(schema: Schema, joins: Joins, base: str, grain: Grain) -> list[Ref]:
    """The columns that a period may be about when it names none: of the table itself, else of what it refers to."""
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


def beginnings(schema: Schema, table: str) -> list[Ref]:
    """The dates by which things of this table are old or new."""
    telling = [ref for ref in schema.times(table) if not _TECHNICAL & set(name_words(ref.column))]
    return _beginning(schema, telling) if len(telling) > 1 else telling


def _best(schema: Schema, table: str, grain: Grain) -> list[Ref]:
    times = [ref for ref in schema.times(table) if fine_enough(schema, ref, grain)]
    telling = [ref for ref in times if not _TECHNICAL & set(name_words(ref.column))] or times
    if len(telling) <= 1:
        return telling
    key = schema.tables[table].primary_key
    in_key = [ref for ref in telling if ref.column in key]
    if in_key:
        telling = in_key
    coarsest = max(_fineness(schema, ref) for ref in telling)
    same = [ref for ref in telling if _fineness(schema, ref) == coarsest]
    return same if len(same) == 1 else _beginning(schema, telling)


def _beginning(schema: Schema, refs: list[Ref]) -> list[Ref]:
    """Orders are told by their order date; what lasts, by when it began: of a start and an end, the start."""
    head = {stem for word in name_words(schema.tables[refs[0].table].name)[-1:] for stem in stems(word)}
    own = [ref for ref in refs if head & {stem for word in schema.words(ref) for stem in stems(word)}]
    if len(own) == 1:
        return own
    later = [ref for ref in refs if not _ENDS & {form for word in schema.words(ref) for form in (word, *stems(word))}]
    return later if len(later) == 1 else refs


def finest(periods: Sequence[Period]) -> Grain:
    """The grain that tells all of these periods."""
    order: tuple[Grain, ...] = ("day", "week", "month", "quarter", "half", "year")
    grains = {_needed(period) for period in periods}
    return next(grain for grain in order if grain in grains)


def _needed(period: Period) -> Grain:
    """The coarsest grain that can tell this period: the first of a month to the end of another needs months only."""
    if period.grain != "day":
        return period.grain
    starts = period.start is None or period.start.day == 1
    following = None if period.end is None else moments.shifted("day", period.end, 1).start
    return "month" if starts and (following is None or following.day == 1) else "day"
