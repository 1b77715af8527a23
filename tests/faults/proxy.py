"""A TCP proxy that misbehaves on request: slow, silent, refusing, or cutting the line after the server has acted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field, replace
from typing import Literal

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong. `cut_after` counts bytes towards `cut_dir`; `once`: heal after the first cut."""

    latency: float = 0.0
    blackhole: bool = False
    refuse: bool = False
    cut_after: int = 0
    cut_dir: Direction = "down"
    once: bool = False


@dataclass
class FaultProxy:
    """Listens on a free port of 127.0.0.1, or on `port`, and passes everything on to `upstream`."""

    upstream: str | tuple[str, int]  # a unix socket's path, or host and port
    port: int = 0
    fault: Fault = field(default_factory=Fault)
    cuts: int = 0
    _live: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> int:
        """The port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        """Ends every connection and listens no more."""
        self.reset()
        if self._server:
            self._server.close()

    def set(self, **changes: object) -> None:
        """From now on, for old connections too."""
        self.fault = replace(Fault(), **changes)  # type: ignore[arg-type]

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.fault = Fault()

    def reset(self) -> None:
        """RST, not FIN: what a dead host or a firewall does."""
        for writer in list(self._live):
            with contextlib.suppress(Exception):
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault.refuse:
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._live |= {writer, up_writer}
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._pump(reader, up_writer, "up"), self._pump(up_reader, writer, "down"))
        self._live -= {writer, up_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, str):
            return await asyncio.open_unix_connection(self.upstream)
        return await asyncio.open_connection(*self.upstream)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, side: Direction) -> None:
        seen = 0
        with contextlib.suppress(ConnectionError, OSError):
            while data := await reader.read(65536):
                while self.fault.blackhole:  # noqa: ASYNC110  the harness may poll
                    await asyncio.sleep(0.02)
                if self.fault.latency:
                    await asyncio.sleep(self.fault.latency)
                seen += len(data)
                if self._cuts(side, seen):
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    def _cuts(self, side: Direction, seen: int) -> bool:
        fault = self.fault
        if not fault.cut_after or side != fault.cut_dir or seen < fault.cut_after:
            return False
        self.cuts += 1
        if fault.once:
            self.heal()
        self.reset()
        return True
