"""The Analyst port through the real SDK against the local Databricks' Genie, in good times and in bad ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from databricks.sdk.service.dashboards import GenieMessage, MessageErrorType

from adapters.databricks.genie import Genie
from adapters.databricks.genie_errors import TROUBLES, genie_failed, trouble_of
from adapters.databricks.genie_messages import draft_of
from adapters.databricks.stores import MemoryBucket
from agents.domain import Draft, SaidByGenie
from agents.errors import BadQuery, BotError, NotFound, Refused, Unavailable
from sandbox.databricks.knobs import Fault
from tests.brisk import brisk
from tests.databricks_peer import ANALYST, GERMANY, STRANGER, Peer, Reports, databricks, feedback, ignore, trouble
from tests.redis_peer import until

__all__ = ["brisk"]  # a fixture

SPACE = "space-sales"
TOTAL = "total amount in France"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


async def ask(genie: Genie, words: str = TOTAL, **more: object) -> Draft | SaidByGenie:
    return await genie.ask(ANALYST, SPACE, words, report=ignore, **more)  # type: ignore[arg-type]


async def test_a_question_becomes_sql(peer: Peer) -> None:
    """Genie's SQL comes with its description and the ids that a follow-up and a thumb need."""
    reports = Reports()
    draft = await Genie(peer.workspace).ask(ANALYST, SPACE, TOTAL, report=reports)
    assert isinstance(draft, Draft)
    assert "sum(" in draft.sql.lower()
    assert "France" in draft.sql
    assert (draft.author, draft.space, bool(draft.conversation), bool(draft.message)) == ("genie", SPACE, True, True)
    assert set(reports.steps) <= {"genie_status"}


async def test_a_follow_up_stays_in_its_conversation(peer: Peer) -> None:
    """The second question of a thread goes to the conversation that the first one started."""
    genie = Genie(peer.workspace)
    first = await ask(genie)
    second = await ask(genie, "total amount in Germany", conversation=first.conversation)
    assert isinstance(second, Draft)
    assert second.conversation == first.conversation
    assert "Germany" in second.sql


async def test_a_conversation_that_is_gone_starts_anew(peer: Peer) -> None:
    """So does one that belongs to somebody else, which looks the same."""
    genie = Genie(peer.workspace)
    gone = await ask(genie, conversation="0123456789abcdef")
    others = await genie.ask(GERMANY, SPACE, TOTAL, conversation=gone.conversation, report=ignore)
    assert isinstance(gone, Draft)
    assert len({gone.conversation, others.conversation, "0123456789abcdef"}) == 3


async def test_a_space_that_is_not_there_is_not_found(peer: Peer) -> None:
    """A wrong space is told apart from a gone conversation."""
    with pytest.raises(NotFound):
        await Genie(peer.workspace).ask(ANALYST, "nowhere", TOTAL, conversation="x", report=ignore)


async def test_a_space_that_is_not_shared_is_not_opened(peer: Peer) -> None:
    """Who may not use the space is refused, in whichever of the two ways the workspace has."""
    with pytest.raises((Refused, NotFound)):
        await Genie(peer.workspace).ask(STRANGER, SPACE, TOTAL, report=ignore)


async def test_words_and_questions_are_passed_on(peer: Peer) -> None:
    """What Genie says, or asks back with suggestions, reaches the asker as it is."""
    genie = Genie(peer.workspace)
    await trouble(peer, end="ASK", error="Net or gross?", suggestions=["net", "gross"])
    asked = await ask(genie)
    await trouble(peer, end="TEXT", error="There is nothing to add up.")
    told = await ask(genie)
    assert isinstance(asked, SaidByGenie)
    assert isinstance(told, SaidByGenie)
    assert (asked.text, asked.asks, asked.suggestions) == ("Net or gross?", True, ("net", "gross"))
    assert (told.text, told.asks) == ("There is nothing to add up.", False)


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("CONTENT_FILTER_EXCEPTION", BadQuery, "genie_failed"),
        ("WAREHOUSE_ACCESS_MISSING_EXCEPTION", Refused, "refused"),
        ("TOO_MANY_TABLES_EXCEPTION", Unavailable, "genie_setup"),
        ("MESSAGE_UPDATED_WHILE_EXECUTING_EXCEPTION", Unavailable, "genie_changed"),
    ],
)
async def test_each_kind_of_failure_is_told_apart(peer: Peer, kind: str, error: type[BotError], reason: str) -> None:
    """A failed message ends in the error of its group."""
    await trouble(peer, end="FAILED", error_type=kind)
    with pytest.raises(error) as caught:
        await ask(Genie(peer.workspace))
    assert caught.value.reason == reason


