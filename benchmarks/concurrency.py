"""How long a hundred people wait who ask at once, with Genie taking three seconds and no rate limit.

    python -m benchmarks.concurrency [--askers 100] [--genie 3.0] [--rounds 2] [--within 0]

With `--within 3` the questions come evenly over three seconds, and all are under way together before the first answer.

The whole way of a question is timed: the agents' graph, the marketplace's search, the catalogue, Genie, the guard, the
warehouse, each asker with a token and a SQL session of their own. The local Databricks runs as a process of its own on
the same machine, so that its work counts against ours. The first round opens everybody's session; later ones do not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import DatabricksPlace, Workspace
from adapters.databricks.genie import Genie
from adapters.databricks.identity import TokenPerUser
from adapters.databricks.warehouse import SqlWarehouse
from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from agents import graph
from agents.domain import Answer, Ask, Conversation, Figures, Turn, User
from agents.state import Context
from sandbox.launch import Place, launched

STATUSES = 6  # that Genie goes through before COMPLETED
YEARS = range(2019, 2026)
COUNTRIES = ("France", "Allemagne", "Espagne", "Italie")


def main() -> None:
    """Prints one line a round."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--askers", type=int, default=100)
    arguments.add_argument("--genie", type=float, default=3.0, help="seconds until Genie's answer is COMPLETED")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--within", type=float, default=0.0, help="seconds over which the questions arrive")
    wanted = arguments.parse_args()
    with launched() as place:
        _admin(place, "PATCH", "/sandbox/knobs", {"genie_step": wanted.genie / STATUSES})
        users = [_user(place, number) for number in range(wanted.askers)]
        asyncio.run(_rounds(place, users, wanted.rounds, wanted.within))
    children = os.times()
    print(f"the local Databricks: {children.children_user + children.children_system:.1f} s of CPU, its start included")


def _user(place: Place, number: int) -> tuple[User, str]:
    made = _admin(place, "POST", "/sandbox/users", {"name": f"asker{number}"})
    return User("slack", "T1", f"asker{number}", locale="fr"), str(made["token"])


def _admin(place: Place, method: str, path: str, document: object) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        place.host + path,
        json.dumps(document).encode(),
        {"Authorization": "Bearer sandbox-admin", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return dict(json.load(answer))


async def _rounds(place: Place, users: list[tuple[User, str]], rounds: int, within: float) -> None:
    tokens = TokenPerUser({user.key: token for user, token in users})
    workspace = Workspace(DatabricksPlace(place.host, place.warehouse_id), tokens, threads=64)
    warehouse = SqlWarehouse(workspace)
    market = SearchedMarketplace(FilesBackend(place.marketplace), "")
    await asyncio.gather(workspace.warm(), market.sync())
    thinking = graph.build()
    catalog, genie = UnityCatalog(workspace, warehouse=warehouse), Genie(workspace)

    async def ask(user: User, number: int) -> float:
        await asyncio.sleep(within * number / len(users))
        words = (
            f"Quelle est la consommation totale en énergie verte en {COUNTRIES[number % 4]} en {YEARS[number % 7]} ?"
        )
        conversation = Conversation("slack", "T1", "C1", f"{time.time()}-{number}")
        turn = Turn(f"turn-{time.time()}-{number}", conversation, user, Ask(words), datetime.now(UTC))
        begun = time.perf_counter()
        context = Context(turn, market, catalog, warehouse, genie)
        config = {"configurable": {"thread_id": conversation.key}}
        found = await thinking.ainvoke(graph.opening(turn), config, context=context)
        assert isinstance(found["reply"], Answer), found["reply"]
        assert isinstance(found["reply"].body, Figures), found["reply"]
        return time.perf_counter() - begun

    for number in range(rounds):
        begun = os.times()
        times = sorted(await asyncio.gather(*(ask(user, n) for n, (user, _) in enumerate(users))))
        ended = os.times()
        busy = ended.user + ended.system - begun.user - begun.system
        print(
            f"round {number + 1}: {len(times)} askers, median {statistics.median(times):.2f} s, "
            f"p99 {times[int(len(times) * 0.99) - 1]:.2f} s, slowest {times[-1]:.2f} s, own CPU {busy:.1f} s"
        )
    await warehouse.close()
    workspace.close()


if __name__ == "__main__":
    main()
