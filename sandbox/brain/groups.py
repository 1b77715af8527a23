"""From settled words to groups: one row per value, per thing (by name, kept apart by key) or per period."""

from __future__ import annotations

from sandbox.brain import times
from sandbox.brain.choosing import Pick, Unclear, Unread
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.moments import Grain
from sandbox.brain.query import Group
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling


class Groups:
    """The groups of one question."""

    def __init__(self, schema: Schema, joins: Joins, settling: Settling) -> None:
        self._schema = schema
        self._joins = joins
        self._settling = settling

    def of(self, item: Item, grain: Grain | None) -> tuple[Group, ...]:
        """The groups that an item asks for."""
        if grain is not None:
            return (self._of_time(item, grain),)
        pick = self._settling.of(item)
        return self.of_column(pick.ref) if pick.ref else self.of_things(pick.table)

    def of_column(self, ref: Ref) -> tuple[Group, ...]:
        """One row per value of a column."""
        if ref == self._schema.name(ref.table):
            return self.of_things(ref.table)
        return (Group(ref),)

    def of_subject(self, ref: Ref) -> tuple[Group, ...]:
        """The country of the channel with the most cartoons: one row per channel, which is named, not per country."""
        key = self._schema.key(ref.table)
        named = ref.table in self._settling.things and ref.table != self._settling.base
        if not named or key is None or key == ref or self._schema.unique(ref):
            return self.of_column(ref)
        return (Group(ref, None, key),)

    def of_things(self, table: str) -> tuple[Group, ...]:
        """One row per thing: by name, kept apart by key."""
        name, key = self._schema.name(table), self._schema.key(table)
        if name is None and key is None:
            raise Unread(self._schema.tables[table].label or self._schema.tables[table].name)
        if name is None:
            people = tuple(Group(ref) for ref in self._schema.person_names(table))
            return (Group(key), *people) if key else ()
        return (Group(name, None, None if key is None or self._schema.unique(name) else key),)

    def _of_time(self, item: Item, grain: Grain) -> Group:
        base = self._settling.base
        named = next((m.ref for m in item.meanings if self._joins.up(base, m.table) is not None), None)
        if named and self._schema.is_time(named) and times.fine_enough(self._schema, named, grain):
            return Group(named, grain)
        found = times.candidates(self._schema, self._joins, base, grain)
        if not found and named:
            return Group(named)
        if not found:
            raise Unread(item.text)
        if len(found) > 1:
            raise Unclear(item, tuple(Pick(ref.table, ref) for ref in found))
        if not times.is_of_row(self._schema, found[0]):
            raise Unread(item.text)
        return Group(found[0], grain)