async def test_a_passing_failure_is_asked_once_more(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad moment of Genie's is not the asker's problem; two in a row are told."""
    monkeypatch.setattr("adapters.databricks.genie.AGAIN_AFTER", 0.05)
    await trouble(peer, end="FAILED", error_type="RETRYABLE_PROCESSING_EXCEPTION")
    assert isinstance(await ask(Genie(peer.workspace)), Draft)
    await trouble(peer, end="FAILED", error_type="RATE_LIMIT_EXCEEDED_GENERIC_EXCEPTION", times=-1)
    with pytest.raises(Unavailable) as caught:
        await ask(Genie(peer.workspace))
    assert caught.value.reason == "rate_limited"


async def test_a_cancelled_message_is_said_so(peer: Peer) -> None:
    """CANCELLED is an end, not a reason to go on looking."""
    await trouble(peer, end="CANCELLED")
    with pytest.raises(Unavailable) as caught:
        await ask(Genie(peer.workspace))
    assert caught.value.reason == "genie_changed"


async def test_expired_rows_do_not_matter(peer: Peer) -> None:
    """The SQL is what is wanted; we run it ourselves."""
    await trouble(peer, end="QUERY_RESULT_EXPIRED")
    assert isinstance(await ask(Genie(peer.workspace)), Draft)


async def test_a_genie_that_hangs_is_left_at_the_deadline(peer: Peer) -> None:
    """Stuck is Unavailable with the seconds that were waited."""
    await trouble(peer, end="HANG")
    with pytest.raises(Unavailable) as caught:
        await ask(Genie(peer.workspace, seconds=1.0))
    assert (caught.value.reason, caught.value.names) == ("deadline", {"seconds": "1"})


async def test_a_sleeping_warehouse_does_not_use_up_the_time_to_think(peer: Peer) -> None:
    """Genie waits for its warehouse longer than a question may take, says so, and answers all the same."""
    peer.platform.knobs.cold_start = 2.5
    reports = Reports()
    genie = Genie(peer.workspace, seconds=1.5)
    draft = await genie.ask(ANALYST, SPACE, TOTAL, report=reports)
    assert isinstance(draft, Draft)
    assert "warehouse_starting" in reports.steps
    assert genie._usual[SPACE] < 1.5  # what is usual is learned without it


async def test_the_pause_before_a_look_is_not_taken_for_a_start(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look may find Genie waiting for a warehouse that runs; since when it waits the pause before does not tell."""
    monkeypatch.setattr("adapters.databricks.genie.STARTING", 0.4)
    peer.platform.knobs.genie_step = 0.1
    genie, reports = Genie(peer.workspace), Reports()
    genie._usual[SPACE] = 0.9  # the first look comes after half of it, the second in time for the answer
    await genie.ask(ANALYST, SPACE, TOTAL, report=reports)
    assert "warehouse_starting" not in reports.steps


async def test_a_warehouse_that_never_starts_ends_the_question(peer: Peer) -> None:
    """The waiting has an end of its own."""
    peer.platform.knobs.cold_start = 60.0
    with pytest.raises(Unavailable) as caught:
        await Genie(peer.workspace, seconds=1.5, cold_start=1.5).ask(ANALYST, SPACE, TOTAL, report=ignore)
    assert caught.value.reason == "deadline"


async def test_a_turned_away_question_waits_its_time(peer: Peer) -> None:
    """429 on the POST is waited out as long as asked, told, and sent again once."""
    await trouble(peer, end="THROTTLE", seconds=1)
    reports, begun = Reports(), time.monotonic()
    draft = await Genie(peer.workspace).ask(ANALYST, SPACE, TOTAL, report=reports)
    assert isinstance(draft, Draft)
    assert time.monotonic() - begun >= 1.0
    assert reports.seen[0].step == "genie_queue"


async def test_a_wait_longer_than_the_deadline_is_told_at_once(peer: Peer) -> None:
    """Nobody is kept waiting for nothing."""
    await trouble(peer, end="THROTTLE", seconds=60)
    begun = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await ask(Genie(peer.workspace, seconds=30))
    assert caught.value.retry_after >= 59
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("kind", ["drop", 500])
async def test_a_question_is_never_sent_twice(peer: Peer, kind: object) -> None:
    """A POST whose answer got lost is not repeated behind our back: it may have started a question."""
    fault = Fault("/api/2.0/genie/", kind, times=9, method="POST")  # type: ignore[arg-type]
    peer.platform.knobs.faults.append(fault)
    with pytest.raises(Unavailable):
        await ask(Genie(peer.workspace))
    assert fault.times == 8


async def test_the_queue_is_told_and_refuses_when_it_is_long(peer: Peer) -> None:
    """The fourth of three a minute waits; when it would wait beyond its deadline, it hears so and takes no place."""
    bucket = MemoryBucket(burst=2, seconds=4.0)
    genie, reports = Genie(peer.workspace, bucket=bucket, seconds=3.0), Reports()
    begun = time.monotonic()
    results = await asyncio.gather(
        *(genie.ask(ANALYST, SPACE, TOTAL, report=reports) for _ in range(5)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Unavailable)]
    assert (sum(isinstance(result, Draft) for result in results), len(refused)) == (3, 2)
    assert {error.reason for error in refused} == {"rate_limited"}
    assert [progress.detail for progress in reports.seen if progress.step == "genie_queue"] == ["2"]
    assert await bucket.take("genie") < 6.0 - (time.monotonic() - begun) + 2.2  # at most one place was lost


async def test_thumbs_reach_genie(peer: Peer) -> None:
    """Feedback is sent as the asker to the very message."""
    genie = Genie(peer.workspace)
    draft = await ask(genie)
    assert isinstance(draft, Draft)
    await genie.rate(ANALYST, SPACE, draft.conversation, draft.message, good=False)
    [thumb] = await feedback(peer)
    assert (thumb["message"], thumb["rating"]) == (draft.message, "NEGATIVE")


async def test_stopping_ends_the_watching(peer: Peer) -> None:
    """A cancelled task is gone at once and leaves no request behind."""
    await trouble(peer, end="HANG")
    reports = Reports()
    task = asyncio.create_task(Genie(peer.workspace).ask(ANALYST, SPACE, TOTAL, report=reports))
    await until(lambda: reports.seen)
    task.cancel()
    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - begun < 10


def test_every_error_type_of_the_sdk_has_its_sentence() -> None:
    """A type that the vendor adds fails here until somebody has said what to do about it."""
    unknown = [kind.value for kind in MessageErrorType if trouble_of(kind.value) is None]
    invented = set(TROUBLES) - {kind.value.removesuffix("_EXCEPTION") for kind in MessageErrorType}
    assert (unknown, invented, len(TROUBLES)) == ([], set(), 61)
    reasons = {genie_failed(kind.value).reason for kind in MessageErrorType}
    assert reasons == {"genie_failed", "rate_limited", "genie_setup", "genie_changed", "refused"}


def test_an_unknown_error_type_is_a_plain_failure() -> None:
    """What we do not know is told as a failure and not tried again by itself."""
    error = genie_failed("SOMETHING_NEW_EXCEPTION", "[INSUFFICIENT_PERMISSIONS] no")
    assert isinstance(error, Refused)
    assert isinstance(genie_failed("SOMETHING_NEW_EXCEPTION"), Unavailable)
    assert trouble_of("SOMETHING_NEW_EXCEPTION") is None


def test_parameters_are_put_into_the_sql() -> None:
    """Genie's parametrised SQL becomes one text that is checked and run as it is, quotes within values."""
    query = {
        "query": "SELECT * FROM c.s.t WHERE country = :country AND n > :n AND note = ':country'",
        "parameters": [
            {"keyword": "country", "sql_type": "STRING", "value": "Côte d'Ivoire' OR '1'='1"},
            {"keyword": "n", "sql_type": "INT", "value": "5"},
        ],
    }
    ids = {"conversation_id": "c", "space_id": "s", "message_id": "m", "content": "", "id": "m"}
    draft = draft_of(GenieMessage.from_dict({**ids, "attachments": [{"attachment_id": "a", "query": query}]}))
    assert draft is not None
    assert "CAST('5' AS INT)" in draft.sql
    assert "note = ':country'" in draft.sql
    assert r"'Côte d\'Ivoire\' OR \'1\'=\'1'" in draft.sql or "'Côte d''Ivoire'' OR ''1''=''1'" in draft.sql
