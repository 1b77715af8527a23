"""A sandbox from its options to its end: the mesh is read, the server started, the reader told how to use it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import errno
import gc
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

from sandbox import mesh_files
from sandbox.databricks.knobs import Knobs
from sandbox.databricks.personas import DEFAULT_TOKEN, PERSONAS
from sandbox.databricks.workspace import Workspace

GENIE_STEPS = 5  # statuses that a question goes through before it is answered
DRAFTS = ".findata"  # the folder of drafted contracts, inside the folder of one's own data
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class CannotStart(Exception):
    """One sentence for whoever started it."""


def run(options: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT. Raises CannotStart."""
    if options.with_parent:
        _die_with_parent()
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            taken = "is taken already" if error.errno == errno.EADDRINUSE else "may not be used"
            raise CannotStart(f"Port {options.port} {taken}: choose another with --port.") from error
        raise
    return 0


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    workspace, marketplace = open_workspace(options.data, options.marketplace, knobs_of(options))
    try:
        from sandbox.databricks.server import serving  # loaded while the rows are being made

        async with serving(workspace, options.port) as url:
            facts = facts_of(workspace, url, marketplace)
            sys.stdout.write((json.dumps(facts) if options.json else _directions(facts)) + "\n")
            sys.stdout.flush()
            if options.with_parent:
                _stop_with_parent(stop)
            threading.Thread(target=_warm, daemon=True).start()
            await _filled(workspace)
            _spare_what_stays()
            await stop.wait()
    finally:
        workspace.close()
        gc.unfreeze()  # else DuckDB's binding complains at the end of all that is still there


async def _filled(workspace: Workspace) -> None:
    try:
        await asyncio.wrap_future(workspace.engine.filled)
    except duckdb.Error as error:
        raise CannotStart(f"The tables cannot be filled: {str(error).splitlines()[0]}") from error


def knobs_of(options: argparse.Namespace) -> Knobs:
    """The knobs as the command line turns them."""
    return Knobs(
        cold_start=options.cold_start,
        statement_delay=options.statement_delay,
        genie_step=options.genie_seconds / GENIE_STEPS,
        genie_per_minute=options.genie_per_minute,
        today=options.today,
        token_life=options.token_life,
    )


def open_workspace(data: Path | None, marketplace: Path, knobs: Knobs) -> tuple[Workspace, Path]:
    """The workspace and the folder of its marketplace files. Raises CannotStart when the files cannot be read."""
    try:
        if data is not None:
            return _own(data, knobs)
        return Workspace(mesh_files.load(marketplace), knobs), marketplace
    except (ValueError, OSError) as error:
        raise CannotStart(f"{data or marketplace} cannot be served: {error}") from error


def _own(data: Path, knobs: Knobs) -> tuple[Workspace, Path]:
    """A workspace on somebody's own files; the drafted contracts stay beside them, to be improved by hand."""
    from sandbox import own_data  # only for a folder of one's own

    drafts = data / DRAFTS if os.access(data, os.W_OK) else Path(tempfile.mkdtemp(prefix="findata-"))
    try:
        drafted = own_data.draft(data, drafts)
    except own_data.NoData as error:
        raise CannotStart(str(error)) from error
    for complaint in drafted.complaints:
        sys.stderr.write(f"{complaint}\n")
    return Workspace(drafted.mesh, knobs, fill=drafted.fill), drafts


def facts_of(workspace: Workspace, url: str, marketplace: Path) -> dict[str, object]:
    """What a client must know."""
    warehouse = workspace.warehouses.main.id
    users = {person.name: f"sandbox-{person.name.split('@')[0]}" for person in workspace.people}
    return {
        "host": url,
        "port": int(url.rsplit(":", 1)[1]),
        "token": DEFAULT_TOKEN,
        "warehouse_id": warehouse,
        "http_path": f"/sql/1.0/warehouses/{warehouse}",
        "marketplace": str(marketplace.resolve()),
        "pages": url,
        "users": {name: token for name, token in users.items() if workspace.tokens.who(token)},
        "products": len(workspace.mesh.products),
        "tables": len(workspace.mesh.tables),
    }


_DIRECTIONS = """\
A local Databricks with {products} data products and {tables} tables is running. Ctrl-C ends it.

  host          {host}
  token         {token}   (others below)
  warehouse     {warehouse_id}
  http path     {http_path}
  products      {pages}/products

Python SDK
  from databricks.sdk import WorkspaceClient
  w = WorkspaceClient(host="{host}", token="{token}", auth_type="pat")
  print([catalog.name for catalog in w.catalogs.list()])

SQL connector
  from databricks import sql
  connection = sql.connect(server_hostname="127.0.0.1", http_path="{http_path}", access_token="{token}",
                           _connection_uri="{host}{http_path}", enable_telemetry=False)
  with connection.cursor() as cursor:
      print(cursor.execute("SHOW CATALOGS").fetchall())

Users (each sees what their groups may see)
{people}
"""


def _directions(facts: dict[str, object]) -> str:
    users = facts["users"]
    listed = users.items() if isinstance(users, dict) else ()
    groups = {f"{name}@example.org": ", ".join(groups) for name, _, groups in PERSONAS}
    people = "\n".join(f"  {token:<24} {name:<30} {groups.get(name, '')}".rstrip() for name, token in listed)
    return _DIRECTIONS.format(**facts, people=people)


def _spare_what_stays() -> None:
    """What is loaded now stays: the garbage collector need not look through it again with every few questions."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _warm() -> None:
    """Loads what the first connection of a SQL client would otherwise wait for."""
    from sandbox.databricks import thrift  # noqa: F401 - loading is the purpose


def _die_with_parent() -> None:
    """Linux ends this process with the one that started it."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
        if os.getppid() != parent:
            raise CannotStart("The process that started this one has ended.")


def _stop_with_parent(stop: asyncio.Event) -> None:
    """Everywhere else the end of standard input tells: whoever starts us holds its other end."""
    if sys.stdin is None or sys.stdin.isatty():
        return
    loop = asyncio.get_running_loop()
    threading.Thread(target=_wait_for_end, args=(lambda: loop.call_soon_threadsafe(stop.set),), daemon=True).start()


def _wait_for_end(then: Callable[[], object]) -> None:
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        while os.read(0, 1024):
            pass
        then()
