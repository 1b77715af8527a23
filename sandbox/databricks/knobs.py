"""What a demo or a test may turn: without these knobs nothing would ever be slow, cold, throttled or broken here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(slots=True)
class Fault:
    """Requests whose path starts with `path` fail in this way, `times` times (-1: until removed).

    `kind`: an HTTP status to answer, "drop" (the connection is cut) or "slow" (`seconds` late, then answered).
    """

    path: str
    kind: Literal[429, 500, 503, "drop", "slow"]
    times: int = 1
    seconds: float = 1.0  # the delay of "slow", the Retry-After of 429 and 503
    method: str = ""  # empty: any


@dataclass(slots=True)
class Knobs:
    """Durations are seconds. They may be changed while the sandbox runs and count from the next request on."""

    statement_delay: float = 0.0  # every statement runs at least this long
    statement_limit: float = 120.0  # and is stopped after this long
    statement_life: float = 3600.0  # a finished statement's result is kept
    cold_start: float = 0.0  # 0: the warehouse is always RUNNING; else it begins STOPPED and takes this long
    auto_stop: float = 600.0  # idle time after which a warehouse with a cold start stops
    session_life: float = 900.0  # idle SQL sessions are forgotten
    warehouse_type: str = "PRO"  # what the warehouse says it is: PRO, CLASSIC, REALTIME
    genie_step: float = 0.1  # how long Genie stays in each of its statuses
    genie_per_minute: int = 0  # questions a workspace may ask Genie in a minute; 0: no limit
    genie_result_life: float = 3600.0  # then QUERY_RESULT_EXPIRED
    today: date | None = None  # the day that "last year" counts from; None: today
    token_life: float = 3600.0  # of tokens issued over OIDC
    faults: list[Fault] = field(default_factory=list)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted down; None when it meets none."""
        for fault in self.faults:
            if fault.times and path.startswith(fault.path) and fault.method in ("", method):
                fault.times -= 1
                return fault
        return None
