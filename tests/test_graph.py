"""The graph as a whole: what a conversation gets for an answer, what it remembers, and what it must not."""

from __future__ import annotations

import pytest

from agents.domain import (
    STEPS,
    Answer,
    Apology,
    Explain,
    Explanation,
    Figures,
    Filter,
    Forget,
    ProductDescription,
    ProductList,
    Refine,
    Reply,
    SmallTalk,
)
from agents.errors import Unavailable
from tests.fakes import BOB, FakeAnalyst, FakeCatalog, FakeWarehouse, turn
from tests.scenes import ENGLISH, GREEN, QUESTION, SQL, WIND, Scene


def body_of(reply: Reply) -> object:
    assert isinstance(reply, Answer)
    return reply.body


@pytest.mark.parametrize(("question", "language", "subject"), [
    (QUESTION, "fr", "la consommation totale en énergie verte en France pendant septembre 2025"),
    (ENGLISH, "en", "the total green energy consumption in France in September 2025"),
])  # fmt: skip
async def test_a_question_is_answered_with_figures(question: str, language: str, subject: str) -> None:
    """Rows off the warehouse, facts off the executed SQL, in the question's language and without a model."""
    scene = Scene()
    reply = await scene.say(question)
    figures = body_of(reply)
    assert isinstance(figures, Figures)
    assert (reply.language, figures.subject) == (language, subject)
    assert figures.result.rows == ((12_480_000,),)
    assert figures.reading.filters == (Filter("country", "=", ("France",)), Filter("month", "=", ("2025-09",)))
    assert [p.id for p in figures.products] == ["energy-usage"]
    assert [t.ref.name for t in figures.tables] == ["green_energy_consumption"]
    assert scene.warehouse.sent == [SQL]


async def test_every_agent_says_what_it_does() -> None:
    """The steps come in order and each is one that the wording has a phrase for."""
    scene = Scene()
    await scene.say(QUESTION)
    assert scene.steps == [
        "coordinator understanding", "marketplace searching", "marketplace found", "catalog reading_catalog",
        "genie asking_genie", "genie checking", "genie running", "synthesizer phrasing",
    ]  # fmt: skip
    assert {one.step for one in scene.progress} <= set(STEPS)


@pytest.mark.parametrize(("first", "then"), [(QUESTION, "et en Allemagne ?"), (ENGLISH, "and in Germany?")])
async def test_a_follow_up_passes_the_askers_own_words_to_the_same_genie(first: str, then: str) -> None:
    """Genie's conversation goes on, with the words as they were said, over the same product."""
    scene = Scene()
    await scene.say(first)
    reply = await scene.say(then)
    assert isinstance(body_of(reply), Figures)
    assert isinstance(scene.analyst, FakeAnalyst)
    assert scene.analyst.sent[-1] == ("alice", "space-usage", then, "space-usage-alice")
    assert (await scene.remembered())["last_question"] == f"{first} → {then}"


async def test_another_asker_gets_a_genie_conversation_of_their_own() -> None:
    """In a shared thread Genie's conversation belongs to its user."""
    scene = Scene()
    await scene.say(QUESTION)
    await scene.say("et en Allemagne ?", BOB)
    assert isinstance(scene.analyst, FakeAnalyst)
    assert scene.analyst.sent[-1] == ("bob", "space-usage", "et en Allemagne ?", "")
    assert scene.warehouse.whom == ["alice", "bob"]


@pytest.mark.parametrize("question", ["quels data products parlent d'éolien ?", "which data products are about wind?"])
async def test_a_discovery_is_answered_with_products_and_no_sql(question: str) -> None:
    """Products found, nothing asked of the warehouse."""
    scene = Scene()
    shelf = body_of(await scene.say(question))
    assert isinstance(shelf, ProductList)
    assert [hit.product.id for hit in shelf.hits] == ["wind-parks"]
    assert not shelf.guesses
    assert scene.warehouse.sent == []


@pytest.mark.parametrize(("question", "topic"), [
    ("qui est responsable de energy-usage ?", "owner"),
    ("who owns energy-usage?", "owner"),
    ("what is in energy-usage?", "overview"),
    ("quelles colonnes dans energy-usage ?", "columns"),
    ("are the energy-usage data up to date?", "freshness"),
    ("comment avoir accès à energy-usage ?", "access"),
])  # fmt: skip
async def test_a_product_is_described_without_sql(question: str, topic: str) -> None:
    """Owner, columns, freshness and access come from metadata."""
    scene = Scene()
    portrait = body_of(await scene.say(question))
    assert isinstance(portrait, ProductDescription)
    assert (portrait.product.id, portrait.topic) == ("energy-usage", topic)
    assert [one.ref.name for one in portrait.tables] == ["green_energy_consumption"]
    assert scene.warehouse.sent == []


@pytest.mark.parametrize(("text", "topic", "language"), [
    ("Bonjour", "hello", "fr"), ("hi there!", "hello", "en"), ("merci !", "thanks", "fr"), ("thanks", "thanks", "en"),
    ("que peux-tu faire ?", "help", "fr"), ("what can you do?", "help", "en"), ("au revoir", "bye", "fr"),
    ("DROP TABLE users; --", "unclear", "fr"), ("   ", "empty", "fr"),
])  # fmt: skip
async def test_small_talk_needs_no_data(text: str, topic: str, language: str) -> None:
    """Greetings, thanks, help and nonsense get their own short answer."""
    reply = await Scene().say(text)
    talk = body_of(reply)
    assert isinstance(talk, SmallTalk)
    assert (talk.topic, reply.language) == (topic, language)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a " * 10_000, "too_long"), ("\x00\x01\x02\x03\x04PK\x05", "not_text"), ("A" * 900, "not_text")],
)
async def test_what_cannot_be_a_question_gets_one_clear_sentence(text: str, reason: str) -> None:
    """Novels and files are turned down before anything is searched."""
    scene = Scene()
    reply = await scene.say(text)
    assert isinstance(reply, Apology)
    assert reply.reason == reason
    assert scene.warehouse.sent == []


