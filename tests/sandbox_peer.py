"""A server on a free port of this machine that mounts some of the sandbox's pages, for the tests of those pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from sandbox.databricks.knobs import Knobs
from sandbox.databricks.principals import ACCOUNT_USERS, People, Tokens
from sandbox.databricks.rest import ASKER, Refusal
from sandbox.mesh import Mesh

OPEN = ("/oidc/", "/.well-known/", "/products", "/sandbox/oidc/")
WEB_HANDLER = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Village:
    """People, tokens and products: as much of a workspace as pages without SQL need."""

    mesh: Mesh = field(default_factory=lambda: Mesh(()))
    knobs: Knobs = field(default_factory=Knobs)

    def __post_init__(self) -> None:
        self.people = People()
        self.tokens = Tokens(self.people)
        for name in ("ana", "bob"):
            person = self.people.add(f"{name}@example.org", name.title(), (ACCOUNT_USERS,))
            self.tokens.issue(person, token=f"sandbox-{name}")


def guard(tokens: Tokens) -> Any:
    """Knows the asker by the bearer token and turns refusals into JSON."""

    @web.middleware
    async def middleware(request: web.Request, handler: WEB_HANDLER) -> web.StreamResponse:
        asker = tokens.who(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if asker is None and not request.path.startswith(OPEN):
            return web.json_response({"error_code": "UNAUTHENTICATED", "message": "Invalid access token."}, status=401)
        if asker is not None:
            request[ASKER] = asker
        try:
            return await handler(request)
        except Refusal as refusal:
            document = {"error_code": refusal.code, "message": refusal.message}
            return web.json_response(document, status=refusal.status, headers=refusal.headers)

    return middleware


async def host_metadata(request: web.Request) -> web.Response:
    """What `Config()` asks for first."""
    base = f"{request.scheme}://{request.host}"
    return web.json_response({"oidc_endpoint": f"{base}/oidc", "account_id": "a", "workspace_id": "1", "cloud": "AWS"})


@asynccontextmanager
async def serving(tokens: Tokens, routes: Sequence[web.RouteDef]) -> AsyncIterator[str]:
    """The base address of a server with these pages, until the block ends."""
    app = web.Application(middlewares=[guard(tokens)])
    app.add_routes([web.get("/.well-known/databricks-config", host_metadata), *routes])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


def config(url: str, **options: Any) -> Config:
    """An SDK configuration that gives up quickly and reads no file."""
    return Config(host=url, retry_timeout_seconds=2, http_timeout_seconds=10, **options)


async def client(url: str, token: str) -> WorkspaceClient:
    """The unmodified SDK as this token's owner; it blocks, so it is made and used in threads."""
    return await asyncio.to_thread(lambda: WorkspaceClient(config=config(url, token=token, auth_type="pat")))


def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK reads DATABRICKS_* and a configuration file: neither is there for the test."""
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", "/nowhere")
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
