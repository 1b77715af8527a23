"""Writes the marketplace's metadata into Unity Catalog and creates the functions over it that models may call."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from adapters.databricks.catalog_tables import filtered, limited_by_policy
from adapters.databricks.client import Workspace
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import Column, DataProduct, Sensitivity, Table, User
from agents.errors import BadQuery, BotError, NotConnected, NotFound, Refused, Unavailable

log = logging.getLogger(__name__)

FUNCTIONS = ("find_products", "product_details", "product_tables", "table_columns", "column_values")
FEW = 200  # a column with more values is not one to choose from
PARAMETERS = 180  # bound values in one statement
AT_ONCE = 4  # statements that look for values

Cells = tuple[object, ...]


class Installation:
    """`schema` is the catalog and schema to write into, such as `main.findata`; `user` must be able to create there."""

    def __init__(self, workspace: Workspace, warehouse: SqlWarehouse, user: User, schema: str) -> None:
        if not re.fullmatch(r"[\w-]+\.[\w-]+", schema):
            raise ValueError(f"not a catalog and schema: {schema!r}")
        self._workspace, self._warehouse, self._user = workspace, warehouse, user
        self._schema = ".".join(f"`{part}`" for part in schema.split("."))

    async def install(self, products: Sequence[DataProduct], told: Callable[[str], None]) -> tuple[str, ...]:
        """Replaces tables and functions. Answers the functions' full names; raises what the warehouse raises."""
        await self._execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        for statement in self._text("tables").split(";"):
            if statement.strip():
                await self._execute(statement)
        await self._insert("products", [_product(product) for product in products])
        await self._insert("published_tables", [row for product in products for row in _tables(product)])
        told(f"{len(products)} data products")
        values = await self._values(products)
        await self._insert("published_values", values)
        told(f"{len(values)} column values")
        for name in FUNCTIONS:
            await self._execute(self._text(name))
            told(f"{self._schema}.{name}".replace("`", ""))
        return tuple(f"{self._schema}.{name}".replace("`", "") for name in FUNCTIONS)

    def _text(self, name: str) -> str:
        text = (Path(__file__).parent / "functions" / f"{name}.sql").read_text(encoding="utf-8")
        return text.replace("{schema}", self._schema)

    async def _execute(self, sql: str, parameters: dict[str, object] | None = None) -> tuple[Cells, ...]:
        return (await self._warehouse.query(self._user, sql, parameters, rows=FEW + 1))[1]

    async def _insert(self, table: str, rows: Sequence[Cells]) -> None:
        width = len(rows[0]) if rows else 1
        for start in range(0, len(rows), step := max(1, PARAMETERS // width)):
            part = rows[start : start + step]
            holes = (", ".join(f":p{i * width + j}" for j in range(width)) for i in range(len(part)))
            values = {f"p{i}": value for i, value in enumerate(cell for row in part for cell in row)}
            # The schema was checked and quoted, the table is one of ours, and every value is bound.
            await self._execute(f"INSERT INTO {self._schema}.{table} VALUES ({'), ('.join(holes)})", values)  # noqa: S608

    async def _values(self, products: Sequence[DataProduct]) -> list[Cells]:
        """Values of text columns with few of them, left out where not everybody who reads the table sees them all."""
        open_tables = {
            table.ref.key: table
            for product in products
            if product.sensitivity is not Sensitivity.RESTRICTED
            for table in product.tables
        }
        gate = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._values_of(table, gate) for table in open_tables.values()))
        return [row for rows in found for row in rows]

    async def _values_of(self, table: Table, gate: asyncio.Semaphore) -> list[Cells]:
        async with gate:
            try:
                hidden = await self._workspace.call(self._user, functools.partial(filtered, ref=table.ref))
                if None in hidden or await self._limited(table):
                    return []
                columns = [it for it in table.columns if _listable(it) and it.name.lower() not in hidden]
                return [row for column in columns for row in await self._values_in(table, column)]
            except (NotFound, Refused, BadQuery) as error:
                log.info("no values of %s: %s", table.ref, error)
                return []

    async def _limited(self, table: Table) -> bool:
        """Whether policies may hide some of it from some; what this user may not know of is taken to."""
        try:
            return await self._workspace.call(self._user, functools.partial(limited_by_policy, ref=table.ref))
        except (Unavailable, NotConnected):
            raise
        except BotError:
            return True

    async def _values_in(self, table: Table, column: Column) -> list[Cells]:
        name = f"`{column.name.replace('`', '``')}`"
        place = ".".join(f"`{part.replace('`', '``')}`" for part in table.ref.key)
        rows = await self._execute(
            f"SELECT CAST({name} AS STRING) AS value, COUNT(*) AS n FROM {place} "  # noqa: S608 - quoted identifiers
            f"WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY n DESC, value LIMIT {FEW + 1}"
        )
        return [(*table.ref.key, column.name, *row) for row in rows] if len(rows) <= FEW else []


def _listable(column: Column) -> bool:
    return column.type.lower().startswith(("string", "varchar", "char")) and column.role != "measure"


def _product(product: DataProduct) -> Cells:
    return (
        product.id,
        product.name,
        product.domain,
        product.family.value,
        product.lifecycle.value,
        product.owner,
        product.contact,
        product.description,
        product.url,
        product.version,
        product.documentation,
        " ".join(_words(product)).lower(),
    )


def _words(product: DataProduct) -> Iterator[str]:
    yield from (product.id, product.name, product.domain, product.family.value, product.owner, product.description)
    yield from (word for _, word in product.synonyms)
    for table in product.tables:
        yield from (table.ref.name, table.label, table.description)
        for column in table.columns:
            yield from (column.name, column.label, *(word for _, word in column.synonyms))


def _tables(product: DataProduct) -> Iterator[Cells]:
    for table in product.tables:
        yield (product.id, *table.ref.key, table.label)
