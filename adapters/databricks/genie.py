"""Asks Genie: a question in, SQL or words out, watched without a blocked thread and within a deadline."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.databricks.client import Workspace
from adapters.databricks.genie_errors import Trouble, genie_failed, trouble_of
from adapters.databricks.genie_messages import draft_of, error_of, said_by, status_of
from adapters.databricks.stores import Bucket, NoLimit
from agents.domain import Draft, Progress, SaidByGenie, User
from agents.errors import BadQuery, NotFound, Unavailable
from agents.ports import Report

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.dashboards import GenieMessage

log = logging.getLogger(__name__)

QUICKEST, SLOWEST = 0.25, 5.0  # seconds between two looks
LONGEST_SILENCE = 2.0  # seconds between two looks while no answer is due yet
ABOUT = 1.03  # share of the usual time after which an answer is looked for
EXPECTED = 1.0  # seconds that a space takes, until we know better
STARTING = 1.0  # seconds of waiting for the warehouse from which on it is said to be starting
AGAIN_AFTER = 5.0  # seconds before a question that failed for a passing reason is asked once more
ASLEEP = "PENDING_WAREHOUSE"
WRITTEN = frozenset({ASLEEP, "EXECUTING_QUERY", "COMPLETED", "QUERY_RESULT_EXPIRED"})  # its SQL is there, as a rule
OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED", "QUERY_RESULT_EXPIRED"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One message that Genie works on."""

    user: User
    space: str
    conversation: str
    message: str


class Genie:
    """The Analyst port. `bucket` is asked before every question; `seconds` is for one question, the queue included.

    Not included are the seconds for which Genie waits for its warehouse to start, `cold_start` of them at most.
    """

    def __init__(
        self, workspace: Workspace, *, bucket: Bucket | None = None, seconds: float = 150.0, cold_start: float = 600.0
    ) -> None:
        self._workspace, self._bucket, self._seconds = workspace, bucket or NoLimit(), seconds
        self._cold_start = cold_start
        self._usual: dict[str, float] = {}  # seconds that each space took lately
        self._full_until = 0.0  # until then the queue is longer than anybody would wait

    async def ask(
        self, user: User, space: str, words: str, *, conversation: str = "", report: Report
    ) -> Draft | SaidByGenie:
        """See agents.ports.Analyst. Cancelling the task stops the watching; Genie has no way to be stopped itself."""
        until = time.monotonic() + self._seconds
        message = await self._outcome(user, space, words, conversation, until, report)
        kind, _ = error_of(message)
        if trouble_of(kind) is Trouble.AGAIN and until - time.monotonic() > 3 * AGAIN_AFTER:
            await asyncio.sleep(AGAIN_AFTER)
            message = await self._outcome(user, space, words, message.conversation_id, until, report)
        return _answer(message)

    async def rate(self, user: User, space: str, conversation: str, message: str, *, good: bool) -> None:
        """See agents.ports.Analyst."""

        def send(client: WorkspaceClient) -> None:
            from databricks.sdk.service.dashboards import GenieFeedbackRating

            rating = GenieFeedbackRating.POSITIVE if good else GenieFeedbackRating.NEGATIVE
            client.genie.send_message_feedback(space, conversation, message, rating)

        await self._workspace.call(user, send, repeat=False)

    async def _outcome(
        self, user: User, space: str, words: str, conversation: str, until: float, report: Report
    ) -> GenieMessage:
        asked = await self._sent(user, space, words, conversation, until, report)
        return await self._watched(asked, until, report)

    async def _sent(self, user: User, space: str, words: str, conversation: str, until: float, report: Report) -> Asked:
        while True:
            await self._queue(until, report)
            try:
                return await self._begun(user, space, words, conversation)
            except Unavailable as error:
                # Only a request that was turned away may be sent again; one that got lost may have arrived.
                if not error.retry_after or time.monotonic() + error.retry_after > until:
                    raise
                report(Progress("genie", "genie_queue", f"{error.retry_after:.0f}"))
                await asyncio.sleep(error.retry_after)

    async def _queue(self, until: float, report: Report) -> None:
        now = time.monotonic()
        if now < self._full_until:  # a place taken and not used would make the queue longer for everybody
            raise _queue_full(self._full_until - now)
        wait = await self._bucket.take("genie")
        if now + wait > until:
            self._full_until = now + wait - (until - now)
            raise _queue_full(self._full_until - now)
        if wait > 0:
            report(Progress("genie", "genie_queue", f"{wait:.0f}"))
            await asyncio.sleep(wait)

    async def _begun(self, user: User, space: str, words: str, conversation: str) -> Asked:
        if conversation:
            try:
                follow_up = functools.partial(_follow_up, space=space, conversation=conversation, words=words)
                return Asked(user, space, *await self._workspace.call(user, follow_up, repeat=False))
            except NotFound:
                log.info("genie: a conversation of %s is gone: starting another", space)
        start = functools.partial(_start, space=space, words=words)
        return Asked(user, space, *await self._workspace.call(user, start, repeat=False))

    async def _watched(self, asked: Asked, until: float, report: Report) -> GenieMessage:
        begun, told, asleep, status = time.monotonic(), "", 0.0, ""
        while True:
            looked = time.monotonic()
            lost = asleep if asleep > STARTING else 0.0  # a short wait for the warehouse is part of what is usual
            left = until + lost - looked
            if left <= 0:
                raise Unavailable("genie: deadline", reason="deadline", seconds=f"{self._seconds:.0f}")
            await asyncio.sleep(min(left, _pause(looked - begun - lost, self._usual.get(asked.space, EXPECTED))))
            message = await self._looked(asked, until + lost)
            last, status, now = status, status_of(message), time.monotonic()
            took = _took(message, now - begun)
            if status in OVER or (status in WRITTEN and draft_of(message)):
                self._learn(asked.space, took - lost)
                return message
            if status == ASLEEP:  # found so for the first time, it has been since Genie last moved on
                slept = now - looked if last == ASLEEP else min(now - looked, now - begun - took)
                asleep = min(self._cold_start, asleep + slept)
            if asleep > STARTING and status == ASLEEP:
                report(Progress("genie", "warehouse_starting", f"{asleep:.0f}"))
            elif status and status != told:
                report(Progress("genie", "genie_status", status))
                told = status

    def _learn(self, space: str, seconds: float) -> None:
        seconds = max(QUICKEST, seconds)
        self._usual[space] = 0.7 * self._usual.get(space, seconds) + 0.3 * seconds

    async def _looked(self, asked: Asked, until: float) -> GenieMessage:
        while True:
            try:
                return await self._workspace.call(asked.user, functools.partial(_look, asked=asked))
            except Unavailable as error:
                if not error.retry_after or time.monotonic() + error.retry_after > until:
                    raise
                await asyncio.sleep(error.retry_after)


