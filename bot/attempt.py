"""One attempt at one turn: placeholder, graph, reply. Every step may be the last one this replica does.

What an attempt shows is an edit of one stored placeholder, and it checks that the turn is still ours before it shows
anything, so that however many attempts there are, one reply is seen.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import Mapping
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig

from agents.domain import Answer, Apology, Ask, Forget, Language, Progress, Question, Reply, SmallTalk
from agents.errors import BotError, NotConnected, NotFound, Overtaken, Unavailable
from agents.graph import opening
from agents.language import language_of
from agents.ports import Claim, Platform
from bot.apologies import apology
from bot.cancellation import cancel
from bot.confirmation import code_in
from bot.metrics import ModelCalls
from bot.progress import Progresses
from bot.retrying import with_retries
from bot.turn_dependencies import TurnDependencies

log = logging.getLogger(__name__)

MOST_CRASHES = 3
MOST_RUNS = 3  # of the graph within one attempt, when its memory was refused
NUMBERS = 100  # of the runs of one attempt: a later attempt's are higher
CANCEL_SECONDS = 5.0  # for the graph to end its statement

Delivery = Literal["sent", "gone", "undelivered"]


class TakenOver(Exception):
    """Another replica has the turn: show nothing more."""


class Attempt:
    """Runs one claim."""

    def __init__(self, dependencies: TurnDependencies, claim: Claim, platform: Platform) -> None:
        self.dependencies, self.claim, self.platform, self.turn = dependencies, claim, platform, claim.turn
        action, locale = claim.turn.action, claim.turn.user.locale
        self.language: Language = language_of(action.text if isinstance(action, Ask) else "", locale)
        self.reference = hashlib.sha256(claim.turn.id.encode("utf-8", "replace")).hexdigest()[:8]
        self._given: Reply | None = None  # by the graph, which remembers it
        self._run, self._ran = claim.attempt * NUMBERS, False  # has a run of this number begun?
        self._said_before = False  # an earlier attempt had a reply, and may have shown it
        self._opened = False  # a placeholder may be there whose id we did not learn
        self._progresses = Progresses(claim, platform)
        self._until = 0.0  # when the graph's time is over, by the event loop's clock

    # ── the placeholder ───────────────────────────────────────────────────────────────────────────────────────────

    async def place(self) -> None:
        """Shows that we are at it, once for all attempts. Raises TakenOver; an outage is made up for by `finish`."""
        try:
            await self._place()
        except BotError as error:
            log.warning("no placeholder yet: %s", type(error).__name__)

    async def _place(self) -> None:
        if self.claim.placeholder:
            return
        found = ""
        if self.claim.attempt > 1 or self._opened:
            found = await self.platform.find(self.claim.to, self.turn)
        self._opened = True
        placeholder = found or await self.platform.open(self.claim.to, self.turn)
        if placeholder and not await with_retries(lambda: self.claim.keep_placeholder(placeholder)):
            raise TakenOver

    # ── the reply ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def reply(self) -> Reply:
        """What is to be said; BotErrors have become apologies. Raises TakenOver."""
        if self.claim.attempt > 1 and await self._is_deadly():
            return self.sorry("too_many_attempts")
        if self.claim.reply:
            return self.claim.reply
        if self.claim.place and (stopped := await self._queue()):
            return stopped
        for _ in range(MOST_RUNS):
            try:
                return await self._reply()
            except Overtaken:
                await self._ours()
                await self._rewind()
            except BotError as error:
                log.warning("turn ends in %s: %s (reference %s)", type(error).__name__, error.reason, self.reference)
                return apology(error, self.language, self.reference, await self._link(error))
        return self.sorry("failed")

    async def _queue(self) -> Reply | None:
        """Waits until it may run, and says so, unless an earlier attempt has. A reply when it was stopped meanwhile."""
        if self.claim.attempt == 1:
            self._tell(Progress("coordinator", "queued", f"{self.claim.place}"))
        elif self.claim.crashes:
            await self._begin_again()
        beginning = asyncio.create_task(with_retries(self.claim.begin, seconds=math.inf))
        ending = asyncio.create_task(self.claim.ended())
        try:
            with self.dependencies.metrics.line.time():
                await asyncio.wait((beginning, ending), return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                return await self._ended(ending)
            if not await beginning:
                raise TakenOver
        finally:
            await cancel(beginning, ending, seconds=CANCEL_SECONDS)
        return None

    async def _is_deadly(self) -> bool:
        """Did it kill its replicas? Not if it had a reply before: then that may be out, and is said again."""
        self._said_before = await self._rewind() or self.claim.reply is not None
        return self.claim.crashes >= (2 * MOST_CRASHES if self._said_before else MOST_CRASHES)

    async def _rewind(self) -> bool:
        """Nothing of earlier runs is remembered, nor will be when it arrives late."""
        self._run, self._ran = self._run + 1, False
        return await with_retries(
            lambda: self.dependencies.memory.rewind(self.turn.conversation.key, self.turn.id, self._run)
        )

    async def _reply(self) -> Reply:
        conversation = self.turn.conversation.key
        if isinstance(self.turn.action, Forget):
            await self.dependencies.memory.forget(conversation)
            return Answer(self.language, SmallTalk("forgotten"))
        return await self._confirmed() or await self._race()

    async def _confirmed(self) -> Reply | None:
        """The last step of linking, which is no question."""
        action, connect = self.turn.action, self.dependencies.connect
        code = code_in(action.text) if connect and isinstance(action, Ask) else ""
        if not connect or not code:
            return None
        linked = await connect.confirm(self.turn.user, code)
        return Answer(self.language, SmallTalk("linked")) if linked else self.sorry("stale_code")

    async def _race(self) -> Reply:
        """The graph against Stop, the loss of the lease and the deadline."""
        if self.claim.crashes:
            await self._begin_again()
        thinking = asyncio.create_task(self._think())
        ending = asyncio.create_task(self.claim.ended())
        try:
            await self._first_of(thinking, ending)
            if thinking.done() and not ending.done():
                return await thinking
            if not ending.done():
                return self.sorry("deadline", seconds=f"{self.dependencies.seconds:.0f}")
            return await self._ended(ending)
        finally:
            await cancel(thinking, ending, seconds=CANCEL_SECONDS)

    async def _ended(self, ending: asyncio.Task[Literal["stopped", "taken over"]]) -> Reply:
        if await ending == "taken over":
            raise TakenOver
        return self.sorry("stopped")

    async def _begin_again(self) -> None:
        """Said before the graph runs, which may end this replica too: whoever waits behind the turn sees it move."""
        self._tell(Progress("coordinator", "again"))
        await self._progresses.shown()

    async def _first_of(self, *tasks: asyncio.Task[Any]) -> None:
        """Until one is done or the time is over, which begins anew for as long as the warehouse is starting."""
        clock = asyncio.get_running_loop().time
        self._until = clock() + self.dependencies.seconds
        while (left := self._until - clock()) > 0:
            done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return

    async def _think(self) -> Reply:
        reply: Reply | None = None
        self._ran = True
        context = self.dependencies.context_for(self.turn)
        for_us = self.dependencies.graph.astream(
            opening(self.turn),
            self._config(),
            context=context,
            stream_mode=["custom", "values", "tasks"],
            durability="exit",
        )
        began: dict[str, float] = {}
        async for mode, chunk in for_us:
            if mode == "custom" and isinstance(chunk, Progress):
                self._tell(chunk)
            elif mode == "values":
                reply = self._found(chunk)
            elif mode == "tasks":
                self._timed(chunk, began)
        if reply is None:
            raise BotError("the graph ended without a reply")
        if context.spend.unlinked and _is_lost(reply):
            raise context.spend.unlinked
        self._given = reply
        return reply

    def _config(self) -> RunnableConfig:
        return {
            "configurable": {"thread_id": self.turn.conversation.key, "turn": self.turn.id, "run": self._run},
            "callbacks": [ModelCalls(self.dependencies.metrics)],
        }

    def _tell(self, progress: Progress) -> None:
        self.dependencies.metrics.steps.labels(progress.agent, progress.step).inc()
        if progress.step == "warehouse_starting":  # told every few seconds, and given up by who tells it
            self._until = asyncio.get_running_loop().time() + self.dependencies.seconds
        if not self._said_before:  # else it would be shown over a reply
            self._progresses.tell(progress, self.language)

    def _found(self, values: Mapping[str, object]) -> Reply | None:
        question, reply = values.get("question"), values.get("reply")
        if isinstance(question, Question):
            self.language = question.language
        return reply if isinstance(reply, Reply) else None

    def _timed(self, task: Mapping[str, Any], began: dict[str, float]) -> None:
        """The graph tells each task twice: when it begins and when it has ended."""
        now = asyncio.get_running_loop().time()
        if "input" in task:
            began[task["id"]] = now
        elif task["id"] in began:
            seconds = now - began.pop(task["id"])
            self.dependencies.metrics.agent.labels(task["name"]).observe(seconds)
            self.dependencies.traces.agent(task["name"], seconds)

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def finish(self, reply: Reply) -> Delivery:
        """Replaces the placeholder by the reply. Raises TakenOver, and Unavailable after 15 minutes."""
        await self._progresses.stop()
        if reply is not self._given:
            await self._keep(reply)
        try:
            await with_retries(
                lambda: self._finish(reply), seconds=900.0, counted=self.dependencies.metrics.retries.labels("finish")
            )
        except NotFound:
            return "gone"
        return "sent"

    async def _keep(self, reply: Reply) -> None:
        """What the conversation does not remember is stored with the turn: once shown, it stays what is said."""
        if self._ran:
            await self._rewind()
        if reply != self.claim.reply and not await with_retries(lambda: self.claim.keep_reply(reply)):
            raise TakenOver

    async def _finish(self, reply: Reply) -> None:
        await self._ours()
        await self._place()
        await self.platform.finish(self.claim.to, self.claim.placeholder, reply, self.turn)

    async def _ours(self) -> None:
        if not await with_retries(self.claim.still_ours):
            raise TakenOver

    def sorry(self, reason: str, **names: str) -> Apology:
        """An apology that the operator finds again."""
        return Apology(self.language, reason, names, self.reference, retry=reason in {"deadline", "failed", "stopped"})

    async def _link(self, error: BotError) -> str:
        if not isinstance(error, NotConnected):
            return ""
        connect = self.dependencies.connect
        try:
            return await connect.invite(self.turn, self.claim.to) if connect else error.url
        except Unavailable:
            return error.url


def _is_lost(reply: Reply) -> bool:
    """A reply that says no more than that the question was not understood: a model might have."""
    match reply:
        case Answer(body=SmallTalk(topic="unclear" | "either")) | Apology(reason="no_product"):
            return True
        case _:
            return False
