"""What can go wrong, as the asker would tell it apart.

    BotError            something the asker hears about in one sentence
    ├── Refused         not yours to see, or not yours to do: ask the owner
    ├── NotFound        it does not exist, or is not known any more
    ├── BadQuery        the SQL was rejected by the guard or the engine: worth one other wording
    ├── Unavailable     down, throttled or too slow: worth retrying
    │   ├── Stopped     the asker pressed Stop
    │   └── Overtaken   another replica has moved this conversation on: post nothing of this attempt
    └── NotConnected    we have no rights to act with: the asker must link their account first

Adapters translate what SDKs raise into these, once, with `raise … from error`. An agent catches one only where it has a
better idea. `bot/conversations.py` alone turns whatever is left into an Apology.
"""

from __future__ import annotations


class BotError(Exception):
    """`reason` is a phrase key of adapters/wording, `names` fill its gaps; `str(error)` is for the log only."""

    reason = "failed"

    def __init__(self, detail: str = "", *, reason: str = "", **names: str) -> None:
        super().__init__(detail or reason or self.reason)
        self.reason = reason or type(self).reason
        self.names = names

    def __repr__(self) -> str:
        """Without the detail, because checkpointers keep the `repr` of an error that ended a turn."""
        return f"{type(self).__name__}({self.reason})"


class Refused(BotError):
    """The asker may not see or do this."""

    reason = "refused"


class NotFound(BotError):
    """There is no such thing, as far as the asker may know."""

    reason = "not_found"


class BadQuery(BotError):
    """The SQL was rejected. `hint` tells its author, in English and without data, how to repair it."""

    reason = "bad_query"

    def __init__(self, detail: str = "", *, hint: str = "", code: str = "", reason: str = "", **names: str) -> None:
        super().__init__(detail, reason=reason, **names)
        self.hint = hint
        self.code = code


class Unavailable(BotError):
    """An outside system is down, throttled or too slow. `retry_after` is in seconds; 0 when it did not say."""

    reason = "unavailable"

    def __init__(self, detail: str = "", *, retry_after: float = 0.0, reason: str = "", **names: str) -> None:
        super().__init__(detail, reason=reason, **names)
        self.retry_after = retry_after


class Stopped(Unavailable):
    """The asker pressed Stop."""

    reason = "stopped"


class Overtaken(Unavailable):
    """Another replica has moved this conversation on, so that what this attempt remembers was refused."""

    reason = "overtaken"


class NotConnected(BotError):
    """No credentials for this asker. `url` starts the linking, where there is a way to."""

    reason = "not_connected"

    def __init__(self, detail: str = "", *, url: str = "", **names: str) -> None:
        super().__init__(detail, **names)
        self.url = url
