"""The main job from question to answer, on a local Databricks, through the very clients that talk to a real one."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest
import pytest_asyncio

from agents.domain import Answer, Apology, Filter, ProductDescription, ProductList, SmallTalk
from agents.language import language_of
from bot import wiring
from bot.evaluation import Dialogue, dialogues, kind_of, replayed, told
from sandbox.mesh_files import load
from tests.brisk import brisk
from tests.end_to_end import ENGLISH, FRENCH, QUESTIONS, ROOT, Talk, all_replayed, findata, read
from tests.findata_peer import figures
from tests.redis_peer import valkey

__all__ = ["brisk", "valkey"]  # fixtures

PRODUCTS = ROOT / "sandbox" / "marketplace"
CLOSED = {"salaries", "trading-positions"}  # not for everybody

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("end_to_end")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(valkey: str) -> AsyncIterator[wiring.App]:
    """One findata for all these tests."""
    async with findata(valkey) as running:
        yield running


# ── the worked example ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("question", [FRENCH, ENGLISH])
async def test_the_worked_example_has_its_value_filters_and_sql(app: wiring.App, question: str) -> None:
    """The figure is exact, and what is said of it is read off the SQL that ran."""
    found = figures(await Talk(app).say(question))
    assert [[Decimal(str(cell)) for cell in row] for row in found.result.rows] == [[Decimal(12_480_000)]]
    assert set(found.reading.filters) == {Filter("country", "=", ("France",)), Filter("month", "=", ("2025-09",))}
    assert [(one.function, one.column) for one in found.reading.calculations] == [("sum", "consumption_mwh")]
    assert [product.id for product in found.products] == ["energy-usage"]


async def test_the_worked_example_reads_well_in_french(app: wiring.App) -> None:
    """Answer, data, filters, calculation, in this order and in the asker's language."""
    lines = read(await Talk(app).say(FRENCH))
    assert lines[0] == (
        "La consommation totale en énergie verte en France pendant septembre 2025 est de 12 480 000 MWh."
    )
    assert lines[1].startswith("Données : green_energy_consumption, du data product Energy usage (domaine ")
    assert "à jour au " in lines[1]
    assert lines[2:4] == ["Filtres : pays = France · mois = 2025-09", "Calcul : somme de consumption_mwh."]


async def test_the_worked_example_reads_well_in_english(app: wiring.App) -> None:
    """The same facts, said in English."""
    lines = read(await Talk(app).say(ENGLISH))
    assert lines[0] == "The total green energy consumption in France in September 2025 is 12,480,000 MWh."
    assert "up to date as of " in lines[1]
    assert lines[2:4] == ["Filters: country = France · month = 2025-09", "Calculation: sum of consumption_mwh."]


async def test_the_products_link_opens_its_page(app: wiring.App) -> None:
    """Whoever clicks sees the product that the figure is from."""
    (product,) = figures(await Talk(app).say(FRENCH)).products
    async with aiohttp.ClientSession() as browser, browser.get(product.url) as page:
        assert page.status == 200
        assert product.name in await page.text()


async def test_data_is_as_fresh_as_the_answer_says(app: wiring.App) -> None:
    """The date comes from the catalogue, not from the clock."""
    found = figures(await Talk(app).say(FRENCH))
    assert found.tables
    assert all(table.fresh_as_of and table.fresh_as_of.year >= 2026 for table in found.tables)


# ── what exists, and what does not ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("question", ["Quels data products existent ?", "which data products are there?"])
async def test_who_asks_what_there_is_gets_products(app: wiring.App, question: str) -> None:
    """Our own sentences suggest this question, so it has an answer."""
    reply = await Talk(app).say(question)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, ProductList)
    assert len(reply.body.hits) == 5
    assert "«  »" not in read(reply)[0]
    assert reply.suggestions
    assert all(language_of(words, "") == reply.language for words in reply.suggestions)


async def test_a_family_of_products_can_be_asked_for(app: wiring.App) -> None:
    """The family narrows the list and is no word to search for."""
    reply = await Talk(app).say("quels data products agrégés parlent d'énergie verte ?")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, ProductList)
    assert {hit.product.family.value for hit in reply.body.hits} == {"aggregated"}


async def test_no_rows_says_what_exists_nearby(app: wiring.App) -> None:
    """To hear only that there is no data leaves the asker guessing."""
    lines = read(await Talk(app).say("consommation d'énergie verte en Pologne en 2027"))
    assert lines[0] == "Aucune donnée visible pour Pologne, 2027."
    assert lines[1].startswith("De telles lignes existent peut-être sans que vous ayez le droit de les voir")
    assert lines[2].startswith("Les lignes visibles couvrent « mois » de janvier 2019 à ")


