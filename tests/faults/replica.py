"""One replica of the bot as a process of its own: the real conversations, queue and memory; the outside is the oracle.

Run by the stage with one JSON argument. It can be told to die at a boundary, as a power cut would.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import random
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from adapters.redis.client import Clients, connect
from adapters.redis.keys import Bounds
from adapters.redis.memory import RedisMemory
from adapters.redis.statements import RedisStatements
from adapters.redis.turns import RedisTurns
from agents.domain import Answer, Apology, Ask, Conversation, Language, Progress, Reply, ReplyTo, SmallTalk, Turn, User
from agents.errors import BadQuery, NotFound, Unavailable
from agents.state import Context, State
from bot import logs
from bot.conversations import Conversations


@dataclass(frozen=True)
class Part:
    """What this replica is told: where everything is, and where to die."""

    redis: str
    oracle: str
    port: int
    lease: float = 2.0
    seconds: float = 8.0
    replicas: int = 0
    skew: float = 0.0
    waiting: int = 5000
    workers: int = 32
    die_at: str = ""
    die_share: float = 0.2


class Reaper:
    """Ends the process at one boundary, now and then, the hard way."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def pass_by(self, boundary: str) -> None:
        """Perhaps the last line that this process runs."""
        if boundary == self._part.die_at and random.random() < self._part.die_share:
            os.kill(os.getpid(), signal.SIGKILL)


class Outside:
    """The oracle over HTTP, with errors translated as an adapter does."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def call(self, verb: str, seconds: float = 5.0, **told: Any) -> dict[str, Any]:
        """What it answers. Raises Unavailable, NotFound, BadQuery."""
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(f"{self._url}/{verb}", json=told, timeout=limit) as response:
                if response.status == 404:
                    raise NotFound
                if response.status >= 400:
                    raise Unavailable(str(response.status), retry_after=float(response.headers.get("Retry-After", 0)))
                return dict(json.loads(await response.text()))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(type(error).__name__) from error
        except ValueError as error:
            raise BadQuery("not JSON") from error


class LedgerPlatform:
    """Implements ports.Platform over the oracle."""

    name = "ledger"

    def __init__(self, outside: Outside, reaper: Reaper) -> None:
        self._outside, self._reaper = outside, reaper

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Posts a message."""
        self._reaper.pass_by("claimed")
        message = (await self._outside.call("post", turn=turn.id))["id"]
        self._reaper.pass_by("placeholder posted")
        return str(message)

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """Looks for it."""
        return str((await self._outside.call("find", turn=turn.id))["id"])

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Edits it."""
        await self._outside.call("edit", id=placeholder, turn=to.address["turn"], final=False, text=progress.step)

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Edits it for the last time."""
        self._reaper.pass_by("remembered")
        await self._outside.call("edit", id=placeholder, turn=turn.id, final=True, text=told(reply))
        self._reaper.pass_by("final shown")


def told(reply: Reply) -> str:
    """A reply as the ledger keeps it."""
    if isinstance(reply, Apology):
        return f"sorry:{reply.reason}"
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, SmallTalk)
    return reply.body.text


