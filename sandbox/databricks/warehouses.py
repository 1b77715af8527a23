"""SQL warehouses and their life: without it nothing here would ever be stopped or take a minute to wake."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from sandbox.databricks.knobs import Knobs

State = Literal["RUNNING", "STARTING", "STOPPED"]

MAIN = "5a9d0b0c7e1f4d21"


@dataclass(slots=True)
class Warehouse:
    """A warehouse that wakes on the first statement. With no cold start in the knobs it is always running."""

    id: str
    name: str
    knobs: Knobs
    _wakes_at: float | None = None  # None: stopped
    _used_at: float = 0.0
    _held: bool = False  # stopped by hand
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def state(self) -> State:
        """What the warehouse is doing now."""
        with self._lock:
            return self._look(time.monotonic())

    def _look(self, now: float) -> State:
        if not self.knobs.cold_start and not self._held:
            return "RUNNING"
        if self._wakes_at is None:
            return "STOPPED"
        if now < self._wakes_at:
            return "STARTING"
        if now - max(self._used_at, self._wakes_at) > self.knobs.auto_stop:
            self._wakes_at = None
            return "STOPPED"
        return "RUNNING"

    def start(self) -> float:
        """Wakes it if need be. Answers how many seconds it still takes."""
        with self._lock:
            now = time.monotonic()
            if self._look(now) == "STOPPED":
                self._wakes_at, self._held = now + self.knobs.cold_start, False
            self._used_at = now
            return max(0.0, (self._wakes_at or now) - now)

    def stop(self) -> None:
        """Puts it to sleep until the next statement."""
        with self._lock:
            self._wakes_at, self._held = None, True


class Warehouses:
    """Every warehouse of the workspace by id."""

    def __init__(self, knobs: Knobs) -> None:
        self.main = Warehouse(MAIN, "Sandbox warehouse", knobs)
        self._by_id = {self.main.id: self.main}

    def all(self) -> tuple[Warehouse, ...]:
        """In the order of their making."""
        return tuple(self._by_id.values())

    def get(self, identifier: str) -> Warehouse | None:
        """The warehouse of this id; an empty id means the main one."""
        return self._by_id.get(identifier) if identifier else self.main