async def test_restricted_data_is_refused_with_its_owner(app: wiring.App) -> None:
    """Not yours to see is another answer than no rows, and says whom to ask."""
    talk = Talk(app)
    reply = await talk.say("Quel est le salaire brut moyen en 2025 ?")
    assert isinstance(reply, Apology)
    assert reply.reason == "refused_product"
    assert "people-analytics" in read(reply)[0]
    described = await talk.say("qui en est responsable ?")
    assert isinstance(described, Answer)
    assert isinstance(described.body, ProductDescription)
    assert described.body.product.id == "salaries"


async def test_something_nobody_publishes_is_no_figure(app: wiring.App) -> None:
    """A figure for another question would be worse than none."""
    reply = await Talk(app).say("Combien de licornes avons-nous vendues en 2025 ?")
    assert kind_of(reply) in ("refusal", "small-talk", "clarification")


# ── questions and conversations whose truth is known ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_nine_of_ten_questions_are_answered_rightly_and_none_wrongly(app: wiring.App, language: str) -> None:
    """Fifty questions a language, written without a look at the rules that read them."""
    counts: Counter[str] = Counter()
    others: list[str] = []
    async for _, case, reply, outcome in all_replayed(app, f"{language}.yaml"):
        counts[outcome] += 1
        others += [f"{outcome}: {case.text} ({told(reply)})"] if outcome != "right" else []
    assert counts["wrong"] == 0, others
    assert counts["right"] >= 0.9 * counts.total(), others


@pytest.mark.parametrize("dialogue", dialogues(QUESTIONS / "conversations.yaml"), ids=lambda one: one.name)
async def test_a_conversation_keeps_its_thread(app: wiring.App, dialogue: Dialogue) -> None:
    """Follow-ups change what they name and keep the rest."""
    async for case, reply, outcome in replayed(app, dialogue):
        assert outcome == "right", f"{case.text}: {kind_of(reply)}: {told(reply)}"


async def test_no_follow_up_is_answered_with_another_questions_figure(app: wiring.App) -> None:
    """After whatever came before it: a question back, a refusal, other talk, another product, another measure."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    async for dialogue, case, reply, outcome in all_replayed(app, "follow_ups.yaml"):
        counts[outcome] += 1
        wrong += [f"{dialogue.name}: {case.text} ({told(reply)})"] if outcome == "wrong" else []
    assert not wrong
    assert counts["right"] >= 0.75 * counts.total()


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "language", "topic"),
    [
        ("", "en", "either"),
        (" \n\t ", "en", "either"),
        ("🎉🎉🎉", "en", "either"),
        ("?!... ;;", "en", "either"),
        ("quelle est la " + "très longue " * 2000 + "question ?", "fr", "too_long"),
        ("what is the " + "very long " * 2000 + "question?", "en", "too_long"),
        ("\x00\x01\x02\x7fELF\x02\x01\x01\x00" * 50, "en", "not_text"),
        ("A" * 3000, "en", "not_text"),
        ("'; DROP TABLE green_energy_consumption; --", "en", "either"),
        ("1' OR '1'='1", "en", "unclear"),
        ("SELECT * FROM corporate.hr.salaries_yearly", "en", "unclear"),
    ],
)
async def test_bad_input_gets_one_clear_sentence(app: wiring.App, text: str, language: str, topic: str) -> None:
    """Whatever is typed, the answer is short, in the right language and no stack trace."""
    reply = await Talk(app).say(text)
    said = reply.reason if isinstance(reply, Apology) else reply.body.topic  # type: ignore[union-attr]
    assert (said, reply.language) == (topic, language)
    (line,) = read(reply)
    assert 10 < len(line) < 200
    assert "Traceback" not in line


async def test_sql_hidden_in_a_question_changes_nothing(app: wiring.App) -> None:
    """The table is still there, and its figure is the same."""
    await Talk(app).say("consommation verte en France'; DELETE FROM green_energy_consumption WHERE 1=1; -- en 2025")
    assert figures(await Talk(app).say(FRENCH)).result.rows[0][0] == Decimal(12_480_000)


@pytest.mark.parametrize(("text", "language"), [("bonjour", "fr"), ("hello", "en"), ("aide", "fr"), ("help", "en")])
async def test_small_talk_has_its_own_short_answer(app: wiring.App, text: str, language: str) -> None:
    """Without SQL and in the language it came in."""
    reply = await Talk(app).say(text)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, SmallTalk)
    assert reply.language == language


# ── what is offered ───────────────────────────────────────────────────────────────────────────────────────────────────


VERIFIED = [(product.id, asked) for product in load(PRODUCTS).products for asked in product.questions]


@pytest.mark.parametrize(("product", "asked"), VERIFIED)
async def test_a_verified_question_is_answered_from_its_product(app: wiring.App, product: str, asked: str) -> None:
    """What a contract promises, and is offered as a suggestion, can be asked first of all; else its owner is named."""
    reply = await Talk(app).say(asked)
    if isinstance(reply, Apology):
        assert (reply.reason, product in CLOSED) == ("refused_product", True), reply
        return
    found = figures(reply)
    assert product in [one.id for one in found.products]
    assert found.result.rows
    assert reply.language == language_of(asked)
