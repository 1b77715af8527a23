"""Questions whose figure is said by a verb, averages of periods, and words of the group's own trade."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.brain import Brain, NotRead
from sandbox.mesh import Column, ForeignKey, Table
from tests.brain_tables import TODAY, statement, words

DELIVERIES = Table(
    "main",
    "fuel",
    "fuel_deliveries",
    (
        Column("delivery_id", "bigint", role="dimension"),
        Column("fuel", "string", label="Fuel", words=words("combustible"), role="dimension",
               values=(("coal", words("charbon", "coal")), ("biomass", words("biomasse")))),
        Column("delivered_on", "date", label="Delivery date", words=words("date de livraison", "delivered")),
        Column("quantity_t", "double", label="Quantity", unit="t", role="measure",
               words=words("quantité, quantité livrée", "delivered quantity")),
        Column("price_eur_t", "double", label="Price", unit="EUR/t", role="measure", words=words("prix")),
    ),
    label="Fuel deliveries",
    words=words("livraisons", "deliveries"),
    primary_key=("delivery_id",),
)  # fmt: skip
SPEND = Table(
    "main",
    "money",
    "spend_monthly",
    (
        Column("unit", "string", label="Business unit", words=words("branche"), role="dimension"),
        Column("month", "date", label="Month", words=words("mois"), role="dimension"),
        Column("spend_eur", "double", label="Spend", unit="EUR", role="measure",
               words=words("dépense, montant investi", "invested")),
    ),
    label="Monthly spend",
    primary_key=("unit", "month"),
)  # fmt: skip
SITES = Table(
    "main",
    "meter",
    "sites",
    (
        Column("site_id", "int", role="dimension"),
        Column("segment", "string", label="Segment", words=words("segment"), role="dimension"),
    ),
    label="Sites",
    primary_key=("site_id",),
)
USAGE = Table(
    "main",
    "meter",
    "usage_monthly",
    (
        Column("site_id", "int", role="dimension"),
        Column("month", "date", label="Month", words=words("mois"), role="dimension"),
        Column("usage_kwh", "double", label="Usage", unit="kWh", words=words("consommation"), role="measure"),
    ),
    label="Monthly usage",
    primary_key=("site_id", "month"),
    foreign_keys=(ForeignKey(("site_id",), "main.meter.sites", ("site_id",)),),
)
LOSSES = Table(
    "main",
    "grid",
    "losses_monthly",
    (Column("region", "string"), Column("year", "int"), Column("month", "int"), Column("losses_gwh", "double")),
)
ORDERS = Table(
    "own",
    "data",
    "orders",
    (
        Column("order_no", "int", role="dimension"),
        Column("customer_ref", "string", role="dimension"),
        Column("amount", "double", label="Amount", role="measure"),
    ),
    label="Orders",
    primary_key=("order_no",),
    foreign_keys=(ForeignKey(("customer_ref",), "own.data.customers", ("customer_ref",)),),
)
CUSTOMERS = Table(
    "own",
    "data",
    "customers",
    (Column("customer_ref", "string"), Column("name", "string"), Column("country", "string")),
    label="Customers",
    primary_key=("customer_ref",),
)
VALUES = {
    "fuel": ["coal", "biomass"], "unit": ["Grid", "Supply"], "segment": ["residential", "industry"],
    "region": ["North", "East", "West"], "country": ["France", "Spain"],
}  # fmt: skip


def brain(*tables: Table) -> Brain:
    return Brain(tables, lambda _table, column: VALUES.get(column.name, []), TODAY)


def sql(text: str, *tables: Table) -> str:
    return statement(brain(*tables), text)


@pytest.mark.parametrize(
    "text",
    [
        "Quelle quantité de charbon a été livrée en 2024 ?",
        "Combien de charbon a été livré en 2024 ?",
        "How much coal was delivered in 2024?",
    ],
)
def test_how_much_of_a_thing_was_delivered_is_its_quantity(text: str) -> None:
    """The verb says the figure, or the date of the one log whose only amount it is; never how many deliveries."""
    assert sql(text, DELIVERIES).startswith("SELECT SUM(quantity_t) AS total_quantity_t FROM")
    assert "fuel = 'coal' AND delivered_on >= DATE '2024-01-01'" in sql(text, DELIVERIES)


@pytest.mark.parametrize("text", ["Combien avons-nous investi en 2024 ?", "Combien a-t-on investi en 2024 ?"])
def test_a_verb_that_one_figure_is_called_by_asks_for_it(text: str) -> None:
    """Combien avons-nous investi: the amount invested."""
    assert sql(text, SPEND).startswith("SELECT SUM(spend_eur)")


@pytest.mark.parametrize(
    "text",
    ["Combien de sites avons-nous ouverts dans industry depuis 2023 ?",
     "How many sites were opened in industry since 2023?"],
)  # fmt: skip
def test_a_date_told_by_a_verb_takes_the_period_behind_a_place(text: str) -> None:
    """Opened in Germany since 2023: what is since 2023 is the opening."""
    opened = Column("opened_on", "date", label="Opening date", words=words("date d'ouverture", "opened"))
    found = sql(text, replace(SITES, columns=(*SITES.columns, opened)))
    assert "opened_on >= DATE '2023-01-01'" in found
    assert "segment = 'industry'" in found


@pytest.mark.parametrize("text", ["How much coal was burnt in 2024?", "How much coal was delivered?"])
def test_another_verb_or_no_moment_stays_unread(text: str) -> None:
    """What was burnt is not what was delivered; and what was never delivered has no date."""
    assert isinstance(brain(DELIVERIES).read(text), NotRead)


@pytest.mark.parametrize(
    "text",
    [
        "Average monthly usage of residential sites in 2024",
        "consommation mensuelle moyenne des sites residential en 2024",
    ],
)
def test_an_average_of_months_of_named_things_is_that_of_their_rows(text: str) -> None:
    """A row a site and month, and sites are named: the average month of a site."""
    found = sql(text, USAGE, SITES)
    assert found.startswith("SELECT AVG(usage_monthly.usage_kwh)")
    assert "sites.segment = 'residential'" in found


@pytest.mark.parametrize("text", ["average monthly spend in 2024", "dépense mensuelle moyenne en 2024"])
def test_an_average_month_of_what_has_several_rows_a_month_is_the_sum_by_its_months(text: str) -> None:
    """The months' sums are averaged, not the rows of single units."""
    assert sql(text, SPEND).startswith("SELECT SUM(spend_eur) / COUNT(DISTINCT DATE_FORMAT(month, 'yyyy-MM'))") or (
        sql(text, SPEND).startswith("SELECT SUM(spend_eur) / COUNT(DISTINCT DATE_FORMAT(`month`, 'yyyy-MM'))")
    )