class Agents:
    """A small graph that does what the big one does outside: asks a model, sends one statement, remembers."""

    def __init__(self, outside: Outside, statements: RedisStatements, reaper: Reaper) -> None:
        self._outside, self._statements, self._reaper = outside, statements, reaper

    def compiled(self, memory: RedisMemory) -> Any:
        """Two nodes."""
        graph = StateGraph(State, context_schema=Context)
        graph.add_node("coordinator", self.coordinator)
        graph.add_node("genie", self.genie)
        graph.add_edge(START, "coordinator")
        graph.add_edge("coordinator", "genie")
        graph.add_edge("genie", END)
        return graph.compile(checkpointer=memory)

    async def coordinator(self, state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        """Asks the model."""
        self._reaper.pass_by("placeholder stored")
        runtime.stream_writer(Progress("coordinator", "understanding"))
        turn = runtime.context.turn
        if isinstance(turn.action, Ask) and turn.action.text == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        await self._outside.call("model", seconds=3600, turn=turn.id)
        self._reaper.pass_by("SQL written")
        return {"focus": "energy-usage"}

    async def genie(self, state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        """Runs the statement and answers."""
        turn = runtime.context.turn
        runtime.stream_writer(Progress("genie", "running"))
        rows = await self._rows(turn)
        self._reaper.pass_by("rows fetched")
        asked = sum(isinstance(message, HumanMessage) for message in state["messages"])
        text = f"rows of {rows}; question {asked} of this conversation"
        return {"messages": [AIMessage(text, id=f"{turn.id}:answer")], "reply": Answer("en", SmallTalk("said", text))}

    async def _rows(self, turn: Turn) -> str:
        statement = await self._statements.recall(turn.id) or await self._sent(turn)
        try:
            await self._statements.remember(turn.id, statement)
            return await self._polled(turn, statement)
        except asyncio.CancelledError:
            with contextlib.suppress(Unavailable):
                await self._outside.call("cancel", id=statement)
            raise

    async def _sent(self, turn: Turn) -> str:
        """One submission; when the turn is cancelled meanwhile, its statement is too."""
        sending = asyncio.create_task(self._outside.call("submit", turn=turn.id))
        try:
            statement = str((await asyncio.shield(sending))["id"])
        except asyncio.CancelledError:
            with contextlib.suppress(Unavailable):
                await self._outside.call("cancel", id=(await sending)["id"])
            raise
        self._reaper.pass_by("statement sent")
        return statement

    async def _polled(self, turn: Turn, statement: str) -> str:
        while True:
            seen = await self._outside.call("poll", id=statement, user=turn.user.id)
            if seen["state"] == "done":
                return str(seen["rows"])
            if seen["state"] != "running":
                raise Unavailable(str(seen["state"]), reason="unavailable")
            await asyncio.sleep(0.05)


class Replica:
    """The HTTP door and what is behind it."""

    def __init__(self, part: Part, clients: Clients, session: aiohttp.ClientSession) -> None:
        self._part, self._reaper, outside = part, Reaper(part), Outside(part.oracle, session)
        memory = RedisMemory(clients.worker)
        agents = Agents(outside, RedisStatements(clients.worker), self._reaper)
        bounds = Bounds(
            lease=part.lease, per_minute=0, replicas=part.replicas, waiting=part.waiting, per_conversation=200
        )
        self.conversations = Conversations(
            RedisTurns(clients, bounds=bounds, concurrency=part.workers),
            {"ledger": LedgerPlatform(outside, self._reaper)},
            agents.compiled(memory),
            context_of,
            memory,
            seconds=part.seconds,
            clock=lambda: datetime.now(UTC) + timedelta(seconds=part.skew),
        )

    async def event(self, request: web.Request) -> web.Response:
        """200 once the turn is stored, 503 when it could not be, 429 when it is refused, 400 for nonsense."""
        try:
            said = await request.json()
            turn = turn_of(said)
        except (ValueError, KeyError, TypeError, RecursionError):
            return web.Response(status=400)
        try:
            receipt = await self.conversations.accept(turn, ReplyTo("ledger", {"turn": turn.id}))
        except Unavailable:
            return web.Response(status=503)
        except BadQuery:
            return web.Response(status=413)
        self._reaper.pass_by("stored")
        return web.Response(status=200 if receipt.outcome in ("accepted", "duplicate") else 429)

    async def stop(self, request: web.Request) -> web.Response:
        """Stop pressed."""
        said = await request.json()
        stopped = await self.conversations.stop(said["turn"], User("ledger", "t", said["user"]))
        return web.json_response(stopped)


def turn_of(said: dict[str, Any]) -> Turn:
    """A post."""
    thread, user = Conversation("ledger", "t", "c", said["thread"]), User("ledger", "t", said["user"])
    return Turn(said["turn"], thread, user, Ask(str(said["text"])), datetime.now(UTC))


def context_of(turn: Turn) -> Context:
    """These agents know their outside themselves."""
    nothing: Any = None
    return Context(turn=turn, marketplace=nothing, catalog=nothing, warehouse=nothing)


async def serve(part: Part) -> None:
    """Until SIGTERM."""
    clients = connect(part.redis)
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
        replica = Replica(part, clients, session)
        app = web.Application(client_max_size=512 * 1024)
        app.router.add_post("/events", replica.event)
        app.router.add_post("/stop", replica.stop)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", part.port, reuse_address=True).start()
        replica.conversations.start()
        await leave.wait()
        await runner.cleanup()
        await replica.conversations.close(grace=3.0)
    await clients.aclose()


if __name__ == "__main__":
    logs.configure("json", "WARNING")
    logging.getLogger("asyncio").setLevel("ERROR")
    asyncio.run(serve(Part(**json.loads(sys.argv[1]))))
