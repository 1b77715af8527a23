"""A follow-up changes what it names and keeps the rest of the question before it."""

from __future__ import annotations

import pytest

from sandbox.brain import NotRead, Understood
from tests.brain_tables import Space, plants, usage

__all__ = ["plants", "usage"]  # fixtures


def talk(space: Space, *turns: str) -> Understood:
    """The reading of the last of several turns."""
    before: Understood | None = None
    for turn in turns:
        reading = space.brain.read(turn, before)
        assert isinstance(reading, Understood), (turn, reading)
        before = reading
    assert before is not None
    return before


FIRST = "Quelle est la consommation totale en énergie verte en France en septembre 2025 ?"


@pytest.mark.parametrize(
    ("turns", "rows"),
    [
        (("et en Allemagne ?",), [(2000.0,)]),
        (("et en Allemagne ?", "en août 2025"), [(1800.0,)]),
        (("and in September 2024?",), [(1000.0,)]),
        (("en GWh",), [(1.0,)]),
        (("same in GWh",), [(1.0,)]),
        (("et en moyenne ?",), [(1000.0,)]),
        (("par pays",), [("Germany", 2000.0), ("France", 1000.0), ("Spain", 500.0)]),
        (("par pays", "only the top 2"), [("Germany", 2000.0), ("France", 1000.0)]),
        (("par pays", "hors Allemagne"), [("France", 1000.0), ("Spain", 500.0)]),
        (
            ("par pays", "seulement le premier trimestre 2025"),
            [("Germany", 1800.0), ("France", 900.0), ("Spain", 450.0)],
        ),
        (("par mois depuis juillet",), [("2025-07", 800.0), ("2025-08", 900.0), ("2025-09", 1000.0)]),
        (("par mois depuis juillet", "et en Espagne ?"), [("2025-07", 400.0), ("2025-08", 450.0), ("2025-09", 500.0)]),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(
    usage: Space, turns: tuple[str, ...], rows: list[tuple[object, ...]]
) -> None:
    """Filters, periods, units, functions, groups and ranks are changed one at a time."""
    assert usage.rows(talk(usage, FIRST, *turns).sql) == rows


def test_the_language_follows_the_turn(usage: Space) -> None:
    """A follow-up in another language is answered in it; one that tells nothing keeps the conversation's."""
    assert talk(usage, FIRST, "and in Germany?").language == "en"
    assert talk(usage, FIRST, "GWh").language == "fr"


@pytest.mark.parametrize(
    ("first", "turn", "month", "value"),
    [
        ("consommation en France en janvier 2024", "et en février ?", "2024-02", 300.0),
        ("consumption in France in January 2024", "and in February?", "2024-02", 300.0),
        ("consumption in France in 2024", "and in Q1?", "2024-01", 900.0),
        ("consommation en France en 2024", "et entre février et mars ?", "2024-02", 700.0),
        ("consumption in France in January 2025", "and in December?", "2024-12", 1300.0),
    ],
)
def test_a_month_alone_keeps_the_year(usage: Space, first: str, turn: str, month: str, value: float) -> None:
    """A month, quarter or range without a year is of the year before it, unless that is yet to come."""
    reading = talk(usage, first, turn)
    assert month in reading.sql
    assert usage.rows(reading.sql) == [(value,)]


def test_the_year_is_kept_from_turn_to_turn(usage: Space) -> None:
    """Two changes of month do not lose the year; a whole question does not borrow it."""
    assert "2024-03" in talk(usage, "consommation en France en janvier 2024", "et en février ?", "et en mars ?").sql
    assert (
        "2025-02" in talk(usage, "consumption in France in January 2024", "total consumption in Spain in February").sql
    )


def test_a_whole_question_starts_anew(usage: Space) -> None:
    """A complete question keeps nothing of the one before."""
    reading = talk(usage, FIRST, "consommation moyenne en Espagne en 2024")
    assert usage.rows(reading.sql) == [(pytest.approx(375.0),)]


def test_another_figure(plants: Space) -> None:
    """Naming another figure keeps filters and groups."""
    reading = talk(plants, "production par centrale en septembre 2025", "et le prix moyen ?")
    assert {row[1] for row in plants.rows(reading.sql)} == {49.0}
    assert len(reading.query.groups) == 1


@pytest.mark.parametrize("turn", ["et la météo ?", "et en bananes ?", "par couleur", "and the GDP?", "et sinon ?"])
def test_what_is_not_understood_changes_nothing(usage: Space, turn: str) -> None:
    """A follow-up with unknown words is not answered with the old question."""
    before = talk(usage, FIRST)
    assert isinstance(usage.brain.read(turn, before), NotRead)


def test_a_list_of_figures_is_put_together_when_it_is_grouped(plants: Space) -> None:
    """The capacity of each plant, then by technology: of all plants of each."""
    listed = talk(plants, "capacité des centrales actives")
    assert "SUM(" not in listed.sql
    grouped = talk(plants, "capacité des centrales actives", "par technologie")
    assert " ".join(grouped.sql.split()).startswith("SELECT technology, SUM(capacity_mw) AS total_capacity_mw")
    assert "is_active" in grouped.sql


@pytest.mark.parametrize("words", ["sans les centrales éoliennes", "without the wind plants", "hors éolien"])
def test_without_things_of_a_kind_leaves_out_that_kind(plants: Space, words: str) -> None:
    """Said of the very things that are counted, it is no lack of others."""
    without = talk(plants, "combien de centrales par pays ?", words)
    assert "technology <> 'wind'" in without.sql
    assert "EXISTS" not in without.sql
