"""SHOW, DESCRIBE and EXPLAIN: without them a client that looks around in SQL would see nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import sqlglot
from sqlglot import exp

from sandbox.databricks.arrow_columns import numbers, strings, table
from sandbox.databricks.column_types import of_arrow
from sandbox.databricks.failures import SqlFailure, no_routine, no_table, unsupported
from sandbox.databricks.information_schema import InformationSchema
from sandbox.databricks.metastore import Relation, key
from sandbox.databricks.result_types import normalised

if TYPE_CHECKING:
    from sandbox.databricks.engine import Run

_VERBS = re.compile(r"\s*(SHOW|DESCRIBE|DESC|EXPLAIN)\b", re.IGNORECASE)
_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"
_IN = r"(?:\s+(?:IN|FROM)\s+(?P<name>[\w`.$-]+))?"


def of(run: Run, sql: str) -> pa.Table | None:
    """What a SHOW, DESCRIBE or EXPLAIN answers; None for any other statement."""
    if not _VERBS.match(sql):
        return None
    text = sql.strip().rstrip(";").strip()
    for pattern, answer in _STATEMENTS:
        match = re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL)
        if match:
            return answer(run, match)
    raise unsupported(f"'{' '.join(text.split()[:3])}' is not offered here.")


def _names(name: str | None) -> list[str]:
    if not name:
        return []
    try:
        return [part.name for part in exp.to_table(name, dialect="databricks").parts]
    except sqlglot.ParseError as error:
        raise SqlFailure("PARSE_SYNTAX_ERROR", f"Syntax error at or near '{name}'.", "42601") from error


def _schema(run: Run, match: re.Match[str]) -> tuple[str, str]:
    names = _names(match["name"])
    catalog, schema = ([run.catalog, run.schema, *names][-2:]) if len(names) != 1 else (run.catalog, names[0])
    if key(catalog, schema) not in run.engine.metastore.schemas:
        raise SqlFailure("SCHEMA_NOT_FOUND", f"The schema `{catalog}`.`{schema}` cannot be found.", "42704")
    return catalog, schema


def _relation(run: Run, name: str) -> Relation:
    names = [run.catalog, run.schema, *_names(name)][-3:] if len(_names(name)) < 3 else _names(name)
    if len(_names(name)) == 2:
        names = [run.catalog, *_names(name)]
    full = ".".join(names)
    relation = run.engine.metastore.tables.get(key(full))
    if relation is None or not run.engine.grants.visible(run.asker, "TABLE", full):
        raise no_table(full)
    return relation


def _views(run: Run) -> InformationSchema:
    return InformationSchema(run.engine.metastore, run.engine.grants, run.asker)


def _like(match: re.Match[str], value: str) -> bool:
    """SHOW's patterns: * is anything, | separates alternatives; % is taken for * as well."""
    pattern = match["like"]
    if not pattern:
        return True
    choices = (re.escape(choice.strip()).replace(r"\*", ".*").replace("%", ".*") for choice in pattern.split("|"))
    return any(re.fullmatch(choice, value, re.IGNORECASE) for choice in choices)


def _catalogs(run: Run, match: re.Match[str]) -> pa.Table:
    names = [str(row["catalog_name"]) for row in _views(run).catalogs()]
    return _listed(catalog=sorted(name for name in names if _like(match, name)))


def _schemas(run: Run, match: re.Match[str]) -> pa.Table:
    catalog = (_names(match["name"]) or [run.catalog])[0].lower()
    rows = [row for row in _views(run).schemata() if str(row["catalog_name"]).lower() == catalog]
    return _listed(
        databaseName=sorted(str(row["schema_name"]) for row in rows if _like(match, str(row["schema_name"])))
    )


def _tables(run: Run, match: re.Match[str]) -> pa.Table:
    where = key(*_schema(run, match))
    tables = [relation.table for relation in _views(run).relations()]
    names = sorted(it.name for it in tables if key(it.catalog, it.schema) == where and _like(match, it.name))
    listed = _listed(database=[where.split(".")[1]] * len(names), tableName=names)
    return listed.append_column("isTemporary", numbers([0] * len(names)).cast(pa.bool_()))


def _columns(run: Run, match: re.Match[str]) -> pa.Table:
    return _listed(col_name=[column.name for column in _relation(run, match["name"]).table.columns])


def _functions(run: Run, match: re.Match[str]) -> pa.Table:
    where = key(*_schema(run, match))
    found = [it for it in _views(run).functions() if key(it.catalog, it.schema) == where]
    return _listed(function=sorted(it.full_name for it in found if _like(match, it.name)))


