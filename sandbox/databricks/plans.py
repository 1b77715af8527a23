"""From Databricks SQL to a checked DuckDB query. Without it anything that parses would run."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from sandbox.databricks.casts import Spark4, spelt_out
from sandbox.databricks.column_names import named
from sandbox.databricks.dialect import Session, adapt
from sandbox.databricks.failures import as_failure, unsupported
from sandbox.databricks.grants import Grants
from sandbox.databricks.metastore import Metastore
from sandbox.databricks.principals import People, Principal
from sandbox.databricks.reading import Reading


@dataclass(frozen=True, slots=True)
class Plan:
    """`sql` in DuckDB's words; `names` of its parameters; `information`: information_schema views that it reads.

    `types` of its columns as Databricks has them, "" where that is not known; empty when it is of none.
    """

    sql: str
    names: frozenset[str]
    information: tuple[str, ...]
    types: tuple[str, ...] = ()


def one_statement(sql: str) -> exp.Expr:
    """The one statement of a text."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=Spark4) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise as_failure(error) from error
    except RecursionError as error:
        raise unsupported("The statement is nested too deeply.") from error
    if len(trees) != 1 or isinstance(trees[0], exp.Semicolon):
        raise unsupported("Exactly one statement is expected.")
    return trees[0]


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the statements of one asker in one session."""

    metastore: Metastore
    grants: Grants
    people: People
    asker: Principal
    catalog: str
    schema: str

    def plan(self, tree: exp.Expr) -> Plan:
        """The plan of a query's tree. Raises SqlFailure for anything that the asker may not read."""
        if not isinstance(tree, exp.Query):
            raise unsupported("Only queries can be read from.")
        reading = self.reading()
        checked = reading.check(named(spelt_out(tree)))
        names = frozenset(mark.name for mark in checked.find_all(exp.Placeholder) if mark.this)
        session = Session(self.asker, self.catalog, self.schema, self._dates(reading.tables))
        sql = adapt(checked, session).sql("duckdb", copy=False)
        return Plan(sql, names, tuple(sorted(reading.used)), reading.types)

    def reading(self) -> Reading:
        """The check itself, fresh for one statement."""
        return Reading(self.metastore, self.grants, self.people, self.asker, self.catalog, self.schema)

    def _dates(self, tables: set[str]) -> frozenset[str]:
        """Column names that mean a DATE in every table of the statement that has them."""
        columns = [column for name in tables for column in self.metastore.tables[name].table.columns]
        others = {column.name.lower() for column in columns if column.type.lower() != "date"}
        return frozenset(column.name.lower() for column in columns) - others
