"""Thrift calls in HTTP bodies, answered by coroutines. Without it each waiting client would hold a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated
from thrift.Thrift import TApplicationException, TMessageType
from thrift.transport.TTransport import TMemoryBuffer

Answer = Callable[[Any], Awaitable[Any]]


def read(content: bytes) -> tuple[str, int, Any]:
    """(method, sequence id, request) of one call. Raises ValueError when it is none that the service has."""
    protocol = TBinaryProtocolAccelerated(TMemoryBuffer(content))
    name, _, sequence = protocol.readMessageBegin()
    arguments = getattr(TCLIService, f"{name}_args", None)
    if arguments is None:
        raise ValueError(f"unknown method {name[:80]}")
    call = arguments()
    call.read(protocol)
    protocol.readMessageEnd()
    return name, sequence, call.req


def written(name: str, sequence: int, response: Any) -> bytes:
    """The answer to that call."""
    result = getattr(TCLIService, f"{name}_result")(success=response)
    return _message(name, TMessageType.REPLY, sequence, result)


def refused(name: str, sequence: int) -> bytes:
    """The answer to a call that is not offered."""
    error = TApplicationException(TApplicationException.UNKNOWN_METHOD, f"{name} is not offered here.")
    return _message(name, TMessageType.EXCEPTION, sequence, error)


def _message(name: str, kind: int, sequence: int, content: Any) -> bytes:
    out = TMemoryBuffer()
    protocol = TBinaryProtocolAccelerated(out)
    protocol.writeMessageBegin(name, kind, sequence)
    content.write(protocol)
    protocol.writeMessageEnd()
    return bytes(out.getvalue())
