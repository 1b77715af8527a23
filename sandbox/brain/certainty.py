"""Is the reading sure? Without this check, words that fit by chance would be answered as if they had been asked."""

from __future__ import annotations

from typing import cast

from sandbox.brain.choosing import Need, Pick, Unclear, Unread
from sandbox.brain.drafts import MeasureDraft
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.query import Group, Measure, Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling
from sandbox.brain.sql_names import tables_of
from sandbox.brain.stems import plain, stems

_VERB_ENDS = ("ed", "ing")
_FULL = 0.9  # named in full, or all but
_CALLED = 1.0  # by a name that the contract gives
_AS_GOOD = 0.1  # a meaning at most this much weaker fits as well


class Certainty:
    """Checks the query that one question was read as; raises Unread or Unclear where it may be another's."""

    def __init__(self, schema: Schema, joins: Joins, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._joins = joins
        self._parts = parts
        self._settling = settling

    def check(self, query: Query) -> None:
        """Everything named is used, figures make sense, and each column of several tables is surely the one meant."""
        self._check_used(query)
        self._check_sides(query)
        self._check_denials(query)
        self._check_counts(query)
        self._check_nested(query)
        if len(_read(query)) > 1:
            self._check_base(query)
            self._check_owners(query)
            self._check_habits(query)
            self._check_lacks(query)
            self._check_texts(query)

    # ── every question ──

    def _check_used(self, query: Query) -> None:
        """No column or thing that was named is left out."""
        shown = {*query.columns, *(group.ref for group in query.groups), *(one.ref for one in query.measures)}
        shown |= {one.by for one in query.order if isinstance(one.by, Ref)}
        for item in self._parts.heads:
            pick = self._settling.of(item)
            if pick.ref is not None and pick.ref not in shown:
                raise Unread(item.text)
            if not self._is_used(item, pick, query):
                raise Unread(item.text)

    def _is_used(self, item: Item, pick: Pick, query: Query) -> bool:
        """A thing is used where its columns are, where a way leads over it, or as what must exist."""
        if pick.ref is not None:
            return not self._is_verb(item, pick) and self._before(item)[-2:] != ["that", "be"]
        if pick.table in {existence.table for existence in query.existence}:
            return not self._is_listed(item) and not self._is_first(item)
        if pick.table in {query.base, *tables_of(query)}:
            return True
        paths = (self._joins.up(query.base, table) for table in tables_of(query))
        passed = {link.parent for path in paths if path for link in path.up}
        return pick.table in passed and not self._parts.has("rank") and not self._parts.has("having")

    def _is_listed(self, item: Item) -> bool:
        """It is asked for beside other things: to be there is not enough."""
        before = [kind for kind in self._before(item) if kind not in {"ask", "be", "all", "of"}]
        others = [other for other in self._parts.heads if other.end <= item.start]
        return bool(others) and before[-1:] in (["sep"], ["and"])

    def _is_first(self, item: Item) -> bool:
        """It is what is asked for: to be there is not enough."""
        said = [*self._parts.heads, *self._parts.of("measure", "group", "condition", "rank")]
        return item is min(said, key=lambda one: one.start)

    def _before(self, item: Item) -> list[str]:
        return [other.kind for other in self._parts.all if other.end <= item.start]

    def _is_verb(self, item: Item, pick: Pick) -> bool:
        """As in "conductors have worked with …", which does not ask for their year of work; unless it is called so."""
        last = plain(item.text).split()[-1]
        named = pick.ref is None or pick.weight >= _CALLED or last in self._schema.words(pick.ref)
        return last.endswith(_VERB_ENDS) and not named

    def _check_sides(self, query: Query) -> None:
        """A value right behind a text column that does not hold it: nothing in the data is called so."""
        named = [item for item in self._parts.of("column", "measure") if self._is_text(self._settling.of(item))]
        for item in named:
            for other, draft in self._parts.conditions:
                holder = self._settling.of(other).ref
                if other.start == item.end and holder != self._settling.of(item).ref and draft.operator in {"=", "in"}:
                    raise Unread(other.text)

    def _is_text(self, pick: Pick) -> bool:
        return pick.ref is not None and self._schema.kinds[pick.ref] == "text"

    def _check_denials(self, query: Query) -> None:
        """Channels that do not show this cartoon: said of channels, so not a condition on cartoons."""
        denied = [item for item, draft in self._parts.conditions if draft.denied]
        first = next(iter(self._parts.heads), None)
        if not denied or first is None:
            return
        pick = self._settling.of(first)
        own = {condition.ref for condition in query.conditions}
        said_of_rows = pick.table == query.base and (pick.ref is None or query.base in self._settling.things)
        for item in denied:
            if not said_of_rows and self._settling.of(item).ref in own:
                raise Unread(item.text)

    def _check_counts(self, query: Query) -> None:
        """Rows counted per row of their own are always one: something else must be counted."""
        counted = [one for one in _figures(query) if one.function.startswith("count") and one.table == query.base]
        told = {one.ref for one in _figures(query) if one.function == "count distinct"}
        for group in query.groups:
            if (counted and self._is_row(group, query.base)) or group.ref in told:
                raise Unread(*(item.text for item in self._parts.of("measure", "rank", "having")))

    def _check_nested(self, query: Query) -> None:
        """How many countries have more than two makers: a count of groups, which is not a count in each group."""
        counted = [item for item in self._parts.of("measure") if cast(MeasureDraft, item.data).function == "count"]
        if query.having and counted and not self._parts.groups:
            stated = {self._settling.of(draft.measure) for draft in self._parts.havings}
            if any(self._settling.of(item) not in stated for item in counted):
                raise Unread(*(item.text for item in self._parts.of("having")))

    def _is_row(self, group: Group, base: str) -> bool:
        key = self._schema.key(base)
        return key is not None and (group.key or group.ref) == key

    # ── questions about several tables ──

    def _check_base(self, query: Query) -> None:
        """The things that are listed or counted were named, by their own name or by a column's."""
        named = {pick.table for _, pick in self._settling.settled}
        named |= {meaning.table for item in self._parts.of("topic") for meaning in item.meanings}
        if query.base not in named and not self._is_bridge(query.base):
            raise Unread(*(need.item.text for need, _ in self._settling.settled[:1]))

    def _namesake(self, query: Query, need: Need, pick: Pick) -> str | None:
        """Another table of the query that is called by the word as well: series, and the series name of a channel."""
        ref = pick.ref
        if ref is None or need.role == "filter" or pick.weight >= _FULL:
            return None
        if any(link.child == ref.table and ref.column in link.columns for link in self._schema.links):
            return None
        words = {stem for word in plain(need.item.text).split() for stem in stems(word)}
        if words & self._schema.table_stems(ref.table):
            return None
        others = sorted(_read(query) - {ref.table})
        return next((table for table in others if words & self._schema.table_stems(table)), None)

    def _is_bridge(self, table: str) -> bool:
        """It only says which things belong together: every column refers to something or tells the pairs apart."""
        links = [link for link in self._schema.links if link.child == table]
        linked = {column for link in links for column in link.columns} | {*self._schema.tables[table].primary_key}
        return len(links) > 1 and all(ref.column in linked for ref in self._schema.of(table))

    def _check_owners(self, query: Query) -> None:
        """A column that several tables have is the one of a table that was named."""
        for need, pick in self._settling.settled:
            if other := self._namesake(query, need, pick):
                raise Unclear(need.item, (pick, Pick(other)))
            if pick.ref is None or pick.table in need.item.owner or self._is_said_of(need.item, pick):
                continue
            rivals = self._rivals(query.base, need, pick)
            if rivals:
                raise Unclear(need.item, (pick, *rivals))

    def _is_said_of(self, item: Item, pick: Pick) -> bool:
        """The thing that has the column is named right behind it."""
        after = [
            other for other in self._parts.all if other.start >= item.end and other.kind not in {"of", "in", "all"}
        ]
        table = next(iter(after), None)
        if table is None or table.kind not in {"table", "noun"}:
            return False
        return pick.table in {meaning.table for meaning in table.meanings if meaning.kind == "table"}

    def _rivals(self, base: str, need: Need, pick: Pick) -> list[Pick]:
        """The other columns that the word may mean as well."""
        things = self._settling.things
        if pick.table in things and need.role == "filter":
            return []
        same = {pick.ref} | self._referring(pick.ref)
        own = pick.table == base or pick.table in things
        return [
            other
            for other in need.picks
            if other.ref is not None
            and other.ref not in same
            and other.weight >= pick.weight - _AS_GOOD
            and self._joins.any(base, other.table) is not None
            and not (own and other.table not in things)
            and other.table != pick.table
        ]

    def _check_texts(self, query: Query) -> None:
        """Figures kept as text are ranked and compared across tables only where they are declared to be figures."""
        used = {order.by for order in query.order if isinstance(order.by, Ref)}
        used |= {one.ref for one in _figures(query) if one.ref and one.function in {"min", "max", "median"}}
        conditions = [*query.conditions, *(one for found in query.existence for one in found.conditions)]
        used |= {one.ref for one in conditions}
        for ref in used:
            if self._schema.is_number_text(ref) and self._schema.column(ref).role != "measure":
                raise Unread(self._settling.item_of(ref).text)

    def _referring(self, ref: Ref | None) -> set[Ref | None]:
        """The columns that hold the same thing, since one refers to the other."""
        found: set[Ref | None] = set()
        for link in self._schema.links:
            for own, other in zip(link.columns, link.parent_columns, strict=True):
                pair = {Ref(link.child, own), Ref(link.parent, other)}
                found |= pair if ref in pair else set()
        return found

    def _check_lacks(self, query: Query) -> None:
        """Owners without a dog that was treated: two conditions that reach over each other cannot be told apart."""
        first = next(iter(self._parts.heads), None)
        asked = self._settling.of(first).ref if first else None
        told = {self._schema.key(query.base), self._schema.name(query.base)}
        named = query.base in self._settling.things or asked in told
        if any(one.negated for one in query.existence) and not named:
            raise Unread(*(item.text for item in self._parts.of("existence")))
        lacking = {existence.table for existence in query.existence if existence.negated}
        for existence in query.existence:
            path = None if existence.negated else self._joins.any(query.base, existence.table)
            passed = {link.child for link in (*path.down, *path.up)} if path else set()
            if (passed - {existence.table}) & lacking:
                raise Unread(*(item.text for item in self._parts.of("existence")))

    def _check_habits(self, query: Query) -> None:
        """Joined figures are added up or averaged unasked only where they are declared to be measures."""
        stated = {self._settling.of(item).ref for item in self._stated()}
        for one in query.measures:
            counted = one.ref is None or one.function.startswith("count")
            if one.ref and not counted and one.ref not in stated and self._schema.column(one.ref).role != "measure":
                raise Unread(self._settling.item_of(one.ref).text)

    def _stated(self) -> tuple[Item, ...]:
        rank = self._parts.rank
        by = (rank.by,) if rank and rank.by and rank.by.kind == "measure" else ()
        return (*self._parts.of("measure"), *(draft.measure for draft in self._parts.havings), *by)


def _read(query: Query) -> set[str]:
    """Every table that is named in the query."""
    return {query.base, *tables_of(query), *(existence.table for existence in query.existence)}


def _figures(query: Query) -> list[Measure]:
    found = [*query.measures, *(having.measure for having in query.having)]
    return found + [order.by for order in query.order if isinstance(order.by, Measure)]
