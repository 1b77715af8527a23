"""The Coordinator: languages, intents, follow-ups and clicks, by rule and with a model beside the search."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler

from agents.domain import (
    Answer,
    Apology,
    Choose,
    Clarification,
    Draft,
    Figures,
    Filter,
    Intent,
    ProductList,
    Refine,
    SaidByGenie,
    SmallTalk,
)
from agents.graph import build, opening
from agents.intents import classify, subject_words
from agents.language import language_of
from agents.message import clean, is_text
from agents.state import Context
from tests.fakes import BOB, FakeAnalyst, FakeCatalog, FakeMarketplace, FakeWarehouse, ScriptedModel, product, turn
from tests.scenes import GREEN, PARKS, QUESTION, SQL, USAGE, WIND, Scene


@pytest.mark.parametrize(("text", "language"), [
    ("Quelle est la consommation totale ?", "fr"),
    ("What was the total consumption?", "en"),
    ("par mois depuis janvier", "fr"),
    ("by month since January", "en"),
    ("consommation verte France septembre 2025", "fr"),
    ("production by country", "en"),
    ("énergie 2024", "fr"),
])  # fmt: skip
def test_the_language_is_the_words(text: str, language: str) -> None:
    """Function words decide, whatever the asker's locale is."""
    assert language_of(text, "en" if language == "fr" else "fr") == language


def test_where_words_do_not_say_the_locale_does() -> None:
    """Names and numbers are in no language: the first fallback that says decides, else English."""
    assert language_of("TTF 2024", "fr-CA") == "fr"
    assert language_of("TTF 2024", "", "en-GB") == "en"
    assert language_of("TTF 2024", "de-DE") == "en"


@pytest.mark.parametrize(
    "text", ["Stromverbrauch in Deutschland im September 2025", "¿Cuánta energía se usa por región?"]
)
def test_a_third_language_is_answered_in_the_askers_own(text: str) -> None:
    """Words that German and English share do not make a German question English."""
    assert language_of(text, "fr-FR") == "fr"
    assert language_of(text, "en-GB") == "en"


@pytest.mark.parametrize(("text", "intent"), [
    ("which products sold the most in 2024?", Intent.ASK),
    ("combien de produits avons-nous vendus en 2024 ?", Intent.ASK),
    ("Explain the drop in sales between 2023 and 2024 by country and product", Intent.ASK),
    ("How many wind turbines were installed in 2023 by country?", Intent.ASK),
    ("bonjour, quelle est la production éolienne en 2024 ?", Intent.ASK),
    ("quelles données avez-vous sur le gaz ?", Intent.DISCOVER),
    ("what data do we have on gas storage?", Intent.DISCOVER),
    ("is there any data about hydrogen?", Intent.DISCOVER),
    ("list all data products", Intent.DISCOVER),
    ("Liste les jeux de données", Intent.DISCOVER),
    ("à qui appartiennent les données de stockage ?", Intent.DESCRIBE),
    ("who is responsible for the gas data?", Intent.DESCRIBE),
    ("d'où vient ce chiffre ?", Intent.EXPLAIN),
    ("show me the SQL", Intent.EXPLAIN),
    ("how does this work", Intent.CHAT),
    ("qui es-tu ?", Intent.CHAT),
    ("SELECT * FROM users", Intent.CHAT),
    ("' OR '1'='1", Intent.CHAT),
    ("x'; DROP TABLE energy; --", Intent.CHAT),
])  # fmt: skip
def test_what_is_wanted_by_rule(text: str, intent: Intent) -> None:
    """Asking, discovering, describing, explaining and small talk are told apart without a model."""
    assert classify(text).intent is intent


@pytest.mark.parametrize("text", [
    "et en Allemagne ?", "par mois depuis janvier", "and in 2024?", "only the top 3", "same in GWh", "idem", "en 2023",
    "What about Germany?", "Allemagne", "seulement les 3 premiers", "by country", "trie par valeur",
])  # fmt: skip
def test_follow_ups_are_heard_only_after_an_answer(text: str) -> None:
    """What changes the last question is a follow-up; without one it cannot be."""
    assert classify(text, answered=True).follow_up
    assert not classify(text, answered=False).follow_up


@pytest.mark.parametrize("text", [
    "Quelle est la production nucléaire en Espagne ?", "What was the average gas price in Germany in 2024?",
    "Combien de clients avons-nous en Belgique ?", "merci", "bonjour", "which data products are about wind?",
])  # fmt: skip
def test_whole_questions_are_no_follow_ups(text: str) -> None:
    """A complete question after an answer stands alone."""
    assert not classify(text, answered=True).follow_up


def test_the_subject_of_a_discovery_keeps_its_spelling() -> None:
    """What "data products about …" is about, as the asker wrote it."""
    assert subject_words("Quels data products parlent d'éolien en mer ?") == "éolien mer"
    assert subject_words("which data products are there?") == ""


