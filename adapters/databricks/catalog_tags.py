"""Column tags, which the REST API would answer one column at a time: one statement for each catalog instead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import TableRef, User

Tags: TypeAlias = Mapping[tuple[str, str, str], Mapping[str, tuple[str, ...]]]
"""Table key -> column name in lower case -> its tags, "name" or "name=value"."""

_NAME = re.compile(r"[\w-]+")
ROWS = 5_000


async def read_tags(warehouse: SqlWarehouse, user: User, refs: Sequence[TableRef]) -> Tags:
    """The tags of these tables' columns as the asker may see them. Raises what SqlWarehouse.query raises."""
    found: defaultdict[tuple[str, str, str], dict[str, tuple[str, ...]]] = defaultdict(dict)
    for catalog in {ref.catalog.lower() for ref in refs if _NAME.fullmatch(ref.catalog)}:
        keys = sorted({ref.key for ref in refs if ref.catalog.lower() == catalog})
        sql, parameters = _statement(catalog, keys)
        _, rows = await warehouse.query(user, sql, parameters, rows=ROWS)
        for schema, table, column, name, value in rows:
            known = found[(catalog, str(schema).lower(), str(table).lower())]
            tag = f"{name}={value}" if value else str(name)
            known[str(column).lower()] = (*known.get(str(column).lower(), ()), tag)
    return found


def _statement(catalog: str, keys: Sequence[tuple[str, str, str]]) -> tuple[str, dict[str, object]]:
    places = [f"(lower(schema_name) = :s{i} AND lower(table_name) = :t{i})" for i in range(len(keys))]
    parameters = {f"s{i}": schema for i, (_, schema, _) in enumerate(keys)}
    parameters |= {f"t{i}": table for i, (_, _, table) in enumerate(keys)}
    # The catalog's name was checked to be a plain word; everything else is bound.
    text = (
        "SELECT schema_name, table_name, column_name, tag_name, tag_value "  # noqa: S608
        f"FROM `{catalog}`.information_schema.column_tags WHERE {' OR '.join(places)} ORDER BY ALL"
    )
    return text, dict(parameters)
