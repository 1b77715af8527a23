"""One turn in, one reply out. Without this module nothing would hold that each accepted question is answered once.

Claimed, placeholder, graph, final reply, done: any replica may die in between and another one goes on. Whatever
is raised on the way ends here as an Apology.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from adapters.replying.receiving import language_of_turn, refusal
from agents.domain import Language, Reply, ReplyTo, Turn, User
from agents.errors import BadQuery, Unavailable
from agents.ports import Claim, Memory, Platform, Receipt, Turns
from agents.state import Context
from bot import audit_entries, logs
from bot.attempt import Attempt, Delivery, TakenOver
from bot.cancellation import cancel
from bot.metrics import Metrics
from bot.retrying import with_retries
from bot.traces import Traces
from bot.turn_dependencies import Connect, Graph, TurnDependencies

log = logging.getLogger(__name__)

DEPTH_SECONDS = 5.0  # between two looks at how many turns wait


def _now() -> datetime:
    return datetime.now(UTC)


class Conversations:
    """Implements ports.Inbox and runs the turns of this replica.

    `seconds`: how long the graph may take for one; `language`: of those of whom the platform tells neither.
    """

    def __init__(
        self,
        turns: Turns,
        platforms: Mapping[str, Platform],
        graph: Graph,
        context_for: Callable[[Turn], Context],
        memory: Memory,
        *,
        metrics: Metrics | None = None,
        traces: Traces | None = None,
        seconds: float = 180.0,
        clock: Callable[[], datetime] = _now,
        connect: Connect | None = None,
        language: Language | Literal[""] = "",
    ) -> None:
        self.metrics = metrics or Metrics()
        self._turns, self._platforms, self._clock, self._language = turns, platforms, clock, language
        self._dependencies = TurnDependencies(
            graph, memory, context_for, self.metrics, traces or Traces(), seconds, connect
        )
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._claiming: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._awaited: dict[str, asyncio.Future[Reply]] = {}

    # ── the inbox ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stores the turn durably, once. Raises Unavailable within 1.2 s: answer 503, so that it comes again."""
        receipt = await self._turns.put(self._of_a_language(turn), to)
        self.metrics.received.labels(to.platform, receipt.outcome).inc()
        return receipt

    def _of_a_language(self, turn: Turn) -> Turn:
        if not self._language or turn.user.locale[:2].lower() in ("fr", "en"):
            return turn
        return replace(turn, user=replace(turn.user, locale=self._language))

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Ends what this user asked there. False when nothing of theirs ran or waited. Raises Unavailable."""
        return await self._turns.stop(turn_or_conversation, user)

    async def answer(self, turn: Turn, platform: Platform) -> Reply:
        """Accepts the turn and waits for its reply, which this very process must give: for a terminal.

        Raises Unavailable when the turn cannot be stored, BadQuery when it has had its reply, which is not kept.
        """
        if awaited := self._awaited.get(turn.id):
            return await asyncio.shield(awaited)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._awaited[turn.id] = reply
        try:
            receipt = await self.accept(turn, ReplyTo(platform.name))
            if receipt.ended:
                raise BadQuery("this turn has had its reply")
            if receipt.outcome in ("busy", "too_fast"):
                apology = refusal(receipt, language_of_turn(turn))
                await platform.finish(ReplyTo(platform.name), "", apology, turn)
                return apology
            return await reply
        finally:
            del self._awaited[turn.id]

    # ── the worker ────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begins to run turns, beside whatever else this process does."""
        if self._claiming is None:
            self._claiming = asyncio.create_task(self._claim())
            self._measuring = asyncio.create_task(self._measure())

    @property
    def alive(self) -> bool:
        """Does this replica claim turns?"""
        return self._claiming is not None and not self._claiming.done()

    async def close(self, grace: float = 25.0) -> None:
        """Claims no more; what does not end within `grace` seconds is handed to another replica."""
        if self._claiming is not None and self._measuring is not None:
            await cancel(self._claiming, self._measuring, every=0.2)
        await cancel(*(task for task, claim in self._running.items() if claim.place), seconds=6.0)  # these only wait
        if self._running:
            await asyncio.wait(list(self._running), timeout=grace)
        await cancel(*self._running, seconds=6.0)
        try:
            await self._turns.close()
        except Unavailable:
            log.warning("the store is down: what is left here is taken over when its lease ends")

    async def _claim(self) -> None:
        async for claim in self._turns.claims():
            task = asyncio.create_task(self._serve(claim))
            self._running[task] = claim
            task.add_done_callback(self._running.pop)

    async def _measure(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                self.metrics.depth.set(await self._turns.depth())
            await asyncio.sleep(DEPTH_SECONDS)

    async def _serve(self, claim: Claim) -> None:
        logs.belongs_to(claim.turn)
        self._begun(claim)
        try:
            with self.metrics.running.track_inprogress(), self._dependencies.traces.turn(claim):
                await self._run(claim)
        except asyncio.CancelledError:
            await self._hand_over(claim)
            raise
        except TakenOver:
            log.warning("another replica has this turn: nothing more is shown here")
        except Exception:
            log.exception("the turn could not be ended: it is begun again when its lease has run out")
            claim.let_go()

    async def _run(self, claim: Claim) -> None:
        platform = self._platforms[claim.to.platform]
        attempt, began = Attempt(self._dependencies, claim, platform), asyncio.get_running_loop().time()
        reply = await self._reply(attempt)
        reply, delivery = await self._deliver(attempt, reply)
        seconds = asyncio.get_running_loop().time() - began
        outcome = audit_entries.outcome_of(reply) if delivery == "sent" else delivery
        entry = audit_entries.entry(claim, reply, at=self._clock(), seconds=seconds, outcome=outcome)
        dead = outcome if outcome in {"too_many_attempts", "undelivered"} else ""
        if await with_retries(lambda: claim.done(entry, dead=dead)):
            self._ended(claim, reply, outcome, seconds)
            with contextlib.suppress(Unavailable):  # the next turn's checkpoint drops the same
                await self._dependencies.memory.settle(claim.turn.conversation.key, claim.turn.id)

    async def _reply(self, attempt: Attempt) -> Reply:
        """Whatever an agent or an adapter raises, the asker hears about it."""
        try:
            await attempt.place()
            return await attempt.reply()
        except TakenOver:
            raise
        except Exception:
            log.exception("the turn failed (reference %s)", attempt.reference)
            return attempt.sorry("failed")

    async def _deliver(self, attempt: Attempt, reply: Reply) -> tuple[Reply, Delivery]:
        """The reply, or an apology where the reply itself cannot be shown."""
        for shown in (reply, attempt.sorry("failed")):
            try:
                return shown, await attempt.finish(shown)
            except TakenOver:
                raise
            except Unavailable:
                log.error("%s does not take the reply (reference %s)", attempt.platform.name, attempt.reference)  # noqa: TRY400  known
                return shown, "undelivered"
            except Exception:
                log.exception("a %s could not be shown (reference %s)", type(shown).__name__, attempt.reference)
        return reply, "undelivered"

    async def _hand_over(self, claim: Claim) -> None:
        try:
            await claim.give_back()
        except Unavailable:
            log.warning("turn not handed over: it is taken over when its lease ends")

    def _begun(self, claim: Claim) -> None:
        self.metrics.waited.observe(max(0.0, (self._clock() - claim.turn.at).total_seconds()))
        if claim.attempt > 1:
            self.metrics.again.labels("crash" if claim.crashes else "handed over").inc()
            log.warning("attempt %s, %s crashed before", claim.attempt, claim.crashes)

    def _ended(self, claim: Claim, reply: Reply, outcome: str, seconds: float) -> None:
        self.metrics.turns.labels(claim.to.platform, outcome).inc()
        self.metrics.seconds.observe(seconds)
        self._dependencies.traces.ended(outcome)
        log.info("turn ended: %s after %.2f s", outcome, seconds)
        awaited = self._awaited.get(claim.turn.id)
        if awaited and not awaited.done():
            awaited.set_result(reply)
