"""What a question lists: its columns, or the things themselves when none is named."""

from __future__ import annotations

from sandbox.brain.choosing import Unread
from sandbox.brain.gathered import Gathered
from sandbox.brain.items import Item
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.settling import Settling

_SHOWN = 16  # columns of a thing shown when none is named


class Heads:
    """The heads of one question."""

    def __init__(self, schema: Schema, parts: Gathered, settling: Settling) -> None:
        self._schema = schema
        self._parts = parts
        self._settling = settling

    def listed(self) -> list[Ref]:
        """The columns named outside conditions; a thing named alone is told by its name."""
        found: list[Ref] = []
        for item in self._parts.heads:
            pick = self._settling.of(item)
            if pick.ref is not None:
                found.append(pick.ref)
            elif (self._is_told_by_name(item) or self._is_beside(item)) and (name := self._schema.name(pick.table)):
                found.append(name)
        return found

    def shown(self) -> tuple[Ref, ...]:
        """What to show of things when nothing of theirs was named: all they have."""
        if not self._parts.of("table", "noun"):
            raise Unread
        return self._schema.of(self._settling.base)[:_SHOWN]

    def _is_beside(self, item: Item) -> bool:
        """The conductor and the year of …: what stands beside a column is told as well."""
        after = [other.kind for other in self._parts.all if other.start >= item.end][:2]
        listed = after[:1] in (["and"], ["sep"]) and after[1:] in (["column"], ["grain_column"])
        return item.kind in {"table", "noun"} and listed

    def _is_told_by_name(self, item: Item) -> bool:
        """Which plants …: their names; show plants: every column."""
        shows = (
            item.kind == "table" and item.start <= 2 and not self._parts.has("rank") and not self._parts.has("having")
        )
        return len(self._parts.heads) == 1 and not shows and not self._parts.has("measure")
