"""What every change needs: full names, rights, checked queries. Without it each case would check in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from sandbox.databricks.arrow_columns import numbers, table
from sandbox.databricks.failures import SqlFailure, not_granted
from sandbox.databricks.grants import Kind
from sandbox.databricks.plans import Planner
from sandbox.databricks.statement_parameters import bound

if TYPE_CHECKING:
    from sandbox.databricks.engine import Outcome, Run


@dataclass(frozen=True, slots=True)
class Change:
    """The statement's run and its parameters; checks come before anything is touched."""

    run: Run
    values: dict[str, object]

    def done(self, changed: int | None = None) -> Outcome:
        """The outcome: how many rows were touched, for changes of rows."""
        from sandbox.databricks.engine import Outcome  # the engine hands statements here and takes outcomes back

        if changed is None:
            return Outcome(pa.table({}))
        rows = table({"num_affected_rows": numbers([changed], pa.int64())})
        return Outcome(rows, changed=changed)

    def names(self, node: exp.Expr, count: int = 3) -> list[str]:
        """The full name of a table, function or schema, completed from the session."""
        table = node.find(exp.Table)
        parts = [part.name for part in table.parts] if table else []
        parts = [self.run.catalog, self.run.schema, ""][: count - len(parts)] + parts
        if len(parts) != count or not all(part.replace("_", "").replace("-", "").isalnum() for part in parts):
            raise SqlFailure("INVALID_IDENTIFIER", f"The identifier {'.'.join(parts)} is invalid.", "42602")
        return parts

    def require(self, privilege: str, kind: Kind, name: str) -> None:
        """Refuses who lacks the privilege."""
        grants, asker = self.run.engine.grants, self.run.asker
        catalog = name.split(".")[0]
        if not (grants.has(asker, privilege, kind, name) and grants.has(asker, "USE_CATALOG", "CATALOG", catalog)):
            raise not_granted(privilege.replace("_", " "), kind.title(), name)

    def require_owner(self, kind: Kind, name: str) -> None:
        """Refuses who neither owns nor manages it."""
        grants, asker = self.run.engine.grants, self.run.asker
        if not (grants.owns(asker, kind, name) or grants.has(asker, "MANAGE", kind, name)):
            raise not_granted("MANAGE", kind.title(), name)

    def translated(self, query: exp.Expr) -> tuple[str, dict[str, object]]:
        """A query that the asker may run, in DuckDB's words, with the values that it uses."""
        run = self.run
        engine = run.engine
        planner = Planner(engine.metastore, engine.grants, engine.people, run.asker, run.catalog, run.schema)
        plan = planner.plan(query)
        run.offer(plan)
        return plan.sql, bound(plan.names, self.values)

    def execute(self, sql: str, values: dict[str, object] | None = None) -> None:
        """Runs a statement of our own making on the run's cursor."""
        self.run.cursor.execute(sql, values) if values else self.run.cursor.execute(sql)

    def count(self) -> int:
        """Rows that the last statement touched."""
        row = self.run.cursor.fetchone()
        return int(row[0]) if row else 0


def quoted(*names: str) -> str:
    """A full name for DuckDB."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