async def test_the_last_answer_is_explained_from_its_sql() -> None:
    """Explanation repeats what ran, read off the statement; before any answer there is nothing to explain."""
    scene = Scene()
    nothing = body_of(await scene.say("comment as-tu calculé ça ?"))
    assert isinstance(nothing, SmallTalk)
    assert nothing.topic == "nothing_to_explain"
    await scene.say(QUESTION)
    for way in ("comment as-tu calculé ça ?", "how did you get that number?", Explain()):
        told = body_of(await scene.say(way))
        assert isinstance(told, Explanation)
        assert told.sql == SQL
        assert [p.id for p in told.products] == ["energy-usage"]


async def test_edited_filters_run_the_same_sql_without_genie() -> None:
    """Refine goes through guard and warehouse only, with other values in the same statement."""
    scene = Scene()
    await scene.say(QUESTION)
    figures = body_of(
        await scene.say(Refine((Filter("country", "=", ("Allemagne",)), Filter("month", "=", ("2025-09",)))))
    )
    assert isinstance(figures, Figures)
    assert figures.reading.filters[0].values == ("Allemagne",)
    assert isinstance(scene.analyst, FakeAnalyst)
    assert len(scene.analyst.sent) == 1
    assert len(scene.warehouse.sent) == 2


async def test_filters_cannot_be_edited_before_there_is_an_answer() -> None:
    """A Refine in a conversation without an answer is told so."""
    reply = await Scene().say(Refine((Filter("country", "=", ("Allemagne",)),)))
    assert isinstance(reply, Apology)
    assert reply.reason == "no_last_answer"


async def test_forgetting_leaves_nothing() -> None:
    """After Forget the state holds no message and no string of the conversation."""
    scene = Scene()
    await scene.say(QUESTION)
    talk = body_of(await scene.say(Forget()))
    assert isinstance(talk, SmallTalk)
    assert talk.topic == "forgotten"
    assert not any((await scene.remembered()).values())


async def test_neither_rows_nor_findings_are_stored() -> None:
    """What the saver holds after answers, clicks and failures has no cell and no domain object in it."""
    scene = Scene(warehouse=FakeWarehouse([("SUM", (["total"], [("SECRET-CELL",)]))]))
    await scene.say(QUESTION)
    await scene.say("et en Allemagne ?")
    scene.warehouse.answers = [("SUM", Unavailable("SECRET-ERROR"))]
    with pytest.raises(Unavailable):
        await scene.say("et en Espagne ?")
    stored = repr(scene.saver.storage) + repr(scene.saver.writes) + repr(scene.saver.blobs)
    assert "SECRET" not in stored
    assert "agents.domain" not in stored
    assert "figures from energy-usage" in stored


async def test_an_error_of_a_port_comes_out_and_the_question_is_remembered_once() -> None:
    """The turn run again with the same input starts over: one human message, one answer."""
    scene = Scene(warehouse=FakeWarehouse([("SUM", Unavailable("down"))]))
    with pytest.raises(Unavailable):
        await scene.run(turn(QUESTION))
    assert [m.id for m in (await scene.remembered())["messages"]] == ["t1"]
    scene.warehouse.answers = [("SUM", (["total"], [(5,)]))]
    assert isinstance(body_of(await scene.run(turn(QUESTION))), Figures)
    assert [m.id for m in (await scene.remembered())["messages"]] == ["t1", "t1:answer"]


async def test_memory_stays_small() -> None:
    """However long a conversation gets, a bounded number of messages is kept, the latest ones."""
    scene = Scene()
    for number in range(30):
        await scene.say(f"bonjour {'!' * number}")
    messages = (await scene.remembered())["messages"]
    assert len(messages) == 24
    assert messages[-1].id == "t30:answer"


async def test_how_to_get_access_is_about_the_product_just_refused() -> None:
    """After "you may not see this", "how do I get access?" describes that product, not the one answered before."""
    scene = Scene(catalog=FakeCatalog((GREEN, WIND), closed={"alice": ("wind_parks",)}))
    await scene.say(QUESTION)
    assert isinstance(await scene.say("what is the total capacity of wind parks in 2024?"), Apology)
    portrait = body_of(await scene.say("how can I get access?"))
    assert isinstance(portrait, ProductDescription)
    assert (portrait.product.id, portrait.topic) == ("wind-parks", "access")
    figures = body_of(await scene.say("et en Allemagne ?"))
    assert isinstance(figures, Figures)
    assert [p.id for p in figures.products] == ["energy-usage"]


async def test_edited_filters_belong_to_the_last_answer_not_to_the_last_product() -> None:
    """A product described in between does not change which tables the last SQL may read."""
    scene = Scene()
    await scene.say(QUESTION)
    await scene.say("who owns wind-parks?")
    figures = body_of(
        await scene.say(Refine((Filter("country", "=", ("Allemagne",)), Filter("month", "=", ("2025-09",)))))
    )
    assert isinstance(figures, Figures)
    assert [p.id for p in figures.products] == ["energy-usage"]
