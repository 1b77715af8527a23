"""The connector, relieved: what every session and request would do again is done once."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.databricks import vendor
from adapters.databricks.client import DatabricksOptions
from sandbox import launch, mesh_files
from sandbox.databricks.workspace import Workspace


@pytest.fixture(scope="module")
def place() -> Iterator[launch.LaunchedSandbox]:
    """A workspace of the sandbox."""
    vendor.import_all()
    with launch.in_process(Workspace(mesh_files.load(launch._ROOT / "sandbox" / "marketplace"))) as found:
        yield found


def test_sessions_share_one_tls_context_and_read_answers_whole(
    place: launch.LaunchedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sessions read the system's authorities once at most, and rows come through the relieved transport."""
    from adapters.databricks.thrift import Session

    made: list[ssl.SSLContext] = []
    real = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        made.append(real())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    for _ in range(2):
        session = Session(DatabricksOptions(place.host, place.warehouse_id), place.token)
        statement = session.statement(10)
        statement.send("SELECT 1 AS one", None, {})
        while statement.state() != "done":
            pass
        backend: Any = session._connection.session.backend
        assert type(backend._transport).__name__ == "Whole"
        assert statement.fetch(9, 10_000).rows == ((1,),)
        session.close()
    assert len(made) <= 1


def test_full_requests_are_not_even_made_into_log_records() -> None:
    """The connector's own logger of requests and answers, rows included, is off."""
    vendor.import_all()
    assert not logging.getLogger("databricks.sql.unsafe").isEnabledFor(logging.DEBUG)