def test_text_is_cleaned_and_files_are_recognised() -> None:
    """Control and invisible characters go, words stay; a pasted file is not text."""
    assert clean("  quelle\u200b\x00 est\n la \u202econsommation ") == "quelle est la consommation"
    assert not is_text("".join(map(chr, range(1, 200))))
    assert not is_text("QUJD" * 100)
    assert is_text("Où est l'énergie ? 12 480 000 MWh — ça va 👍")


async def test_a_follow_up_stays_in_the_language_of_the_conversation() -> None:
    """A bare "2024 ?" is in no language: the question before decides, not the asker's locale."""
    scene = Scene()
    await scene.say(QUESTION, BOB)
    reply = await scene.say("2024 ?", BOB)
    assert reply.language == "fr"


# ── Clicks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def tie() -> Scene:
    """Two products without Genie that fit alike."""
    east = product("sales-east", GREEN, description="total sales figures east")
    west = product("sales-west", WIND, description="total sales figures west")
    model = ScriptedModel(script=lambda messages, tools: {"unsure": True, "sql": SQL})
    return Scene(products=(east, west), analyst=None, model=model)


async def test_a_choice_settles_the_open_question() -> None:
    """The clicked product answers the question that was asked, and what stood on the button is remembered."""
    scene = tie()
    asked = await scene.say("what are the total sales figures in 2024?")
    assert isinstance(asked, Clarification)
    assert [option.label for option in asked.options] == ["sales-east", "sales-west"]
    reply = await scene.say(Choose(asked.options[0].key))
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert [p.id for p in reply.body.products] == ["sales-east"]
    assert [m.text for m in (await scene.remembered())["messages"] if m.type == "human"][-1] == "sales-east"
    assert (await scene.remembered())["last_question"] == "what are the total sales figures in 2024?"


@pytest.mark.parametrize("typed", ["1", "sales-east", "Sales-East."])
async def test_an_option_may_be_typed(typed: str) -> None:
    """Its number, its label or what it stands for, instead of a click."""
    scene = tie()
    await scene.say("what are the total sales figures in 2024?")
    reply = await scene.say(typed)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)


async def test_a_stale_choice_is_told() -> None:
    """Options of an older question, or of none, are no longer valid."""
    scene = tie()
    old = await scene.say("what are the total sales figures in 2024?")
    await scene.say("what are the total sales figures in 2023?")
    assert isinstance(old, Clarification)
    reply = await scene.say(Choose(old.options[0].key))
    assert isinstance(reply, Apology)
    assert reply.reason == "stale_choice"


async def test_small_talk_leaves_the_open_question_open() -> None:
    """A "thanks" in between does not make the buttons stale."""
    scene = tie()
    asked = await scene.say("what are the total sales figures in 2024?")
    await scene.say("thanks")
    assert isinstance(asked, Clarification)
    assert isinstance(await scene.say(Choose(asked.options[1].key)), Answer | Apology)
    assert (await scene.remembered())["pending"] == ""


async def test_an_answer_to_genies_question_goes_on_in_its_conversation() -> None:
    """What is typed after Genie asked back is sent to the same space and conversation."""
    genie = FakeAnalyst(
        {"space-usage": [SaidByGenie("Which year?", asks=True, suggestions=("2024", "2025")), Draft(SQL)]}
    )
    scene = Scene(analyst=genie)
    asked = await scene.say(QUESTION)
    assert isinstance(asked, Clarification)
    assert (asked.about, asked.text, [o.label for o in asked.options]) == ("genie", "Which year?", ["2024", "2025"])
    reply = await scene.say("en 2025")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert genie.sent[-1] == ("alice", "space-usage", "en 2025", "space-usage-alice")


async def test_a_click_on_genies_suggestion_is_its_words() -> None:
    """The suggestion on the button is what Genie is asked next."""
    genie = FakeAnalyst(
        {"space-usage": [SaidByGenie("Which?", asks=True, suggestions=("in 2024", "in 2025")), Draft(SQL)]}
    )
    scene = Scene(analyst=genie)
    asked = await scene.say(QUESTION)
    assert isinstance(asked, Clarification)
    await scene.say(Choose(asked.options[1].key))
    assert genie.sent[-1][2:] == ("in 2025", "space-usage-alice")


async def test_genie_hears_of_filters_edited_by_hand() -> None:
    """Genie's conversation does not know of a Refine: the next follow-up carries the values it changed, once."""
    scene = Scene()
    await scene.say(QUESTION)
    await scene.say(Refine((Filter("country", "=", ("Allemagne",)), Filter("month", "=", ("2025-09",)))))
    await scene.say("par mois")
    assert isinstance(scene.analyst, FakeAnalyst)
    assert scene.analyst.sent[-1][2] == "par mois (Allemagne)"
    await scene.say("par pays")
    assert scene.analyst.sent[-1][2] == "par pays"


