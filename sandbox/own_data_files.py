"""Reads a folder of CSV, Parquet, SQLite, DuckDB and Excel files into one DuckDB file, typed as Databricks knows types.

Without it a newcomer's first question could only be about made-up data. Every file is read on its own: one that is
broken costs itself and one sentence.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException
from unidecode import unidecode

FLAT = frozenset({".csv", ".tsv", ".parquet", ".xlsx"})
DATABASES = frozenset({".db", ".sqlite", ".sqlite3", ".duckdb", ".ddb"})
READABLE = FLAT | DATABASES
_SQLITE = b"SQLite format 3\x00"
_UNREADABLE = (duckdb.Error, sqlite3.Error, OSError, ValueError, KeyError, pa.ArrowException)
_PLAIN = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP WITH TIME ZONE", "BLOB"
}  # fmt: skip
_WIDER = {"UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20,0)"}


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key that a database declares, in the names of the store."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(slots=True)
class Staged:
    """A file that was read: its tables lie in `schema` of the store. Names are lower case without accents."""

    file: str
    schema: str
    database: bool
    tables: list[str] = field(default_factory=list)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)  # (table, column or "") -> name as in the file
    primary: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: list[Key] = field(default_factory=list)


def stage(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[list[Staged], list[str]]:
    """Reads every readable file into the store: what was read, and one sentence for each file that was not."""
    done: list[Staged] = []
    complaints: list[str] = []
    home = identifier(folder.resolve().name, "data")
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE and path.is_file()):
        taken = {one.schema for one in done}
        database = path.suffix.lower() in DATABASES
        staged = Staged(
            path.name, unused(identifier(path.stem, "data"), taken | {home}) if database else home, database
        )
        before = [table for one in done if one.schema == staged.schema for table in one.tables]
        try:
            _read(connection, path, staged, before)
        except _UNREADABLE as error:
            complaints.append(f"{path.name} was left out: {_reason(error)}.")
        else:
            done.append(staged)
    return done, complaints


def identifier(name: str, default: str) -> str:
    """A name that needs no quoting: lower case letters, digits and underscores, not starting with a digit."""
    plain = re.sub(r"[^a-z0-9]+", "_", unidecode(name.replace("%", " pct ")).lower()).strip("_")
    return f"{default[0]}_{plain}" if plain[:1].isdigit() else plain or default


def unused(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def quoted(*parts: str) -> str:
    """A qualified name in DuckDB's quoting."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one value of a query, read to its end: DuckDB takes no other work before."""
    return connection.execute(sql).fetchall()[0][0]


def _reason(error: Exception) -> str:
    line = re.sub(r"\s+", " ", str(error).split("\n")[0]).strip().rstrip(".:")
    return line[:160] or type(error).__name__


def _read(connection: duckdb.DuckDBPyConnection, path: Path, staged: Staged, before: list[str]) -> None:
    if not path.stat().st_size:
        raise ValueError("the file is empty")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(staged.schema)}")
    for name, relation in _reader(path)(connection, path, staged):
        table = unused(identifier(name, "table"), {*before, *staged.tables})
        if _create(connection, staged, table, relation):
            staged.tables.append(table)
            staged.labels[table, ""] = name
    if not staged.tables:
        raise ValueError("it holds no rows")


Relations = Iterator[tuple[str, duckdb.DuckDBPyRelation]]


def _reader(path: Path) -> Callable[[duckdb.DuckDBPyConnection, Path, Staged], Relations]:
    with path.open("rb") as file:
        head = file.read(16)
    if head == _SQLITE:
        return _sqlite
    readers = {".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".xlsx": _excel}
    return readers.get(path.suffix.lower(), _duckdb)


def _csv(connection: duckdb.DuckDBPyConnection, path: Path, _staged: Staged) -> Relations:
    """Read as written here or there: with decimal points or commas, whichever leaves less text."""
    try:
        path.read_text(encoding="utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "latin-1"
    found = []
    for numbers in ("", ", decimal_separator = ',', thousands = ' '"):
        options = f"encoding = '{encoding}', sample_size = 50000{numbers}"
        relation = connection.sql(f"SELECT * FROM read_csv({_text(str(path))}, {options})")
        found.append((sum(str(kind) == "VARCHAR" for kind in relation.types), relation))
    yield path.stem, min(found, key=lambda one: one[0])[1]


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path, _staged: Staged) -> Relations:
    yield path.stem, connection.read_parquet(str(path))


def _excel(connection: duckdb.DuckDBPyConnection, path: Path, _staged: Staged) -> Relations:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError) as error:
        raise ValueError("it is not an Excel workbook") from error
    sheets = [sheet for sheet in book.worksheets if sheet.max_row and sheet.max_row > 1]
    for sheet in sheets:
        header, *rows = sheet.iter_rows(values_only=True)
        name = path.stem if len(sheets) == 1 else sheet.title
        yield name, connection.from_arrow(_arrow([str(cell or "") for cell in header], rows))
    book.close()


