"""The Genie API on a real workspace with the real brain, called by the unmodified SDK."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

import aiohttp
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound
from databricks.sdk.service.dashboards import GenieFeedbackRating, GenieMessage, MessageErrorType, MessageStatus
from databricks.sdk.service.sql import StatementState

from sandbox.brain import Brain, NotRead, Understood
from sandbox.databricks import genie, server
from sandbox.databricks.genie_reading import Readings
from sandbox.databricks.genie_spaces import spaces_of
from sandbox.databricks.knobs import Knobs
from sandbox.databricks.workspace import Workspace
from sandbox.mesh import Mesh
from tests.sandbox_mesh import CUSTOMERS, MESH, SALARIES, workspace
from tests.sandbox_peer import client, serving, without_environment

T = TypeVar("T")
SPACE = "space-sales"
FRANCE = "total amount in France"
OVER = {MessageStatus.COMPLETED, MessageStatus.FAILED, MessageStatus.CANCELLED, MessageStatus.QUERY_RESULT_EXPIRED}


@dataclass
class Desk:
    """A served workspace and the SDK clients of its people."""

    workspace: Workspace
    url: str
    clients: dict[str, WorkspaceClient]

    async def call(self, who: str, work: Callable[[WorkspaceClient], T]) -> T:
        """Something blocking, done with this person's client."""
        if who not in self.clients:
            self.clients[who] = await client(self.url, f"sandbox-{who}")
        return await asyncio.to_thread(work, self.clients[who])

    async def ask(self, words: str, who: str = "analyst", conversation: str = "") -> GenieMessage:
        """The message of a question, once it is over."""
        message = await self.begin(words, who, conversation)
        return await self.over(message, who)

    async def begin(self, words: str, who: str = "analyst", conversation: str = "") -> GenieMessage:
        """The message of a question, as it was accepted."""
        if conversation:
            return (await self.call(who, lambda w: w.genie.create_message(SPACE, conversation, words))).response
        started = (await self.call(who, lambda w: w.genie.start_conversation(SPACE, words))).response
        return started.message

    async def over(self, message: GenieMessage, who: str = "analyst") -> GenieMessage:
        """The message in its terminal status."""
        return await self.reaching(message, OVER, who)

    async def reaching(self, message: GenieMessage, statuses: set[MessageStatus], who: str = "analyst") -> GenieMessage:
        """The message once it has one of these statuses."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            message = await self.get(message, who)
            if message.status in statuses:
                return message
            await asyncio.sleep(0.01)
        raise AssertionError(f"still {message.status}")

    async def get(self, message: GenieMessage, who: str = "analyst") -> GenieMessage:
        """The message now."""
        c, m = message.conversation_id, message.message_id
        return await self.call(who, lambda w: w.genie.get_message(SPACE, c, m))

    async def rows(self, message: GenieMessage, who: str = "analyst") -> list[list[str]]:
        """The rows behind the message's query."""
        c, m, a = message.conversation_id, message.message_id, query_id(message)
        got = await self.call(who, lambda w: w.genie.get_message_attachment_query_result(SPACE, c, m, a))
        assert got.statement_response is not None
        assert got.statement_response.result is not None
        return got.statement_response.result.data_array or []

    async def trouble(self, **planned: Any) -> dict[str, Any]:
        """Plans a trouble over the control route."""
        headers = {"Authorization": "Bearer sandbox-analyst"}
        where = f"{self.url}/sandbox/genie/troubles"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(where, json=planned) as answer:
            return {"status": answer.status, **(await answer.json())}


def query_of(message: GenieMessage) -> Any:
    return next(one.query for one in message.attachments or [] if one.query)


def query_id(message: GenieMessage) -> str:
    return next(one.attachment_id or "" for one in message.attachments or [] if one.query)


def text_of(message: GenieMessage) -> Any:
    return next(one.text for one in message.attachments or [] if one.text)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    without_environment(monkeypatch)
    place = workspace(Knobs(genie_step=0.005))
    try:
        async with server.serving(place) as url:
            yield Desk(place, url, {})
    finally:
        place.close()


async def test_a_question_is_answered(desk: Desk) -> None:
    """A question ends COMPLETED with its SQL, what was understood, and the rows behind it."""
    message = await desk.ask(FRANCE)
    assert message.status == MessageStatus.COMPLETED, message.error
    query = query_of(message)
    assert "energy.usage.sales" in query.query.lower()
    assert "France" in query.query
    assert query.description
    assert query.title
    assert query.statement_id
    assert query.query_result_metadata.row_count == 1
    assert query.thoughts
    assert [float(row[0]) for row in await desk.rows(message)] == [30.5]