def _grants(run: Run, match: re.Match[str]) -> pa.Table:
    relation = _relation(run, match["name"])
    held = list(run.engine.grants.effective("TABLE", relation.full_name))
    return _listed(
        Principal=[it.principal for it in held],
        ActionType=[it.name.replace("_", " ") for it in held],
        ObjectType=[it.on_kind for it in held],
        ObjectKey=[it.on_name for it in held],
    )


def _describe_table(run: Run, match: re.Match[str]) -> pa.Table:
    relation = _relation(run, match["name"])
    rows = [(column.name, column.type, column.comment) for column in relation.table.columns]
    if match["extended"]:
        rows += [("", "", ""), ("# Detailed Table Information", "", ""), ("Catalog", relation.table.catalog, "")]
        rows += [("Database", relation.table.schema, ""), ("Table", relation.table.name, "")]
        rows += [("Owner", relation.owner, ""), ("Comment", relation.table.comment, ""), ("Type", "MANAGED", "")]
    return _described(rows)


def _describe_query(run: Run, match: re.Match[str]) -> pa.Table:
    """The result's columns; the query is bound and not run."""
    plan = run.engine.plan(run.asker, match["query"], run.catalog, run.schema)
    run.offer(plan)
    nothing = dict.fromkeys(plan.names)
    described = run.cursor.sql(f"SELECT * FROM ({plan.sql}) LIMIT 0", params=nothing or None)
    types = [str(kind) for kind in described.types]
    nothing_read = normalised(described.to_arrow_reader(1).read_all(), types, plan.types)
    return _described([(field.name, of_arrow(field.type).text, "") for field in nothing_read.schema])


def _describe_function(run: Run, match: re.Match[str]) -> pa.Table:
    names = _names(match["name"])
    full = ".".join(names if len(names) == 3 else [run.catalog, run.schema, *names][-3:])
    routine = next((it for it in _views(run).functions() if key(it.full_name) == key(full)), None)
    if routine is None:
        raise no_routine(full)
    inputs = ", ".join(f"{it.name} {it.type}" for it in routine.parameters)
    lines = [f"Function: {full}", "Type: " + ("TABLE" if routine.columns else "SCALAR"), f"Input: {inputs}"]
    return _listed(function_desc=[*lines, f"Comment: {routine.comment}"])


def _explain(run: Run, match: re.Match[str]) -> pa.Table:
    """The query is planned, so that everything wrong with it shows; the plan itself is of no interest here."""
    described = _describe_query(run, match)
    names = ", ".join(str(name) for name in described.column("col_name").to_pylist())
    return _listed(plan=[f"== Physical Plan ==\nProject [{names}]"])


def _listed(**columns: list[str]) -> pa.Table:
    return table({name: strings(values) for name, values in columns.items()})


def _described(rows: list[tuple[str, str, str]]) -> pa.Table:
    return _listed(
        col_name=[row[0] for row in rows],
        data_type=[row[1] for row in rows],
        comment=[row[2] for row in rows],
    )


_NAME = r"(?P<name>[\w`.$-]+)"
_STATEMENTS: tuple[tuple[str, Callable[[Run, re.Match[str]], pa.Table]], ...] = (
    (rf"SHOW\s+CATALOGS{_LIKE}", _catalogs),
    (rf"SHOW\s+(?:SCHEMAS|DATABASES){_IN}{_LIKE}", _schemas),
    (rf"SHOW\s+TABLES{_IN}{_LIKE}", _tables),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}", _columns),
    (rf"SHOW\s+(?:USER\s+)?FUNCTIONS{_IN}{_LIKE}", _functions),
    (rf"SHOW\s+GRANTS\s+ON\s+(?:TABLE\s+)?{_NAME}", _grants),
    (r"(?:DESCRIBE|DESC)\s+(?:QUERY\s+)?(?P<query>(?:SELECT\b|WITH\b|VALUES\b|\().*)", _describe_query),
    (rf"(?:DESCRIBE|DESC)\s+FUNCTION\s+(?:EXTENDED\s+)?{_NAME}", _describe_function),
    (rf"(?:DESCRIBE|DESC)\s+(?:TABLE\s+)?(?P<extended>EXTENDED\s+)?{_NAME}", _describe_table),
    (r"EXPLAIN\s+(?:(?:EXTENDED|FORMATTED|COST)\s+)?(?P<query>(?:SELECT\b|WITH\b|VALUES\b|\().*)", _explain),
)
