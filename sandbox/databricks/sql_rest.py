"""SQL over REST, which the SDK's `statement_execution` talks to. Without it only Thrift would run SQL."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sandbox.databricks import statement_results
from sandbox.databricks.column_types import read_parameter
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.rest import Refusal, asker, body, invalid, missing, text, whole
from sandbox.databricks.statement_parameters import Parameters
from sandbox.databricks.statement_results import Delivery, statement_document
from sandbox.databricks.statements import Statement
from sandbox.databricks.workspace import Workspace

_BASE = "/api/2.0/sql/statements"
_LONGEST = 16 * 2**20  # bytes of SQL
_FORMATS = {"INLINE": ("JSON_ARRAY",), "EXTERNAL_LINKS": ("JSON_ARRAY", "ARROW_STREAM", "CSV")}

__all__ = ["routes", "statement_document"]


class StatementPages:
    """Statements belong to who started them; links are signed by being unguessable."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.deliveries: dict[str, Delivery] = {}

    async def execute(self, request: web.Request) -> web.Response:
        """POST /statements."""
        document = await body(request)
        sql, delivery = _statement_text(document), _delivery(document, self.workspace.url)
        wait, cancel = _waiting(document)
        warehouse = text(document, "warehouse_id")
        if not warehouse or self.workspace.warehouses.get(warehouse) is None:
            raise Refusal(404, "NOT_FOUND", f"Warehouse {warehouse} does not exist.")
        statement = self.workspace.start_sql(
            asker(request),
            sql,
            parameters=_parameters(document),
            catalog=text(document, "catalog", ""),
            schema=text(document, "schema", ""),
            row_limit=whole(document.get("row_limit"), "row_limit", 0) or None,
            warehouse=warehouse,
            tags=_tags(document),
        )
        self._keep(statement, delivery)
        await _over(statement, wait)
        if cancel and not statement.done.done():
            statement.cancel()
        return await self._answer(statement)

    async def get(self, request: web.Request) -> web.Response:
        """GET /statements/{id}."""
        return await self._answer(self._mine(request))

    async def chunk(self, request: web.Request) -> web.Response:
        """GET /statements/{id}/result/chunks/{n}."""
        statement = self._mine(request)
        delivery = self._delivery_of(statement)
        index = whole(request.match_info["n"], "chunk_index", 0)
        if statement.result is None or index >= max(1, delivery.chunks(statement.result)):
            raise invalid(f"Chunk {index} does not exist.")
        document = await self.workspace.in_pool(delivery.chunk, statement, index)
        return web.json_response(document)

    async def cancel(self, request: web.Request) -> web.Response:
        """POST /statements/{id}/cancel."""
        self._mine(request).cancel()
        return web.json_response({})

    async def download(self, request: web.Request) -> web.Response:
        """GET of a pre-signed link; whoever holds it may fetch, for a while."""
        statement = self.workspace.statements.unsigned(request.match_info["id"])
        delivery = self.deliveries.get(request.match_info["id"])
        if statement is None or delivery is None or not delivery.signed(request.match_info["signature"]):
            raise missing("The link")
        index = whole(request.match_info["n"], "chunk", 0)
        content = await self.workspace.in_pool(delivery.download, statement, index)
        return web.Response(body=content, content_type="application/octet-stream")

    def _keep(self, statement: Statement, delivery: Delivery) -> None:
        self.deliveries[statement.id] = delivery
        for identifier in list(self.deliveries):
            if self.workspace.statements.unsigned(identifier) is not None:
                break  # in order of their start: the rest is younger
            del self.deliveries[identifier]

    def _mine(self, request: web.Request) -> Statement:
        statement = self.workspace.statements.get(asker(request), request.match_info["id"])
        if statement is None:
            raise missing(f"The statement {request.match_info['id']}")
        return statement

    def _delivery_of(self, statement: Statement) -> Delivery:
        return self.deliveries.get(statement.id) or Delivery(self.workspace.url)

    async def _answer(self, statement: Statement) -> web.Response:
        work = (statement_results.statement_document, statement, self._delivery_of(statement))
        try:
            return web.json_response(await self.workspace.in_pool(*work))
        except SqlFailure as failure:
            raise Refusal(400, "BAD_REQUEST", str(failure)) from failure


async def _over(statement: Statement, seconds: float) -> None:
    if seconds:
        await asyncio.wait({asyncio.wrap_future(statement.done)}, timeout=seconds)


def _statement_text(document: dict[str, Any]) -> str:
    sql = text(document, "statement")
    if not sql.strip():
        raise invalid("The statement is empty.")
    if len(sql.encode()) > _LONGEST:
        raise invalid("The statement exceeds 16 MiB.")
    return sql


def _delivery(document: dict[str, Any], url: str) -> Delivery:
    disposition = text(document, "disposition", "INLINE")
    shape = text(document, "format", "JSON_ARRAY")
    if shape not in _FORMATS.get(disposition, ()):
        raise invalid(f"Format {shape} cannot be delivered with disposition {disposition}.")
    limit = whole(document.get("byte_limit"), "byte_limit", 0) or None
    return Delivery(url, disposition, shape, limit)


def _waiting(document: dict[str, Any]) -> tuple[float, bool]:
    """(seconds, whether the statement is cancelled after them)."""
    given = text(document, "wait_timeout", "10s")
    seconds = whole(given.removesuffix("s"), "wait_timeout", 0)
    if not given.endswith("s") or (seconds and not 5 <= seconds <= 50):
        raise invalid("wait_timeout must be 0s or between 5s and 50s.")
    then = text(document, "on_wait_timeout", "CONTINUE")
    if then not in ("CONTINUE", "CANCEL") or (then == "CANCEL" and not seconds):
        raise invalid("on_wait_timeout must be CONTINUE, or CANCEL with a wait_timeout.")
    return float(seconds), then == "CANCEL"


def _parameters(document: dict[str, Any]) -> Parameters:
    given = document.get("parameters") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) and one.get("name") for one in given):
        raise invalid("Each parameter needs a name.")
    try:
        return {str(one["name"]): read_parameter(one.get("type") or "STRING", one.get("value")) for one in given}
    except SqlFailure as failure:
        raise Refusal(400, "BAD_REQUEST", str(failure)) from failure


def _tags(document: dict[str, Any]) -> dict[str, str]:
    given = document.get("query_tags") or []
    listed = given if isinstance(given, list) else []
    return {str(tag.get("key", "")): str(tag.get("value") or "") for tag in listed[:20] if isinstance(tag, dict)}


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = StatementPages(workspace)
    return [
        web.post(_BASE, pages.execute),
        web.post(_BASE + "/", pages.execute),
        web.get(_BASE + "/{id}", pages.get),
        web.get(_BASE + "/{id}/result/chunks/{n}", pages.chunk),
        web.post(_BASE + "/{id}/cancel", pages.cancel),
        web.get("/_external/{id}/{n}/{signature}", pages.download),
    ]