async def test_follow_ups_change_what_they_name(desk: Desk) -> None:
    """The conversation remembers the last reading; another conversation does not."""
    first = await desk.ask(FRANCE)
    second = await desk.ask("and in Germany?", conversation=first.conversation_id)
    assert second.status == MessageStatus.COMPLETED
    assert [float(row[0]) for row in await desk.rows(second)] == [5.25]
    alone = await desk.ask("and in Germany?")
    assert not any(one.query for one in alone.attachments or [])


async def test_it_passes_through_real_statuses(desk: Desk) -> None:
    """The statuses come in the documented order and none is skipped when a step takes long enough to look."""
    desk.workspace.knobs.genie_step = 0.12
    message = await desk.begin(FRANCE)
    seen = [message.status]
    while seen[-1] not in OVER:
        status = (await desk.get(message)).status
        if status != seen[-1]:
            seen.append(status)
        await asyncio.sleep(0.01)
    assert [status.value for status in seen if status] == [
        "SUBMITTED",
        "FETCHING_METADATA",
        "FILTERING_CONTEXT",
        "ASKING_AI",
        "PENDING_WAREHOUSE",
        "EXECUTING_QUERY",
        "COMPLETED",
    ]


async def test_a_cold_warehouse_is_waited_for(desk: Desk) -> None:
    """A stopped warehouse keeps the message in PENDING_WAREHOUSE until it is awake."""
    desk.workspace.knobs.cold_start = 0.4
    message = await desk.begin(FRANCE)
    started, pending = time.monotonic(), 0
    while (status := (await desk.get(message)).status) not in OVER:
        pending += status == MessageStatus.PENDING_WAREHOUSE
        await asyncio.sleep(0.01)
    assert status == MessageStatus.COMPLETED
    assert pending > 0
    assert time.monotonic() - started > 0.35


async def test_the_asker_sees_only_their_rows(desk: Desk) -> None:
    """The same question, asked by somebody with a row filter, has another answer."""
    words = "total amount by country"
    everyone = await desk.rows(await desk.ask(words))
    filtered = await desk.rows(await desk.ask(words, "germany"), "germany")
    assert len(everyone) == 3
    assert [row for row in filtered if "Germany" in row] == filtered
    assert len(filtered) == 1


async def test_values_of_hidden_rows_are_not_told(desk: Desk) -> None:
    """Whoever may not see a row does not learn its values from a question that names nothing known."""
    message = await desk.ask("total amount in Itlay", "germany")
    texts = str(message.as_dict()).replace(message.content, "")
    assert "Italy" not in texts


async def test_no_right_to_select(desk: Desk) -> None:
    """A table that the asker may not read makes the message FAIL with the engine's own message."""
    desk.workspace.grants.take("TABLE", "energy.usage.sales", "account users", ["SELECT"])
    message = await desk.ask(FRANCE, "newcomer")
    assert message.status == MessageStatus.FAILED
    assert message.error is not None
    assert message.error.type == MessageErrorType.SQL_EXECUTION_EXCEPTION
    assert "INSUFFICIENT_PERMISSIONS" in (message.error.error or "")
    assert "France" not in str(message.as_dict()).replace(FRANCE, "")


async def test_what_was_not_read_is_said(desk: Desk) -> None:
    """Words that mean nothing here lead to a text and to no SQL."""
    message = await desk.ask("how many unicorns graze on the moon?")
    assert message.status == MessageStatus.COMPLETED
    assert not any(one.query for one in message.attachments or [])
    assert "unicorns" in text_of(message).content


