"""Takes out of a function's result what names tables that the asker may not see.

A Unity Catalog function reads with its owner's rights, whatever its caller's are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from agents.domain import TableRef, User
from agents.ports import Catalog

Rows: TypeAlias = Sequence[tuple[object, ...]]

_NAMES = ("catalog_name", "schema_name", "table_name")


class VisibleRows:
    """Asks the catalogue, as the asker, for every table that a result names."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def of(self, user: User, names: Sequence[str], rows: Rows) -> Rows:
        """The rows whose table the asker may see, or, where they hold values of it, may read."""
        places = [names.index(name) for name in _NAMES if name in names]
        if len(places) != len(_NAMES):
            return rows
        refs = [TableRef(*(str(row[place]) for place in places)) for row in rows]
        tables = await self._catalog.tables(user, list(dict.fromkeys(refs)))
        readable = "value" in names
        seen = {table.ref for table in tables if table.readable or not readable}
        return [row for row, ref in zip(rows, refs, strict=True) if ref in seen]
