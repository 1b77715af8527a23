"""databricks-sql-connector, fenced in: one session of one asker, statements that are sent, looked at, stopped, fetched.

Everything here blocks and serves one thread at a time. Importing it costs about two seconds of CPU: do it in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from databricks import sql
from databricks.sql.backend.types import BackendType, CommandId, CommandState

from adapters.databricks.arrow import rows_of, type_text
from adapters.databricks.client import DatabricksOptions
from adapters.databricks.connections import Gone
from adapters.databricks.sql_errors import translated
from agents.domain import Cell
from agents.errors import Unavailable

BATCH = 2_000  # rows fetched at once: large enough to be quick, small enough to stop early


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows that were wanted; `truncated`: there are more."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool


class Session:
    """One connection. The connector remembers the token it was opened with, so it serves that token only."""

    def __init__(self, options: DatabricksOptions, token: str) -> None:
        with translated():
            self._connection = sql.connect(
                server_hostname=options.server,
                http_path=options.path,
                access_token=token,
                enable_telemetry=False,
                user_agent_entry="findata",
                _disable_pandas=True,
                _socket_timeout=60,
                _retry_delay_max=5,
                _retry_stop_after_attempts_count=3,
                _retry_delay_default=1,
                _retry_stop_after_attempts_duration=10,
                **_extras(options),
            )

    def statement(self, row_limit: int) -> Statement:
        """A statement yet to be sent, whose result the server cuts at this many rows."""
        with translated():
            return Statement(self._connection.cursor(row_limit=row_limit))

    def close(self) -> None:
        """Ends the session and with it all that it still runs."""
        with translated():
            self._connection.close()


def _extras(options: DatabricksOptions) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if options.uri:
        extras["_connection_uri"] = options.uri
    if options.thrift_ca:
        extras["_tls_trusted_ca_file"] = options.thrift_ca
    return extras


@contextmanager
def _once(cursor: Any) -> Iterator[None]:
    """A request whose answer got lost is not sent again: the connector would, and start the statement twice."""
    policy = cursor.backend.retry_policy
    policy.read = 0
    try:
        yield
    finally:
        policy.read = None


class Statement:
    """One statement of a session."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def send(self, text: str, parameters: Mapping[str, object] | None, tags: Mapping[str, str]) -> str:
        """Starts it. Answers the handle under which another process can pick it up."""
        with translated(), _once(self._cursor):
            self._cursor.execute_async(text, dict(parameters) if parameters else None, query_tags=dict(tags))
        return self.handle

    @property
    def handle(self) -> str:
        """`guid|secret`, the form in which Databricks' JDBC driver hands statements on; empty before it was sent."""
        command = self._cursor.active_command_id
        return f"{command.guid.hex()}|{command.secret.hex()}" if command else ""

    @property
    def id(self) -> str:
        """The statement's id as the query history shows it."""
        return self._cursor.query_id or ""

    def pick_up(self, handle: str) -> None:
        """Takes over a statement that another session of the same asker has started."""
        guid, _, secret = handle.partition("|")
        try:
            command = CommandId(BackendType.THRIFT, bytes.fromhex(guid), bytes.fromhex(secret), 0, True)
        except ValueError as error:
            raise Gone("not a handle") from error
        self._cursor.active_command_id = command

    def state(self) -> Literal["waiting", "running", "done"]:
        """Raises what the statement failed with, Unavailable when it was stopped, Gone when it is not known."""
        with translated():
            match self._cursor.get_query_state():
                case CommandState.PENDING:
                    return "waiting"
                case CommandState.RUNNING:
                    return "running"
                case CommandState.SUCCEEDED:
                    return "done"
                case other:
                    raise Unavailable(f"statement {other.value.lower()}", reason="statement_stopped")

    def fetch(self, rows: int, size: int) -> Fetched:
        """At most `rows` rows and about `size` bytes of a finished statement, which is then forgotten on the server."""
        cursor = self._cursor
        with translated():
            # What `get_async_execution_result` does, without asking twice more whether the statement is done.
            cursor.active_result_set = cursor.backend.get_execution_result(cursor.active_command_id, cursor)
            fetched = self._fetched(rows, size)
            cursor.close()
            return fetched

    def _fetched(self, rows: int, size: int) -> Fetched:
        kept: list[tuple[Cell, ...]] = []
        types: tuple[str, ...] = ()
        more = True
        while more and len(kept) <= rows and size > 0:
            table = self._cursor.fetchmany_arrow(min(BATCH, rows + 1 - len(kept)))
            types = types or tuple(map(type_text, table.schema.types))
            fitting = table.slice(0, max(1, int(table.num_rows * min(1.0, size / max(1, table.nbytes)))))
            kept += rows_of(fitting)
            size -= table.nbytes
            more = table.num_rows > 0 and len(kept) <= rows
        cut = len(kept) > rows or (size <= 0 and more)
        return Fetched(tuple(column[0] for column in self._cursor.description), types, tuple(kept[:rows]), cut)

    def cancel(self) -> None:
        """Stops it where it was started and not finished."""
        with translated():
            if self._cursor.active_command_id:
                self._cursor.cancel()
