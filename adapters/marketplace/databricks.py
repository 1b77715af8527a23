"""Products that live in Unity Catalog itself, as tags on tables and schemas. Without it tags would need a marketplace.

Tag keys: `data_product` (its id), `product_name`, `description`, `domain`, `family`, `lifecycle`, `owner`,
`genie_space`, `sensitivity`, on a table or its schema, the table's own first. A schema without them is a product marked
as derived.
All metadata is read in bulk by SQL, never table by table, with the rights of whoever `run_sql` acts for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, TypeAlias

from adapters.marketplace.cleaning import cleaned, name
from adapters.marketplace.documentation import documentation_of
from adapters.marketplace.listing import Listing, Snapshot
from adapters.marketplace.products import family_of, lifecycle_of, sensitivity_of
from agents.domain import Column, DataProduct, Lifecycle, Table, TableRef

RunSql: TypeAlias = Callable[[str], Awaitable[Sequence[Sequence[Any]]]]
"""Runs one statement on the warehouse and gives its rows; raises the errors of agents/errors.py."""

SCHEMA_TAGS: Final = "SELECT catalog_name, schema_name, tag_name, tag_value FROM system.information_schema.schema_tags"
TABLE_TAGS: Final = (
    "SELECT catalog_name, schema_name, table_name, tag_name, tag_value FROM system.information_schema.table_tags"
)
TABLES: Final = (
    "SELECT table_catalog, table_schema, table_name, table_owner, comment FROM system.information_schema.tables "
    "WHERE table_schema <> 'information_schema' AND table_catalog <> 'system'"
)
COLUMNS: Final = (
    "SELECT table_catalog, table_schema, table_name, column_name, full_data_type, comment "
    "FROM system.information_schema.columns "
    "WHERE table_schema <> 'information_schema' AND table_catalog <> 'system' "
    "ORDER BY table_catalog, table_schema, table_name, ordinal_position"
)

Key: TypeAlias = tuple[str, str, str]
Tags: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnityCatalogBackend:
    """Implements listing.Backend. `derive`: schemas without tags are products too."""

    run_sql: RunSql
    derive: bool = True
    name: str = "databricks"

    async def fetch(self, cursor: str) -> Snapshot | None:
        """All products that the reader may see; None when nothing changed since `cursor`."""
        schema_tags, table_tags = await self.run_sql(SCHEMA_TAGS), await self.run_sql(TABLE_TAGS)
        tables, columns = await self.run_sql(TABLES), await self.run_sql(COLUMNS)
        now = sha256(repr((sorted(map(repr, (*schema_tags, *table_tags, *tables))), columns)).encode()).hexdigest()
        if now == cursor:
            return None
        tags = _Tags(_by_place(schema_tags, 2), _by_place(table_tags, 3))
        grouped = self._grouped(tables, tags)
        described = _columns(columns)
        listings = (_listing(product_id, own, tags, described) for product_id, own in grouped.items())
        return Snapshot(tuple(listings), (), now, datetime.now(UTC))

    def _grouped(self, tables: Iterable[Sequence[Any]], tags: _Tags) -> dict[str, list[Sequence[Any]]]:
        """Rows of `tables` by product."""
        grouped: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in sorted(tables, key=lambda row: tuple(map(str, row[:3]))):
            product_id = tags.of(row).get("data_product") or (f"{row[0]}.{row[1]}" if self.derive else "")
            if product_id:
                grouped[product_id].append(row)
        return grouped


@dataclass(frozen=True, slots=True)
class _Tags:
    """Tags by schema and by table; names are compared without regard to case."""

    schemas: Mapping[tuple[str, ...], Tags]
    tables: Mapping[tuple[str, ...], Tags]

    def of(self, row: Sequence[Any]) -> Tags:
        """What holds for a table: its own tags before its schema's."""
        key = _folded(row[:3])
        return {**self.schemas.get(key[:2], {}), **self.tables.get(key, {})}


def _folded(parts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(part).lower() for part in parts)


def _by_place(rows: Iterable[Sequence[Any]], parts: int) -> dict[tuple[str, ...], dict[str, str]]:
    found: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[_folded(row[:parts])][str(row[parts]).lower()] = str(row[parts + 1] or "")
    return found


def _columns(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, ...], list[Column]]:
    found: dict[tuple[str, ...], list[Column]] = defaultdict(list)
    for row in rows:
        found[_folded(row[:3])].append(Column(str(row[3]), str(row[4] or "").lower(), cleaned(row[5])))
    return found


def _listing(
    product_id: str, rows: Sequence[Sequence[Any]], tags: _Tags, columns: Mapping[tuple[str, ...], list[Column]]
) -> Listing:
    said: dict[str, str] = {}
    for row in reversed(rows):
        said.update(tags.of(row))
    tables = tuple(
        Table(TableRef(*map(str, row[:3])), tuple(columns.get(_folded(row[:3]), ())), cleaned(row[4])) for row in rows
    )
    product = _product(product_id, said, tables, owner=str(rows[0][3] or ""))
    product = replace(product, documentation=documentation_of(product))
    return Listing(product, keywords=_keywords(said), certified=_certification(said) == "certified")


def _product(product_id: str, said: Tags, tables: tuple[Table, ...], owner: str) -> DataProduct:
    derived = "data_product" not in said
    return DataProduct(
        id=name(product_id),
        name=name(said.get("product_name") or product_id),
        domain=name(said.get("domain") or tables[0].ref.schema),
        family=family_of(said.get("family", "")),
        lifecycle=_lifecycle(said),
        description="Derived from its schema." if derived else cleaned(said.get("description")),
        owner=name(said.get("owner") or owner),
        tables=tables,
        space=name(said.get("genie_space")),
        sensitivity=sensitivity_of(said.get("sensitivity")),
    )


def _lifecycle(said: Tags) -> Lifecycle:
    return lifecycle_of(said.get("lifecycle", ""), deprecated=_certification(said) == "deprecated")


def _certification(said: Tags) -> str:
    """The governed tag of today, or one of the two of an older beta."""
    if "system.certification_status" in said:
        return said["system.certification_status"].lower()
    return next((kind for kind in ("deprecated", "certified") if f"system.{kind}" in said), "")


def _keywords(said: Tags) -> tuple[str, ...]:
    """Tags without a meaning of ours: their values may be words people search."""
    known = ("data_product", "product_name", "genie_space", "sensitivity", "owner", "description")
    return tuple(filter(None, (name(value) for key, value in said.items() if key not in known)))
