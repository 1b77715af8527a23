"""What one turn may spend on chat models, and when a failing model is left alone.

Without it one bad model could hold every turn up and run up any bill.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agents.errors import NotConnected


@dataclass(frozen=True, slots=True)
class Budget:
    """What one turn may spend at most; benchmarks/model_calls.py measures what turns do spend."""

    model_calls: int = 6
    repairs: int = 2
    rows: int = 10_000
    tokens: int = 60_000  # prompt and answer together, as the endpoint counts them
    model_seconds: float = 60.0  # all of one turn's model calls together
    call_seconds: float = 30.0  # one model call


@dataclass(slots=True)
class Spend:
    """What one turn has spent so far; one object a turn, shared by its agents."""

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    unlinked: NotConnected | None = None  # why the model could not be asked at all: this asker has no token

    def left(self, budget: Budget) -> int:
        """How many model calls this turn may still make; 0 when tokens or time have run out."""
        if self.tokens >= budget.tokens or self.seconds >= budget.model_seconds:
            return 0
        return max(0, budget.model_calls - self.calls)

    def seconds_left(self, budget: Budget) -> float:
        """How long the next model call may take."""
        return max(0.0, min(budget.call_seconds, budget.model_seconds - self.seconds))


@dataclass(slots=True)
class Breaker:
    """A circuit breaker: after `limit` failures in a row no calls for `rest` seconds, then one to try."""

    limit: int = 4
    rest: float = 30.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    failures: int = 0
    _open_until: float = 0.0

    def allows(self) -> bool:
        """True when a call may be made now. While the breaker is open one call is let through every `rest` seconds."""
        if self.failures < self.limit:
            return True
        if self.clock() < self._open_until:
            return False
        self._open_until = self.clock() + self.rest
        return True

    def succeeded(self) -> None:
        """The model answered sensibly."""
        self.failures = 0

    def failed(self) -> None:
        """The model was down, too slow or talked nonsense."""
        self.failures += 1
        if self.failures >= self.limit:
            self._open_until = self.clock() + self.rest
