"""What the SQL connector raises, as our errors. Without it engine texts would reach people as they are.

Imports the connector: only thrift.py imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from databricks.sql import exc
from thrift.Thrift import TException
from urllib3.exceptions import HTTPError

from adapters.databricks.connections import Gone
from adapters.databricks.outage import Unreachable
from agents.errors import BadQuery, BotError, NotConnected, NotFound, Refused, Unavailable

_CLASS = re.compile(r"^\s*\[([A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
_STATE = re.compile(r"SQLSTATE:\s*([0-9A-Z]{5})")
_LITERAL = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_TEXT_LIMIT = 1000

# Classes of SQLSTATE whose messages quote cells: data exceptions and violated constraints.
_QUOTES_CELLS = ("22", "23")
# Not the statement's fault: the platform's resources, an operator's intervention, an internal error.
_NOT_ITS_FAULT = ("08", "53", "54", "57", "58", "XX")


@contextmanager
def translated() -> Iterator[None]:
    """Turns the connector's and its transport's errors into ours, and a forgotten handle into Gone."""
    try:
        yield
    except exc.ServerOperationError as error:
        raise statement_failed(str(error)) from error
    except exc.RequestError as error:
        raise _request_failed(error) from error
    except exc.Error as error:
        raise _other(error) from error
    except (HTTPError, TException, OSError) as error:
        raise Unreachable(f"warehouse: {type(error).__name__}") from error


def statement_failed(text: str) -> BotError:
    """The error for an engine's message of the form `[CLASS] text SQLSTATE: 42P01`."""
    found, state = _CLASS.search(text), _STATE.search(text)
    code, sqlstate = found.group(1) if found else "", state.group(1) if state else ""
    detail = f"{code or 'unknown'} {sqlstate}".strip()
    if code.startswith("INSUFFICIENT_PERMISSIONS") or sqlstate == "42501":
        return Refused(detail)
    if not code or sqlstate.startswith(_NOT_ITS_FAULT):
        return Unavailable(detail)
    hint = text if not sqlstate.startswith(_QUOTES_CELLS) else _LITERAL.sub("'…'", text)
    return BadQuery(detail, hint=hint.split("\n\n")[0][:_TEXT_LIMIT], code=code)


def _request_failed(error: exc.RequestError) -> BotError:
    status = (error.context or {}).get("http-code")
    detail = f"warehouse: {type(error).__name__} {status or ''}".strip()
    match status:
        case 401:
            return NotConnected(detail)
        case 403:
            return (
                NotConnected(detail) if "token" in str(error).lower() else Refused(detail, reason="warehouse_refused")
            )
        case 404:
            return NotFound(detail, reason="warehouse_missing")
        case _:
            return Unreachable(detail)


def _other(error: exc.Error) -> Exception:
    text = str(error)
    if isinstance(error, exc.ReydenThriftUnsupportedError):
        return Unavailable("a Real-Time warehouse does not speak Thrift", reason="warehouse_kind")
    if re.search(r"INVALID_HANDLE|Invalid \w*Handle|session .*(closed|expired|not found)", text, re.IGNORECASE):
        return Gone(type(error).__name__)
    if _CLASS.search(text):
        return statement_failed(text)
    return Unavailable(f"warehouse: {type(error).__name__}")
