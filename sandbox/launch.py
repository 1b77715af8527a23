"""Starts a sandbox as a process of its own and says where it is. Without it each demo and test would do that itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.databricks.workspace import Workspace

_ROOT = Path(__file__).resolve().parent.parent


class NotStarted(Exception):
    """The sandbox did not start; the text says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class LaunchedSandbox:
    """Where a sandbox is. `pages`: the address under which product pages are; `users`: user name -> token."""

    host: str
    token: str
    warehouse_id: str
    http_path: str
    marketplace: Path
    pages: str
    port: int = 0
    users: Mapping[str, str] = field(default_factory=dict)
    process: int = 0  # its id where the sandbox is a process of its own

    @property
    def connection_uri(self) -> str:
        """For the SQL connector's `_connection_uri`: it would speak https otherwise."""
        return self.host + self.http_path


@contextlib.contextmanager
def launched(data: Path | None = None, *options: str, patience: float = 30.0) -> Iterator[LaunchedSandbox]:
    """A sandbox on a free port for as long as the block lasts, and no longer than this process.

    Args:
        data: a folder of own files instead of the sample mesh.
        options: more of what `python -m sandbox --help` lists.
        patience: seconds to wait until it is ready.

    Raises:
        NotStarted: it ended or did not get ready in time.
    """
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--json", "--with-parent", *options]
    if data is not None:
        command += ["--data", str(data.resolve())]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_plain(),
        start_new_session=True,  # a Ctrl-C at the terminal is for us: we end it when nobody asks it any more
    ) as process:
        try:
            yield _place(_first_line(process, patience), process.pid)
        finally:
            _ended(process)


@contextlib.contextmanager
def in_process(workspace: Workspace) -> Iterator[LaunchedSandbox]:
    """The workspace served on a free port by a thread of this process, for tests that turn its knobs. Closes it."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_serving(workspace, ready, stop)), daemon=True)
    thread.start()
    if not ready.wait(30):
        raise NotStarted("The sandbox was not ready after 30 s.")
    warehouse = workspace.warehouses.main.id
    path = f"/sql/1.0/warehouses/{warehouse}"
    try:
        yield LaunchedSandbox(
            workspace.url, "sandbox-analyst", warehouse, path, _ROOT / "sandbox" / "marketplace", workspace.url
        )
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
        workspace.close()


async def _serving(workspace: Workspace, ready: threading.Event, stop: asyncio.Event) -> None:
    from sandbox.databricks.server import serving  # a product that only launches a process need not load it

    async with serving(workspace):
        ready.set()
        await stop.wait()


def _first_line(process: subprocess.Popen[bytes], patience: float) -> bytes:
    assert process.stdout is not None  # noqa: S101 - asked for above
    deadline = time.monotonic() + patience
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        if not waiting.select(max(0.0, deadline - time.monotonic())):
            raise NotStarted(f"The sandbox was not ready after {patience:g} s.")
    line: bytes = process.stdout.readline()
    if not line:
        _ended(process)
        said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
        raise NotStarted(said.splitlines()[-1] if said else f"The sandbox ended with code {process.returncode}.")
    return line


def _place(line: bytes, process: int) -> LaunchedSandbox:
    facts = json.loads(line)
    return LaunchedSandbox(
        host=facts["host"],
        token=facts["token"],
        warehouse_id=facts["warehouse_id"],
        http_path=facts["http_path"],
        marketplace=Path(facts["marketplace"]),
        pages=facts["pages"],
        port=facts["port"],
        users=facts["users"],
        process=process,
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _plain() -> dict[str, str]:
    """The environment without what would make Python print or write more than it must."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "PYTHONDEV"))}  # noqa: TID251 - handed on, not read
