"""The one server behind which all pages of the workspace lie: who calls, what fails on purpose, how refusals read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.databricks import (
    control,
    genie,
    oidc,
    permissions,
    sql_rest,
    thrift_rest,
    unity_catalog,
    warehouse_rest,
)
from sandbox.databricks import serving as model_serving
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.knobs import Fault
from sandbox.databricks.rest import ASKER, Refusal
from sandbox.databricks.workspace import Workspace
from sandbox.pages import products

HOST = "127.0.0.1"  # never anything else: the tokens are in the source
_OPEN = ("/.well-known/", "/oidc/", "/_external/", "/telemetry-", "/products", "/static/", "/healthz", "/sandbox/oidc/")
_MODULES = (
    warehouse_rest,
    sql_rest,
    thrift_rest,
    unity_catalog,
    permissions,
    genie,
    model_serving,
    oidc,
    products,
    control,
)
_LARGEST = 64 * 2**20

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(workspace: Workspace) -> web.Application:
    """The whole workspace as an aiohttp application."""
    app = web.Application(middlewares=[_guard(workspace)], client_max_size=_LARGEST)
    for module in _MODULES:
        app.add_routes(module.routes(workspace))
    app.router.add_get("/healthz", _healthy)
    app.router.add_get("/", _welcome)
    return app


async def _healthy(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _welcome(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/products")


def _guard(workspace: Workspace) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = workspace.knobs.fault_for(request.method, request.path)
        if fault is not None:
            failed = await _fail(request, fault)
            if failed is not None:
                return failed
        person = workspace.tokens.who(_token(request))
        if person is not None:
            request[ASKER] = person
        elif request.path != "/" and not request.path.startswith(_OPEN):
            return _unknown(request)
        return await _answer(request, handler)

    return guard


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refused(request, refusal)
    except SqlFailure as failure:
        return _refused(request, Refusal(400, "BAD_REQUEST", str(failure)))
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _refused(
            request, Refusal(404, "ENDPOINT_NOT_FOUND", f"No API found for '{request.method} {request.path}'")
        )


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _unknown(request: web.Request) -> web.Response:
    """Thrift clients read the reason from a header, all others from JSON."""
    if request.path.startswith("/sql/1.0/"):
        return web.Response(status=403, headers={"X-Databricks-Reason-Phrase": "Invalid access token."})
    return _refused(request, Refusal(401, "UNAUTHENTICATED", "Invalid access token."))


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    headers = dict(refusal.headers)
    if request.path.startswith("/sql/1.0/"):
        headers["X-Databricks-Reason-Phrase"] = refusal.message
    document = {"error_code": refusal.code, "message": refusal.message}
    return web.json_response(document, status=refusal.status, headers=headers)


async def _fail(request: web.Request, fault: Fault) -> web.Response | None:
    """The planned failure; None when the request is only slow."""
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "drop":
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    code = {429: "REQUEST_LIMIT_EXCEEDED", 500: "INTERNAL_ERROR", 503: "TEMPORARILY_UNAVAILABLE"}[fault.kind]
    headers = {"Retry-After": f"{max(1, round(fault.seconds))}"} if fault.kind != 500 else {}
    return web.json_response({"error_code": code, "message": "A planned failure."}, status=fault.kind, headers=headers)


@asynccontextmanager
async def serving(workspace: Workspace, port: int = 0) -> AsyncIterator[str]:
    """The workspace's base address while it is served; port 0 is any free one. OSError when the port is taken."""
    runner = web.AppRunner(application(workspace), shutdown_timeout=0.5, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port, backlog=512).start()
        workspace.url = f"http://{HOST}:{runner.addresses[0][1]}"
        yield workspace.url
    finally:
        await runner.cleanup()
