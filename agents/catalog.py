"""The Unity Catalog agent: the tables and columns of the chosen products as this asker may see them.

Without it "not yours to see" would look like "no rows", and SQL would be written against promises instead of tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel

from agents.apologies import sorry
from agents.domain import Column, DataProduct, Intent, Progress, Question, Table, TableRef
from agents.errors import NotConnected, Refused, Stopped, Unavailable
from agents.judgement import explore, judge
from agents.state import Context, State

MANY = 12  # tables: with more than these, a model that writes SQL is first asked which ones it needs
_DESCRIBED = 300  # characters of a table's description shown to a model


async def catalog(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes `tables`, and `products` without those that the asker may not read; `reply` when none is left."""
    question, products = state["question"], state["products"]
    runtime.stream_writer(Progress("catalog", "reading_catalog", ", ".join(product.name for product in products)))
    if question.intent is Intent.DESCRIBE:
        return {"tables": await _described(products, runtime.context)}
    reserve = state.get("reserve", ())
    tables = await _seen((*products, *reserve), runtime.context)
    readable = tuple(table for table in tables if table.readable)
    left = tuple(product for product in products if _publishes_any(product, readable))
    if not left:
        return {
            "reply": sorry(question.language, "refused_product" if _declares(products) else "no_tables", products[0])
        }
    left_over = tuple(product for product in reserve if _publishes_any(product, readable))
    needed = await _needed(question, left, readable, runtime.context)
    return {"products": left, "reserve": left_over, "tables": needed}


def _declares(products: Sequence[DataProduct]) -> bool:
    return any(product.tables for product in products)


def _publishes_any(product: DataProduct, tables: Sequence[Table]) -> bool:
    own = {table.ref.key for table in product.tables}
    return any(table.ref.key in own for table in tables)


# ── As the catalogue shows them, with the contract's words ────────────────────────────────────────────────────────────


async def _described(products: Sequence[DataProduct], context: Context) -> tuple[Table, ...]:
    """For a description the contract's promise will do where the catalogue cannot be asked."""
    try:
        return await _seen(products, context)
    except Stopped:
        raise
    except (Unavailable, NotConnected, Refused):
        return _promised(products)


async def _seen(products: Sequence[DataProduct], context: Context) -> tuple[Table, ...]:
    promised = {table.ref.key: table for table in _promised(products)}
    refs = [table.ref for table in promised.values()]
    found = await context.catalog.tables(context.turn.user, refs) if refs else ()
    return tuple(_worded(table, promised[table.ref.key]) for table in found if table.ref.key in promised)


def _promised(products: Sequence[DataProduct]) -> tuple[Table, ...]:
    return tuple({table.ref.key: table for product in products for table in product.tables}.values())


def _worded(seen: Table, promised: Table) -> Table:
    """What exists is the catalogue's to say; labels, units and synonyms are the contract's."""
    words = {column.name.lower(): column for column in promised.columns}
    return replace(
        seen,
        columns=tuple(_column(column, words.get(column.name.lower())) for column in seen.columns),
        description=seen.description or promised.description,
        label=seen.label or promised.label,
        joins=seen.joins or promised.joins,
        synonyms=seen.synonyms or promised.synonyms,
        rows=promised.rows if seen.rows is None else seen.rows,
        fresh_as_of=seen.fresh_as_of or promised.fresh_as_of,
    )


def _column(seen: Column, promised: Column | None) -> Column:
    if promised is None:
        return seen
    return replace(
        seen,
        description=seen.description or promised.description,
        label=seen.label or promised.label,
        unit=seen.unit or promised.unit,
        synonyms=seen.synonyms or promised.synonyms,
        role=seen.role or promised.role,
        tags=seen.tags or promised.tags,
        values=seen.values or promised.values,
    )


# ── Which of them are needed ──────────────────────────────────────────────────────────────────────────────────────────


class Needed(BaseModel):
    """The tables that a question needs."""

    tables: list[str]


async def _needed(
    question: Question, products: Sequence[DataProduct], tables: tuple[Table, ...], context: Context
) -> tuple[Table, ...]:
    """All of them, unless a model is to write the SQL and they are too many to show it."""
    genie_writes = context.analyst is not None and all(product.space for product in products)
    if len(tables) <= MANY or genie_writes:
        return tables
    given = {"question": question.text, "tables": [_shown(table) for table in tables]}
    chosen = await (explore if context.tools else judge)(context, "catalog", given, Needed)
    names = {name.lower() for name in chosen.tables} if chosen else set()
    return tuple(table for table in tables if _name(table.ref) in names) or tables[:MANY]


def _shown(table: Table) -> dict[str, object]:
    columns = [column.name for column in table.columns[:60]]
    return {"name": _name(table.ref), "description": table.description[:_DESCRIBED], "columns": columns}


def _name(ref: TableRef) -> str:
    return str(ref).lower()
