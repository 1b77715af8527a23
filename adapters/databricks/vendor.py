"""Imports the vendor's packages, without what they bring along and we never use.

databricks-sql-connector imports pandas with its first line, and uses it only for results as data frames, which we
switch off: 1.3 s of CPU and 40 MB for nothing, in every replica and before every first answer. With every session it
reads the system's certificate authorities again, 25 ms of CPU, and an answer it reads in forty pieces of a few bytes.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import ssl
import sys
from functools import cache
from types import ModuleType
from typing import Any

CONNECT = 10.0  # seconds


class _Later(ModuleType):
    """Stands in for a package until something of it is wanted; then it is imported and answers for itself."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def later(name: str) -> None:
    """Imports the package when it is first used, not when it is first named. Nothing when it is there already."""
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None:
        return
    stand_in = _Later(name)
    stand_in.__spec__ = spec
    sys.modules[name] = stand_in


def import_all() -> None:
    """The SDK and the SQL connector: three seconds of CPU once, to be spent before anybody waits."""
    later("pandas")
    importlib.import_module("adapters.databricks.sdk")
    importlib.import_module("adapters.databricks.thrift")
    importlib.import_module("databricks.sql.backend.thrift_backend")  # else the first connection would import it
    _lighten()


class _SharedTls(ModuleType):
    """The module `ssl` with one default context for all sessions; theirs differ in nothing."""

    def __getattr__(self, name: str) -> object:
        return _default_context if name == "create_default_context" else getattr(ssl, name)


@cache
def _default_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _lighten() -> None:
    """Spares each session and each request what they need not do."""
    clients: Any = importlib.import_module("databricks.sql.common.unified_http_client")
    clients.ssl = _SharedTls("ssl")
    transports: Any = importlib.import_module("databricks.sql.auth.thrift_http_client")
    transports.THttpClient = _whole(transports.THttpClient)
    # Full requests and answers, made into records that nobody hears.
    logging.getLogger("databricks.sql.unsafe").setLevel(logging.WARNING)


def _whole(transport: Any) -> type:
    """The connector's HTTP transport, reading each answer at once."""

    class Whole(transport):  # type: ignore[misc]
        """The answer's bytes, from memory."""

        _answer = io.BytesIO()

        def setTimeout(self, ms: float | None) -> None:  # noqa: N802 - as the connector calls it
            """Milliseconds to wait for an answer; whoever does not even take the connection is given up sooner."""
            from urllib3 import Timeout  # the product starts without it

            read = ms and ms / 1000
            self._THttpClient__timeout = Timeout(connect=min(CONNECT, read or CONNECT), read=read)

        def flush(self) -> None:
            """Sends the request and takes its answer."""
            super().flush()
            self._answer = io.BytesIO(self._THttpClient__resp.read())

        def read(self, size: int) -> bytes:
            """The next bytes of it."""
            return self._answer.read(size)

    return Whole
