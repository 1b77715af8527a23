"""What askers read while the model, Genie or the warehouse is down: `docs/failures.md`, as it was seen to be.

    python -m benchmarks.failures > docs/failures.md

A whole findata runs over a local Databricks, with a model and Genie as in production. Each of the three is killed
before a question or in the middle of one, every connection to it being cut, and what the asker then reads is noted.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from adapters.redis import embedded
from adapters.wording import plain, say
from agents.domain import Reply, User
from sandbox import mesh_files
from sandbox.databricks.knobs import Fault
from sandbox.databricks.workspace import Workspace
from sandbox.launch import in_process
from tests.findata_peer import ROOT, Bot, findata

MODEL, GENIE, WAREHOUSE = "/serving-endpoints/", "/api/2.0/genie/", "/sql/1.0/"
SURE = (
    "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?",
    "What was the total green energy consumption in France in September 2025?",
)
UNSURE = ("consommation énergie verte France", "green energy consumption France")
SQL = (
    "SELECT SUM(consumption_mwh) AS total FROM energy.renewables.green_energy_consumption"
    " WHERE country = 'France' AND month = '2025-09'"
)
OPENING = """\
# What askers read when something is down

`python -m benchmarks.failures` writes this page: it kills the model, Genie and the warehouse under a running findata
and notes what comes out. A test holds that the page is true.

Nobody waits for long: without the model nothing is slower by more than its retries (2 s), and a warehouse that dies
while it runs a query is given up after six to twelve. However many ask, they are told as soon as one is: a warehouse
that could not be reached, retries included, is left alone for five seconds, and whoever asks meanwhile is told at once.
"""


@dataclass(frozen=True)
class Case:
    """One way to fail. `cut`: (path, method) of the requests whose connections are cut; `late`: once a query runs."""

    title: str
    questions: tuple[str, str]
    cut: tuple[tuple[str, str], ...]
    late: bool = False


CASES = (
    Case("Nothing is down", SURE, ()),
    Case("The model is down, and the question says clearly what it wants", SURE, ((MODEL, ""),)),
    Case("The model is down, and would have been asked what these few words want", UNSURE, ((MODEL, ""),)),
    Case("Genie is down: the model writes the SQL", SURE, ((GENIE, ""),)),
    Case("Genie dies while it thinks: the model writes the SQL", SURE, ((GENIE, "GET"),)),
    Case("Genie and the model are down", SURE, ((GENIE, ""), (MODEL, ""))),
    Case("The warehouse is down", SURE, ((WAREHOUSE, ""),)),
    Case("The warehouse dies while the query runs", SURE, ((WAREHOUSE, ""),), late=True),
    Case("All three are down", SURE, ((MODEL, ""), (GENIE, ""), (WAREHOUSE, ""))),
    Case("Everything is back", SURE, ()),
)


@dataclass(frozen=True)
class Scene:
    """A running findata and the workspace under it."""

    bot: Bot
    workspace: Workspace

    async def read(self, case: Case) -> list[str]:
        """What is read in French and in English, both asked at once."""
        cutting = asyncio.create_task(self._cut(case))
        await asyncio.sleep(0)  # what is down from the start is down before the questions
        try:
            return [said(reply) for reply in await asyncio.gather(*(self._asked(case, number) for number in (0, 1)))]
        finally:
            cutting.cancel()
            self.workspace.knobs.faults.clear()
            self.workspace.knobs.statement_delay = 0.0

    async def _asked(self, case: Case, number: int) -> Reply:
        mark = f"{CASES.index(case)}-{number}"
        user = User("fake", "acme", f"U{number}", locale=("fr-FR", "en-GB")[number])
        return await self.bot.ask(case.questions[number], mark, user, thread=mark)

    async def _cut(self, case: Case) -> None:
        if case.late:
            self.workspace.knobs.statement_delay = 1.0
            while self._running() < len(case.questions):  # noqa: ASYNC110 - the state is set by another thread
                await asyncio.sleep(0.01)
        faults = [Fault(path, "drop", times=-1, method=method) for path, method in case.cut]
        self.workspace.knobs.faults[:] = faults

    def _running(self) -> int:
        """How many statements of ours run now; Genie's own carry no turn."""
        statements = self.workspace.statements.history()
        return sum(one.state == "RUNNING" and "turn" in dict(one.tags) for one in statements)


def said(reply: Reply) -> str:
    """The first thing that is read."""
    return plain(say(reply).headline).replace("\u202f", " ").replace("\xa0", " ")


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Everything up, with a model that writes one statement."""
    workspace = Workspace(mesh_files.load(ROOT / "sandbox" / "marketplace"))
    workspace.knobs.genie_step = 0.01
    with in_process(workspace) as place, tempfile.TemporaryDirectory() as folder:
        server = embedded.ensure(Path(folder))
        try:
            await _play(place.host)
            rights = {"identity": "token", "token": place.token}
            model = {"endpoint": "databricks-claude-3-7-sonnet", "seconds": 5}
            async with findata(place, server.url, databricks=rights, model=model) as bot:
                yield Scene(bot, workspace)
        finally:
            server.stop()


async def _play(host: str) -> None:
    """The model: SQL where SQL is wanted, and no other help."""
    rules = [{"tool": "Written", "reply": {"tool_calls": [{"name": "Written", "arguments": {"sql": SQL}}]}}]
    script = {"rules": rules, "otherwise": {"content": "I cannot help with that."}}
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer sandbox-admin"}) as session,
        session.post(f"{host}/sandbox/serving/script", json=script) as answer,
    ):
        answer.raise_for_status()


async def page() -> str:
    """The whole page."""
    parts = [OPENING]
    async with scene() as running:
        for case in CASES:
            replies = await running.read(case)
            talks = (f"> {asked}\n>\n> **{read}**\n" for asked, read in zip(case.questions, replies, strict=True))
            parts += [f"## {case.title}\n", *talks]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(page()))
