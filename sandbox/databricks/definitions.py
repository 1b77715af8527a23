"""CREATE, INSERT, DELETE, DROP, COMMENT, GRANT: each change is one explicit case, for those who hold the right to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from sandbox.databricks import function_text
from sandbox.databricks.column_types import of_arrow, to_duckdb
from sandbox.databricks.failures import SqlFailure, not_granted, unsupported
from sandbox.databricks.grants import Kind
from sandbox.databricks.metastore import Relation, key
from sandbox.databricks.plans import Planner
from sandbox.databricks.statement_parameters import bound
from sandbox.mesh import Column, Table

if TYPE_CHECKING:
    from sandbox.databricks.engine import Outcome, Run


def concerns(tree: exp.Expression) -> bool:
    """True for statements that change something."""
    return not isinstance(tree, exp.Query)


def carry_out(run: Run, tree: exp.Expression, values: dict[str, object]) -> Outcome:
    """Makes the change as the asker. Raises SqlFailure for what is not granted or not offered."""
    change = _CHANGES.get(type(tree))
    if change is None:
        raise unsupported(f"{tree.key.upper()} statements are not offered here.")
    with run.engine.writing:
        return change(_Change(run, values), tree)


@dataclass(frozen=True, slots=True)
class _Change:
    run: Run
    values: dict[str, object]

    def done(self, changed: int | None = None) -> Outcome:
        from sandbox.databricks.engine import Outcome  # the engine hands statements here and takes outcomes back

        if changed is None:
            return Outcome(pa.table({}))
        rows = pa.table({"num_affected_rows": pa.array([changed], pa.int64())})
        return Outcome(rows, changed=changed)

    def names(self, node: exp.Expression, count: int = 3) -> list[str]:
        """The full name of a table, function or schema, completed from the session."""
        table = node.find(exp.Table)
        parts = [part.name for part in table.parts] if table else []
        parts = [self.run.catalog, self.run.schema, ""][: count - len(parts)] + parts
        if len(parts) != count or not all(part.replace("_", "").replace("-", "").isalnum() for part in parts):
            raise SqlFailure("INVALID_IDENTIFIER", f"The identifier {'.'.join(parts)} is invalid.", "42602")
        return parts

    def require(self, privilege: str, kind: Kind, name: str) -> None:
        grants, asker = self.run.engine.grants, self.run.asker
        catalog = name.split(".")[0]
        if not (grants.has(asker, privilege, kind, name) and grants.has(asker, "USE_CATALOG", "CATALOG", catalog)):
            raise not_granted(privilege.replace("_", " "), kind.title(), name)

    def require_owner(self, kind: Kind, name: str) -> None:
        grants, asker = self.run.engine.grants, self.run.asker
        if not (grants.owns(asker, kind, name) or grants.has(asker, "MANAGE", kind, name)):
            raise not_granted("MANAGE", kind.title(), name)

    def translated(self, query: exp.Expression) -> tuple[str, dict[str, object]]:
        """A query that the asker may run, in DuckDB's words, with the values that it uses."""
        run = self.run
        engine = run.engine
        planner = Planner(engine.metastore, engine.grants, engine.people, run.asker, run.catalog, run.schema)
        plan = planner.plan(query)
        run.offer(plan)
        return plan.sql, bound(plan.names, self.values)

    def execute(self, sql: str, values: dict[str, object] | None = None) -> None:
        self.run.cursor.execute(sql, values) if values else self.run.cursor.execute(sql)

    def count(self) -> int:
        row = self.run.cursor.fetchone()
        return int(row[0]) if row else 0


