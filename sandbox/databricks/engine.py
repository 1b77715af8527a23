"""DuckDB as the warehouse's engine: locked down, one cursor a statement, and nothing but checked queries reaches it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeAlias

import duckdb
import pyarrow as pa
from sqlglot import exp

from sandbox.databricks import definitions, inspection
from sandbox.databricks.grants import Grants
from sandbox.databricks.information_schema import InformationSchema, registered
from sandbox.databricks.metastore import Metastore
from sandbox.databricks.plans import Plan, Planner, one_statement
from sandbox.databricks.principals import People, Principal
from sandbox.databricks.result_types import normalised
from sandbox.databricks.routines_allowed import macros
from sandbox.databricks.statement_parameters import Parameters, bound, by_name
from sandbox.mesh import Mesh

# The order matters: nothing can be set after the last one.
LOCKS = (
    "python_enable_replacements=false",  # else FROM some_dataframe reads this process's variables
    "python_scan_all_frames=false",
    "autoinstall_known_extensions=false",
    "autoload_known_extensions=false",
    "allow_community_extensions=false",
    "temp_directory=''",
    "memory_limit='1GB'",
    "TimeZone='Etc/UTC'",
    "enable_external_access=false",
    "lock_configuration=true",
)
_BATCH = 65_536  # rows
_MOST_ROWS = 5_000_000
_PLANS = 512

Fill: TypeAlias = Callable[[duckdb.DuckDBPyConnection, Mesh], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement gave. `changed`: rows that a change touched, None for reads."""

    rows: pa.Table
    truncated: bool = False
    changed: int | None = None


class Engine:
    """Holds every row of the mesh. `owner` is the one connection that may change anything."""

    def __init__(self, mesh: Mesh, metastore: Metastore, grants: Grants, people: People, fill: Fill | None) -> None:
        self.metastore, self.grants, self.people = metastore, grants, people
        self._plans: OrderedDict[object, Plan] = OrderedDict()
        self._lock = threading.Lock()
        self.writing = threading.RLock()  # changes come one at a time
        self.connection = duckdb.connect()
        for statement in macros():
            self.connection.execute(statement)
        for catalog in metastore.catalogs.values():
            self.attach(catalog.name)
        for schema in metastore.schemas.values():
            self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema.catalog}"."{schema.name}"')
        filler = ThreadPoolExecutor(1, thread_name_prefix="fill")
        self.filled: Future[None] = filler.submit(self._fill, fill or _sample_data, mesh)  # takes a second
        filler.shutdown(wait=False)

    def _fill(self, fill: Fill, mesh: Mesh) -> None:
        """Makes the rows, then locks the door. Whoever wants to run something waits for both."""
        fill(self.connection, mesh)
        for lock in LOCKS:
            self.connection.execute(f"SET {lock}")

    def attach(self, catalog: str) -> None:
        """A catalog is a database of its own, in memory."""
        self.connection.execute(f"ATTACH ':memory:' AS \"{catalog}\"")

    def run(self, asker: Principal, catalog: str = "", schema: str = "") -> Run:
        """A cursor for one statement of this asker; `catalog` and `schema` complete short names. Waits for the rows."""
        self.filled.result()
        home = next(iter(self.metastore.schemas.values()), None)
        catalog = catalog or (home.catalog if home else "main")
        return Run(self, asker, catalog, schema or "default")

    def plan(self, asker: Principal, sql: str, catalog: str, schema: str) -> Plan:
        """The checked DuckDB query; kept until what may be seen changes."""
        return self.planned(asker, sql, catalog, schema) or self.plan_of(
            one_statement(sql), asker, sql, catalog, schema
        )

    def planned(self, asker: Principal, sql: str, catalog: str, schema: str) -> Plan | None:
        """The query of this very text, if it has been checked before and nothing has changed since."""
        with self._lock:
            return self._plans.get(self._key(asker, sql, catalog, schema))

    def plan_of(self, tree: exp.Expr, asker: Principal, sql: str, catalog: str, schema: str) -> Plan:
        """The checked query of a text that has been parsed already; the tree is used up."""
        key = self._key(asker, sql, catalog, schema)
        plan = Planner(self.metastore, self.grants, self.people, asker, catalog, schema).plan(tree)
        with self._lock:
            self._plans[key] = plan
            if len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        return plan

    def _key(self, asker: Principal, sql: str, catalog: str, schema: str) -> object:
        state = (self.metastore.version, self.grants.version, len(self.metastore.tables), len(self.metastore.routines))
        return sql, asker, catalog, schema, state

    def close(self) -> None:
        """Frees the rows."""
        wait([self.filled])
        with self._lock:  # DuckDB refuses to close while a cursor is being made
            self.connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one statement."""
        with self._lock:
            return self.connection.cursor()


class Run:
    """One statement on its own cursor. `interrupt` may come from any thread."""

    def __init__(self, engine: Engine, asker: Principal, catalog: str, schema: str) -> None:
        self.engine, self.asker, self.catalog, self.schema = engine, asker, catalog, schema
        self.cursor = engine.cursor()

    def execute(self, sql: str, parameters: Parameters = (), row_limit: int | None = None) -> Outcome:
        """Reads, inspects or changes, whatever the one statement asks for. Raises SqlFailure and DuckDB's errors."""
        sql, values = by_name(sql, parameters)
        shown = inspection.of(self, sql)
        if shown is not None:
            return Outcome(shown)
        plan = self.engine.planned(self.asker, sql, self.catalog, self.schema)
        if plan is None:
            tree = one_statement(sql)
            if definitions.concerns(tree):
                return definitions.carry_out(self, tree, values)
            plan = self.engine.plan_of(tree, self.asker, sql, self.catalog, self.schema)
        return self.read(plan, values, row_limit)

    def read(self, plan: Plan, values: dict[str, object], row_limit: int | None = None) -> Outcome:
        """Runs a checked query and takes at most `row_limit` rows."""
        self.offer(plan)
        arguments = bound(plan.names, values)
        result = self.cursor.sql(plan.sql, params=arguments or None)
        types = [str(kind) for kind in result.types]
        rows, truncated = _taken(result.to_arrow_reader(_BATCH), row_limit)
        return Outcome(normalised(rows, types, plan.types), truncated)

    def offer(self, plan: Plan) -> None:
        """Registers the information_schema views that a plan reads, as its asker may see them."""
        views = InformationSchema(self.engine.metastore, self.engine.grants, self.asker)
        for view in plan.information:
            self.cursor.register(registered(view), views.view(view))

    def interrupt(self) -> None:
        """Ends what runs, from another thread."""
        self.cursor.interrupt()

    def close(self) -> None:
        """Gives the cursor back."""
        self.cursor.close()


def _taken(reader: pa.RecordBatchReader, row_limit: int | None) -> tuple[pa.Table, bool]:
    """At most so many rows, and whether there were more."""
    batches: list[pa.RecordBatch] = []
    count, most = 0, min(row_limit or _MOST_ROWS, _MOST_ROWS)
    for batch in reader:
        batches.append(batch.slice(0, most - count))
        if count + batch.num_rows > most:
            return pa.Table.from_batches(batches, reader.schema), True
        count += batch.num_rows
    return pa.Table.from_batches(batches, reader.schema), False


def _sample_data(connection: duckdb.DuckDBPyConnection, mesh: Mesh) -> None:
    from sandbox.data import fill  # generating rows is needed once, at start, and only for the sample mesh

    fill(connection, mesh)
