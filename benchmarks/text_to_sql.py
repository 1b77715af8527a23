"""The public text-to-SQL questions of ../shared/data, with their databases as the brain and as SQL see them.

Spider's databases are SQLite files; Defog's are Postgres scripts, loaded into DuckDB.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from sandbox.mesh import Column, ForeignKey, Table

Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Database:
    """Tables as the brain sees them, and a way to run SQL of either dialect on their rows."""

    name: str
    tables: tuple[Table, ...]
    run: Callable[[str], Rows]
    dialect: str
    quote: str = '"'

    def values(self, table: Table, column: Column) -> list[str]:
        """The distinct values of a column, as text."""
        name = ".".join(f'"{part}"' for part in (table.schema, table.name) if part)
        found = self.run(f'SELECT DISTINCT "{column.name}" FROM {name} WHERE "{column.name}" IS NOT NULL LIMIT 5000')
        return [str(row[0]) for row in found]


@dataclass(frozen=True)
class Question:
    """A question with the SQL variants that answer it; none when it must be refused."""

    database: str
    language: str
    text: str
    gold: tuple[str, ...]

    @property
    def shape(self) -> str:
        """Single or join, by the tables of the gold SQL."""
        if not self.gold:
            return "must be refused"
        tables = set(re.findall(r"\b(?:from|join)\s+([\w.\"]+)", self.gold[0], re.IGNORECASE))
        return "join" if len({table.lower() for table in tables}) > 1 else "single"


# ── Spider: SQLite ────────────────────────────────────────────────────────────────────────────────────────────────────


def spider(folder: Path) -> tuple[dict[str, Database], list[Question]]:
    """The databases and questions of the Spider folder."""
    schemas = {one["db_id"]: one for one in json.loads((folder / "tables.json").read_text())}
    databases = {name: _spider_database(folder / "database" / f"{name}.sqlite", schemas[name]) for name in schemas}
    questions = []
    for line in (folder / "questions.jsonl").read_text().splitlines():
        one = json.loads(line)
        for language, key in (("en", "question_en"), ("fr", "question_fr_mt")):
            questions.append(Question(one["db_id"], language, one[key], (one["gold_sql"],)))
    return databases, questions


def _spider_database(path: Path, schema: dict[str, Any]) -> Database:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return Database(
        path.stem, _spider_tables(connection, schema), lambda sql: connection.execute(sql).fetchall(), "sqlite"
    )


def _spider_tables(connection: sqlite3.Connection, schema: dict[str, Any]) -> tuple[Table, ...]:
    names = schema["table_names_original"]
    columns: list[tuple[int, str]] = [(place, str(name)) for place, name in schema["column_names_original"]]
    primary = set(_flat(schema["primary_keys"]))
    links: dict[str, list[ForeignKey]] = defaultdict(list)
    for own, parent in schema["foreign_keys"]:
        (child, column), (other, target) = columns[own], columns[parent]
        links[str(names[child])].append(ForeignKey((column,), f"..{names[other]}", (target,)))
    found = []
    for index, name in enumerate(names):
        declared = {row[1].lower(): row[2] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        own = [(i, column) for i, (place, column) in enumerate(columns) if place == index]
        found.append(
            Table("", "", str(name),
                  tuple(Column(column, _sqlite_type(declared.get(column.lower(), ""))) for _, column in own),
                  primary_key=tuple(column for i, column in own if i in primary), foreign_keys=tuple(links[str(name)]))
        )  # fmt: skip
    return tuple(found)


def _flat(keys: list[Any]) -> Iterator[int]:
    for key in keys:
        yield from key if isinstance(key, list) else [key]


def _sqlite_type(declared: str) -> str:
    kind = declared.lower()
    if "int" in kind or kind == "year":
        return "int"
    if any(word in kind for word in ("real", "float", "double", "number", "numeric", "decimal")):
        return "double"
    if "bool" in kind or kind == "bit":
        return "boolean"
    return "string"  # SQLite keeps dates as text


# ── Defog: Postgres, run by DuckDB ────────────────────────────────────────────────────────────────────────────────────


def defog(folder: Path) -> tuple[dict[str, Database], list[Question]]:
    """The databases and questions of the Defog folder."""
    databases = {path.parent.name: _defog_database(path) for path in sorted(folder.glob("*/*.sql"))}
    questions = []
    for name in ("questions_gen_postgres.csv", "instruct_basic_postgres.csv", "instruct_advanced_postgres.csv"):
        for row in csv.DictReader((folder / name).open()):
            questions.append(Question(row["db_name"], "en", row["question"], tuple(_variants(row["query"]))))
    for row in csv.DictReader((folder / "idk.csv").open()):
        questions.append(Question(row["db_name"], "en", row["question"], ()))
    return databases, [question for question in questions if question.database in databases]


def _variants(gold: str) -> Iterator[str]:
    """`{a, b}` stands for any of its columns; several statements are several right answers."""
    for sql in filter(str.strip, gold.split(";")):
        braces = re.findall(r"\{([^}]*)\}", sql)
        if not braces:
            yield sql
            continue
        for column in braces[0].split(","):
            yield re.sub(r"\{[^}]*\}", column.strip(), sql)


def _defog_database(path: Path) -> Database:
    connection = duckdb.connect(":memory:")
    tables = []
    for statement in sqlglot.parse(path.read_text().replace("SERIAL", "INTEGER"), read="postgres"):
        if statement is None:
            continue
        if isinstance(statement, exp.Create) and statement.kind == "TABLE":
            tables.append(_defog_table(statement))
        _load(connection, statement)
    schemas = dict.fromkeys([*(table.schema for table in tables if table.schema), "main"])
    connection.execute(f"SET search_path = '{','.join(schemas)}'")
    return Database(path.parent.name, tuple(tables), lambda sql: connection.execute(sql).fetchall(), "duckdb")


def _load(connection: duckdb.DuckDBPyConnection, statement: exp.Expr) -> None:
    for table in statement.find_all(exp.Table):
        if table.db:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.db}")
    if isinstance(statement, exp.Create | exp.Insert) and getattr(statement, "kind", "TABLE") in {"TABLE", None}:
        for constraint in list(statement.find_all(exp.Reference)):
            (constraint.find_ancestor(exp.ColumnConstraint, exp.ForeignKey) or constraint).pop()
        connection.execute(_mended(statement.sql(dialect="duckdb")))


def _mended(sql: str) -> str:
    """The time format and the abbreviation that the translation gets wrong."""
    return re.sub(r"(INTERVAL '\d+') MIN\b", r"\1 MINUTE", sql).replace("%m%%u %H:%i:%s", "%m%d %H:%M:%S")


def _defog_table(create: exp.Create) -> Table:
    table = create.this.this
    columns, key, links = [], [], []
    for definition in create.this.expressions:
        if isinstance(definition, exp.ColumnDef):
            columns.append(Column(definition.name, _postgres_type(definition.args["kind"])))
            key += [definition.name] if definition.find(exp.PrimaryKeyColumnConstraint) else []
            if reference := definition.find(exp.Reference):
                parent = reference.this.find(exp.Table)
                target = [one.name for one in reference.this.expressions]
                links.append(ForeignKey((definition.name,), f".{parent.db}.{parent.name}", tuple(target)))
    return Table("", table.db, table.name, tuple(columns), primary_key=tuple(key), foreign_keys=tuple(links))


def _postgres_type(kind: exp.DataType) -> str:
    text = kind.sql("databricks").lower()
    return "string" if text.startswith(("varchar", "text", "char")) else text
