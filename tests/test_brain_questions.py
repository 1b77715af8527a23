"""Questions become SQL whose rows are the answer: checked by running it on a few rows worked out by hand."""

from __future__ import annotations

import pytest

from sandbox.brain import Brain, Understood
from sandbox.mesh import Column, Table
from tests.brain_tables import CONSUMPTION, OUTAGES, PLANTS, PRODUCTION, TODAY, Space, words


@pytest.fixture(scope="module")
def usage() -> Space:
    """The table of the worked example."""
    return Space(CONSUMPTION)


@pytest.fixture(scope="module")
def plants() -> Space:
    """Plants with what they produce and when they fail."""
    return Space(PLANTS, PRODUCTION, OUTAGES)


def understood(space: Space, question: str) -> Understood:
    """The reading of a question that must be understood."""
    reading = space.brain.read(question)
    assert isinstance(reading, Understood), reading
    return reading


def answer(space: Space, question: str) -> list[tuple[object, ...]]:
    """The rows that answer a question."""
    return space.rows(understood(space, question).sql)


def assert_told(found: list[tuple[object, ...]], rows: list[tuple[object, ...]]) -> None:
    """Exactly these rows, in any order; a row may tell more cells than the expected ones."""
    assert len(found) == len(rows), found
    for row in rows:
        assert any(set(row) <= set(other) for other in found), (row, found)


def test_the_worked_example_in_french(usage: Space) -> None:
    """The worked example gives exactly the SQL, the echo and the language that it should."""
    reading = understood(usage, "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?")
    assert " ".join(reading.sql.split()) == (
        "SELECT SUM(consumption_mwh) AS total_consumption_mwh FROM main.energy.green_energy_consumption "
        "WHERE country = 'France' AND `month` = '2025-09'"
    )
    assert reading.echo == "somme de Consumption (MWh) où Country = France, Month = 2025-09"
    assert (reading.language, reading.tables) == ("fr", ("main.energy.green_energy_consumption",))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("total green energy consumption in France in September 2025", 1000.0),
        ("consommation en Frnace en sept. 2025", 1000.0),
        ("CONSOMMATION EN FRANCE EN SEPTEMBRE 2025", 1000.0),
        ("consommation en Allemagne au T3 2025", 5400.0),
        ("German green energy consumption in Q3 2025", 5400.0),
        ("consumption in France in September 2025 in GWh", 1.0),
        ("average consumption in Spain in 2024", 375.0),
        ("consommation moyenne en Espagne en 2024", 375.0),
        ("maximum consumption in France", 1300.0),
        ("what is the average consumption recorded in Spain in 2024?", 375.0),
        ("total consumption used in France in September 2025", 1000.0),
        ("how many countries are there?", 3),
        ("combien de pays ?", 3),
        ("consommation hors Allemagne en septembre 2025", 1500.0),
        ("consumption in September 2025 except Germany and Spain", 1000.0),
        ("consommation en France et en Espagne en septembre 2025", 1500.0),
    ],
)
def test_one_figure(usage: Space, question: str, value: float) -> None:
    """A question for one figure gives that figure."""
    assert answer(usage, question) == [(pytest.approx(value),)]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("consommation par pays en septembre 2025", [("Germany", 2000.0), ("France", 1000.0), ("Spain", 500.0)]),
        ("consumption by year in France", [("2023", 9000.0), ("2024", 9000.0), ("2025", 5400.0)]),
        ("consommation trimestrielle en Espagne en 2024", [("2024-Q1", 450.0), ("2024-Q2", 900.0), ("2024-Q3", 1350.0),
                                                           ("2024-Q4", 1800.0)]),
        ("top 2 countries by consumption in 2024", [("Germany", 18000.0), ("France", 9000.0)]),
        ("quel pays a la plus faible consommation en 2024 ?", [("Spain", 4500.0)]),
        ("which countries consumed more than 5 GWh in 2024?", [("Germany", 18000.0), ("France", 9000.0)]),
        ("compare consumption in France and Spain in 2024", [("France", 9000.0), ("Spain", 4500.0)]),
        ("consumption in France in 2023 vs 2024", [("2023", 9000.0), ("2024", 9000.0)]),
    ],
)  # fmt: skip
def test_one_row_per_something(usage: Space, question: str, rows: list[tuple[object, ...]]) -> None:
    """Groups, ranks, comparisons and conditions on totals give the rows in the order asked for."""
    assert answer(usage, question) == rows


