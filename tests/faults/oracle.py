"""The judge: a chat platform, a model and a warehouse that write down what they were asked to do and what they showed.

It stands outside the bot, so that what the bot believes of itself plays no part in the figures.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SILENCE = 10.0  # seconds without any sign to the asker


@dataclass
class Asked:
    """One question as the platform knows it."""

    turn: str
    thread: str
    user: str
    at: float
    acknowledged: float = 0.0
    ack_seconds: list[float] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)
    finals: dict[str, list[str]] = field(default_factory=dict)  # message -> texts it showed as final, in order
    final_at: float = 0.0
    place: int = 0  # its place among the finals of its thread
    gone: bool = False  # taken back by its author


@dataclass
class Misbehaviour:
    """What the outside does wrong now. Shares are between 0 and 1; seconds."""

    refuse: float = 0.0  # 429 on the chat platform
    retry_after: float = 1.0
    fail_after: float = 0.0  # carried out, then 500
    cut_after: float = 0.0  # carried out, then the line is cut
    model: str = ""  # 429, 500, hang, garbage
    warehouse: str = ""  # cold, failed, cancelled, 429
    statement: float = 0.02  # how long one runs


@dataclass
class Oracle:
    """Everything that happened outside the bot."""

    asked: dict[str, Asked] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)  # message -> turn
    statements: dict[str, tuple[str, float]] = field(default_factory=dict)  # id -> (turn, when it ends by itself)
    submitted: int = 0
    now: Misbehaviour = field(default_factory=Misbehaviour)
    answered_in: dict[str, int] = field(default_factory=dict)
    url: str = ""

    async def start(self) -> web.AppRunner:
        """Serves on a free port."""
        app = web.Application()
        for path, handler in (
            ("/post", self.post), ("/find", self.find), ("/edit", self.edit), ("/model", self.model),
            ("/submit", self.submit), ("/poll", self.poll), ("/cancel", self.cancel),
        ):  # fmt: skip
            app.router.add_post(path, handler)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    # ── the chat platform ─────────────────────────────────────────────────────────────────────────────────────────

    async def post(self, request: web.Request) -> web.StreamResponse:
        """A new message; its id."""
        self._refuse()
        told = await request.json()
        message = f"m{len(self.messages)}"
        self.messages[message] = told["turn"]
        self._sign(told["turn"])
        return self._after(request, {"id": message})

    async def find(self, request: web.Request) -> web.StreamResponse:
        """The message of a turn, if there is one."""
        told = await request.json()
        found = next((message for message, turn in self.messages.items() if turn == told["turn"]), "")
        return web.json_response({"id": found})

    async def edit(self, request: web.Request) -> web.StreamResponse:
        """A message is replaced."""
        self._refuse()
        told = await request.json()
        asked = self.asked[told["turn"]]
        self._sign(told["turn"])
        if told["final"]:
            self._final(asked, told["id"] or f"new{len(self.messages)}", told["text"])
        elif asked.final_at:
            asked.finals.setdefault(told["id"], []).append("progress over a reply")
        return self._after(request, {})

    def _final(self, asked: Asked, message: str, text: str) -> None:
        asked.finals.setdefault(message, []).append(text)
        if not asked.final_at:
            asked.final_at = time.monotonic()
            self.answered_in[asked.thread] = self.answered_in.get(asked.thread, 0) + 1
            asked.place = self.answered_in[asked.thread]

    def _refuse(self) -> None:
        if random.random() < self.now.refuse:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(self.now.retry_after)})

    def _after(self, request: web.Request, told: dict[str, Any]) -> web.StreamResponse:
        if random.random() < self.now.fail_after:
            raise web.HTTPInternalServerError
        if random.random() < self.now.cut_after and request.transport:
            request.transport.abort()
        return web.json_response(told)

    def _sign(self, turn: str) -> None:
        self.asked[turn].signs.append(time.monotonic())

    # ── the model and the warehouse ───────────────────────────────────────────────────────────────────────────────

    async def model(self, request: web.Request) -> web.StreamResponse:
        """SQL for a question."""
        match self.now.model:
            case "429":
                raise web.HTTPTooManyRequests(headers={"Retry-After": "1"})
            case "500":
                raise web.HTTPInternalServerError
            case "hang":
                await asyncio.sleep(3600)
            case "garbage":
                return web.Response(text="{" + "x" * 200_000)
        return web.json_response({"sql": "SELECT 1"})

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """A statement begins."""
        if self.now.warehouse == "429":
            raise web.HTTPTooManyRequests(headers={"Retry-After": "1"})
        told = await request.json()
        self.submitted += 1
        statement = f"s{self.submitted}"
        ends = math.inf if self.now.warehouse == "cold" else time.monotonic() + self.now.statement
        self.statements[statement] = (told["turn"], ends)
        return web.json_response({"id": statement})

    async def poll(self, request: web.Request) -> web.StreamResponse:
        """How it stands; rows say whose they are."""
        told = await request.json()
        turn, ends = self.statements.get(told["id"], ("", 0.0))
        if self.now.warehouse in {"failed", "cancelled"}:
            self.statements.pop(told["id"], None)
            return web.json_response({"state": self.now.warehouse})
        if time.monotonic() < ends:
            return web.json_response({"state": "running"})
        self.statements.pop(told["id"], None)
        return web.json_response({"state": "done", "rows": self.asked[turn].user if turn else told["user"]})

    def running(self) -> list[str]:
        """Statements that nobody has fetched or cancelled and that go on."""
        return [statement for statement, (_, ends) in self.statements.items() if ends > time.monotonic()]

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """It ends."""
        self.statements.pop((await request.json())["id"], None)
        return web.json_response({})


@dataclass(frozen=True)
class Verdict:
    """The figures of one experiment."""

    questions: int
    acknowledged: int
    lost: int
    doubled: int
    silent: int
    queued: int
    orphaned: int
    leaked: int
    disordered: int
    untold: int
    apologies: int
    extra_placeholders: int
    ack_p50: float
    ack_p99: float
    sign_p99: float
    final_p50: float
    final_p99: float

    @property
    def good(self) -> bool:
        """Nothing that must not be."""
        return not (self.lost or self.doubled or self.orphaned or self.leaked or self.disordered or self.untold)


def judge(oracle: Oracle, *, outage: tuple[float, float] | None = None) -> Verdict:
    """Counts. Silence during an outage of the chat platform itself is the platform's."""
    asked = [one for one in oracle.asked.values() if one.acknowledged and not one.gone]
    finals = [[text for texts in one.finals.values() for text in texts] for one in asked]
    acks = [seconds for one in oracle.asked.values() for seconds in one.ack_seconds]
    answered = [one for one in asked if one.final_at]
    return Verdict(
        questions=len(oracle.asked),
        acknowledged=len(asked),
        lost=len(asked) - len(answered),
        doubled=sum(doubled(one) for one in asked),
        silent=sum(_silent(one, _ahead(one, asked), outage) for one in asked),
        queued=sum(_silent(one, [], outage) and not _silent(one, _ahead(one, asked), outage) for one in asked),
        orphaned=len(oracle.running()),
        leaked=sum(_leaks(one) for one in asked),
        disordered=len(disordered(answered)),
        untold=sum(any(text == "sorry:" for text in texts) for texts in finals),
        apologies=sum(any(text.startswith("sorry:") for text in texts) for texts in finals),
        extra_placeholders=len(oracle.messages) - len(set(oracle.messages.values())),
        ack_p50=at(acks, 0.5),
        ack_p99=at(acks, 0.99),
        sign_p99=at([one.signs[0] - one.acknowledged for one in asked if one.signs], 0.99),
        final_p50=at([one.final_at - one.acknowledged for one in answered], 0.5),
        final_p99=at([one.final_at - one.acknowledged for one in answered], 0.99),
    )


