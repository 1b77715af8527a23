"""Whether others read the same in a table, asked of the local Databricks with each person's own token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.databricks.identity import StaticToken, TokenPerUser
from adapters.databricks.rights import ReadingRights
from agents.domain import TableRef, User
from agents.errors import Unavailable
from sandbox.databricks.knobs import Fault
from tests.databricks_peer import ADMIN, ANALYST, STRANGER, Peer, databricks

SALES, CUSTOMERS, SALARIES = (
    TableRef(*name.split(".")) for name in ("energy.usage.sales", "energy.usage.customers", "people.hr.salaries")
)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


async def test_who_may_read_the_table_reads_the_same(peer: Peer) -> None:
    """Of all tables asked for; who may only know that one exists, or has linked no identity, is not known to."""
    rights = ReadingRights(peer.workspace)
    assert not rights.shared
    peer.platform.grants.let_read("analyst@example.org", str(SALARIES))
    assert await rights.alike(ANALYST, [SALARIES])
    assert not await rights.alike(STRANGER, [SALARIES])
    assert not await rights.alike(ANALYST, [SALARIES, TableRef("people", "hr", "nowhere")])
    assert not await rights.alike(User("slack", "T", "nobody"), [SALARIES])


async def test_knowing_that_a_table_exists_is_no_right_to_read_it(peer: Peer) -> None:
    """BROWSE shows columns and no rows."""
    assert not await ReadingRights(peer.workspace).alike(ANALYST, [SALARIES])


@pytest.mark.parametrize("table", [SALES, CUSTOMERS])
async def test_a_filtered_or_masked_table_is_another_for_each_reader(peer: Peer, table: TableRef) -> None:
    """Even for who may read it: which rows and values they would get is not known."""
    assert not await ReadingRights(peer.workspace).alike(ADMIN, [table])


async def test_what_was_said_is_remembered_for_the_identity_that_asked(peer: Peer) -> None:
    """A second look asks nobody; with another account the workspace is asked again."""
    held = {ANALYST.key: "sandbox-analyst"}
    workspace = peer.as_others(TokenPerUser(held))
    rights = ReadingRights(workspace)
    peer.platform.grants.let_read("analyst@example.org", str(SALARIES))
    assert await rights.alike(ANALYST, [SALARIES])
    peer.platform.knobs.faults.append(Fault("/api/2.1/", 500, times=-1))
    assert await rights.alike(ANALYST, [SALARIES])
    peer.platform.knobs.faults.clear()
    held[ANALYST.key] = "sandbox-contractor"
    assert not await rights.alike(ANALYST, [SALARIES])
    workspace.close()


async def test_a_catalogue_that_is_down_is_no_answer(peer: Peer) -> None:
    """It is said to be down, and not remembered."""
    rights = ReadingRights(peer.workspace)
    peer.platform.grants.let_read("analyst@example.org", str(SALARIES))
    peer.platform.knobs.faults.append(Fault("/api/2.1/", 503, times=-1, seconds=30))
    with pytest.raises(Unavailable):
        await rights.alike(ANALYST, [SALARIES])
    peer.platform.knobs.faults.clear()
    assert await rights.alike(ANALYST, [SALARIES])


async def test_one_token_for_all_is_shared(peer: Peer) -> None:
    """Then everybody's rights are the same."""
    workspace = peer.as_others(StaticToken("sandbox-analyst"))
    assert ReadingRights(workspace).shared
    workspace.close()
