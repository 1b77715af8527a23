"""Walks through all of the workspace that a question needs. Without it a wrong setting shows as a failed answer."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import Workspace
from adapters.databricks.installation import FUNCTIONS
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import TableRef, User
from agents.errors import BotError, NotConnected, NotFound, Refused, Unavailable

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

Look: TypeAlias = tuple[str, Callable[[], Awaitable[str]], str]
"""What is looked at, how, and the way to mend it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found and, where that is not good, the way to mend it."""

    name: str
    ok: bool
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings and the marketplace refer to. An empty field is not looked at."""

    spaces: Sequence[str] = ()
    endpoint: str = ""
    schema: str = ""  # where the functions were installed
    tables: Sequence[TableRef] = ()


class Check:
    """Looks as this user, with the same adapters that questions go through."""

    def __init__(self, workspace: Workspace, warehouse: SqlWarehouse, user: User) -> None:
        self._workspace, self._warehouse, self._user = workspace, warehouse, user

    async def findings(self, wanted: Wanted) -> AsyncIterator[Finding]:
        """One after the other, and none after the first without which the rest cannot work."""
        first: tuple[Look, ...] = (
            ("host", self._host, "DATABRICKS_HOST must be the workspace's address, reachable from here"),
            ("identity", self._identity, "check DATABRICKS_IDENTITY and its token or OAuth application"),
        )
        for name, look, fix in first:
            finding = await _found(name, look, fix)
            yield finding
            if not finding.ok:
                return
        for name, look, fix in self._rest(wanted):
            yield await _found(name, look, fix)

    def _rest(self, wanted: Wanted) -> list[Look]:
        looks: list[Look] = [
            (
                "warehouse",
                self._state,
                "DATABRICKS_WAREHOUSE_ID must be a pro or serverless SQL warehouse with CAN USE",
            ),
            ("SQL", self._select, "the warehouse must answer over Thrift at /sql/1.0/warehouses/<id>"),
        ]
        for space in wanted.spaces:
            fix = "share the space with the askers (CAN RUN), or take it out of its product's file"
            looks.append((f"Genie space {space}", functools.partial(self._space, space), fix))
        if wanted.endpoint:
            fix = "MODEL_ENDPOINT: an endpoint of the workspace with CAN QUERY, or MODEL_ENDPOINT=none"
            looks.append(("model", functools.partial(self._endpoint, wanted.endpoint), fix))
        if wanted.schema:
            fix = "python -m bot functions install, then GRANT USE SCHEMA, EXECUTE ON SCHEMA to the askers"
            looks.append(("functions", functools.partial(self._functions, wanted.schema), fix))
        if wanted.tables:
            fix = "GRANT USE CATALOG, USE SCHEMA, SELECT on the tables to the askers' groups"
            looks.append(("grants", functools.partial(self._grants, wanted.tables), fix))
        return looks

    async def _host(self) -> str:
        await self._workspace.warm()
        return self._workspace.options.host

    async def _identity(self) -> str:
        whom = await self._workspace.whom(self._user)
        shared = "" if self._workspace.credentials.as_asker else ", for all askers alike"
        return f"acts as {whom}{shared}"

    async def _state(self) -> str:
        options = self._workspace.options

        def get(client: WorkspaceClient) -> str:
            warehouse = client.warehouses.get(options.warehouse_id)
            kind = warehouse.warehouse_type.value if warehouse.warehouse_type else ""
            if kind == "REALTIME":
                raise Unavailable("a Real-Time warehouse does not speak Thrift")
            return f"{warehouse.name}: {warehouse.state.value if warehouse.state else 'state unknown'} {kind}".strip()

        return await self._workspace.call(self._user, get)

    async def _select(self) -> str:
        _, rows = await self._warehouse.query(self._user, "SELECT current_user() AS me")
        return f"runs statements as {rows[0][0]}"

    async def _space(self, space: str) -> str:
        return await self._workspace.call(self._user, lambda client: client.genie.get_space(space).title)

    async def _endpoint(self, endpoint: str) -> str:
        def ready(client: WorkspaceClient) -> str:
            listed = {known.name: known for known in client.serving_endpoints.list()}
            if endpoint not in listed:
                there = f"there are {', '.join(sorted(map(str, listed)))[:200]}" if listed else "none is to be seen"
                raise NotFound(f"no endpoint {endpoint}; {there}")
            state = listed[endpoint].state
            return f"{endpoint}: {state.ready.value if state and state.ready else 'state unknown'}"

        return await self._workspace.call(self._user, ready)

    async def _functions(self, schema: str) -> str:
        def get(client: WorkspaceClient) -> None:
            for name in FUNCTIONS:
                client.functions.get(f"{schema}.{name}")

        await self._workspace.call(self._user, get)
        quoted = ".".join(f"`{part}`" for part in schema.split("."))
        await self._warehouse.query(self._user, f"SELECT * FROM {quoted}.product_details(:id)", {"id": ""})  # noqa: S608
        return f"{len(FUNCTIONS)} functions in {schema}, which run"

    async def _grants(self, tables: Sequence[TableRef]) -> str:
        seen = await UnityCatalog(self._workspace).tables(self._user, tables)
        readable = sum(table.readable for table in seen)
        if not readable:
            raise Refused(f"none of {len(tables)} tables can be read")
        return f"{readable} of {len(tables)} tables can be read, {len(seen) - readable} more are known by name"


async def _found(name: str, look: Callable[[], Awaitable[str]], fix: str) -> Finding:
    try:
        return Finding(name, True, await look())
    except BotError as error:
        return Finding(name, False, f"{_said(error)} ({error})", fix)


def _said(error: BotError) -> str:
    match error:
        case NotConnected():
            return "no valid credentials"
        case Refused():
            return "not permitted"
        case NotFound():
            return "not there"
        case Unavailable():
            return "does not answer"
        case _:
            return "failed"