def quoted(*names: str) -> str:
    """A full name for DuckDB."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _create(change: _Change, tree: exp.Expression) -> Outcome:
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


def _comment(tree: exp.Expression) -> str:
    found = tree.args.get("properties")
    note = found.find(exp.SchemaCommentProperty) if found else None
    return note.this.name if note else ""


def _create_schema(change: _Change, tree: exp.Expression) -> Outcome:
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


def _create_table(change: _Change, tree: exp.Expression) -> Outcome:
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


def _made_as(change: _Change, tree: exp.Expression, names: list[str]) -> tuple[Column, ...]:
    sql, values = change.translated(tree.expression)
    change.execute(f"CREATE OR REPLACE TABLE {quoted(*names)} AS {sql}", values)
    schema = change.run.cursor.sql(f"SELECT * FROM {quoted(*names)} LIMIT 0").to_arrow_reader(1).read_all().schema
    return tuple(Column(field.name, of_arrow(field.type).text) for field in schema)


def _made_empty(change: _Change, tree: exp.Expression, names: list[str]) -> tuple[Column, ...]:
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


def _create_function(change: _Change, tree: exp.Expression) -> Outcome:
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


def _insert(change: _Change, tree: exp.Expression) -> Outcome:
    names = change.names(tree.this)
    _modify(change, names)
    columns = [node.name for node in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    source = tree.expression
    if isinstance(source, exp.Values):
        source = exp.select("*").from_(exp.alias_(source, "given", table=True))
    sql, values = change.translated(source)
    if tree.args.get("overwrite"):
        change.execute(f"DELETE FROM {quoted(*names)}")
    listed = f" ({', '.join(quoted(column) for column in columns)})" if columns else ""
    change.execute(f"INSERT INTO {quoted(*names)}{listed} {sql}", values)
    return _touched(change, names)


def _modify(change: _Change, names: list[str]) -> None:
    full, run = ".".join(names), change.run
    engine = run.engine
    planner = Planner(engine.metastore, engine.grants, engine.people, run.asker, run.catalog, run.schema)
    planner.reading().require(run.asker, full, "MODIFY")


def _touched(change: _Change, names: list[str]) -> Outcome:
    changed = change.count()
    change.run.engine.metastore.touch(".".join(names))
    return change.done(changed)


def _delete(change: _Change, tree: exp.Expression) -> Outcome:
    names = change.names(tree.this)
    _modify(change, names)
    where, values = "", dict[str, object]()
    if tree.args.get("where"):
        probe = exp.select("*").from_(tree.this.copy()).where(tree.args["where"].this.copy())
        sql, values = change.translated(probe)
        where = sql[sql.upper().index(" WHERE ") :] if " WHERE " in sql.upper() else ""
    alias = tree.this.alias or names[-1]
    change.execute(f"DELETE FROM {quoted(*names)} AS {quoted(alias)}{where}", values)
    return _touched(change, names)


def _truncate(change: _Change, tree: exp.Expression) -> Outcome:
    names = change.names(tree)
    _modify(change, names)
    change.execute(f"DELETE FROM {quoted(*names)}")
    return _touched(change, names)


def _drop(change: _Change, tree: exp.Expression) -> Outcome:
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


def _dropped(change: _Change, tree: exp.Expression, kind: str, names: list[str]) -> Outcome:
    full, metastore = ".".join(names), change.run.engine.metastore
    shelf = {"TABLE": metastore.tables, "FUNCTION": metastore.routines, "SCHEMA": metastore.schemas}[kind]
    if key(full) not in shelf:
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


def _comment_on(change: _Change, tree: exp.Expression) -> Outcome:
    if str(tree.args.get("kind", "")).upper() != "TABLE":
        raise unsupported("Only comments on tables are offered here.")
    names = change.names(tree.this)
    full, metastore = ".".join(names), change.run.engine.metastore
    change.require_owner("TABLE", full)
    relation = metastore.tables[key(full)]
    metastore.add_table(replace(relation, table=replace(relation.table, comment=tree.expression.name)))
    return change.done()


def _grant(change: _Change, tree: exp.Expression) -> Outcome:
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


_CHANGES: dict[type, Callable[[_Change, exp.Expression], Outcome]] = {
    exp.Create: _create,
    exp.Insert: _insert,
    exp.Delete: _delete,
    exp.TruncateTable: _truncate,
    exp.Drop: _drop,
    exp.Comment: _comment_on,
    exp.Grant: _grant,
    exp.Revoke: _grant,
}
