"""Warehouses and query history over REST, and who am I: what a client looks at before it runs anything."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from sandbox.databricks.rest import asker, missing, page
from sandbox.databricks.statements import Statement
from sandbox.databricks.unity_documents import identity_document, millis
from sandbox.databricks.warehouses import Warehouse
from sandbox.databricks.workspace import Workspace

_BASE = "/api/2.0/sql/warehouses"
_HISTORY_STATES = {"PENDING": "QUEUED", "SUCCEEDED": "FINISHED"}
WORKSPACE_ID = "1234567890123456"
ACCOUNT_ID = "6f1c2d3e-0000-4000-8000-5a1d0b0c7e1f"


class WarehousePages:
    """Everybody may use every warehouse; only admins see all of the history."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def listed(self, request: web.Request) -> web.Response:
        """GET /warehouses."""
        documents = [self._document(it) for it in self.workspace.warehouses.all()]
        return web.json_response(page(request, "warehouses", documents, "page_size"))

    async def get(self, request: web.Request) -> web.Response:
        """GET /warehouses/{id}."""
        return web.json_response(self._document(self._warehouse(request)))

    async def start(self, request: web.Request) -> web.Response:
        """POST /warehouses/{id}/start."""
        self._warehouse(request).start()
        return web.json_response({})

    async def stop(self, request: web.Request) -> web.Response:
        """POST /warehouses/{id}/stop."""
        self._warehouse(request).stop()
        return web.json_response({})

    async def permissions(self, request: web.Request) -> web.Response:
        """GET /permissions/warehouses/{id}."""
        warehouse = self._warehouse(request)
        held = [("users", "CAN_USE"), ("admins", "CAN_MANAGE")]
        rows = [
            {"group_name": name, "all_permissions": [{"permission_level": level, "inherited": False}]}
            for name, level in held
        ]
        kind = {"object_id": f"/sql/warehouses/{warehouse.id}", "object_type": "warehouses"}
        return web.json_response({**kind, "access_control_list": rows})

    async def history(self, request: web.Request) -> web.Response:
        """GET /history/queries: latest first."""
        person = asker(request)
        mine = [it for it in self.workspace.statements.history() if person.admin or it.asker.name == person.name]
        document = page(request, "res", [self._query(it) for it in mine])
        return web.json_response({**document, "has_next_page": "next_page_token" in document})

    async def me(self, request: web.Request) -> web.Response:
        """GET /preview/scim/v2/Me."""
        return web.json_response(identity_document(asker(request)))

    async def host(self, _request: web.Request) -> web.Response:
        """GET /.well-known/databricks-config: the first thing every SDK client asks."""
        identity = {"account_id": ACCOUNT_ID, "workspace_id": WORKSPACE_ID, "cloud": "AWS"}
        return web.json_response({"oidc_endpoint": f"{self.workspace.url}/oidc", **identity})

    def _warehouse(self, request: web.Request) -> Warehouse:
        warehouse = self.workspace.warehouses.get(request.match_info["id"])
        if warehouse is None:
            raise missing(f"Warehouse {request.match_info['id']}")
        return warehouse

    def _document(self, warehouse: Warehouse) -> dict[str, object]:
        place = urlsplit(self.workspace.url)
        path = f"/sql/1.0/warehouses/{warehouse.id}"
        odbc = {"hostname": place.hostname, "path": path, "port": place.port, "protocol": place.scheme}
        return {
            "id": warehouse.id,
            "name": warehouse.name,
            "state": warehouse.state,
            "cluster_size": "Small",
            "warehouse_type": self.workspace.knobs.warehouse_type,
            "enable_serverless_compute": True,
            "auto_stop_mins": max(1, int(self.workspace.knobs.auto_stop / 60)),
            "num_clusters": 1 if warehouse.state == "RUNNING" else 0,
            "min_num_clusters": 1,
            "max_num_clusters": 1,
            "odbc_params": odbc,
            "jdbc_url": f"jdbc:databricks://{place.netloc}/default;transportMode=http;httpPath={path}",
            "health": {"status": "HEALTHY"},
            "creator_name": "admin@example.org",
        }

    def _query(self, statement: Statement) -> dict[str, object]:
        document: dict[str, object] = {
            "query_id": statement.id,
            "status": _HISTORY_STATES.get(statement.state, statement.state),
            "query_text": statement.sql,
            "query_start_time_ms": millis(statement.started),
            "user_name": statement.asker.name,
            "warehouse_id": statement.warehouse or self.workspace.warehouses.main.id,
            "query_tags": [{"key": name, "value": value} for name, value in statement.tags.items()],
            "is_final": statement.done.done(),
        }
        if statement.ended:
            document |= {
                "duration": millis(statement.ended - statement.started),
                "query_end_time_ms": millis(statement.ended),
            }
        if statement.result is not None:
            document["rows_produced"] = statement.result.num_rows
        return document | ({"error_message": str(statement.error)} if statement.error else {})


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = WarehousePages(workspace)
    return [
        web.get("/.well-known/databricks-config", pages.host),
        web.get("/api/2.0/preview/scim/v2/Me", pages.me),
        web.get(_BASE, pages.listed),
        web.get(_BASE + "/{id}", pages.get),
        web.post(_BASE + "/{id}/start", pages.start),
        web.post(_BASE + "/{id}/stop", pages.stop),
        web.get("/api/2.0/permissions/warehouses/{id}", pages.permissions),
        web.get("/api/2.0/permissions/sql/warehouses/{id}", pages.permissions),
        web.get("/api/2.0/sql/history/queries", pages.history),
    ]
