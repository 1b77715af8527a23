"""What the local Unity Catalog tells of a table's rows and freshness, seen through the real SDK."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sandbox_clients import sdk

from sandbox.databricks.workspace import Workspace
from sandbox.launch import LaunchedSandbox, in_process
from sandbox.mesh_files import load

GREEN = "energy.renewables.green_energy_consumption"


@pytest.fixture(scope="module")
def place():
    workspace = Workspace(load(Path(__file__).parent.parent / "sandbox" / "marketplace"))
    with in_process(workspace) as found:
        yield found


def test_rows_and_last_commit_are_told_as_delta_tells_them(place: LaunchedSandbox) -> None:
    """The count is the table's own; the last commit follows the last month in it and is never in the future."""
    properties = sdk(place, "sandbox-analyst").tables.get(GREEN).properties or {}
    assert int(properties["spark.sql.statistics.numRows"]) > 1000
    committed = datetime.fromtimestamp(int(properties["delta.lastCommitTimestamp"]) / 1000, UTC)
    assert datetime(2026, 11, 1, tzinfo=UTC) <= committed <= datetime.now(UTC)
