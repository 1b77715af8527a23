"""Tables and columns as a statement names them: in full or by alias, in backticks where needed, joined along keys."""

from __future__ import annotations

import re

from sandbox.brain.joins import Joins, Path
from sandbox.brain.query import Query
from sandbox.brain.schema import Link, Ref, Schema

_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_RESERVED = frozenset(
    "order group select from where table by date join on in is not and or as limit year month day".split()  # noqa: SIM905
)


class Unjoinable(Exception):
    """The tables of a query cannot be joined without counting rows twice."""


def quoted(name: str) -> str:
    """An identifier, in backticks where it must be."""
    return name if _PLAIN.match(name) and name.lower() not in _RESERVED else "`" + name.replace("`", "``") + "`"


def text_literal(value: str) -> str:
    """A string literal of Databricks SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Names:
    """The names of one query."""

    def __init__(self, schema: Schema, joins: Joins, query: Query) -> None:
        self._schema = schema
        self._joins = joins
        self._base = query.base
        self.links = tuple(dict.fromkeys(link for table in tables_of(query) for link in self.path(table).up))
        self._aliased = bool(self.links or query.existence)

    def path(self, table: str) -> Path:
        """The way from the base to what it refers to; Unjoinable when there is none."""
        path = self._joins.up(self._base, table)
        if path is None:
            raise Unjoinable(table)
        return path

    def joined(self) -> list[str]:
        """The JOIN clauses."""
        parents = [link.parent for link in self.links]
        named = {self.alias(table) for table in (*parents, self._base)}
        if len(named) <= len(parents):  # one table in two parts: whose column would be meant?
            raise Unjoinable(self._base)
        return [f"JOIN {self.source(link.parent)} ON {self.on(link)}" for link in self.links]

    def on(self, link: Link) -> str:
        """The condition that joins two tables."""
        pairs = zip(link.columns, link.parent_columns, strict=True)
        child, parent = self.alias(link.child), self.alias(link.parent)
        return " AND ".join(f"{child}.{quoted(own)} = {parent}.{quoted(other)}" for own, other in pairs)

    def alias(self, table: str) -> str:
        """The short name of a table."""
        return quoted(self._schema.tables[table].name)

    def full(self, table: str) -> str:
        """The name of a table with its catalog and schema."""
        found = self._schema.tables[table]
        return ".".join(quoted(part) for part in (found.catalog, found.schema, found.name) if part)

    def source(self, table: str) -> str:
        """A table in FROM or JOIN."""
        full, alias = self.full(table), self.alias(table)
        return f"{full} AS {alias}" if self._aliased and full != alias else full

    def column(self, ref: Ref) -> str:
        """A column, with its table's alias where there are several tables."""
        return f"{self.alias(ref.table)}.{quoted(ref.column)}" if self._aliased else quoted(ref.column)

    def number(self, ref: Ref) -> str:
        """A column to compute with, made a number where the table keeps it as text."""
        column = self.column(ref)
        return f"TRY_CAST({column} AS DOUBLE)" if self._schema.is_number_text(ref) else column


def tables_of(query: Query) -> tuple[str, ...]:
    """Every table whose columns the query uses outside EXISTS."""
    refs = [*query.columns, *(group.ref for group in query.groups)]
    refs += [condition.ref for condition in query.conditions]
    refs += [measure.ref for measure in query.measures if measure.ref]
    refs += [having.measure.ref for having in query.having if having.measure.ref]
    refs += [order.by for order in query.order if isinstance(order.by, Ref)]
    refs += [query.change.ref] if query.change else []
    refs += [condition.ref for condition in query.share.part] if query.share else []
    return tuple(dict.fromkeys(ref.table for ref in refs))
