"""The Synthesizer: restated subjects, what exists nearby when nothing was found, sentences held against the rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain import Answer, Draft, Figures, Intent, Language, Question, SqlResult
from agents.errors import BadQuery, Unavailable
from agents.headline import is_plain, is_true
from agents.nearby import is_empty
from agents.subject import subject_of
from tests.fakes import FakeAnalyst, FakeWarehouse, ScriptedModel
from tests.scenes import ENGLISH, QUESTION, SQL, Scene

GAS_SQL = "SELECT AVG(level_gwh) AS average FROM mesh.gas.gas_storage"


@pytest.mark.parametrize(("language", "text", "subject"), [
    ("fr", "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?",
     "la consommation totale en énergie verte en France pendant septembre 2025"),
    ("fr", "Quels sont les 5 pays qui consomment le plus ?", "les 5 pays qui consomment le plus"),
    ("fr", "Donne-moi l'évolution des ventes par mois", "l'évolution des ventes par mois"),
    ("fr", "bonjour, montre les ventes de 2024", "les ventes de 2024"),
    ("fr", "Combien de clients avons-nous ?", "nombre de clients"),
    ("fr", "Combien d'heures ont été perdues en 2025 ?", "nombre d'heures perdues en 2025"),
    ("fr", "Combien de centrales font plus de 1000 MW ?", ""),
    ("fr", "Quelle était la production et combien de parcs ?", ""),
    ("fr", "la production éolienne en 2024", "la production éolienne en 2024"),
    ("fr", "production éolienne 2024", "production éolienne 2024"),
    ("fr", "bonjour, compare 2023 et 2024", ""),
    ("en", "What was the total consumption in France?", "the total consumption in France"),
    ("en", "Show me the sales by month.", "the sales by month"),
    ("en", "how many customers do we have?", "number of customers"),
    ("en", "How many incidents were caused by storms in 2025?", "number of incidents caused by storms in 2025"),
    ("en", "what was the highest price in 2025 and when?", ""),
    ("en", "what is average consumption?", ""),
    ("en", "the average price in 2024", "the average price in 2024"),
])  # fmt: skip
def test_the_subject_is_restated_by_rule(language: Language, text: str, subject: str) -> None:
    """A question becomes its noun phrase, or nothing where no rule is sure."""
    assert subject_of(Question(text, Intent.ASK, language, words=text)) == subject


def test_a_follow_up_has_no_subject() -> None:
    """It names only what changes."""
    assert subject_of(Question("the same in Germany", Intent.ASK, "en", follow_up=True)) == ""


def result(*rows: tuple[object, ...], columns: tuple[str, ...] = ("v",)) -> SqlResult:
    """A result of these rows."""
    return SqlResult("SELECT 1", columns, tuple("string" for _ in columns), rows)


# ── No rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("rows", "empty"), [
    ((), True), (((None,),), True), (((0,),), True), (((Decimal(0),),), True), (((1,),), False), (((None, 3),), False),
    (((0, None),), True), (((0,), (0,)), False), (((0, 0),), False),
])  # fmt: skip
def test_what_counts_as_no_rows(rows: tuple[tuple[object, ...], ...], empty: bool) -> None:
    """No row, a sum over nothing, a count of zero."""
    assert is_empty(result(*rows)) is empty


async def test_no_rows_says_what_exists_nearby() -> None:
    """The span of filtered periods and the values that look like those asked, asked as the asker through the guard."""
    warehouse = FakeWarehouse(
        [
            ("SUM", (["total"], [(None,)])),
            (r"MIN\(`month`\)", (["first_value", "last_value"], [("2019-01", "2025-10")])),
            (r"DISTINCT `country`", (["value"], [("France",), ("Allemagne",), ("Florence",)])),
        ]
    )
    sql = SQL.replace("'France'", "'Frence'").replace("2025-09", "2027-01")
    scene = Scene(warehouse=warehouse, analyst=FakeAnalyst({"space-usage": [Draft(sql)]}))
    reply = await scene.say(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert reply.body.coverage == (("month", "2019-01", "2025-10"),)
    assert reply.body.nearby == (("country", ("Florence", "France")),)
    assert warehouse.whom == ["alice"] * 3
    assert "synthesizer looking_nearby" in scene.steps


async def test_values_that_exist_are_not_offered_as_look_alikes() -> None:
    """When the value asked for exists, something else found no rows."""
    warehouse = FakeWarehouse(
        [
            ("SUM", (["total"], [])),
            (r"MIN\(", (["a", "b"], [(date(2019, 1, 1), date(2025, 10, 1))])),
            ("DISTINCT", (["value"], [("France",), ("Florence",)])),
        ]
    )
    reply = await Scene(warehouse=warehouse).say(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert reply.body.nearby == ()
    assert reply.body.coverage == (("month", "2019-01", "2025-10"),)


@pytest.mark.parametrize("error", [Unavailable("down"), BadQuery("no")])
async def test_looking_nearby_may_fail(error: Unavailable | BadQuery) -> None:
    """The answer "no rows" does not depend on it."""
    warehouse = FakeWarehouse([("SUM", (["total"], [])), ("MIN|DISTINCT", error)])
    reply = await Scene(warehouse=warehouse).say(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert (reply.body.coverage, reply.body.nearby) == ((), ())


async def test_rows_need_no_further_queries() -> None:
    """Only a question that found nothing is looked into."""
    scene = Scene()
    await scene.say(QUESTION)
    assert len(scene.warehouse.sent) == 1


# ── Suggestions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_suggestions_are_the_products_questions_in_the_askers_language() -> None:
    """Verified examples in another language, or the one just asked, are not offered."""
    french = await Scene().say(QUESTION)
    english = await Scene().say(ENGLISH)
    assert isinstance(french, Answer)
    assert isinstance(english, Answer)
    assert french.suggestions == ("Quelle est la consommation d'énergie verte en Italie en 2024 ?",)
    assert english.suggestions == ("What was the total green energy consumption in Spain in 2024?",)


# ── Sentences of a model ──────────────────────────────────────────────────────────────────────────────────────────────

TRUE = [
    ("La consommation est de 12 480 000 MWh en France en septembre 2025.", (12_480_000,)),
    ("The total was 12,480,000 MWh in 2025.", (12_480_000,)),
    ("Environ 12,48 millions de MWh.", (12_480_000,)),
    ("12.48 million MWh.", (12_480_000,)),
    ("About 12.5 million MWh.", (12_480_000,)),
    ("Le prix moyen est de 3,14 €.", (Decimal("3.14"),)),
    ("Roughly 3.1 on average.", (3.14159,)),
    ("Le total baisse de 5,2 %.", (Decimal("-5.2"),)),
    ("Le pic est le 12 mars 2024.", (date(2024, 3, 12),)),
    ("The best month is 2024-03.", ("2024-03",)),
    ("Aucun chiffre ici.", (1,)),
]
FALSE = [
    ("La consommation est de 12 480 001 MWh.", (12_480_000,)),
    ("12.5 million MWh.", (12_480_000,)),
    ("About 12.6 million MWh.", (12_480_000,)),
    ("Le double de l'an dernier.", (12_480_000,)),
    ("Up 12 percent.", (12,)),
    ("In three countries.", (3,)),
    ("It was 2,025 MWh in 2025.", (12_480_000,)),
    ("The average is 4.16 million.", (12_480_000,)),
]


@pytest.mark.parametrize(("text", "cells"), TRUE)
def test_a_sentence_true_to_the_rows_passes(text: str, cells: tuple[object, ...]) -> None:
    """Locale formatting, scales and declared rounding are undone."""
    assert is_true(text, result(cells), ("en septembre 2025",))


@pytest.mark.parametrize(("text", "cells"), FALSE)
def test_a_sentence_with_a_figure_of_its_own_does_not(text: str, cells: tuple[object, ...]) -> None:
    """A number that is in no row, undeclared rounding, or a number in letters."""
    assert not is_true(text, result(cells), ("en septembre 2025",))


@given(st.integers(min_value=1000, max_value=10**12), st.integers(min_value=1, max_value=10**6))
def test_a_shifted_number_never_passes(value: int, shift: int) -> None:
    """Whatever the figure, another one is noticed."""
    assert is_true(f"Total: {value:,}.", result((value,)))
    assert not is_true(f"Total: {value + shift:,}.", result((value,)))


@pytest.mark.parametrize("text", [
    "See https://evil.example/x", "<!channel> look", "[link](x)", "**bold**", "@everyone", "x" * 400,
    "www.evil.example",
])  # fmt: skip
def test_only_plain_short_sentences_pass(text: str) -> None:
    """No links, mentions or markup come out of a model."""
    assert not is_plain(text)


@pytest.mark.parametrize(("said", "kept"), [
    ("The average level was 42 GWh.", "The average level was 42 GWh."),
    ("The average level was 43 GWh.", ""),
    ("The average level was 42 GWh, see https://evil.example", ""),
    ("", ""),
])  # fmt: skip
async def test_a_models_sentence_is_sent_only_when_it_is_true(said: str, kept: str) -> None:
    """Else the headline is empty and the templated wording is sent."""

    def script(messages: object, tools: tuple[str, ...]) -> dict[str, object]:
        return {"headline": said} if tools == ("Phrased",) else {"sql": GAS_SQL}

    scene = Scene(
        analyst=None, model=ScriptedModel(script=script), warehouse=FakeWarehouse([("AVG", (["average"], [(42,)]))])
    )
    reply = await scene.say("What was the average gas storage level in 2024?")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert reply.body.headline == kept
    assert scene.spend.calls == 2


async def test_no_sentence_is_asked_for_on_genies_route() -> None:
    """An answer by Genie is phrased by template: no model call for it."""
    model = ScriptedModel(script=lambda messages, tools: {"headline": "never"})
    scene = Scene(model=model)
    await scene.say(QUESTION)
    assert model.sent == []
