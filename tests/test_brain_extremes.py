"""An extreme that is asked for together with its moment or its owner is told with it, or not answered at all."""

from __future__ import annotations

import pytest

from sandbox.brain import NotRead, Understood
from tests.brain_tables import Space, plants, usage

__all__ = ["plants", "usage"]  # fixtures


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("highest consumption in Germany in 2025 and when?", ("2025-09", 2000.0)),
        ("lowest consumption in Germany in 2025, and when was it?", ("2025-01", 400.0)),
        ("consommation maximale en Allemagne en 2025 et quand ?", ("2025-09", 2000.0)),
        ("consommation la plus faible en France en 2024, et à quelle date ?", ("2024-01", 200.0)),
        ("when was consumption highest in France in 2024?", ("2024-12", 1300.0)),
        ("maximum consumption in 2025 and which country?", ("Germany", 2000.0)),
        ("highest consumption in 2025 and which country?", ("Germany", 2000.0)),
        ("consommation minimale en 2025 et dans quel pays ?", ("Spain", 100.0)),
        ("highest consumption and which country in 2025?", ("Germany", 2000.0)),
        ("maximum consumption in Germany in 2025 and in which month?", ("2025-09", 2000.0)),
    ],
)
def test_an_extreme_with_what_it_belongs_to(usage: Space, question: str, row: tuple[object, ...]) -> None:
    """One row tells the figure and when, or for whom, it was."""
    reading = usage.brain.read(question)
    assert isinstance(reading, Understood), reading
    assert usage.rows(reading.sql) == [row]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("highest consumption in 2025 and where?", "where"),
        ("highest consumption in 2025, and where was it?", "where"),
        ("highest consumption and who?", "who"),
        ("consommation la plus élevée en 2025, et qui ?", "qui"),
        ("consommation maximale en 2025 et où ?", "où"),
        ("total consumption in France in 2025 and when?", "when"),
        ("consommation totale en France et quand ?", "quand"),
        ("highest consumption in 2025 and when?", "when"),
        ("consommation par pays et où ?", "où"),
        ("where was the highest consumption?", "where"),
    ],
)
def test_what_cannot_be_told_is_refused(usage: Space, question: str, word: str) -> None:
    """A word that asks for more than the figure is never left out."""
    reading = usage.brain.read(question)
    assert isinstance(reading, NotRead), reading
    assert word in reading.words


def test_the_time_of_a_thing_is_not_the_time_of_its_figure(plants: Space) -> None:
    """A plant's opening is not when its capacity was the highest."""
    assert isinstance(plants.brain.read("highest capacity and when?"), NotRead)
    assert isinstance(plants.brain.read("biggest plant and where?"), NotRead)


@pytest.mark.parametrize("turn", ["and when?", "et quand ?"])
def test_when_as_a_follow_up(usage: Space, turn: str) -> None:
    """The moment of an extreme may be asked for afterwards; a total has none."""
    before = usage.brain.read("maximum consumption in Germany in 2025")
    assert isinstance(before, Understood)
    reading = usage.brain.read(turn, before)
    assert isinstance(reading, Understood), reading
    assert usage.rows(reading.sql) == [("2025-09", 2000.0)]
    total = usage.brain.read("total consumption in Germany in 2025")
    assert isinstance(total, Understood)
    assert isinstance(usage.brain.read(turn, total), NotRead)