async def test_genie_hears_of_periods_edited_by_hand() -> None:
    """Not only of values: what is silently kept from before would be another question's figure."""
    between = "SELECT SUM(consumption_mwh) FROM mesh.energy.green_energy_consumption WHERE month BETWEEN '{}' AND '{}'"
    span = ("MIN", (["first_value", "last_value"], [("2019-01", "2026-12")]))
    genie = FakeAnalyst({"space-usage": [Draft(between.format("2025-01", "2025-06"))]})
    scene = Scene(analyst=genie, warehouse=FakeWarehouse([span]))
    await scene.say(QUESTION)
    await scene.say(Refine((Filter("month", "between", ("2025-02", "2025-03")),)))
    await scene.say("par pays")
    assert genie.sent[-1][2:] == ("par pays (from 2025-02 to 2025-03)", "space-usage-alice")


async def test_a_follow_up_goes_on_in_the_conversation_of_the_last_question_only() -> None:
    """What Genie was told turns ago, in another space or by another asker since, is not what is changed now."""
    genie = FakeAnalyst({"space-usage": [Draft(SQL)]})
    scene = Scene(analyst=genie)
    await scene.say(QUESTION)
    await scene.say(QUESTION, BOB)
    await scene.say("et en Allemagne ?")
    assert genie.sent[-1] == ("alice", "space-usage", "et en Allemagne ?", "")
    await scene.say("par mois")
    assert genie.sent[-1] == ("alice", "space-usage", "par mois", "space-usage-alice")


async def test_a_file_of_the_same_rows_edits_nothing() -> None:
    """Rows as CSV run the same statement again: what is asked next is asked in the asker's words alone."""
    scene = Scene()
    await scene.say(QUESTION)
    await scene.say(Refine(()))
    await scene.say("et en Allemagne ?")
    assert isinstance(scene.analyst, FakeAnalyst)
    assert scene.analyst.sent[-1][2] == "et en Allemagne ?"


# ── With a model ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_sure_question_costs_no_model_call_on_genies_route() -> None:
    """Rules understood it and Genie writes the SQL: the model is not asked at all."""
    model = ScriptedModel(script=lambda messages, tools: "never asked")
    scene = Scene(model=model)
    await scene.say(QUESTION)
    await scene.say("et en Allemagne ?")
    assert model.sent == []


async def test_an_unsure_message_is_understood_by_the_model_beside_the_search() -> None:
    """The model's intent and language win, and its call and the search overlap in time."""
    understood = {
        "question": "Quels produits sur le vent ?",
        "language": "fr",
        "intent": "discover",
        "topic": "",
        "follow_up": False,
    }
    model = ScriptedModel(script=lambda messages, tools: understood, delay=0.05)
    market = FakeMarketplace((USAGE, PARKS), delay=0.05)
    scene = Scene(model=model, marketplace=market)
    reply = await scene.say("wind parks stuff")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, ProductList)
    assert reply.language == "fr"
    assert scene.steps[:2] == ["coordinator understanding", "marketplace searching"]
    assert scene.spend.calls == 1


@pytest.mark.parametrize("nonsense", [
    "no idea", "{", {"intent": "conquer"}, {"question": "x", "language": "de", "intent": "ask"}, "",
])  # fmt: skip
async def test_a_model_that_talks_nonsense_leaves_the_rules(nonsense: object) -> None:
    """Garbage instead of an understanding: the turn goes the model-free way and still answers."""
    scene = Scene(model=ScriptedModel(script=lambda messages, tools: nonsense))
    reply = await scene.say("green energy consumption France")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)


async def test_a_wording_with_invented_figures_is_not_used() -> None:
    """A year that nobody said must not come into the question through the model."""
    wording = "green energy consumption France 2031"
    understood = {"question": wording, "language": "en", "intent": "ask", "topic": "", "follow_up": False}
    scene = Scene(model=ScriptedModel(script=lambda messages, tools: understood))
    await scene.say("green energy consumption France")
    assert (await scene.remembered())["last_question"] == "green energy consumption France"


async def test_json_in_the_text_counts_as_an_understanding() -> None:
    """Models without tool calls may answer in JSON text."""
    text = '```json\n{"question": "hi", "language": "en", "intent": "chat", "topic": "hello", "follow_up": false}\n```'
    reply = await Scene(model=ScriptedModel(script=lambda messages, tools: text)).say("yo dude wassup")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, SmallTalk)
    assert reply.body.topic == "hello"


class Listening(AsyncCallbackHandler):
    """Counts model calls from outside."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.calls = 0

    async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """One more."""
        self.calls += 1


async def test_who_listens_to_the_graph_hears_of_its_model_calls() -> None:
    """The turn's own meter does not shut out callbacks given to the graph, such as metrics."""
    model = ScriptedModel(script=lambda messages, tools: "no idea")
    listening, one = Listening(), turn("green energy consumption France")
    context = Context(one, FakeMarketplace((USAGE,)), FakeCatalog((GREEN,)), FakeWarehouse(), FakeAnalyst(), model)
    await build().ainvoke(opening(one), {"callbacks": [listening]}, context=context)
    assert listening.calls == context.spend.calls == len(model.sent) == 2
