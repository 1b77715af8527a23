"""The life of SQL statements: started as somebody, polled, cancelled, kept for a while, found again in the history."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import duckdb

from sandbox.databricks.deadlines import Deadlines
from sandbox.databricks.failures import SqlFailure, as_failure
from sandbox.databricks.knobs import Knobs
from sandbox.databricks.principals import Principal
from sandbox.databricks.statement_parameters import Parameters
from sandbox.databricks.warehouses import Warehouses

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.databricks.engine import Engine, Run

State = Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "CLOSED"]


@dataclass(slots=True, eq=False)
class Statement:
    """One statement of one asker. `done` is resolved once the state is final; `result` is there when it SUCCEEDED."""

    asker: Principal
    sql: str
    parameters: Parameters
    catalog: str
    schema: str
    row_limit: int | None
    warehouse: str
    tags: Mapping[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = "PENDING"
    error: SqlFailure | None = None
    result: pa.Table | None = None
    truncated: bool = False
    changed: int | None = None  # rows that a change touched
    started: float = field(default_factory=time.time)
    ended: float = 0.0
    done: Future[None] = field(default_factory=Future)
    run: Run | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def finish(self, state: State, error: SqlFailure | None = None) -> None:
        """Settles the state, once: whoever comes first wins."""
        with self.lock:
            if self.done.done():
                return
            self.state, self.error, self.ended = state, error, time.time()
            self.done.set_result(None)

    def cancel(self) -> None:
        """Ends it wherever it is; does nothing once it is over."""
        self.finish("CANCELED")
        self.stop.set()
        if self.run is not None:
            self.run.interrupt()

    def wait(self, seconds: float | None) -> bool:
        """Waits until it is over; False when it is not yet."""
        try:
            self.done.result(seconds)
        except TooLate:
            return False
        return True

    def rows(self) -> pa.Table:
        """Waits for the rows; raises SqlFailure when it failed or was cancelled."""
        self.wait(None)
        if self.result is None or self.state != "SUCCEEDED":
            raise self.error or SqlFailure("OPERATION_CANCELED", "The operation was canceled.", "HY008")
        return self.result


class Statements:
    """Every statement of the last while, and the threads that run them."""

    def __init__(self, engine: Engine, warehouses: Warehouses, knobs: Knobs) -> None:
        self._engine, self._warehouses, self._knobs = engine, warehouses, knobs
        self._by_id: dict[str, Statement] = {}
        self._lock = threading.Lock()
        self._deadlines = Deadlines()
        self._pool = ThreadPoolExecutor(32, thread_name_prefix="statement")

    def start(
        self,
        asker: Principal,
        sql: str,
        *,
        parameters: Parameters | None,
        catalog: str,
        schema: str,
        row_limit: int | None,
        warehouse: str,
        tags: Mapping[str, str],
    ) -> Statement:
        """Hands the statement to a thread and returns at once."""
        statement = Statement(asker, sql, parameters or (), catalog, schema, row_limit, warehouse, dict(tags))
        with self._lock:
            self._forget_old()
            self._by_id[statement.id] = statement
        running = self._pool.submit(self._carry_out, statement)
        running.add_done_callback(lambda ended: _failed(statement, ended))
        return statement

    def get(self, asker: Principal, identifier: str) -> Statement | None:
        """The asker's own statement; somebody else's does not exist."""
        statement = self._by_id.get(identifier)
        return statement if statement and statement.asker.name == asker.name else None

    def unsigned(self, identifier: str) -> Statement | None:
        """Whoever holds a pre-signed link may fetch: no asker is known there."""
        return self._by_id.get(identifier)

    def history(self) -> tuple[Statement, ...]:
        """Latest first."""
        return tuple(reversed(tuple(self._by_id.values())))

    def close(self) -> None:
        """Cancels what still runs."""
        for statement in tuple(self._by_id.values()):
            statement.cancel()
        self._deadlines.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget_old(self) -> None:
        horizon = time.time() - self._knobs.statement_life
        while self._by_id:
            oldest = next(iter(self._by_id.values()))
            if not oldest.ended or oldest.ended > horizon:
                break  # in order of their start: the rest is younger
            del self._by_id[oldest.id]

    def _carry_out(self, statement: Statement) -> None:
        if self._wake(statement):
            self._execute(statement)

    def _wake(self, statement: Statement) -> bool:
        """Waits for the warehouse, then for the knob's delay; False when the statement was cancelled meanwhile."""
        warehouse = self._warehouses.get(statement.warehouse)
        wait = warehouse.start() if warehouse else 0.0
        if wait and statement.stop.wait(wait):
            return False
        with statement.lock:
            if statement.done.done():
                return False
            statement.state = "RUNNING"
        return not (self._knobs.statement_delay and statement.stop.wait(self._knobs.statement_delay))

    def _execute(self, statement: Statement) -> None:
        run = statement.run = self._engine.run(statement.asker, statement.catalog, statement.schema)
        self._deadlines.after(self._knobs.statement_limit, partial(self._too_long, statement))
        try:
            if statement.stop.is_set():
                return
            outcome = run.execute(statement.sql, statement.parameters, statement.row_limit)
            statement.result, statement.truncated, statement.changed = outcome.rows, outcome.truncated, outcome.changed
            statement.finish("SUCCEEDED")
        finally:
            statement.run = None
            run.close()

    def _too_long(self, statement: Statement) -> None:
        run = statement.run
        if run is None or statement.done.done():
            return
        limit = f"Statement exceeded its limit of {self._knobs.statement_limit:g} s."
        statement.finish("FAILED", SqlFailure("STATEMENT_TIMEOUT", limit, "57014"))
        with contextlib.suppress(duckdb.Error):  # it has just ended by itself
            run.interrupt()


def _failed(statement: Statement, ended: Future[None]) -> None:
    """Whatever broke in the pool becomes the statement's error: its client would poll for ever otherwise."""
    error = None if ended.cancelled() else ended.exception()
    if isinstance(error, Exception):
        statement.finish("FAILED", as_failure(error))
