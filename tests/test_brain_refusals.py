"""It never answers a question other than the one asked: unread words mean no answer, two readings mean asking back."""

from __future__ import annotations

import threading
import time

import pytest

from sandbox.brain import AsksBack, NotRead, Understood
from tests.brain_tables import CONSUMPTION, OUTAGES, PLANTS, PRODUCTION, Space


@pytest.fixture(scope="module")
def usage() -> Space:
    """The table of the worked example."""
    return Space(CONSUMPTION)


@pytest.fixture(scope="module")
def plants() -> Space:
    """Plants with what they produce and when they fail."""
    return Space(PLANTS, PRODUCTION, OUTAGES)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("consommation solaire en France en 2024", "solaire"),
        ("consommation d'énergie verte en Norvège en 2024", "Norvège"),
        ("green energy consumption per inhabitant in France", "inhabitant"),
        ("consommation prévue en France en 2024", "prévue"),
        ("industrial consumption in France in 2024", "industrial"),
        ("consommation en France sans les pertes", "pertes"),
        ("why did consumption rise in France?", "why"),
        ("consumption in France or above 100 MWh", "or"),
        ("consommation en litres en France", "litres"),
        ("consommation en France un jour de semaine", "semaine"),
    ],
)
def test_unread_words_are_named(usage: Space, question: str, word: str) -> None:
    """A word that means nothing in the tables is named instead of being left out."""
    reading = usage.brain.read(question)
    assert isinstance(reading, NotRead), reading
    assert any(word.lower() in said.lower() for said in reading.words), reading


@pytest.mark.parametrize(
    "question",
    [
        "what is the consumption on 12 March 2025?",
        "production par minute",
        "sum of capacity by cause",
        "average capacity by month",
        "total capacity of plants per outage",
        "production by country and plant, top 3 each",
        "consumption in 2024 compared to the weather",
    ],
)
def test_what_the_tables_cannot_tell_is_not_answered(usage: Space, plants: Space, question: str) -> None:
    """Days of monthly data, sums over joined rows and unknown breakdowns have no answer."""
    assert not isinstance(usage.brain.read(question), Understood)
    assert not isinstance(plants.brain.read(question), Understood)


@pytest.mark.parametrize("question", ["stock par centrale en 2025", "combien de centrales depuis 2015 ?"])
def test_what_is_not_sure_is_asked_back(plants: Space, question: str) -> None:
    """What is meant is asked with complete questions: a stock over time is no sum, 2015 is no date of a plant."""
    reading = plants.brain.read(question)
    assert isinstance(reading, AsksBack), reading
    assert all(isinstance(plants.brain.read(option), Understood) for option in reading.options), reading.options


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?",
        "x" * 20_000,
        "consommation " * 2_000,
        "\x00\x01\x02\xff" * 40,
        "🙂" * 40,
        "a " * 400,
        "entre et " * 80,
        "le plus " * 100,
        "'; DROP TABLE main.energy.plants; --",
        "consommation en France' OR '1'='1",
        'country = "x" UNION SELECT 1',
    ],
)
def test_any_input_gets_a_reply(usage: Space, text: str) -> None:
    """Nothing that is typed breaks the reading, takes long or reaches the SQL."""
    began = time.thread_time()
    reading = usage.brain.read(text)
    assert isinstance(reading, NotRead | AsksBack)
    assert time.thread_time() - began < 1
    assert len(reading.text) < 1000


def test_only_values_of_the_data_reach_the_sql(plants: Space) -> None:
    """A quoted text is compared with only when it occurs in the data."""
    assert isinstance(plants.brain.read("plants whose name contains 'x%'; --'"), NotRead)
    assert isinstance(plants.brain.read("plants whose name contains 'Nazaire'"), Understood)


def test_one_brain_serves_many_threads(plants: Space) -> None:
    """Readings at the same time do not disturb each other."""
    questions = ["production par centrale en septembre 2025", "how many plants are there per country?",
                 "combien de centrales actives ?"]  # fmt: skip
    alone = [plants.brain.read(question) for question in questions]
    found: list[object] = []

    def ask() -> None:
        found.extend(plants.brain.read(question) == first for question, first in zip(questions, alone, strict=True))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 24
