"""CREATE, DROP, COMMENT and GRANT: each is one explicit case, for those who hold the right to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.databricks import function_text, row_changes
from sandbox.databricks.change import Change, quoted
from sandbox.databricks.column_types import of_arrow, to_duckdb
from sandbox.databricks.failures import SqlFailure, unsupported
from sandbox.databricks.grants import Kind
from sandbox.databricks.metastore import Relation, key
from sandbox.mesh import Column, Table

if TYPE_CHECKING:
    from sandbox.databricks.engine import Outcome, Run


def concerns(tree: exp.Expr) -> bool:
    """True for statements that change something."""
    return not isinstance(tree, exp.Query)


def carry_out(run: Run, tree: exp.Expr, values: dict[str, object]) -> Outcome:
    """Makes the change as the asker. Raises SqlFailure for what is not granted or not offered."""
    change = _CHANGES.get(type(tree))
    if change is None:
        raise unsupported(f"{tree.key.upper()} statements are not offered here.")
    with run.engine.writing:
        return change(Change(run, values), tree)


def _create(change: Change, tree: exp.Expr) -> Outcome:
    makers = {
        "SCHEMA": _create_schema,
        "DATABASE": _create_schema,
        "TABLE": _create_table,
        "FUNCTION": _create_function,
    }
    maker = makers.get(str(tree.args.get("kind", "")).upper())
    if maker is None:
        raise unsupported(f"CREATE {tree.args.get('kind')} is not offered here.")
    return maker(change, tree)


def _comment(tree: exp.Expr) -> str:
    found = tree.args.get("properties")
    note = found.find(exp.SchemaCommentProperty) if found else None
    return note.this.name if note else ""


def _create_schema(change: Change, tree: exp.Expr) -> Outcome:
    table = tree.this
    parts = [part.name for part in (table.args.get("catalog"), table.args.get("db"), table.args.get("this")) if part]
    catalog, schema = [change.run.catalog, *parts][-2:]
    metastore = change.run.engine.metastore
    if key(catalog) not in metastore.catalogs:
        raise SqlFailure("NO_SUCH_CATALOG_EXCEPTION", f"Catalog '{catalog}' was not found.", "42704")
    if key(catalog, schema) in metastore.schemas:
        if tree.args.get("exists"):
            return change.done()
        raise SqlFailure("SCHEMA_ALREADY_EXISTS", f"Cannot create schema `{catalog}`.`{schema}`.", "42P06")
    change.require("CREATE_SCHEMA", "CATALOG", catalog)
    change.execute(f"CREATE SCHEMA {quoted(catalog, schema)}")
    metastore.add_schema(catalog, schema, _comment(tree), change.run.asker.name)
    return change.done()


def _create_table(change: Change, tree: exp.Expr) -> Outcome:
    names = change.names(tree.this)
    full, metastore = ".".join(names), change.run.engine.metastore
    if key(*names[:2]) not in metastore.schemas:
        raise SqlFailure("SCHEMA_NOT_FOUND", f"The schema `{'`.`'.join(names[:2])}` cannot be found.", "42704")
    if key(full) in metastore.tables:
        if tree.args.get("exists"):
            return change.done()
        if not tree.args.get("replace"):
            raise SqlFailure("TABLE_OR_VIEW_ALREADY_EXISTS", f"Cannot create table or view `{full}`.", "42P07")
        change.require_owner("TABLE", full)
    change.require("CREATE_TABLE", "SCHEMA", ".".join(names[:2]))
    columns = _made_as(change, tree, names) if tree.expression else _made_empty(change, tree, names)
    table = Table(names[0], names[1], names[2], columns, comment=_comment(tree))
    metastore.add_table(Relation(table, owner=change.run.asker.name))
    return change.done()


def _made_as(change: Change, tree: exp.Expr, names: list[str]) -> tuple[Column, ...]:
    sql, values = change.translated(tree.expression)
    change.execute(f"CREATE OR REPLACE TABLE {quoted(*names)} AS {sql}", values)
    schema = change.run.cursor.sql(f"SELECT * FROM {quoted(*names)} LIMIT 0").to_arrow_reader(1).read_all().schema
    return tuple(Column(field.name, of_arrow(field.type).text) for field in schema)


def _made_empty(change: Change, tree: exp.Expr, names: list[str]) -> tuple[Column, ...]:
    columns = tuple(_column(node) for node in tree.this.expressions if isinstance(node, exp.ColumnDef))
    if not columns:
        raise unsupported("A table needs columns or a query.")
    kinds = ", ".join(f"{quoted(it.name)} {to_duckdb(it.type)}{'' if it.nullable else ' NOT NULL'}" for it in columns)
    change.execute(f"CREATE OR REPLACE TABLE {quoted(*names)} ({kinds})")
    return columns


def _column(node: exp.ColumnDef) -> Column:
    kinds = {type(constraint.kind): constraint.kind for constraint in node.args.get("constraints") or ()}
    note = kinds.get(exp.CommentColumnConstraint)
    kind = node.args["kind"].sql("databricks").lower()
    return Column(
        node.name, kind, comment=note.this.name if note else "", nullable=exp.NotNullColumnConstraint not in kinds
    )


def _create_function(change: Change, tree: exp.Expr) -> Outcome:
    names = change.names(tree.this.this)
    full, metastore = ".".join(names), change.run.engine.metastore
    if key(*names[:2]) not in metastore.schemas:
        raise SqlFailure("SCHEMA_NOT_FOUND", f"The schema `{'`.`'.join(names[:2])}` cannot be found.", "42704")
    if key(full) in metastore.routines:
        if tree.args.get("exists"):
            return change.done()
        if not tree.args.get("replace"):
            raise SqlFailure("ROUTINE_ALREADY_EXISTS", f"Cannot create the function `{full}`.", "42723")
        change.require_owner("FUNCTION", full)
    change.require("CREATE_FUNCTION", "SCHEMA", ".".join(names[:2]))
    metastore.add_routine(function_text.routine(tree, names, change.run.asker.name))
    return change.done()


def _drop(change: Change, tree: exp.Expr) -> Outcome:
    kind = str(tree.args.get("kind", "")).upper().replace("DATABASE", "SCHEMA")
    if kind not in ("TABLE", "FUNCTION", "SCHEMA"):
        raise unsupported(f"DROP {kind} is not offered here.")
    target = (tree.args.get("tables") or [tree.this])[0]
    if kind == "SCHEMA":
        parts = [
            part.name for part in (target.args.get("catalog"), target.args.get("db"), target.args.get("this")) if part
        ]
        names = [change.run.catalog, *parts][-2:]
    else:
        names = change.names(target)
    return _dropped(change, tree, kind, names)


def _dropped(change: Change, tree: exp.Expr, kind: str, names: list[str]) -> Outcome:
    full, metastore = ".".join(names), change.run.engine.metastore
    if key(full) not in metastore.shelf(kind):
        if tree.args.get("exists"):
            return change.done()
        missing = {"TABLE": "TABLE_OR_VIEW_NOT_FOUND", "FUNCTION": "ROUTINE_NOT_FOUND", "SCHEMA": "SCHEMA_NOT_FOUND"}[
            kind
        ]
        raise SqlFailure(missing, f"`{full}` cannot be found.", "42P01")
    change.require_owner("SCHEMA" if kind == "SCHEMA" else "TABLE" if kind == "TABLE" else "FUNCTION", full)
    inside = [name for name in (*metastore.tables, *metastore.routines) if name.startswith(key(full) + ".")]
    if kind == "SCHEMA" and inside and not tree.args.get("cascade"):
        raise SqlFailure("SCHEMA_NOT_EMPTY", f"Cannot drop schema `{full}`: it is not empty.", "2BP01")
    if kind != "FUNCTION":  # functions live in the metastore alone
        change.execute(f"DROP {kind} {quoted(*names)}{' CASCADE' if kind == 'SCHEMA' else ''}")
    metastore.drop(kind, full)
    return change.done()


def _comment_on(change: Change, tree: exp.Expr) -> Outcome:
    if str(tree.args.get("kind", "")).upper() != "TABLE":
        raise unsupported("Only comments on tables are offered here.")
    names = change.names(tree.this)
    full, metastore = ".".join(names), change.run.engine.metastore
    change.require_owner("TABLE", full)
    relation = metastore.tables[key(full)]
    metastore.add_table(replace(relation, table=replace(relation.table, comment=tree.expression.name)))
    return change.done()


def _grant(change: Change, tree: exp.Expr) -> Outcome:
    kind = str(tree.args.get("kind") or "TABLE").upper().replace("DATABASE", "SCHEMA")
    kinds: dict[str, tuple[Kind, int]] = {
        "CATALOG": ("CATALOG", 1),
        "SCHEMA": ("SCHEMA", 2),
        "TABLE": ("TABLE", 3),
        "FUNCTION": ("FUNCTION", 3),
    }
    if kind not in kinds:
        raise unsupported(f"GRANT ON {kind} is not offered here.")
    on, count = kinds[kind]
    parts = [part.name for part in tree.args["securable"].find(exp.Table).parts]
    name = ".".join([*[change.run.catalog, change.run.schema][: max(0, count - len(parts))], *parts])
    change.require_owner(on, name)
    privileges = [it.this.name.upper().replace(" ", "_") for it in tree.args["privileges"]]
    grants = change.run.engine.grants
    for principal in tree.args["principals"]:
        (grants.take if isinstance(tree, exp.Revoke) else grants.give)(on, name, principal.this.name, privileges)
    return change.done()


_CHANGES: dict[type, Callable[[Change, exp.Expr], Outcome]] = {
    exp.Create: _create,
    exp.Insert: row_changes.insert,
    exp.Delete: row_changes.delete,
    exp.TruncateTable: row_changes.truncate,
    exp.Drop: _drop,
    exp.Comment: _comment_on,
    exp.Grant: _grant,
    exp.Revoke: _grant,
}