@pytest.mark.parametrize(
    "question",
    [
        "quelle est la part de la France dans la consommation totale en 2024 ?",
        "share of France in consumption in 2024",
        "what percentage of consumption came from France in 2024?",
    ],
)
def test_shares(usage: Space, question: str) -> None:
    """A share is the part's figure in per cent of the whole's."""
    assert answer(usage, question) == [(pytest.approx(100 * 9000 / 31500),)]


def test_share_of_each_group(usage: Space) -> None:
    """Without a part of its own, a share is told for each group, and the shares add up to 100."""
    rows = answer(usage, "part de la consommation par pays en 2024")
    assert sum(row[-1] for row in rows) == pytest.approx(100)  # type: ignore[misc]


def test_change_between_two_periods(usage: Space) -> None:
    """A change tells both figures, their difference and its percentage."""
    rows = answer(usage, "évolution de la consommation entre janvier 2025 et juin 2025 en France")
    assert rows == [(200.0, 700.0, 500.0, 250.0)] or len(rows) == 6
    rows = answer(usage, "growth of consumption in France between 2023 and 2024")
    assert rows == [(9000.0, 9000.0, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("how many plants are there per country?", [("France", 2), ("Germany", 1), ("Spain", 1)]),
        ("combien de centrales solaires en France ?", [(1,)]),
        ("combien de centrales actives ?", [(3,)]),
        ("how many plants are not in operation?", [(1,)]),
        ("which plant has the highest capacity?", [("Cordemais", 600.0)]),
        ("les 2 centrales avec la plus faible capacité", [("O'Brien Park", 50.0), ("Saint Nazaire", 100.0)]),
        ("what is the oldest plant?", [("Cordemais",)]),
        ("which plants have a capacity between 100 and 300 MW?", [("Saint Nazaire",), ("Hamburg",)]),
        ("centrales de plus de 0,5 GW", [("Cordemais",)]),
        ("which countries have more than 1 plant?", [("France", 2)]),
        ("capacité moyenne par technologie", [("wind", 450.0), ("solar", 75.0)]),
        ("capacity of Saint Nazaire", [(100.0,)]),
        ("list the names of plants in Spain", [("O'Brien Park",)]),
        ("plants whose name starts with 'Sai'", [("Saint Nazaire",)]),
        ("which plants have a capacity above the average?", [("Cordemais",), ("Hamburg",)]),
        ("which plants commissioned before 2000?", [("Cordemais",)]),
    ],
)
def test_things(plants: Space, question: str, rows: list[tuple[object, ...]]) -> None:
    """Things are listed, counted, ranked and told by name; only the named columns are compared."""
    assert_told(answer(plants, question), rows)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (
            "production par centrale en septembre 2025",
            [("Cordemais", 900.0), ("Hamburg", 600.0), ("Saint Nazaire", 300.0)],
        ),
        ("production by country in September 2025", [("France", 1200.0), ("Germany", 600.0)]),
        ("production of wind plants in September 2025", [(1500.0,)]),
        ("production éolienne en France en septembre 2025", [(900.0,)]),
        ("quelle centrale a produit le plus en 2024 ?", [("Cordemais", 10980.0)]),
        ("prix moyen en septembre 2025", [(49.0,)]),
        ("how many outages per cause?", [("storm", 2), ("turbine failure", 1)]),
        ("nombre de pannes en 2025", [(2,)]),
        ("which plants had no outages in 2025?", [("Saint Nazaire",), ("O'Brien Park",)]),
        ("which plant had the most outages?", [("Cordemais", 2)]),
        ("number of outages per plant", [("Cordemais", 2), ("Hamburg", 1)]),
        ("outages of plants in Germany since 2025", [(3,)]),
    ],
)
def test_joins_along_keys(plants: Space, question: str, rows: list[tuple[object, ...]]) -> None:
    """Tables are joined along declared keys, whichever way they point, and nothing is counted twice."""
    assert_told(answer(plants, question), rows)


def test_values_are_escaped(plants: Space) -> None:
    """A value with a quote in it is found and written as an escaped literal."""
    reading = understood(plants, "capacity of O'Brien Park")
    assert "'O\\'Brien Park'" in reading.sql
    assert plants.rows(reading.sql) == [("O'Brien Park", 50.0)]


