"""Questions as they are typed in a hurry: logs ranked by their name, rankings, units, what is said for short."""

from __future__ import annotations

import pytest

from sandbox.brain import Brain, NotRead, Understood
from sandbox.mesh import Column, Table
from tests.brain_tables import TODAY, Space, plants, statement, usage, words

__all__ = ["plants", "usage"]  # fixtures

LOAD = Table(
    "main",
    "grid",
    "load_hourly",
    (
        Column("country", "string", label="Country", words=words("pays"), role="dimension"),
        Column("hour", "timestamp", label="Hour"),
        Column("load_mw", "int", label="Load", unit="MW", role="measure",
               words=words("charge, pic de consommation", "peak demand")),
    ),
    primary_key=("country", "hour"),
)  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [
        "top 2 countries by green energy consumption",
        "Top 2 des pays par énergie verte",
        "which 2 countries had the highest green energy consumption?",
    ],
)
def test_things_are_ranked_by_the_log_that_is_named(usage: Space, question: str) -> None:
    """The name of a log stands for its only figure, as it does in a list."""
    assert statement(usage.brain, question).endswith("GROUP BY country ORDER BY total_consumption_mwh DESC LIMIT 2")


def test_the_monthly_average_of_a_log_is_that_of_its_figure(usage: Space) -> None:
    """Countries are added up before months are averaged."""
    assert "SUM(consumption_mwh) / COUNT(DISTINCT `month`)" in statement(
        usage.brain, "moyenne mensuelle de l'énergie verte"
    )


@pytest.mark.parametrize("question", ["classement des pays par consommation", "ranking of countries by consumption"])
def test_a_ranking_shows_everybody_the_greatest_first(usage: Space, question: str) -> None:
    """Nothing is cut off where no number is named."""
    assert statement(usage.brain, question).endswith("GROUP BY country ORDER BY total_consumption_mwh DESC")


def test_a_ranking_says_by_what(usage: Space) -> None:
    """Where two figures could rank, or none is named, the word is not passed over."""
    reading = usage.brain.read("classement des pays")
    assert isinstance(reading, NotRead)
    assert "classement" in reading.text


@pytest.mark.parametrize("question", ["how many plants are active, in percent?", "nombre de centrales en MWh"])
def test_a_number_of_things_has_no_unit(plants: Space, question: str) -> None:
    """It would be another figure: their share, or what they produce."""
    assert isinstance(plants.brain.read(question), NotRead)


def test_what_is_said_for_short_is_read_in_french(usage: Space) -> None:
    """Without any small word that tells the language."""
    reading = usage.brain.read("conso France 2024")
    assert isinstance(reading, Understood)
    assert reading.language == "fr"


def test_one_has_consumed(usage: Space) -> None:
    """As in "on a", which is nobody's possession and no place."""
    assert "SUM(consumption_mwh) / 1000" in statement(
        usage.brain, "combien on a consommé en Allemagne en 2025, en GWh ?"
    )


@pytest.mark.parametrize("question", ["how many energy plants are there?", "combien de centrales d'énergie ?"])
def test_what_a_schema_is_about_goes_without_saying(plants: Space, question: str) -> None:
    """As in "grid incidents", which are the incidents of the schema grid."""
    assert "COUNT(*)" in statement(plants.brain, question)


@pytest.mark.parametrize("question", ["pic de consommation en 2024", "peak demand in 2024"])
def test_a_figure_called_a_peak_is_the_greatest(question: str) -> None:
    """Nobody is asked whether a peak is a sum or an average."""
    reading = Brain([LOAD], lambda table, column: (), TODAY).read(question)
    assert isinstance(reading, Understood)
    assert "MAX(load_mw)" in reading.sql


STORAGE = Table(
    "main",
    "gas",
    "gas_storage_daily",
    (
        Column("country", "string", label="Country", words=words("pays"), role="dimension"),
        Column("gas_day", "date", label="Gas day"),
        Column("stored_twh", "double", label="Gas in storage", unit="TWh", role="measure",
               words=words("gaz stocké", "stored gas")),
    ),
    primary_key=("country", "gas_day"),
)  # fmt: skip


def stored(question: str) -> object:
    return Brain([STORAGE], lambda table, column: (), TODAY).read(question)


@pytest.mark.parametrize("question", ["stored gas in 2025", "total stored gas in 2025"])
def test_what_is_in_store_is_not_added_up_over_days(question: str) -> None:
    """The gas of Monday is there on Tuesday, too: over a year it has no sum."""
    assert not isinstance(stored(question), Understood)


def test_what_is_in_store_on_one_day_is_added_up_over_countries() -> None:
    """On one day it is a quantity like any other."""
    reading = stored("stored gas on 2025-09-01")
    assert isinstance(reading, Understood)
    assert "SUM(stored_twh)" in reading.sql
