"""Dates, spans, durations and names of columns as people say them, in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from adapters.wording import plain, say
from adapters.wording.durations import promise
from adapters.wording.labels import condition, titled, where
from adapters.wording.numbers import day
from adapters.wording.periods import span
from agents.domain import (
    Answer,
    Calculation,
    Column,
    DataProduct,
    Figures,
    Filter,
    Hit,
    ProductDescription,
    ProductList,
    Reading,
    SqlResult,
    Table,
    TableRef,
)

REF = TableRef("main", "finance", "revenue")
NET = Column("net_amount", "decimal(18,2)", label="Revenue", unit="EUR", synonyms=(("fr", "chiffre d'affaires"),))
TABLE = Table(REF, (NET, Column("month", "date", synonyms=(("fr", "mois"),))))
PRODUCT = DataProduct("revenue", "Revenue", tables=(TABLE,), documentation=90, sla=(("frequency", "1 m"),))


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        ("2025-01-01", "2025-12-31", "2025", "2025"),
        ("2023-01-01", "2024-12-31", "2023–2024", "2023–2024"),
        ("2025-07", "2025-09", "T3 2025", "Q3 2025"),
        ("2024-02-01", "2024-02-29", "février 2024", "February 2024"),
        ("2024-02", "2024-05", "de février 2024 à mai 2024", "February 2024 to May 2024"),
        ("2025-03-01", "2025-03-12", "du 1er mars 2025 au 12 mars 2025", "1 March 2025 to 12 March 2025"),
        ("2025-03-12", "2025-03-12", "12 mars 2025", "12 March 2025"),
        ("10", "20", "", ""),
        ("2025-13-01", "2025-13-31", "", ""),
    ],
)
def test_a_span_is_called_by_its_name(first, last, french, english) -> None:
    """A whole year, quarter or month has a name; anything else is from one day to another; numbers are no span."""
    assert (span(first, last, "fr"), span(first, last, "en")) == (french, english)


def test_filters_on_dates_read_as_dates_and_others_as_written() -> None:
    """The worked example's month stays as the data writes it; a span of days gets its name."""
    assert condition(Filter("month", "=", ("2025-09",)), (TABLE,), "fr") == "mois = 2025-09"
    assert condition(Filter("month", "between", ("2025-07-01", "2025-07-31")), (TABLE,), "fr") == "mois = juillet 2025"
    assert condition(Filter("month", ">=", ("2026-01-01",)), (TABLE,), "fr") == "mois ≥ 1er janvier 2026"
    assert condition(Filter("net_amount", "between", ("10", "20")), (TABLE,), "en") == "revenue from 10 to 20"
    assert condition(Filter("is_offshore", "=", ("true",)), (TABLE,), "fr") == "is_offshore = oui"


def test_a_sentence_names_the_period_too() -> None:
    """A headline that left the period out would read as the figure of all time."""
    filters = (Filter("cause", "=", ("storm",)), Filter("d", "between", ("2025-01-01", "2025-01-31")))
    assert where(filters, (), "en") == "storm, January 2025"
    assert where((Filter("month", ">=", ("2026-01",)),), (), "fr") == "depuis janvier 2026"


@pytest.mark.parametrize(
    ("name", "value", "french", "english"),
    [
        ("frequency", "1 m", "mise à jour tous les mois", "updated every month"),
        ("frequency", "15 min", "mise à jour toutes les 15 minutes", "updated every 15 minutes"),
        ("latency", "5 d", "délai 5 jours", "delay 5 days"),
        ("retention", "1 y", "conservation 1 an", "kept for 1 year"),
        ("availability", "99.5 %", "disponibilité 99.5 %", "availability 99.5 %"),
    ],
)
def test_service_levels_are_told_in_words(name, value, french, english) -> None:
    """Units of the contract are abbreviations that nobody should have to know."""
    assert (promise(name, value, "fr"), promise(name, value, "en")) == (french, english)


def test_the_first_of_a_month_is_premier_in_french_alone() -> None:
    """1er mars, but 11 mars and 1 March."""
    assert [day(date(2025, 3, n), "fr") for n in (1, 11)] == ["1er mars 2025", "11 mars 2025"]
    assert day(date(2025, 3, 1), "en") == "1 March 2025"


def test_columns_made_by_sql_are_titled_in_words() -> None:
    """An alias is read by the column that it is made of, without the unit that stands beside it."""
    reading = Reading((REF,), (), (Calculation("SUM(net_amount) / 1000", "", "total_net_amount_keur"),))
    assert titled("total_net_amount_keur", reading, (TABLE,), "fr") == "chiffre d'affaires"
    assert titled("quarter", reading, (TABLE,), "fr") == "trimestre"
    assert titled("number_of_incidents", reading, (TABLE,), "en") == "number of incidents"


def test_one_row_of_several_values_is_told_in_the_sentence() -> None:
    """That there is one row says nothing; its values do."""
    result = SqlResult("SELECT …", ("change", "change_pct"), ("decimal", "double"), ((Decimal(-37), -9.341),))
    reading = Reading((REF,), (), (Calculation("100 * (a - b) / b", "", "change_pct"),))
    figures = Figures(result, reading, (PRODUCT,), (TABLE,))
    said = plain(say(Answer("fr", figures)).headline).replace("\xa0", " ")
    assert said == "Variation : -37 · variation : -9,34 %"


def test_a_title_without_an_article_is_followed_by_its_value() -> None:
    """A question that is a noun phrase becomes the title of its figure, not a broken sentence."""
    result = SqlResult("SELECT …", ("a",), ("double",), ((22.917,),))
    reading = Reading((REF,), (), (Calculation("avg", "net_amount", "a"),))
    figures = Figures(result, reading, (PRODUCT,), (TABLE,), subject="température moyenne à Lyon")
    assert plain(say(Answer("fr", figures)).headline).replace("\xa0", " ") == "Température moyenne à Lyon : 22,92 EUR."


def test_columns_of_several_tables_stand_under_their_table() -> None:
    """The table's name heads its columns instead of being repeated before each."""
    other = Table(TableRef("main", "finance", "budget"), (Column("year", "int"),), description="One row per year.")
    grid = say(Answer("en", ProductDescription(PRODUCT, (TABLE, other), "columns"))).grid
    assert grid
    assert [row[0] for row in grid.rows] == ["revenue", "· net_amount", "· month", "budget", "· year"]
    assert grid.rows[3] == ("budget", "table", "One row per year.")
    assert grid.of == len(grid.rows)


def test_a_shelf_asked_for_without_words_does_not_quote_nothing() -> None:
    """Who asks which products there are gets a selection, and near-duplicates by name."""
    said = say(Answer("fr", ProductList((Hit(PRODUCT, 1.0, (), ("revenue-v1",)),))))
    assert "«  »" not in plain(said.headline)
    assert "presque identique\u00a0: revenue-v1" in said.cards[0].facts
