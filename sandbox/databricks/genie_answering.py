"""How Genie answers one message: through its statuses, by a reading of the question and a statement run as the asker.

Without it a message would stay SUBMITTED for ever.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox.brain import AsksBack, NotRead, Understood, unanswered
from sandbox.databricks.genie_conversations import TERMINAL, Conversation, Message, Query, Text
from sandbox.databricks.genie_reading import Readings
from sandbox.databricks.genie_spaces import Space
from sandbox.databricks.genie_troubles import Trouble
from sandbox.databricks.statements import Statement
from sandbox.databricks.workspace import Workspace

ROW_LIMIT = 5000
"""Rows that a result over the API holds at most."""

SUGGESTIONS = 3
_WAREHOUSE_CHECK = 0.02
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answering:
    """The messages that are being answered, one after the other within a conversation."""

    workspace: Workspace
    readings: Readings
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, space: Space, conversation: Conversation, message: Message, trouble: Trouble | None) -> None:
        """Starts to answer; the message says how far it is."""
        task = asyncio.create_task(self._answer(space, conversation, message, trouble))
        self._running[message.id] = task
        task.add_done_callback(partial(self._ended, message))

    def _ended(self, message: Message, task: asyncio.Task[None]) -> None:
        self._running.pop(message.id, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a fault of ours: said and logged, or the message would be polled for ever
            _log.error("message %s could not be answered", message.id, exc_info=error)
            message.fail("UNEXPECTED_REPLY_PROCESS_EXCEPTION", "The answer could not be made.")

    def drop(self, message: Message) -> None:
        """The message was deleted: nothing is executed for it any more."""
        if task := self._running.get(message.id):
            task.cancel()
        message.fail("MESSAGE_DELETED_WHILE_EXECUTING_EXCEPTION", "The message was deleted while it was answered.")
        if message.query and message.query.statement:
            message.query.statement.cancel()

    def expire(self, message: Message) -> None:
        """A result that is too old is gone; the message and its SQL stay."""
        aged = time.time() - message.updated > self.workspace.knobs.genie_result_life
        if message.status == "COMPLETED" and message.query and aged:
            message.status = "QUERY_RESULT_EXPIRED"

    async def _answer(
        self, space: Space, conversation: Conversation, message: Message, trouble: Trouble | None
    ) -> None:
        async with conversation.turn:
            if trouble:
                await asyncio.sleep(trouble.seconds)
            before = conversation.before
            if await self._go_through(message, "SUBMITTED", "FETCHING_METADATA", "FILTERING_CONTEXT", trouble=trouble):
                await self._read(space, conversation, message, trouble)
            if message.status in {"FAILED", "CANCELLED"}:
                conversation.before = unanswered(message.content, before)

    async def _go_through(self, message: Message, *statuses: Any, trouble: Trouble | None) -> bool:
        """Stays in each status for a step. False when the message ended on the way."""
        for status in statuses:
            message.move(status)
            await asyncio.sleep(self.workspace.knobs.genie_step)
            if trouble and trouble.at == status:
                await _befall(message, trouble)
            if message.status in TERMINAL:
                return False
        return True

    async def _read(self, space: Space, conversation: Conversation, message: Message, trouble: Trouble | None) -> None:
        message.move("ASKING_AI")
        reading = asyncio.gather(
            self.workspace.in_pool(self.readings.read, space, message.asker, message.content, conversation.before),
            asyncio.sleep(self.workspace.knobs.genie_step),
        )
        read: Understood | AsksBack | NotRead = (await reading)[0]
        if trouble and trouble.at == "ASKING_AI":
            await _befall(message, trouble)
        if message.status in TERMINAL:
            return
        if isinstance(read, Understood):
            await self._run(space, conversation, message, read, trouble)
        else:
            conversation.before = read.left or conversation.before
            _speak(message, read)

    async def _run(
        self, space: Space, conversation: Conversation, message: Message, read: Understood, trouble: Trouble | None
    ) -> None:
        message.query = Query(read.sql, read.title, read.echo, read.tables)
        if not await self._go_through(message, "PENDING_WAREHOUSE", trouble=trouble):
            return
        await self._execute(message, message.query)
        if message.status == "COMPLETED":
            message.suggestions = read.suggestions or _others(space, message.content)
            conversation.before = read
            if trouble and trouble.end == "QUERY_RESULT_EXPIRED":
                message.status = "QUERY_RESULT_EXPIRED"

    async def _execute(self, message: Message, query: Query) -> None:
        query.statement = statement = run(self.workspace, message, query)
        while statement.state == "PENDING":  # noqa: ASYNC110 - the state is set by a thread
            await asyncio.sleep(_WAREHOUSE_CHECK)
        message.move("EXECUTING_QUERY")
        await asyncio.gather(finished(statement), asyncio.sleep(self.workspace.knobs.genie_step))
        settle(message, statement)


def run(workspace: Workspace, message: Message, query: Query, row_limit: int | None = ROW_LIMIT) -> Statement:
    """Starts the query as the asker of the message."""
    tags = {"genie_space": message.space, "genie_message": message.id}
    return workspace.start_sql(message.asker, query.sql, row_limit=row_limit, tags=tags)


async def finished(statement: Statement) -> None:
    """Waits until the statement is over, without ending it when the waiting is given up."""
    await asyncio.shield(asyncio.wrap_future(statement.done))


def settle(message: Message, statement: Statement) -> None:
    """The statement's end is the message's."""
    if statement.state == "SUCCEEDED":
        message.move("COMPLETED")
    elif statement.state == "CANCELED":
        message.move("CANCELLED")
    else:
        message.fail("SQL_EXECUTION_EXCEPTION", str(statement.error))


def _others(space: Space, asked: str) -> tuple[str, ...]:
    """Questions that the product's owner verified, other than this one."""
    return tuple(question for question in space.questions if question.lower() != asked.lower())[:SUGGESTIONS]


def _speak(message: Message, read: AsksBack | NotRead) -> None:
    asks = isinstance(read, AsksBack)
    message.text = Text(read.text, asks)
    message.suggestions = read.options if isinstance(read, AsksBack) else read.suggestions
    message.move("COMPLETED")


async def _befall(message: Message, trouble: Trouble) -> None:
    """What the trouble does to the message at this point; some only end differently later."""
    match trouble.end:
        case "HANG":
            await asyncio.Event().wait()
        case "CANCELLED":
            message.move("CANCELLED")
        case "FAILED":
            message.fail(trouble.error_type, trouble.error)
        case "TEXT" | "ASK":
            message.text = Text(trouble.error, trouble.end == "ASK")
            message.suggestions = tuple(trouble.suggestions)
            message.move("COMPLETED")
        case "" | "QUERY_RESULT_EXPIRED" | "THROTTLE":
            pass
