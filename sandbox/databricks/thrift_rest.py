"""Mounts the Thrift service under each warehouse's HTTP path; its libraries are loaded with the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.databricks.rest import Refusal, asker

if TYPE_CHECKING:
    from sandbox.databricks.thrift import Connections
    from sandbox.databricks.workspace import Workspace


class ThriftPages:
    """POST /sql/1.0/warehouses/{id}."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._connections: Connections | None = None

    async def call(self, request: web.Request) -> web.Response:
        """One Thrift call in, its answer out."""
        from sandbox.databricks import thrift_protocol
        from sandbox.databricks.thrift import Connections, Service

        if self._connections is None:
            self._connections = Connections(self._workspace)
        warehouse = request.match_info["id"]
        if self._workspace.warehouses.get(warehouse) is None:
            raise Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Warehouse {warehouse} does not exist.")
        try:
            name, sequence, content = thrift_protocol.read(await request.read())
        except (ValueError, EOFError, TypeError, MemoryError) as error:
            raise Refusal(400, "MALFORMED_REQUEST", "The request is no Thrift call.") from error
        answer = getattr(Service(self._connections, asker(request), warehouse), name, None)
        if answer is None:
            return _thrift(thrift_protocol.refused(name, sequence))
        return _thrift(thrift_protocol.written(name, sequence, await answer(content)))


def _thrift(content: bytes) -> web.Response:
    return web.Response(body=content, content_type="application/x-thrift")


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are; the connector's feature flags and telemetry with them."""
    pages = ThriftPages(workspace)
    return [
        web.post("/sql/1.0/warehouses/{id}", pages.call),
        web.get("/api/2.0/connector-service/feature-flags/{client}/{version}", _feature_flags),
        web.post("/telemetry-ext", _telemetry),
        web.post("/telemetry-unauth", _telemetry),
    ]


async def _feature_flags(_request: web.Request) -> web.Response:
    return web.json_response({"flags": [], "ttl_seconds": 900})


async def _telemetry(_request: web.Request) -> web.Response:
    return web.json_response({"errors": [], "numSuccess": 0})
