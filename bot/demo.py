"""`python -m bot demo`: findata, as it is served, for a chat client on this machine that a person clicks through."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bot import logs, server, settings


class Client(Protocol):
    """A local chat client: what the bot needs set for it, and the client itself, which knows where the bot is."""

    def blocks(self, between: int) -> Mapping[str, Mapping[str, object]]:
        """Settings by block; `between`: a free port that the client may use for itself."""

    def opened(self, bot: str, between: int) -> AbstractAsyncContextManager[str]:
        """Runs while the block lasts; the directions for the person."""


def run(chosen: settings.Settings, client: Client) -> int:
    """Until SIGINT or SIGTERM. Exit code 0, or 1 with one sentence when it cannot start; raises what the client does.

    Args:
        chosen: where the data is; Redis, server and chat platforms of these settings are left alone.
        client: started once the bot answers.
    """
    logs.configure("text", "WARNING")
    try:
        asyncio.run(_shown(chosen, client))
    except server.CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _shown(chosen: settings.Settings, client: Client) -> None:
    told = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="findata-demo-"))
        own, between = _free_ports()
        found = _here(chosen, Path(folder), own, client.blocks(between))
        address = await server.started(found, stack)
        directions = await stack.enter_async_context(client.opened(address, between))
        sys.stdout.write(f"\n{directions}")
        sys.stdout.flush()
        await told.wait()
        sys.stderr.write("\n· ending\n")


def _here(
    chosen: settings.Settings, folder: Path, port: int, blocks: Mapping[str, Mapping[str, object]]
) -> settings.Settings:
    """On this machine alone: a Valkey of our own, a free port, and no platform but the client."""
    off: dict[str, dict[str, Any]] = {
        "slack": {"signing_secret": "", "app_token": "", "bot_token": ""},
        "teams": {"app_id": "", "development": False},
    }
    own: dict[str, Any] = {
        name: settings.BLOCKS[name](**(given | dict(blocks.get(name, {})))) for name, given in off.items()
    }
    address: dict[str, Any] = {"host": "127.0.0.1", "port": port, "public_url": f"http://127.0.0.1:{port}"}
    store: dict[str, Any] = {"url": "", "data": folder}
    return replace(chosen, redis=settings.Redis(**store), server=settings.Server(**address, drain_seconds=2.0), **own)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])
