"""A local Databricks on a free port, and the product's adapters pointed at it, for the tests of adapters/databricks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import duckdb
import pandas  # noqa: F401 - DuckDB, here in one process with the product, would import it within a question

from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.identity import Credentials, TokenPerUser
from agents.domain import Progress, User
from sandbox.databricks.server import serving
from sandbox.databricks.workspace import Workspace as Platform
from sandbox.mesh import Mesh
from tests import sandbox_mesh

ADMIN, ANALYST, GERMANY, STRANGER = (
    User("console", "t1", name) for name in ("admin", "analyst", "germany", "contractor")
)
SALES = "energy.usage.sales"


@dataclass(frozen=True)
class Peer:
    """`platform` is the local Databricks itself, to be turned and looked into."""

    platform: Platform
    workspace: Workspace
    url: str

    def as_others(self, credentials: Credentials, threads: int = 16) -> Workspace:
        """Another product process with other credentials; close it."""
        return Workspace(self.workspace.options, credentials, threads=threads)


def tokens(*users: User) -> TokenPerUser:
    """The sandbox's development tokens, by user id."""
    return TokenPerUser({user.key: f"sandbox-{user.id}" for user in users})


@asynccontextmanager
async def databricks(
    mesh: Mesh = sandbox_mesh.MESH,
    fill: Callable[[duckdb.DuckDBPyConnection, Mesh], None] = sandbox_mesh.fill,
    credentials: Credentials | None = None,
    threads: int = 16,
) -> AsyncIterator[Peer]:
    """A workspace on the small mesh, served until the block ends, and a client of it for the four people above."""
    platform = Platform(mesh, fill=fill)
    platform.knobs.genie_step = 0.01
    async with serving(platform) as url:
        options = DatabricksOptions(url, platform.warehouses.main.id)
        workspace = Workspace(options, credentials or tokens(ADMIN, ANALYST, GERMANY, STRANGER), threads=threads)
        await workspace.warm()
        try:
            yield Peer(platform, workspace, url)
        finally:
            workspace.close()
    platform.close()


class Reports:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        """A Report."""
        self.seen.append(progress)

    @property
    def steps(self) -> list[str]:
        """In order, without repetitions in a row."""
        steps = [progress.step for progress in self.seen]
        return [step for before, step in zip(["", *steps], steps, strict=False) if step != before]


def ignore(_: Any) -> None:
    """A Report that nobody reads."""


async def script(peer: Peer, **played: object) -> None:
    """A serving endpoint starts to exist and plays this script."""
    await _as_admin(peer, "POST", "/sandbox/serving/script", played)


async def asked_of_models(peer: Peer) -> list[dict[str, Any]]:
    """What the serving endpoints were asked: {endpoint, user, at, body}."""
    return list((await _as_admin(peer, "GET", "/sandbox/serving/requests"))["requests"])


async def _as_admin(peer: Peer, method: str, path: str, document: object = None) -> dict[str, Any]:
    return await as_admin(peer.url, method, path, document)


async def as_admin(url: str, method: str, path: str, document: object = None) -> dict[str, Any]:
    """Turns something that only the sandbox has, or looks at it."""
    headers = {"Authorization": "Bearer sandbox-admin"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url + path, json=document) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def trouble(peer: Peer, **planned: object) -> None:
    """Plans one of Genie's bad days."""
    await _as_admin(peer, "POST", "/sandbox/genie/troubles", planned)


async def feedback(peer: Peer) -> list[dict[str, Any]]:
    """The thumbs that reached Genie."""
    return list((await _as_admin(peer, "GET", "/sandbox/genie/feedback"))["feedback"])


async def register(peer: Peer, kind: str, entry: object) -> None:
    """Makes an application (`clients`) or an identity provider (`issuers`) known to the workspace."""
    await _as_admin(peer, "POST", f"/sandbox/oidc/{kind}", entry)
