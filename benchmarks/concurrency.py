"""How long a hundred people wait who ask at the same time, with Genie taking three seconds and no rate limit.

    python -m benchmarks.concurrency [--askers 100] [--genie 3.0] [--rounds 3] [--each 5]

Two ways of asking are timed. In a burst all ask in the same instant, so that all work of one kind falls together; the
first burst also opens everybody's session. In the steady state each asks on as soon as the answer is there, without a
moment's thought; they begin one after the other over Genie's time, which is how people come.

The whole way of a question is timed: the agents' graph, the marketplace's search, the catalogue, Genie, the guard, the
warehouse, each asker with a token and a SQL session of their own. The local Databricks runs as a process of its own on
the same machine, so that its work counts against ours.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.genie import Genie
from adapters.databricks.identity import TokenPerUser
from adapters.databricks.warehouse import SqlWarehouse
from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from agents import graph
from agents.domain import Answer, Ask, Conversation, Figures, Turn, User
from agents.reach import Spans
from agents.state import Context
from bot import garbage_collection
from sandbox.launch import LaunchedSandbox, launched

STATUSES = 6  # that Genie goes through before COMPLETED
YEARS = range(2019, 2026)
COUNTRIES = ("France", "Allemagne", "Espagne", "Italie")


@dataclass(slots=True)
class Asking:
    """The product without its chat platforms and its queue: a question in, seconds out."""

    thinking: graph.Graph
    market: SearchedMarketplace
    catalog: UnityCatalog
    warehouse: SqlWarehouse
    genie: Genie
    spans: Spans = field(default_factory=Spans)  # as bot/wiring.py: what is remembered from one turn to the next
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def ask(self, user: User) -> float:
        """Seconds until the figures were there, for the next question of a conversation of its own."""
        number = next(self._numbers)
        words = (
            f"Quelle est la consommation totale en énergie verte en {COUNTRIES[number % 4]} en {YEARS[number % 7]} ?"
        )
        conversation = Conversation("slack", "T1", "C1", f"{time.time()}-{number}")
        turn = Turn(f"turn-{time.time()}-{number}", conversation, user, Ask(words), datetime.now(UTC))
        begun = time.perf_counter()
        context = Context(turn, self.market, self.catalog, self.warehouse, self.genie, spans=self.spans)
        found = await self.thinking.ainvoke(
            graph.opening(turn), {"configurable": {"thread_id": conversation.key}}, context=context
        )
        assert isinstance(found["reply"], Answer), found["reply"]
        assert isinstance(found["reply"].body, Figures), found["reply"]
        return time.perf_counter() - begun

    async def burst(self, users: list[User]) -> list[float]:
        """All at once."""
        return await asyncio.gather(*map(self.ask, users))

    async def steady(self, users: list[User], each: int, ramp: float) -> list[float]:
        """Each asks `each` questions, one after the other; the first ones come evenly over `ramp` seconds."""

        async def on_and_on(number: int, user: User) -> list[float]:
            await asyncio.sleep(ramp * number / len(users))
            return [await self.ask(user) for _ in range(each)]

        return list(itertools.chain(*await asyncio.gather(*(on_and_on(n, user) for n, user in enumerate(users)))))


def main() -> None:
    """Prints one line a burst and one for the steady state."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--askers", type=int, default=100)
    arguments.add_argument("--genie", type=float, default=3.0, help="seconds until Genie's answer is COMPLETED")
    arguments.add_argument("--rounds", type=int, default=3, help="bursts")
    arguments.add_argument("--each", type=int, default=5, help="questions of each asker in the steady state")
    wanted = arguments.parse_args()
    with launched() as place:
        _admin(place, "PATCH", "/sandbox/knobs", {"genie_step": wanted.genie / STATUSES})
        users = dict(_user(place, number) for number in range(wanted.askers))
        asyncio.run(_measured(place, users, wanted))


def _user(place: LaunchedSandbox, number: int) -> tuple[User, str]:
    made = _admin(place, "POST", "/sandbox/users", {"name": f"asker{number}"})
    return User("slack", "T1", f"asker{number}", locale="fr"), str(made["token"])


def _admin(place: LaunchedSandbox, method: str, path: str, document: object) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        place.host + path,
        json.dumps(document).encode(),
        {"Authorization": "Bearer sandbox-admin", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return dict(json.load(answer))


async def _measured(place: LaunchedSandbox, users: dict[User, str], wanted: argparse.Namespace) -> None:
    tokens = TokenPerUser({user.key: token for user, token in users.items()})
    workspace = Workspace(DatabricksOptions(place.host, place.warehouse_id), tokens, threads=64)
    warehouse = SqlWarehouse(workspace)
    market = SearchedMarketplace(FilesBackend(place.marketplace), "")
    await asyncio.gather(workspace.warm(), market.sync())
    catalog, genie = UnityCatalog(workspace, warehouse=warehouse), Genie(workspace)
    garbage_collection.freeze_and_tune()  # as bot/wiring.py does
    asking = Asking(graph.build(), market, catalog, warehouse, genie)
    for number in range(wanted.rounds):
        await _told(f"burst {number + 1}", place, asking.burst(list(users)))
    if wanted.each:
        await _told("steady ", place, asking.steady(list(users), wanted.each, wanted.genie))
    await warehouse.close()
    workspace.close()


async def _told(name: str, place: LaunchedSandbox, work: Any) -> None:
    begun, ours, theirs = time.perf_counter(), time.process_time(), _spent(place.process)
    times = sorted(await work)
    seconds, count = time.perf_counter() - begun, len(times)
    ours, theirs = time.process_time() - ours, _spent(place.process) - theirs
    print(
        f"{name}: {count} questions, {count / seconds:.0f} a second, median {statistics.median(times):.2f} s, "
        f"p99 {times[int(count * 0.99) - 1]:.2f} s, slowest {times[-1]:.2f} s; CPU a question: "
        f"{ours / count * 1e3:.1f} ms ours, {theirs / count * 1e3:.1f} ms the local Databricks'",
        flush=True,
    )


def _spent(process: int) -> float:
    """CPU seconds of another process so far, where Linux tells."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