async def test_conversations_belong_to_one_person(desk: Desk) -> None:
    """Somebody else's conversation does not exist: not to read, not to follow up, not to rate or delete."""
    message = await desk.ask(FRANCE)
    c, m, a = message.conversation_id, message.message_id, query_id(message)
    calls: list[Callable[[WorkspaceClient], Any]] = [
        lambda w: w.genie.get_message(SPACE, c, m),
        lambda w: w.genie.create_message(SPACE, c, "more"),
        lambda w: w.genie.get_message_attachment_query_result(SPACE, c, m, a),
        lambda w: w.genie.execute_message_attachment_query(SPACE, c, m, a),
        lambda w: w.genie.generate_download_full_query_result(SPACE, c, m, a),
        lambda w: w.genie.send_message_feedback(SPACE, c, m, GenieFeedbackRating.POSITIVE),
        lambda w: w.genie.list_conversation_messages(SPACE, c),
        lambda w: w.genie.delete_conversation_message(SPACE, c, m),
        lambda w: w.genie.delete_conversation(SPACE, c),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await desk.call("trader", call)
    assert (await desk.get(message)).status == MessageStatus.COMPLETED
    listed = await desk.call("trader", lambda w: w.genie.list_conversations(SPACE))
    assert not listed.conversations


async def test_spaces_as_the_asker_may_see_them(desk: Desk) -> None:
    """Listed and read by those it is shared with; for a stranger to the account there is none."""
    listed = await desk.call("analyst", lambda w: w.genie.list_spaces())
    assert [space.space_id for space in listed.spaces or []] == [SPACE]
    space = await desk.call("analyst", lambda w: w.genie.get_space(SPACE))
    assert (space.title, space.warehouse_id) == ("Sales", desk.workspace.warehouses.main.id)
    assert not (await desk.call("contractor", lambda w: w.genie.list_spaces())).spaces
    with pytest.raises(NotFound):
        await desk.call("contractor", lambda w: w.genie.start_conversation(SPACE, FRANCE))


def test_products_may_share_a_space() -> None:
    """One space holds the tables of all products that name it, and is open to whoever may read one of them."""
    sales, pay = MESH.products
    both = Mesh((sales, type(pay)("p", "Pay", "people", (SALARIES, CUSTOMERS), space=SPACE, readers=("hr",))))
    (space,) = spaces_of(both).values()
    assert [table.name for table in space.tables] == ["sales", "customers", "salaries"]
    assert space.readers == ()


async def test_results_expire_and_come_back(desk: Desk) -> None:
    """An old result is gone; the same message brings it back with execute-query."""
    message = await desk.ask(FRANCE)
    desk.workspace.knobs.genie_result_life = 0.0
    assert (await desk.get(message)).status == MessageStatus.QUERY_RESULT_EXPIRED
    with pytest.raises(Exception, match="expired"):
        await desk.rows(message)
    desk.workspace.knobs.genie_result_life = 60.0
    c, m, a = message.conversation_id, message.message_id, query_id(message)
    again = await desk.call("analyst", lambda w: w.genie.execute_message_attachment_query(SPACE, c, m, a))
    assert again.statement_response is not None
    assert again.statement_response.status is not None
    assert again.statement_response.status.state == StatementState.SUCCEEDED
    assert (await desk.get(message)).status == MessageStatus.COMPLETED
    assert len(await desk.rows(message)) == 1


async def test_download_in_full(desk: Desk) -> None:
    """A download is made, needs its signature and brings the rows."""
    message = await desk.ask("total amount by country")
    c, m, a = message.conversation_id, message.message_id, query_id(message)
    made = await desk.call("analyst", lambda w: w.genie.generate_download_full_query_result(SPACE, c, m, a))
    download, signature = made.download_id or "", made.download_id_signature or ""
    for _ in range(100):
        got = await desk.call(
            "analyst", lambda w: w.genie.get_download_full_query_result(SPACE, c, m, a, download, signature)
        )
        assert got.statement_response is not None
        if got.statement_response.result:
            break
    assert got.statement_response.result is not None
    assert len(got.statement_response.result.data_array or []) == 3
    with pytest.raises(NotFound):
        await desk.call("analyst", lambda w: w.genie.get_download_full_query_result(SPACE, c, m, a, download, "forged"))


async def test_every_failure_can_be_planned(desk: Desk) -> None:
    """Each of Genie's error types ends the message FAILED with that type and text, once."""
    desk.workspace.knobs.genie_step = 0.0

    async def fails(kind: MessageErrorType) -> None:
        await desk.trouble(when=f"about {kind.value}$", error_type=kind.value, error="as planned")
        message = await desk.ask(f"about {kind.value}")
        assert message.status == MessageStatus.FAILED
        assert message.error is not None
        assert (message.error.type, message.error.error) == (kind, "as planned")
        again = await desk.ask(f"about {kind.value}")
        assert again.status == MessageStatus.COMPLETED

    assert len(MessageErrorType) > 50
    await asyncio.gather(*map(fails, MessageErrorType))


@pytest.mark.parametrize(
    "at", ["SUBMITTED", "FETCHING_METADATA", "FILTERING_CONTEXT", "ASKING_AI", "PENDING_WAREHOUSE"]
)
async def test_cancelled_wherever_it_is(desk: Desk, at: str) -> None:
    """A message may be CANCELLED in any status; the next question is answered."""
    await desk.trouble(end="CANCELLED", at=at)
    assert (await desk.ask(FRANCE)).status == MessageStatus.CANCELLED
    assert (await desk.ask(FRANCE)).status == MessageStatus.COMPLETED


async def test_cancelling_the_statement_cancels_the_message(desk: Desk) -> None:
    """The SQL behind a message can be cancelled as any statement can."""
    desk.workspace.knobs.statement_delay = 5.0
    message = await desk.begin(FRANCE)
    now = await desk.reaching(message, {MessageStatus.EXECUTING_QUERY})
    await desk.call("analyst", lambda w: w.statement_execution.cancel_execution(query_of(now).statement_id))
    assert (await desk.over(message)).status == MessageStatus.CANCELLED


async def test_other_planned_ends(desk: Desk) -> None:
    """Genie may answer in words, ask back with suggestions, lose its rows, or hang."""
    await desk.trouble(end="TEXT", error="I only know sales.")
    await desk.trouble(end="ASK", error="Which amount?", suggestions=["Net amount?"])
    await desk.trouble(end="QUERY_RESULT_EXPIRED")
    await desk.trouble(end="HANG", at="FILTERING_CONTEXT")
    told, asked, expired = [await desk.ask(FRANCE) for _ in range(3)]
    assert text_of(told).purpose.value == "TEXT_ATTACHMENT_PURPOSE_ANSWER"
    assert (text_of(asked).purpose.value, text_of(asked).content) == ("FOLLOW_UP_QUESTION", "Which amount?")
    suggested = next(one.suggested_questions for one in asked.attachments or [] if one.suggested_questions)
    assert suggested.questions == ["Net amount?"]
    assert expired.status == MessageStatus.QUERY_RESULT_EXPIRED
    hanging = await desk.begin(FRANCE)
    await desk.reaching(hanging, {MessageStatus.FILTERING_CONTEXT})


async def test_throttled_by_the_minute(desk: Desk) -> None:
    """The question beyond the workspace's limit is 429 with Retry-After, whoever asks; reading is free."""
    desk.workspace.knobs.genie_per_minute = 2
    first = await desk.ask(FRANCE)
    await desk.ask(FRANCE, "trader")
    headers = {"Authorization": "Bearer sandbox-analyst"}
    where = f"{desk.url}/api/2.0/genie/spaces/{SPACE}/start-conversation"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(where, json={"content": "x"}) as answer:
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert (await answer.json())["error_code"] == "RESOURCE_EXHAUSTED"
    assert (await desk.get(first)).status == MessageStatus.COMPLETED


async def test_throttled_once(desk: Desk) -> None:
    """A planned 429 reaches the SDK as such, and its own retry gets through."""
    await desk.trouble(end="THROTTLE", seconds=1, times=1)
    assert (await desk.ask(FRANCE)).status == MessageStatus.COMPLETED


async def test_feedback_is_kept(desk: Desk) -> None:
    """A thumb with a comment is on the message and can be read by tests."""
    message = await desk.ask(FRANCE)
    c, m = message.conversation_id, message.message_id
    rate = GenieFeedbackRating.NEGATIVE
    await desk.call("analyst", lambda w: w.genie.send_message_feedback(SPACE, c, m, rate, comment="too low"))
    feedback = (await desk.get(message)).feedback
    assert feedback is not None
    assert (feedback.rating, feedback.comment) == (rate, "too low")
    headers = {"Authorization": "Bearer sandbox-analyst"}
    async with aiohttp.ClientSession(headers=headers) as session:
        read = await (await session.get(f"{desk.url}/sandbox/genie/feedback")).json()
    assert [(one["user"], one["rating"]) for one in read["feedback"]] == [("analyst@example.org", "NEGATIVE")]


async def test_lists_and_deletion(desk: Desk) -> None:
    """Conversations and messages are listed in order and are gone once deleted."""
    first = await desk.ask(FRANCE)
    c = first.conversation_id
    await desk.ask("and in Germany?", conversation=c)
    other = await desk.ask("total amount by country")
    listed = await desk.call("analyst", lambda w: w.genie.list_conversations(SPACE, page_size=1))
    assert [one.conversation_id for one in listed.conversations or []] == [other.conversation_id]
    assert listed.next_page_token
    messages = await desk.call("analyst", lambda w: w.genie.list_conversation_messages(SPACE, c))
    assert [one.content for one in messages.messages or []] == [FRANCE, "and in Germany?"]
    await desk.call("analyst", lambda w: w.genie.delete_conversation_message(SPACE, c, first.message_id))
    with pytest.raises(NotFound):
        await desk.get(first)
    await desk.call("analyst", lambda w: w.genie.delete_conversation(SPACE, c))
    with pytest.raises(NotFound):
        await desk.begin("more", conversation=c)


async def test_deleting_stops_the_statement(desk: Desk) -> None:
    """A conversation that is deleted while it is answered leaves no statement running."""
    desk.workspace.knobs.statement_delay = 5.0
    message = await desk.begin(FRANCE)
    await desk.reaching(message, {MessageStatus.EXECUTING_QUERY})
    await desk.call("analyst", lambda w: w.genie.delete_conversation(SPACE, message.conversation_id))
    assert desk.workspace.statements.history()[0].state == "CANCELED"


@pytest.mark.parametrize("content", ["", "   ", "x" * 20_001])
async def test_unfit_questions(desk: Desk, content: str) -> None:
    """An empty or endless question is refused."""
    with pytest.raises(InvalidParameterValue):
        await desk.begin(content)


async def test_wrong_troubles_are_refused(desk: Desk) -> None:
    """A misspelt field or pattern is told by name."""
    assert (await desk.trouble(ende="FAILED"))["status"] == 400
    assert "regular expression" in (await desk.trouble(when="("))["message"]


class Scripted:
    """A reader that notes what it was asked after what, and answers as planned."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, object]] = []

    def read(self, words: str, before: Understood | None = None) -> Any:
        """Answers as planned."""
        self.asked.append((words, before and before.title))
        return self.answer(words)


def understood(words: str) -> Understood:
    brain = Brain(MESH.products[0].tables, lambda table, column: ["France"], date(2025, 6, 1))
    read = brain.read(FRANCE)
    assert isinstance(read, Understood)
    return replace(read, title=words)


@asynccontextmanager
async def read_by(desk: Desk, reader: Scripted) -> AsyncIterator[Desk]:
    """The same workspace, whose questions are read by this reader."""
    pages = genie.routes(desk.workspace, Readings(desk.workspace, make=lambda *_: reader))
    async with serving(desk.workspace.tokens, pages) as url:
        yield Desk(desk.workspace, url, {})


async def test_each_conversation_has_its_own_before(desk: Desk) -> None:
    """A question is read as a change of the last one that was understood in its own conversation."""
    reader = Scripted(lambda words: NotRead("?", (), "en") if "huh" in words else understood(words))
    async with read_by(desk, reader) as other:
        first = await other.ask("one")
        for words in ("two", "huh", "three"):
            await other.ask(words, conversation=first.conversation_id)
        await other.ask("elsewhere")
    assert reader.asked == [("one", None), ("two", "one"), ("huh", "two"), ("three", "two"), ("elsewhere", None)]


async def test_questions_of_one_conversation_wait_for_each_other(desk: Desk) -> None:
    """Two questions sent at once are answered in their order."""
    reader = Scripted(understood)
    async with read_by(desk, reader) as other:
        first = await other.ask("one")
        sent = [await other.begin(words, conversation=first.conversation_id) for words in ("two", "three")]
        assert [(await other.over(message)).status for message in sent] == [MessageStatus.COMPLETED] * 2
    assert reader.asked[1:] == [("two", "one"), ("three", "two")]


async def test_a_failing_reader_fails_the_message(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A defect while reading ends the message instead of leaving it to be polled for ever."""

    def broken(words: str) -> Any:
        raise ZeroDivisionError(words)

    async with read_by(desk, Scripted(broken)) as other:
        message = await other.ask(FRANCE)
    assert message.status == MessageStatus.FAILED
    assert message.error is not None
    assert message.error.type == MessageErrorType.UNEXPECTED_REPLY_PROCESS_EXCEPTION
    assert "could not be answered" in caplog.text


async def test_many_at_once(desk: Desk) -> None:
    """Forty questions of two people side by side all get their own rows."""
    desk.workspace.knobs.genie_step = 0.05
    whose = ["analyst", "germany"] * 20
    messages = await asyncio.gather(*(desk.ask("total amount by country", who) for who in whose))
    counts = [query_of(message).query_result_metadata.row_count for message in messages]
    assert counts == [3, 1] * 20
