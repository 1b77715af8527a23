"""local-slack in a network of its own, reached through unix sockets. Without it the machine's neighbours could post.

Run by `sandbox.slack.local` under `unshare`; SIGTERM ends both.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from sandbox.parent import die_with_parent
from sandbox.slack.relay import relay

WAY_IN, WAY_OUT = "slack.sock", "bot.sock"
_SET_FLAGS, _UP = 0x8914, 1  # SIOCSIFFLAGS, IFF_UP


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of local-slack; 0 when told to end."""
    it = argparse.ArgumentParser()
    it.add_argument("--folder", type=Path, required=True, help="where the two sockets are")
    it.add_argument("--port", type=int, required=True, help="of local-slack")
    it.add_argument("--bot-port", type=int, required=True, help="that local-slack delivers events to")
    it.add_argument("command", nargs="+", help="local-slack and its options")
    die_with_parent()
    return asyncio.run(_run(it.parse_args(argv)))


async def _run(options: argparse.Namespace) -> int:
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        sys.stderr.write("This is not a network of our own.\n")
        return 2
    _loopback_up()
    async with AsyncExitStack() as stack:
        await relay(stack, options.folder / WAY_IN, options.port)
        await relay(stack, options.bot_port, options.folder / WAY_OUT)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.run_with_parent", *options.command, stdin=asyncio.subprocess.DEVNULL
        )
        return await _until_told(process)


async def _until_told(process: asyncio.subprocess.Process) -> int:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    ends = [asyncio.create_task(told.wait()), asyncio.create_task(process.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    ends[0].cancel()
    if process.returncode is None:
        process.kill()  # it keeps nothing that would have to be saved
        await process.wait()
        return 0
    return process.returncode


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


if __name__ == "__main__":
    sys.exit(main())
