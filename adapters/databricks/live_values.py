"""Looks a column's values up as the asker, where not everybody sees the same ones and none are kept for all.

Without it a model could choose from values of open tables only, and would guess how a filtered one spells "Germany".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from adapters.databricks.catalog_tables import filtered
from adapters.databricks.client import Workspace
from adapters.databricks.visible_rows import Rows
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import Column, Table, TableRef, User
from agents.ports import Catalog

FEW = 200  # a column with more values is not one to choose from
SHOWN = 50
PERSONAL = "pii"  # in the tag of a column whose values name people


class LiveValues:
    """The catalogue says which table and column may be read; only names that it gave stand in the statement."""

    def __init__(self, workspace: Workspace, catalog: Catalog, warehouse: SqlWarehouse) -> None:
        self._workspace, self._catalog, self._warehouse = workspace, catalog, warehouse

    async def of(self, user: User, asked: Mapping[str, object]) -> Rows:
        """Rows as the function `column_values` has them; none where there is nothing to choose from.

        Masked and personal columns are left alone. Raises what Catalog.tables and SqlWarehouse.query raise.
        """
        found = await self._found(user, str(asked.get("full_name", "")), str(asked.get("of_column", "")))
        if not found or await self._is_masked(user, *found):
            return ()
        _, rows = await self._warehouse.query(user, _statement(*found), rows=FEW + 1)
        most = asked.get("most")
        shown = most if isinstance(most, int) and most > 0 else SHOWN
        return [(*found[0].ref.key, *row) for row in rows[:shown]] if len(rows) <= FEW else ()

    async def _found(self, user: User, full_name: str, column: str) -> tuple[Table, Column] | None:
        parts = full_name.split(".")
        if len(parts) != 3:
            return None
        for table in await self._catalog.tables(user, [TableRef(*parts)]):
            for known in table.columns if table.readable else ():
                if known.name.lower() == column.lower() and _may_be_listed(known):
                    return table, known
        return None

    async def _is_masked(self, user: User, table: Table, column: Column) -> bool:
        hidden = await self._workspace.call(user, functools.partial(filtered, ref=table.ref))
        return column.name.lower() in hidden


def _may_be_listed(column: Column) -> bool:
    text = column.type.lower().startswith(("string", "varchar", "char"))
    return text and not any(PERSONAL in tag.lower() for tag in column.tags)


def _statement(table: Table, column: Column) -> str:
    name = _quoted(column.name)
    place = ".".join(_quoted(part) for part in (table.ref.catalog, table.ref.schema, table.ref.name))
    return (
        f"SELECT CAST({name} AS STRING) AS value, COUNT(*) AS occurrences FROM {place} "  # noqa: S608 - quoted names
        f"WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY occurrences DESC, value LIMIT {FEW + 1}"
    )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
