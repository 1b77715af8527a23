"""Guesses keys from names and values. Without them questions over two of a newcomer's tables could not be joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from sandbox.own_data_files import Key, Staged, quoted, scalar

_ENDINGS = ("id", "code", "key", "no", "nr", "number", "num", "ref", "numero")


@dataclass(slots=True)
class Keys:
    """The keys of one schema's tables: declared ones first, guesses where nothing is declared."""

    connection: duckdb.DuckDBPyConnection
    staged: list[Staged]
    primary: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        for one in self.staged:
            self.primary |= one.primary
            for table in one.tables:
                self.primary.setdefault(table, self._unique(one.schema, table))
        for one in self.staged:
            self.foreign += (self._completed(key) for key in one.foreign if key.parent in self.primary)
        known = {(key.table, key.columns) for key in self.foreign}
        self.foreign += (key for key in self._guesses() if (key.table, key.columns) not in known)

    def _completed(self, key: Key) -> Key:
        """SQLite may leave the parent's columns out when they are its primary key."""
        return key if all(key.parent_columns) else Key(key.table, key.columns, key.parent, self.primary[key.parent])

    def _unique(self, schema: str, table: str) -> tuple[str, ...]:
        """The first column that is named like a key and holds every value once."""
        columns = self.columns(schema, table)
        likely = [name for name in columns if is_key_name(name)]
        return next(((name,) for name in likely if self._holds_once(schema, table, name)), ())

    def columns(self, schema: str, table: str) -> dict[str, str]:
        """Column -> DuckDB type, in order."""
        relation = self.connection.table(quoted(schema, table))
        return {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}

    def _holds_once(self, schema: str, table: str, column: str) -> bool:
        sql = f"SELECT count(DISTINCT {quoted(column)}) = count(*) FROM {quoted(schema, table)}"
        return bool(scalar(self.connection, sql))

    def _guesses(self) -> Iterator[Key]:
        """Columns that are named after another table's single key and hold only values found there."""
        for schema, table in ((one.schema, table) for one in self.staged for table in one.tables):
            for column, kind in self.columns(schema, table).items():
                if parent := self._parent(schema, table, column, kind):
                    yield Key(table, (column,), parent, self.primary[parent])

    def _parent(self, schema: str, table: str, column: str, kind: str) -> str:
        for parent, key in self.primary.items():
            if parent == table or len(key) != 1 or not names_key(column, parent, key[0]):
                continue
            if _family(self.columns(schema, parent)[key[0]]) == _family(kind) and self._inside(
                schema, (table, column), (parent, key[0])
            ):
                return parent
        return ""

    def _inside(self, schema: str, own: tuple[str, str], parent: tuple[str, str]) -> bool:
        sql = f"""SELECT count(*) FROM {quoted(schema, own[0])} WHERE {quoted(own[1])} IS NOT NULL AND
                  {quoted(own[1])} NOT IN (SELECT {quoted(parent[1])} FROM {quoted(schema, parent[0])})"""
        return bool(scalar(self.connection, sql) == 0)


def is_key_name(name: str) -> bool:
    """True for id, customer_id, product_code and the like."""
    return name.rpartition("_")[2] in _ENDINGS or (name.endswith("id") and len(name) > 5)


def names_key(column: str, parent: str, key: str) -> bool:
    """True when the column's name points to this key: customer_id or customer -> customers.id or .customer_id."""
    stems = {parent, singular(parent)}
    pointed = (
        {f"{stem}_{key}" for stem in stems} | {f"{stem}_{ending}" for stem in stems for ending in _ENDINGS} | stems
    )
    return column in pointed or (column == key and key not in _ENDINGS)


def singular(name: str) -> str:
    """A table's name for one of its rows: countries -> country, customers -> customer."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _family(kind: str) -> str:
    return "text" if kind == "VARCHAR" else "number" if "INT" in kind or kind.startswith("DEC") else kind