def doubled(one: Asked) -> bool:
    """More than one message carries a reply, or one message carried different ones."""
    return len(one.finals) > 1 or any(len(set(texts)) > 1 for texts in one.finals.values())


def at(values: list[float], share: float) -> float:
    """A percentile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _ahead(one: Asked, asked: list[Asked]) -> list[Asked]:
    return [other for other in asked if other.thread == one.thread and other.at < one.at]


def _silent(one: Asked, ahead: list[Asked], outage: tuple[float, float] | None) -> bool:
    """Has nothing moved for too long? Turns of a thread run in order: while one `ahead` shows signs, it queues."""
    seen = [*one.signs[:1], *(sign for other in ahead for sign in other.signs if sign >= one.acknowledged)]
    first = min(seen, default=time.monotonic())
    if outage and one.acknowledged < outage[1] and first > outage[0]:
        return False
    return first - one.acknowledged > SILENCE


def _leaks(one: Asked) -> bool:
    texts = [text for texts in one.finals.values() for text in texts]
    return any("rows of" in text and f"rows of {one.user};" not in text for text in texts)


def disordered(asked: Iterable[Asked]) -> list[Asked]:
    """Answers that do not count on: each says how many questions its conversation remembers, failed ones left out.

    A turn run beside another, in another order, remembered twice or forgotten breaks the row 1, 2, 3 …
    """
    threads: dict[str, list[tuple[Asked, int]]] = {}
    for one in sorted((one for one in asked if one.final_at), key=lambda one: one.place):
        text = next(iter(one.finals.values()))[-1]
        if "question " in text:
            threads.setdefault(one.thread, []).append((one, int(text.split("question ")[1].split(" ")[0])))
    return [one for row in threads.values() for place, (one, number) in enumerate(row, 1) if number != place]
