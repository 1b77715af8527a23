"""Carries connections between a loopback port and a unix socket. Without it nobody could look into a closed network."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path

CHUNK = 1 << 16
Endpoint = Path | int  # a unix socket, or a port of 127.0.0.1


async def relay(stack: AsyncExitStack, heard: Endpoint, to: Endpoint) -> None:
    """Whoever connects to `heard` speaks with `to`, until `stack` closes. Raises OSError."""
    under_way: set[asyncio.Task[None]] = set()

    def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Once one side has hung up asyncio itself holds on to nothing, and the collector would end what still flows.
        task = asyncio.create_task(_carry(to, reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    if isinstance(heard, Path):
        server = await asyncio.start_unix_server(carry, heard)
    else:
        server = await asyncio.start_server(carry, "127.0.0.1", heard)
    stack.callback(server.close)


async def _carry(to: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if isinstance(to, Path):
            there, back = await asyncio.open_unix_connection(to)
        else:
            there, back = await asyncio.open_connection("127.0.0.1", to)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
    finally:
        back.close()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
