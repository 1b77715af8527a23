"""How much of what people ask does the sandbox's Genie read, and is it right? Run over public text-to-SQL questions.

    python -m benchmarks.reading [--data ../shared/data] [--half report|tune|both] [--show wrong|unread|right]

The databases are split in two halves by name, alternately: rules were made by looking at one half (`tune`); the other
(`report`) gives the figures. An answer is right when the rows of its SQL, or of some of its columns, are the rows of the
gold SQL: in any order unless the gold SQL orders them, with repetitions counted.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import re
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import duckdb
import sqlglot
from sqlglot import exp

from sandbox.brain import Brain, Understood
from sandbox.mesh import Column, ForeignKey, Table

Rows = list[tuple[object, ...]]
_HALVES = ("tune", "report")


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
        """single or join, by the tables of the gold SQL."""
        if not self.gold:
            return "must be refused"
        tables = set(re.findall(r"\b(?:from|join)\s+([\w.\"]+)", self.gold[0], re.IGNORECASE))
        return "join" if len({table.lower() for table in tables}) > 1 else "single"


@dataclass
class Tally:
    """Counts of one kind of question."""

    asked: int = 0
    answered: int = 0
    right: int = 0
    alike: int = 0  # right but for how often a row is repeated
    seconds: list[float] = field(default_factory=list)


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


def _spider_database(path: Path, schema: dict[str, list[object]]) -> Database:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return Database(
        path.stem, _spider_tables(connection, schema), lambda sql: connection.execute(sql).fetchall(), "sqlite"
    )


def _spider_tables(connection: sqlite3.Connection, schema: dict[str, list[object]]) -> tuple[Table, ...]:
    names = schema["table_names_original"]
    columns: list[tuple[int, str]] = [(place, str(name)) for place, name in schema["column_names_original"]]  # type: ignore[misc]
    primary = set(_flat(schema["primary_keys"]))
    links: dict[str, list[ForeignKey]] = defaultdict(list)
    for own, parent in schema["foreign_keys"]:  # type: ignore[misc]
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


def _flat(keys: Sequence[object]) -> Iterator[int]:
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


def _load(connection: duckdb.DuckDBPyConnection, statement: exp.Expression) -> None:
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


# ── comparing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def alike(ours: Rows, gold: Rows) -> bool:
    """Would they be the same if every row came once? The gold SQL often joins where it means "exists"."""
    wide, narrow = len(ours[0]) if ours else 0, len(gold[0]) if gold else 0
    if wide > 6:
        return False
    once = set(map(_row, gold))
    return any(set(_projected(list(map(_row, ours)), picks)) == once for picks in itertools.permutations(range(wide), narrow))


def _row(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(_plain(cell) for cell in row)


def same(ours: Rows, gold: Rows, ordered: bool) -> bool:
    """Are the gold rows found among some of our columns?"""
    ours, gold = list(map(_row, ours)), list(map(_row, gold))
    if len(ours) != len(gold):
        return False
    if not gold:
        return True
    if len(ours[0]) < len(gold[0]):
        return False
    counts = [Counter(column) for column in zip(*ours, strict=True)]
    fits = [[i for i, count in enumerate(counts) if count == Counter(column)] for column in zip(*gold, strict=True)]
    return any(_projected(ours, picks) == gold if ordered else Counter(_projected(ours, picks)) == Counter(gold)
               for picks in _choices(fits, ()))  # fmt: skip


def _projected(rows: Rows, picks: Sequence[int]) -> Rows:
    return [tuple(row[i] for i in picks) for row in rows]


def _choices(fits: Sequence[Sequence[int]], taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not fits:
        yield taken
        return
    for pick in fits[0]:
        if pick not in taken:
            yield from _choices(fits[1:], (*taken, pick))


def _plain(cell: object) -> object:
    if isinstance(cell, bool) or cell is None:
        return cell
    if hasattr(cell, "isoformat"):
        text = cell.isoformat()[:19].replace("T", " ")
        return text.removesuffix(" 00:00:00").removesuffix("-01") if re.match(r"^\d{4}-\d\d-01( 00|$)", text) else text
    try:
        return round(float(cell), 4)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(cell)


def judge(database: Database, question: Question, sql: str) -> tuple[bool, bool]:
    """Does this SQL give the rows of one of the gold variants: exactly, and repetitions aside?"""
    try:
        ours = database.run(sqlglot.transpile(sql, read="databricks", write=database.dialect)[0])
    except (sqlite3.Error, duckdb.Error, sqlglot.errors.SqlglotError) as error:
        print(f"  fails: {error}\n  {sql}", file=sys.stderr)
        return False, False
    close = False
    for gold in question.gold:
        rows = _gold_rows(database, gold)
        if rows is None:
            continue
        if same(ours, rows, bool(re.search(r"order\s+by[^()]*$", gold, re.IGNORECASE)) and len(rows) > 1):
            return True, True
        close = close or alike(ours, rows)
    return False, close


def _gold_rows(database: Database, gold: str) -> Rows | None:
    try:
        return database.run(gold if database.dialect == "sqlite" else sqlglot.transpile(gold, "postgres", "duckdb")[0])
    except (sqlite3.Error, duckdb.Error, sqlglot.errors.SqlglotError):
        return None


# ── the run ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def half_of(name: str, names: Sequence[str]) -> str:
    """tune or report, alternately by name."""
    return _HALVES[sorted(names).index(name) % 2]


def measure(
    databases: dict[str, Database], questions: Sequence[Question], half: str, show: str, only: str
) -> dict[str, Tally]:
    """Ask every question of a half; counts by language and shape."""
    wanted = {name for name in databases if half_of(name, list(databases)) == half and only in name}
    brains = {name: Brain(databases[name].tables, databases[name].values, date.today()) for name in sorted(wanted)}  # noqa: DTZ011
    tallies: dict[str, Tally] = defaultdict(Tally)
    for question in questions:
        if question.database in wanted:
            _ask(brains[question.database], databases[question.database], question, tallies, show)
    return tallies


def _ask(brain: Brain, database: Database, question: Question, tallies: dict[str, Tally], show: str) -> None:
    tally = tallies[f"{question.language} {question.shape}"]
    began = time.perf_counter()
    outcome = brain.read(question.text)
    tally.seconds.append(time.perf_counter() - began)
    tally.asked += 1
    if not isinstance(outcome, Understood):
        _show(show, "unread", question, outcome.text)
        return
    tally.answered += 1
    right, close = judge(database, question, outcome.sql)
    tally.right += right
    tally.alike += close
    _show(show, "right" if right else "wrong", question, outcome.sql.replace("\n", " "))


def _show(wanted: str, kind: str, question: Question, text: str) -> None:
    if wanted == kind:
        gold = question.gold[0][:300] if question.gold else "(must be refused)"
        print(f"[{question.database} {question.language}] {question.text}\n    {text}\n    gold: {gold}")


def report(title: str, tallies: dict[str, Tally]) -> None:
    """One line per language and shape."""
    print(f"\n{title}")
    print(f"  {'':<24}{'questions':>10}{'answered':>10}{'right':>8}{'answered %':>12}{'right when answered %':>24}{'repetitions aside %':>22}")
    for name, tally in sorted(tallies.items()):
        if name.endswith("refused"):
            refused = tally.asked - tally.answered
            print(f"  {name:<24}{tally.asked:>10}   refused {refused} of {tally.asked}")
            continue
        share = 100 * tally.answered / tally.asked
        right, close = (f"{100 * n / tally.answered:.0f}" if tally.answered else "-" for n in (tally.right, tally.alike))
        print(f"  {name:<24}{tally.asked:>10}{tally.answered:>10}{tally.right:>8}{share:>12.0f}{right:>24}{close:>22}")
    seconds = sorted(second for tally in tallies.values() for second in tally.seconds)
    if seconds:
        print(
            f"  reading takes {1000 * seconds[len(seconds) // 2]:.1f} ms (median), {1000 * seconds[int(len(seconds) * 0.99)]:.1f} (p99)"
        )


def main() -> int:
    """Print the figures; 0 also when the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent.parent / "shared" / "data")
    parser.add_argument("--half", choices=[*_HALVES, "both"], default="report")
    parser.add_argument("--show", choices=["wrong", "unread", "right"], default="")
    parser.add_argument("--only", default="", help="part of a database's name")
    options = parser.parse_args()
    folder = options.data / "text-to-sql"
    if not folder.is_dir():
        print(f"No test data in {options.data}: nothing measured. Give its place with --data.")
        return 0
    for name, load in (("spider", spider), ("defog", defog)):
        databases, questions = load(folder / name)
        for half in _HALVES if options.half == "both" else (options.half,):
            report(f"{name}, {half} half", measure(databases, questions, half, options.show, options.only))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
