"""Genie's bad days: throttled, refused, failing or hanging, as tests ask for. Without it none could be seen."""

from __future__ import annotations

import math
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.databricks.rest import Refusal


class Trouble(BaseModel):
    """What happens to questions that match `when` (a regular expression, case ignored), `times` times (-1: always).

    `end` FAILED (with `error_type` and `error`), CANCELLED, QUERY_RESULT_EXPIRED (the answer is there, its rows are
    not), HANG (stays in status `at` until the client gives up), TEXT or ASK (Genie answers or asks back in the words of
    `error`), THROTTLE (the POST itself is answered 429 with `seconds` as Retry-After) or empty (only `seconds` late).
    """

    model_config = ConfigDict(extra="forbid")
    when: str = ""
    end: Literal["", "FAILED", "CANCELLED", "QUERY_RESULT_EXPIRED", "HANG", "TEXT", "ASK", "THROTTLE"] = "FAILED"
    at: Literal["SUBMITTED", "FETCHING_METADATA", "FILTERING_CONTEXT", "ASKING_AI", "PENDING_WAREHOUSE"] = "ASKING_AI"
    error_type: str = "GENERIC_CHAT_COMPLETION_SERVICE_EXCEPTION"
    error: str = "The answer could not be made."
    suggestions: list[str] = Field(default_factory=list)
    seconds: float = Field(default=0.0, ge=0)
    times: int = 1


@dataclass(slots=True)
class Troubles:
    """The troubles that are set, and how many questions were asked in the last minute."""

    planned: list[Trouble] = field(default_factory=list)
    _asked: deque[float] = field(default_factory=deque)

    def plan(self, trouble: Trouble) -> None:
        """Adds one. Raises re.error when `when` is no pattern."""
        re.compile(trouble.when)
        self.planned.append(trouble)

    def met_by(self, content: str) -> Trouble | None:
        """The trouble that this question meets, counted down."""
        for trouble in self.planned:
            if trouble.times and re.search(trouble.when, content, re.IGNORECASE):
                trouble.times -= 1
                return trouble
        return None

    def admit(self, per_minute: int) -> None:
        """Counts one question. Raises a 429 refusal when there were `per_minute` in the last 60 s (0: no limit)."""
        now = time.monotonic()
        while self._asked and self._asked[0] <= now - 60:
            self._asked.popleft()
        if per_minute and len(self._asked) >= per_minute:
            raise throttled(self._asked[-per_minute] + 60 - now)
        self._asked.append(now)


def throttled(seconds: float) -> Refusal:
    """429, to be tried again in so many seconds."""
    wait = str(max(1, math.ceil(seconds)))
    message = f"Too many Genie questions in this workspace; the next one can be asked in {wait} s."
    return Refusal(429, "RESOURCE_EXHAUSTED", message, **{"Retry-After": wait})
