"""One workspace with everything in it. Without this composition each page of the server would need its own wiring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from sandbox.databricks import personas
from sandbox.databricks.engine import Engine, Fill
from sandbox.databricks.grants import Grants, RowFilter
from sandbox.databricks.knobs import Knobs
from sandbox.databricks.metastore import Metastore
from sandbox.databricks.principals import ACCOUNT_USERS, People, Principal, Tokens
from sandbox.databricks.statement_parameters import Parameters
from sandbox.databricks.statements import Statement, Statements
from sandbox.databricks.warehouses import Warehouses
from sandbox.mesh import Mesh

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


class Workspace:
    """Handed to every page: `routes(workspace)`.

    `mesh` what the marketplace files say · `metastore` catalogs, schemas, tables, functions · `people`, `tokens` who
    may call · `grants` who may read what · `warehouses` · `statements` everything that was run · `engine` DuckDB,
    locked down · `knobs` what demos and tests turn · `url` where the server listens, known once it does. `fill` makes
    the mesh's rows; by default the generated sample data.
    """

    def __init__(self, mesh: Mesh, knobs: Knobs | None = None, fill: Fill | None = None) -> None:
        self.mesh = mesh
        self.knobs = knobs or Knobs()
        self.url = ""
        self.people = People()
        self.tokens = Tokens(self.people)
        self.metastore = Metastore.of(mesh)
        self.grants = Grants(self.metastore)
        self.engine = Engine(mesh, self.metastore, self.grants, self.people, fill)
        self.warehouses = Warehouses(self.knobs)
        self.statements = Statements(self.engine, self.warehouses, self.knobs)
        self.pool = ThreadPoolExecutor(32, thread_name_prefix="sandbox")
        personas.settle(self)

    def add_user(
        self,
        name: str,
        *,
        groups: Sequence[str] = (ACCOUNT_USERS,),
        reads: Sequence[str] = (),
        rows: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    ) -> Principal:
        """A made-up user whose token is `sandbox-<name before the @>`.

        Args:
            name: an address, or a bare name (then @example.org is added).
            groups: what the user belongs to; without "account users" not even what everybody may see is seen.
            reads: full names of tables granted to this user beyond what the groups have.
            rows: table full name -> (column, values): this user sees only rows with one of these values there.
        """
        address = name if "@" in name else f"{name}@example.org"
        user = self.people.add(address, name.split("@")[0].replace("-", " ").title(), tuple(groups))
        self.tokens.issue(user, token=f"sandbox-{address.split('@')[0]}")
        for table in reads:
            self.grants.let_read(address, table)
        for table, (column, values) in (rows or {}).items():
            self.grants.filter_rows(RowFilter(table, column, {address.lower(): tuple(values)}))
        return user

    def start_sql(
        self,
        asker: Principal,
        sql: str,
        *,
        parameters: Parameters | None = None,
        catalog: str = "",
        schema: str = "",
        row_limit: int | None = None,
        warehouse: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> Statement:
        """Starts one Databricks SQL statement as this asker; returns at once. `parameters`: by name or by position."""
        return self.statements.start(
            asker,
            sql,
            parameters=parameters,
            catalog=catalog,
            schema=schema,
            row_limit=row_limit,
            warehouse=warehouse,
            tags=tags or {},
        )

    def run_sql(
        self,
        asker: Principal,
        sql: str,
        *,
        parameters: Parameters | None = None,
        catalog: str = "",
        schema: str = "",
        row_limit: int | None = None,
    ) -> pa.Table:
        """Runs one statement as this asker and waits for its rows; raises SqlFailure. Blocks: call it in the pool."""
        return self.start_sql(
            asker, sql, parameters=parameters, catalog=catalog, schema=schema, row_limit=row_limit
        ).rows()

    def readable(self, asker: Principal, table: str) -> bool:
        """True when the asker may SELECT from this table (catalog.schema.table)."""
        return self.grants.readable(asker, table)

    async def in_pool(self, work: Callable[..., T], *args: object) -> T:
        """Runs blocking work off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)

    def close(self) -> None:
        """Stops what runs and frees the engine."""
        self.statements.close()
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.engine.close()
