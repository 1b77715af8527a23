"""Ways of saying a condition, a figure or a name that stand across the words of the tables."""

from __future__ import annotations

import pytest

from sandbox.brain import Brain, NotRead
from sandbox.mesh import Column, ForeignKey, Table
from tests.brain_tables import TODAY, statement, words

PRICES = Table(
    "main",
    "trading",
    "prices_hourly",
    (
        Column("zone", "string", label="Zone", words=words("zone"), role="dimension"),
        Column("delivery_start", "timestamp", label="Delivery hour", words=words("heure", "hour")),
        Column("price_eur_mwh", "double", label="Spot price", unit="EUR/MWh", role="measure",
               words=words("prix, prix du courant", "price")),
        Column("temp_min_c", "double", label="Minimum temperature", unit="°C", role="measure",
               words=words("température minimale", "lowest temperature")),
    ),
    label="Spot prices",
    words=words("prix du courant"),
    primary_key=("zone", "delivery_start"),
)  # fmt: skip
ORDERS = Table(
    "main",
    "buying",
    "orders",
    (
        Column("order_id", "bigint", label="Order", role="dimension"),
        Column("ordered_on", "date", label="Order date"),
        Column("kind", "string", label="Kind", role="dimension"),
    ),
    label="Orders",
    primary_key=("order_id",),
)
LINES = Table(
    "main",
    "buying",
    "order_lines",
    (
        Column("order_id", "bigint", role="dimension"),
        Column("line_no", "int"),
        Column("amount_eur", "double", label="Amount", unit="EUR", words=words("montant commandé"), role="measure"),
    ),
    label="Order lines",
    primary_key=("order_id", "line_no"),
    foreign_keys=(ForeignKey(("order_id",), "main.buying.orders", ("order_id",)),),
)


@pytest.fixture(scope="module")
def prices() -> Brain:
    """Prices by hour and zone."""
    return Brain([PRICES], lambda table, column: ["FR", "ES"] if column.name == "zone" else [], TODAY)


@pytest.fixture(scope="module")
def orders() -> Brain:
    """Orders, whose lines have no date of their own."""
    return Brain([ORDERS, LINES], lambda table, column: ["small", "large"] if column.name == "kind" else [], TODAY)


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("combien d'heures avec un prix négatif en FR en 2025 ?", "price_eur_mwh < 0"),
        ("how many hours with a negative price in FR in 2025?", "price_eur_mwh < 0"),
        ("how many hours with a positive price in ES in 2025?", "price_eur_mwh > 0"),
    ],
)
def test_a_sign_compares_with_zero(prices: Brain, question: str, condition: str) -> None:
    """Said of hours of one zone, of which each has one price."""
    read = statement(prices, question)
    assert read.startswith("SELECT COUNT(DISTINCT delivery_start)")
    assert condition in read


def test_hours_of_several_zones_have_several_prices(prices: Brain) -> None:
    """An hour with a negative price here and a positive one there is neither."""
    assert isinstance(prices.read("how many hours with a negative price in 2025?"), NotRead)


def test_an_averaged_name_may_have_the_average_inside(prices: Brain) -> None:
    """As in "prix moyen du courant", where "prix du courant" is the name."""
    assert statement(prices, "prix moyen du courant en 2025") == statement(
        prices, "moyenne des prix du courant en 2025"
    )


def test_a_figure_called_lowest_is_the_lowest(prices: Brain) -> None:
    """Unless an average of the lowest ones is asked for."""
    assert "MIN(temp_min_c)" in statement(prices, "what was the lowest temperature in 2025?")
    assert "AVG(temp_min_c)" in statement(prices, "average lowest temperature in 2025")


@pytest.mark.parametrize("question", ["montant commandé en 2025", "montant commandé par Kind en 2025"])
def test_a_year_that_a_figure_is_in_is_no_value_of_it(orders: Brain, question: str) -> None:
    """The date may be another table's: an amount in 2025 is never an amount of 2025."""
    assert "ordered_on >= DATE '2025-01-01'" in statement(orders, question)
    assert "= 2025" not in statement(orders, question)


def test_things_and_their_numbers_are_one(orders: Brain) -> None:
    """As in "orders", which names a table and its key alike: nobody is asked which of the two."""
    assert statement(orders, "how many orders in 2025?").startswith("SELECT COUNT(*)")


def test_nobody_slips_twice_from_the_first_letter_on(orders: Brain) -> None:
    """Another word that differs in its first letter and one more is another word."""
    assert isinstance(orders.read("how many borderz in 2025?"), NotRead)
