"""INSERT, DELETE and TRUNCATE, for those who may MODIFY. Without them installed tables would stay empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.databricks.change import Change, quoted
from sandbox.databricks.plans import Planner

if TYPE_CHECKING:
    from sandbox.databricks.engine import Outcome


def insert(change: Change, tree: exp.Expr) -> Outcome:
    """INSERT INTO … VALUES or a query; INSERT OVERWRITE empties the table first."""
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


def _modify(change: Change, names: list[str]) -> None:
    full, run = ".".join(names), change.run
    engine = run.engine
    planner = Planner(engine.metastore, engine.grants, engine.people, run.asker, run.catalog, run.schema)
    planner.reading().require(run.asker, full, "MODIFY")


def _touched(change: Change, names: list[str]) -> Outcome:
    changed = change.count()
    change.run.engine.metastore.touch(".".join(names))
    return change.done(changed)


def delete(change: Change, tree: exp.Expr) -> Outcome:
    """DELETE FROM … WHERE."""
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


def truncate(change: Change, tree: exp.Expr) -> Outcome:
    """TRUNCATE TABLE."""
    names = change.names(tree)
    _modify(change, names)
    change.execute(f"DELETE FROM {quoted(*names)}")
    return _touched(change, names)