def test_an_average_month_of_things_that_are_not_named_stays_unread() -> None:
    """The average month of a site, or of all of them together?"""
    assert isinstance(brain(USAGE, SITES).read("average monthly usage in 2024"), NotRead)


def test_losses_of_the_grid_and_quarters_of_the_sky_are_read_in_french() -> None:
    """The schema says what undocumented losses are of; Est finds East, and est stays a verb."""
    assert "region = 'East'" in sql("Pertes du réseau dans la région Est en 2025", LOSSES)
    assert "region" not in sql("Quel est le total des pertes du réseau en 2025 ?", LOSSES)
    assert sql("grid losses in 2025", LOSSES) == sql("losses in 2025", LOSSES)


def test_losses_of_nothing_stay_unread_in_french() -> None:
    """Pertes may be lost energy or lost money: another product's."""
    assert isinstance(brain(LOSSES).read("Quelles ont été les pertes l'an passé ?"), NotRead)


def test_what_is_the_groups_is_all_there_is() -> None:
    """Of the group: no other company's data is there."""
    assert sql("dépenses du groupe en 2024", SPEND) == sql("dépenses en 2024", SPEND)
    assert sql("spend of the group in 2024", SPEND) == sql("spend in 2024", SPEND)


def test_orders_by_something_are_grouped_not_sorted() -> None:
    """Montant total des commandes par pays: commandes is a thing, not a way of sorting."""
    found = sql("Montant total des commandes par country", ORDERS, CUSTOMERS)
    assert found.startswith("SELECT customers.country, SUM(orders.amount)")
    assert "GROUP BY customers.country" in found
