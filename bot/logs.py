"""Log lines that say which turn they belong to, and never what was asked or found.

Exceptions are logged by type and place only: their messages may quote a question, a row or a token.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

from agents.domain import Turn

OWN = ("bot", "agents", "adapters")
QUOTING = ("sqlglot",)  # warns with the whole statement that it could not read

_CONVERSATION: ContextVar[str] = ContextVar("conversation", default="")
_TURN: ContextVar[str] = ContextVar("turn", default="")


def belongs_to(turn: Turn) -> None:
    """Every line of this task, and of the tasks it starts, carries the turn's ids from now on."""
    _CONVERSATION.set(turn.conversation.key)
    _TURN.set(turn.id)


def configure(form: Literal["json", "text"], level: str) -> None:
    """Writes the root logger's lines to standard error."""
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(Json() if form == "json" else Text())
    # At DEBUG the vendors' packages write down rows and requests: that level is for our own lines alone.
    logging.basicConfig(level=logging.INFO if level == "DEBUG" else level, handlers=[writer], force=True)
    for package in OWN:
        logging.getLogger(package).setLevel(level)
    for package in QUOTING:
        logging.getLogger(package).setLevel(logging.CRITICAL)


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with the ids of its turn."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": record.getMessage(),
            "conversation": _CONVERSATION.get(),
            "turn": _TURN.get(),
            "failure": _failure(record),
        }
        return json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)


class Text(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, text, turn and where it failed."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        turn = f" [{_TURN.get()}]" if _TURN.get() else ""
        failure = "".join(f"\n    {line}" for line in _failure(record))
        return f"{at} {record.levelname} {record.name}: {record.getMessage()}{turn}{failure}"


def _failure(record: logging.LogRecord) -> list[str]:
    """Types and places of an exception and its causes, innermost last."""
    error = record.exc_info[1] if record.exc_info else None
    told: list[str] = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        told += [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
        told.append(type(error).__qualname__)
        error = error.__cause__ or error.__context__
    return told