def _pause(elapsed: float, usual: float) -> float:
    """Until an answer is usual, with a look on the way for what there is to tell; then often, then less.

    Few looks, soon seen: they cost Genie and us alike, and a hundred askers wait at the same time.
    """
    left = ABOUT * usual - elapsed
    if left > QUICKEST:
        return min(LONGEST_SILENCE, left if elapsed else max(QUICKEST, left / 2))
    late = elapsed / 6 if elapsed > 1.5 * usual else usual / 10
    return min(SLOWEST, max(QUICKEST, late))


def _took(message: GenieMessage, watched: float) -> float:
    """Seconds by Genie's own clock where it tells; we look only now and then, and would learn our own delay."""
    told = ((message.last_updated_timestamp or 0) - (message.created_timestamp or 0)) / 1000
    return told if 0 < told < watched else watched


def _queue_full(seconds: float) -> Unavailable:
    return Unavailable("genie: queue too long", retry_after=seconds, reason="rate_limited", wait=f"{seconds:.0f}")


def _start(client: WorkspaceClient, space: str, words: str) -> tuple[str, str]:
    begun = client.genie.start_conversation(space, words)
    return str(begun.conversation_id), str(begun.message_id)


def _follow_up(client: WorkspaceClient, space: str, conversation: str, words: str) -> tuple[str, str]:
    begun = client.genie.create_message(space, conversation, words)
    return conversation, str(begun.message_id)


def _look(client: WorkspaceClient, asked: Asked) -> GenieMessage:
    return client.genie.get_message(asked.space, asked.conversation, asked.message)


def _answer(message: GenieMessage) -> Draft | SaidByGenie:
    """Its SQL where there is any, even if Genie's own run of it failed or its rows expired: we run it ourselves."""
    status, (kind, text) = status_of(message), error_of(message)
    if status == "CANCELLED":
        raise genie_failed("MESSAGE_CANCELLED_WHILE_EXECUTING_EXCEPTION")
    draft = draft_of(message)
    if draft and (status in WRITTEN or kind == "SQL_EXECUTION_EXCEPTION"):
        return draft
    if status == "FAILED":
        raise genie_failed(kind, text)
    said = said_by(message)
    if said is None:
        raise BadQuery("genie: neither SQL nor words", reason="genie_failed")
    return said
