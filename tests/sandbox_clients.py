"""The unmodified Databricks clients, pointed at a sandbox: what tests of the wire protocol talk through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from databricks import sql
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from sandbox.launch import LaunchedSandbox


def sdk(place: LaunchedSandbox, token: str = "") -> WorkspaceClient:
    """databricks-sdk as the owner of this token; gives up after seconds instead of minutes."""
    config = Config(
        host=place.host,
        token=token or place.token,
        auth_type="pat",
        config_file="/nowhere",
        retry_timeout_seconds=2,
        http_timeout_seconds=30,
    )
    return WorkspaceClient(config=config)


@contextmanager
def connected(place: LaunchedSandbox, token: str = "", **options: Any) -> Iterator[Any]:
    """databricks-sql-connector in its default Thrift mode."""
    connection = sql.connect(
        server_hostname="127.0.0.1",
        http_path=place.http_path,
        access_token=token or place.token,
        _connection_uri=place.connection_uri,
        enable_telemetry=False,
        _disable_pandas=True,
        _retry_delay_max=5,
        _retry_stop_after_attempts_count=2,
        **options,
    )
    try:
        yield connection
    finally:
        connection.close()