def test_typing_errors_are_told(usage: Space) -> None:
    """A word taken for a slip is shown, so that a person can see what was read."""
    assert (
        "«\u00a0Alemagne\u00a0» lu comme «\u00a0allemagne\u00a0»"
        in understood(usage, "consommation en Alemagne en 2024").echo
    )


def test_suggestions_are_questions_that_are_understood(usage: Space) -> None:
    """Every suggestion is a complete question of its own."""
    reading = understood(usage, "Quelle est la consommation en France en 2024 ?")
    assert reading.suggestions
    for suggestion in reading.suggestions:
        assert isinstance(usage.brain.read(suggestion), Understood)


def test_a_number_that_is_a_figure_is_averaged() -> None:
    """The average number of injuries is an average of the column that keeps them, not of how many rows there are."""
    columns = (Column("event_id", "int"), Column("injured", "int", words=words(english="injuries"), role="measure"))
    brain = Brain((Table("", "", "accidents", columns, primary_key=("event_id",)),), lambda table, column: (), TODAY)
    reading = brain.read("What is the average number of injuries caused each time?")
    assert isinstance(reading, Understood), reading
    assert " ".join(reading.sql.split()) == "SELECT AVG(injured) AS average_injured FROM accidents"


def test_a_direction_may_say_that_it_is_alphabetical(plants: Space) -> None:
    """Descending alphabetical order goes from Z to A."""
    found = answer(plants, "list the plant names in descending alphabetical order")
    assert [row[0] for row in found] == ["Saint Nazaire", "O'Brien Park", "Hamburg", "Cordemais"]


@pytest.mark.parametrize(
    "question",
    [
        "Bonjour, pourriez-vous me dire quelle a été la consommation en France en septembre 2025 svp ?",
        "Serait-il possible de connaître la consommation en France en septembre 2025, merci d'avance",
        "Could you please tell me the consumption in France in September 2025, thank you",
    ],
)
def test_courtesy_is_read_over(usage: Space, question: str) -> None:
    """Polite openings and endings ask for nothing."""
    assert_told(answer(usage, question), [(1000.0,)])


@pytest.mark.parametrize(
    "question",
    ["Which country used the most green energy in 2024?", "Quel pays a consommé le plus d'énergie verte en 2024 ?"],
)
def test_the_most_of_what_one_figure_is_called_by(usage: Space, question: str) -> None:
    """Words that stand in one figure's name rank by it."""
    assert_told(answer(usage, question), [("Germany",)])


def test_shares_of_things_are_counted(plants: Space) -> None:
    """The part is what stands beside the things; the rest of the conditions make the whole."""
    assert_told(answer(plants, "share of wind plants"), [(50.0,)])
    assert_told(answer(plants, "part des centrales éoliennes en France"), [(50.0,)])
    assert_told(
        answer(plants, "share of wind plants by country"), [("France", 50.0), ("Germany", 100.0), ("Spain", 0.0)]
    )


def test_shares_by_what_they_are_of_are_not_understood(plants: Space) -> None:
    """By technology, the share of wind is all or nothing."""
    assert not isinstance(plants.brain.read("share of wind plants by technology"), Understood)


def test_how_much_things_produce(plants: Space) -> None:
    """The verb is the figure; who does it is a condition."""
    assert_told(answer(plants, "How much did our wind plants produce on 2025-01-01?"), [(50.0,)])


def test_who_did_it_is_no_grouping(plants: Space) -> None:
    """As in "produite par les centrales": with an article it tells of whom, without one it groups."""
    assert_told(answer(plants, "production par les centrales éoliennes le 2025-01-01"), [(50.0,)])
    assert len(answer(plants, "production par centrale en janvier 2025")) == 3


def test_things_named_with_a_grouping_are_counted(plants: Space) -> None:
    """Outages by cause are how many there were, not what they cost."""
    assert_told(answer(plants, "outages by cause"), [("storm", 2), ("turbine failure", 1)])


def test_what_is_still_open_is_not_read_over(plants: Space) -> None:
    """A word that would be a condition is never dropped."""
    assert not isinstance(plants.brain.read("how many outages are still open?"), Understood)


def test_what_goes_on_with_nothing_is_no_question(plants: Space) -> None:
    """Figures named by a change of a question that was not there are not listed."""
    assert not isinstance(plants.brain.read("and capacity Germany?"), Understood)
