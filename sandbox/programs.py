"""Programs of npm that a demo is seen in: fetched once into a folder, pinned, started, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.launch import NotStarted

ROOT = Path(__file__).resolve().parent.parent
INSTALL = (
    "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts",
    # by default npm tries a registry that does not answer for minutes before it says so
    "--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000", "--fetch-timeout=60000",
)  # fmt: skip
SHORTEST_NEWS = 5.0  # seconds between two words about a download
GRACE = 5.0  # seconds that a program may take to end
PROBE = aiohttp.ClientTimeout(total=20)

Tell = Callable[[str], None]


def installed(package: str, folder: Path, tell: Tell) -> Path:
    """The package's node_modules below `folder`; what is there already is taken. Raises NotStarted."""
    home, done = folder / _directory(package), folder / _directory(package) / "installed"
    if done.is_file():
        return home / "node_modules"
    npm = node()
    home.mkdir(parents=True, exist_ok=True)
    tell(f"· installing {package} into {home}, once")
    _install([npm, *INSTALL, "--prefix", str(home), package], package, home / "npm.log", tell)
    done.touch()
    return home / "node_modules"


def node() -> str:
    """Where npm is. Raises NotStarted without Node."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        raise NotStarted("Node is not here: install Node 18 or newer, which brings npm, and start this again.")
    return npm


def _directory(package: str) -> str:
    return package.lstrip("@").replace("/", "-")


def _install(command: Sequence[str], package: str, log: Path, tell: Tell) -> None:
    started = time.monotonic()
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL) as npm:  # noqa: S603 - a pinned package
        while npm.poll() is None:
            try:
                npm.wait(SHORTEST_NEWS)
            except subprocess.TimeoutExpired:
                tell(f"  … {time.monotonic() - started:.0f} s")
            except KeyboardInterrupt:
                npm.terminate()
                raise
    if npm.returncode:
        raise NotStarted(f"npm cannot install {package} (is there a network?): {log} says why.")
    tell(f"  done in {time.monotonic() - started:.0f} s")


def free(port: int) -> None:
    """Raises NotStarted, with the way on, when the port is not to be had on 127.0.0.1."""
    if not 0 < port < 1 << 16:
        raise NotStarted(f"{port} is not a port: choose one from 1 to 65535 with --port.")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError as error:
        why = "is taken already" if error.errno == errno.EADDRINUSE else "may not be used"
        raise NotStarted(f"Port {port} {why}: choose another with --port.") from error


def held(*command: str) -> list[str]:
    """The command in a form that ends with this process, on Linux."""
    return [sys.executable, "-m", "sandbox.run_with_parent", *command]


@asynccontextmanager
async def running(
    command: Sequence[str], log: Path, *, cwd: Path = ROOT, more: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program for as long as the block lasts, in a session of its own: a Ctrl-C at the terminal is for us alone."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(log.parent), "PYTHONPATH": str(ROOT)}  # noqa: TID251 - handed on, not read
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=environment | dict(more or {}), stdin=asyncio.subprocess.PIPE, stdout=out,
            stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()


async def answering(url: str, process: asyncio.subprocess.Process, log: Path, seconds: float = 40.0) -> None:
    """Returns once the page is served. Raises NotStarted with the end of the log."""
    deadline = time.monotonic() + seconds
    async with aiohttp.ClientSession(timeout=PROBE) as session:
        while time.monotonic() < deadline and process.returncode is None:
            if await _is_served(session, url):
                return
            await asyncio.sleep(0.1)
    raise NotStarted(_told(log) or f"It did not start: no answer from {url}.")


async def _is_served(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _told(log: Path) -> str:
    said = log.read_text(errors="replace").strip().splitlines()
    return f"It did not start: {said[-1]}" if said else ""