def _sqlite(connection: duckdb.DuckDBPyConnection, path: Path, staged: Staged) -> Relations:
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        for (name,) in source.execute(tables).fetchall():
            _declared(source, name, staged)
            rows = source.execute(f"SELECT * FROM {quoted(name)}")
            yield name, connection.from_arrow(_arrow([column[0] for column in rows.description], rows.fetchall()))
    finally:
        source.close()


def _declared(source: sqlite3.Connection, name: str, staged: Staged) -> None:
    """The keys that SQLite knows of this table."""
    table = identifier(name, "table")
    columns = source.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    keys = sorted((position, column) for _, column, _, _, _, position in columns if position)
    if keys:
        staged.primary[table] = tuple(identifier(column, "column") for _, column in keys)
    links: dict[int, list[tuple[str, str, str]]] = {}
    for number, _, parent, own, other, *_ in source.execute(f"PRAGMA foreign_key_list({quoted(name)})"):
        links.setdefault(number, []).append((parent, own, other or ""))
    for parts in links.values():
        own = tuple(identifier(column, "column") for _, column, _ in parts)
        other = tuple(identifier(column, "column") if column else "" for _, _, column in parts)
        staged.foreign.append(Key(table, own, identifier(parts[0][0], "table"), other))


def _arrow(header: list[str], rows: list[tuple[object, ...]]) -> pa.Table:
    """Columns typed by their values; a column of mixed values becomes text."""
    columns = list(zip(*rows, strict=False)) or [() for _ in header]
    names: list[str] = []
    for name in header:
        names.append(unused(name or "column", set(names)))
    return pa.table(dict(zip(names, map(_column, columns), strict=False)))


def _column(values: tuple[object, ...]) -> Any:
    try:
        made: Any = pa.array(list(values))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        made = pa.array([None if value is None else str(value) for value in values], pa.string())
    return made.cast(pa.string()) if pa.types.is_null(made.type) else made


def _duckdb(connection: duckdb.DuckDBPyConnection, path: Path, _staged: Staged) -> Relations:
    connection.execute(f"ATTACH {_text(str(path))} AS source (READ_ONLY)")
    try:
        found = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'source' ORDER BY ALL"
        for schema, name in connection.execute(found).fetchall():
            yield name, connection.table(quoted("source", schema, name))
    finally:
        connection.execute("DETACH source")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _create(
    connection: duckdb.DuckDBPyConnection, staged: Staged, table: str, relation: duckdb.DuckDBPyRelation
) -> bool:
    """Makes the table in the store, under plain names and in types that a warehouse has. False when it has no rows."""
    names: list[str] = []
    for label in relation.columns:
        names.append(unused(identifier(label, "column"), set(names)))
        staged.labels[table, names[-1]] = label
    parts = zip(relation.columns, names, relation.types, strict=True)
    picked = ", ".join(_picked(label, name, str(kind)) for label, name, kind in parts)
    target = quoted(staged.schema, table)
    relation.project(picked).create(target)
    for name in names:
        _dates(connection, target, name)
    if scalar(connection, f"SELECT count(*) FROM {target}"):
        return True
    connection.execute(f"DROP TABLE {target}")
    return False


def _picked(label: str, name: str, kind: str) -> str:
    if kind in _PLAIN or kind.startswith("DECIMAL("):
        return f"{quoted(label)} AS {quoted(name)}"
    if kind.startswith("TIMESTAMP"):
        kind = "TIMESTAMP WITH TIME ZONE"
    elif kind == "HUGEINT":
        kind = "DECIMAL(38,0)"
    else:
        kind = _WIDER.get(kind, "VARCHAR")
    return f"CAST({quoted(label)} AS {kind}) AS {quoted(name)}"


def _dates(connection: duckdb.DuckDBPyConnection, target: str, name: str) -> None:
    """Text in which every value is an ISO date or time becomes one: SQLite has no other way to write them."""
    column = quoted(name)
    patterns = {"DATE": r"\d{4}-\d{2}-\d{2}", "TIMESTAMPTZ": r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?"}
    for kind, pattern in patterns.items():
        fits = f"regexp_full_match({column}, '{pattern}') AND TRY_CAST({column} AS {kind}) IS NOT NULL"
        checked = f"SELECT count({column}) > 0 AND coalesce(bool_and({fits}), false) FROM {target} WHERE {column} <> ''"
        if _is_text(connection, target, name) and scalar(connection, checked):
            connection.execute(f"ALTER TABLE {target} ALTER {column} TYPE {kind} USING TRY_CAST({column} AS {kind})")


def _is_text(connection: duckdb.DuckDBPyConnection, target: str, name: str) -> bool:
    relation = connection.table(target)
    return str(dict(zip(relation.columns, relation.types, strict=True))[name]) == "VARCHAR"
