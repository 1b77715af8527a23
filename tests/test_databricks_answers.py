"""From a question to its answer through the real clients: what is told on the way, what is cut."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.redis.client import Clients
from agents.domain import Clarification, User
from sandbox import mesh_files
from sandbox.databricks.workspace import Workspace as Platform
from sandbox.launch import LaunchedSandbox, in_process
from tests.brisk import brisk
from tests.findata_peer import ENERGY, ROOT, figures, findata, words
from tests.redis_peer import clients, valkey

__all__ = ["brisk", "clients", "valkey"]  # fixtures

ANALYST = User("fake", "acme", "analyst", "Ana", "fr-FR")


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """The sample mesh's workspace, to be turned and looked into."""
    made = Platform(mesh_files.load(ROOT / "sandbox" / "marketplace"))
    made.knobs.genie_step = 0.01
    with in_process(made):
        yield made


@pytest.fixture
def place(platform: Platform) -> LaunchedSandbox:
    warehouse = platform.warehouses.main.id
    path = f"/sql/1.0/warehouses/{warehouse}"
    return LaunchedSandbox(
        platform.url, "sandbox-analyst", warehouse, path, ROOT / "sandbox" / "marketplace", platform.url
    )


@pytest.fixture(autouse=True)
def untroubled(platform: Platform, clients: Clients) -> Iterator[None]:
    """Every test begins with an empty store and leaves the workspace as it was."""
    yield
    platform.knobs.faults.clear()
    platform.knobs.cold_start, platform.knobs.genie_step = 0.0, 0.01


def acting_as(name: str = "analyst") -> dict[str, Any]:
    """Settings that act with this person's token for everybody."""
    return {"identity": "token", "token": f"sandbox-{name}"}


# ── on the way ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_queries_are_found_by_their_conversation(platform: Platform, place: LaunchedSandbox, valkey: str) -> None:
    """The query history has the turn, the conversation and the asker on every statement of an answer."""
    async with findata(place, valkey, databricks=acting_as()) as bot:
        sql = figures(await bot.ask(ENERGY, "tagged", ANALYST)).result.sql
    tags = [dict(one.tags) for one in platform.statements.history() if one.sql == sql]
    assert {"app": "findata", "turn": "tagged", "conversation": "fake/acme/C/t", "user": ANALYST.key} in tags


async def test_a_sleeping_warehouse_is_told_and_awaited(
    platform: Platform, place: LaunchedSandbox, valkey: str
) -> None:
    """A cold start, longer than Genie may think, is a line of progress and then the answer."""
    platform.knobs.cold_start = 2.5
    async with findata(place, valkey, databricks=acting_as() | {"genie_seconds": 1.5}) as bot:
        reply = await bot.ask(ENERGY, "q1", ANALYST)
        assert figures(reply).result.rows
        assert "warehouse_starting" in [one.step for one in bot.shown.told], bot.shown.told


async def test_a_cold_start_may_take_longer_than_a_question(
    platform: Platform, place: LaunchedSandbox, valkey: str
) -> None:
    """Neither Genie's time nor the turn's is used up by a warehouse that takes its minutes to start."""
    platform.knobs.cold_start = 5.0
    short = {"turn_seconds": 3.0}
    async with findata(place, valkey, databricks=acting_as() | {"genie_seconds": 1.5}, server=short) as bot:
        assert figures(await bot.ask(ENERGY, "q1", ANALYST)).result.rows


async def test_the_first_rows_are_said_to_be_the_first(place: LaunchedSandbox, valkey: str) -> None:
    """Where a cap cuts rows off, it is known how many of how many are shown."""
    async with findata(place, valkey, databricks=acting_as(), server={"rows": 5}) as bot:
        reply = await bot.ask("Consommation d'énergie verte par mois et par pays en 2025", "q1", ANALYST)
        result = figures(reply).result
        assert (len(result.rows), result.truncated) == (5, True)
        assert result.total is not None
        assert result.total > 5
        assert "Les 5 premières lignes sur" in words(reply)


async def test_two_spaces_are_asked_at_the_same_time(platform: Platform, place: LaunchedSandbox, valkey: str) -> None:
    """Where two products fit alike, both Genies are at work before either has answered."""
    platform.knobs.genie_step = 0.2
    async with findata(place, valkey, databricks=acting_as()) as bot:
        began = time.time()
        asked = await bot.ask("consommation totale en 2024", "q1", ANALYST)
    assert isinstance(asked, Clarification)  # both can answer: the asker says which one is meant
    of_genie = [one for one in platform.statements.history() if "genie_space" in dict(one.tags)]
    drafted = {dict(one.tags)["genie_space"]: one.started for one in of_genie if one.started > began}
    assert len(drafted) == 2
    assert max(drafted.values()) - min(drafted.values()) < 0.4  # asked one after the other it were a second
