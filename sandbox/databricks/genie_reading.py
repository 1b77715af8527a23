"""How a space's questions are read: one brain for each space and kind of asker.

Without it every question would be read from scratch, and "did you mean" would tell values of rows not the asker's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Protocol

import duckdb

from sandbox.brain import AsksBack, Before, Brain, NotRead, Understood
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.genie_spaces import Space
from sandbox.databricks.metastore import OWNER
from sandbox.databricks.principals import Principal
from sandbox.databricks.workspace import Workspace
from sandbox.mesh import Column, Table

VALUES_PER_COLUMN = 2000
BRAINS_KEPT = 128


class Reader(Protocol):
    """What turns a question into SQL: `sandbox.brain.Brain`, or a test's own."""

    def read(self, words: str, before: Before = None) -> Understood | AsksBack | NotRead:
        """Reads one question; `before` is what a follow-up changes or completes."""


MakeReader = Callable[[Sequence[Table], Callable[[Table, Column], Sequence[str]], date], Reader]


def today() -> date:
    """The date that "last year" counts from."""
    return datetime.now(UTC).date()


@dataclass(slots=True)
class Readings:
    """The brains of this workspace, made when first needed and remade when grants change."""

    workspace: Workspace
    make: MakeReader = Brain
    clock: Callable[[], date] = today
    _made: dict[Hashable, Reader] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, space: Space, asker: Principal, words: str, before: Before) -> Understood | AsksBack | NotRead:
        """Reads a question as this asker's words in this space. Blocks: CPU, and queries when it is the first."""
        read = self._reader(space, asker).read(words, before)
        if not isinstance(read, NotRead):
            return read
        return self._denied(space, asker, words, before) or read

    def _denied(self, space: Space, asker: Principal, words: str, before: Before) -> Understood | None:
        """A reading that fails for lack of rights, when only that kept the words from being read.

        The owner's reading may hold values that the asker must not learn: what runs instead fails for the same reason.
        """
        closed = {table.full_name for table in space.tables if not self.workspace.readable(asker, table.full_name)}
        owner = self.workspace.people.named(OWNER)
        if not closed or owner is None:
            return None
        read = self._reader(space, owner).read(words, before)
        needed = next((table for table in read.tables if table in closed), "") if isinstance(read, Understood) else ""
        if not needed or not isinstance(read, Understood):
            return None
        return replace(read, sql=f"SELECT * FROM {needed} LIMIT 1", echo="", title="", suggestions=())

    def _reader(self, space: Space, asker: Principal) -> Reader:
        day = self.workspace.knobs.today or self.clock()
        key = (space.id, day, self._rights(space, asker))
        known = self._made.get(key)
        if known is not None:
            return known
        with self._lock:
            if key not in self._made:
                if len(self._made) >= BRAINS_KEPT:
                    self._made.pop(next(iter(self._made)))
                self._made[key] = self.make(space.tables, self._values_for(asker), day)
            return self._made[key]

    def _rights(self, space: Space, asker: Principal) -> Hashable:
        """The same for two askers exactly when they see the same cells of the space's tables."""
        grants = self.workspace.grants
        return tuple(
            (
                grants.readable(asker, table.full_name),
                tuple(rule.values_for(asker) for rule in grants.filters_on(table.full_name)),
                tuple(mask.unless.lower() in asker.identities for mask in grants.masks_on(table.full_name)),
            )
            for table in space.tables
        )

    def _values_for(self, asker: Principal) -> Callable[[Table, Column], Sequence[str]]:
        def values(table: Table, column: Column) -> Sequence[str]:
            name = f"`{column.name}`"
            sql = f"SELECT {name} FROM {_quoted(table)} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
            # Past the warehouse: to understand a question, Genie needs none to be awake.
            run = self.workspace.engine.run(asker)
            try:
                rows = run.execute(f"{sql} LIMIT {VALUES_PER_COLUMN}").rows
            except (SqlFailure, duckdb.Error):  # not the asker's to read: the statement itself will be told so
                return ()
            finally:
                run.close()
            return [str(value) for value in rows.column(0).to_pylist()]

        return values


def _quoted(table: Table) -> str:
    return ".".join(f"`{part}`" for part in (table.catalog, table.schema, table.name))
