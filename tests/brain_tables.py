"""Hand-made tables in the style of the sample mesh, with a few rows whose answers can be worked out by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
import sqlglot

from sandbox.brain import Brain, Understood
from sandbox.mesh import Column, ForeignKey, Table, Word

TODAY = date(2025, 10, 15)


def words(french: str = "", english: str = "") -> tuple[Word, ...]:
    """Synonyms, separated by commas."""
    pairs = ((french, "fr"), (english, "en"))
    split = ((text.strip(), language) for texts, language in pairs for text in texts.split(","))
    return tuple(Word(text, language) for text, language in split if text)


CONSUMPTION = Table(
    "main",
    "energy",
    "green_energy_consumption",
    (
        Column("country", "string", label="Country", words=words("pays"), role="dimension"),
        Column("month", "string", label="Month", words=words("mois"), role="dimension"),
        Column("consumption_mwh", "decimal(18,3)", label="Consumption", unit="MWh", role="measure",
               words=words("consommation, consommation d'énergie verte", "usage")),
    ),
    label="Green energy consumption",
    words=words("énergie verte, énergie renouvelable"),
    primary_key=("country", "month"),
)  # fmt: skip
PLANTS = Table(
    "main",
    "energy",
    "plants",
    (
        Column("plant_id", "string", role="dimension"),
        Column("plant_name", "string", label="Plant", words=words("centrale, nom de la centrale"), role="dimension"),
        Column("country", "string", label="Country", words=words("pays"), role="dimension"),
        Column("technology", "string", label="Technology", words=words("technologie, filière"), role="dimension",
               values=(("wind", words("éolien, éolienne", "wind power")), ("solar", words("solaire")))),
        Column("capacity_mw", "double", label="Capacity", unit="MW",
               words=words("capacité, puissance"), role="measure"),
        Column("commissioned_on", "date", label="Commissioning date", words=words("mise en service", "commissioned")),
        Column("is_active", "boolean", label="Active", words=words("actif, active, en service", "in operation")),
    ),
    label="Plants",
    words=words("centrales"),
    primary_key=("plant_id",),
)  # fmt: skip
PRODUCTION = Table(
    "main",
    "energy",
    "production",
    (
        Column("plant_id", "string", role="dimension"),
        Column("day", "date", label="Day", words=words("jour"), role="dimension"),
        Column("produced_mwh", "double", label="Production", unit="MWh",
               words=words("production", "output"), role="measure"),
        Column("price_eur_mwh", "double", label="Price", unit="EUR/MWh", words=words("prix"), role="measure"),
        Column("stock_t", "double", label="Stock", unit="t", role="measure"),
    ),
    label="Daily production",
    words=words("production journalière"),
    primary_key=("plant_id", "day"),
    foreign_keys=(ForeignKey(("plant_id",), "main.energy.plants", ("plant_id",)),),
)  # fmt: skip
OUTAGES = Table(
    "main",
    "energy",
    "outages",
    (
        Column("outage_id", "bigint"),
        Column("plant_id", "string"),
        Column("started_at", "timestamp", label="Start", words=words("début")),
        Column("ended_at", "timestamp", label="End", words=words("fin")),
        Column("cause", "string", label="Cause"),
    ),
    label="Outages",
    words=words("pannes, arrêts"),
    primary_key=("outage_id",),
    foreign_keys=(ForeignKey(("plant_id",), "main.energy.plants", ("plant_id",)),),
)

_ROWS = """
CREATE TABLE main.energy.green_energy_consumption AS
SELECT country, strftime(month, '%Y-%m') AS month, amount * (1 + month(month))::DOUBLE AS consumption_mwh
FROM (VALUES ('France', 100), ('Germany', 200), ('Spain', 50)) AS c (country, amount),
     generate_series(DATE '2023-01-01', DATE '2025-09-01', INTERVAL 1 MONTH) AS m (month);
CREATE TABLE main.energy.plants AS SELECT * FROM (VALUES
  ('P1', 'Cordemais', 'France', 'wind', 600.0, DATE '1990-05-01', TRUE),
  ('P2', 'Saint Nazaire', 'France', 'solar', 100.0, DATE '2015-03-01', TRUE),
  ('P3', 'Hamburg', 'Germany', 'wind', 300.0, DATE '2005-01-01', FALSE),
  ('P4', 'O''Brien Park', 'Spain', 'solar', 50.0, DATE '2020-01-01', TRUE))
  AS p (plant_id, plant_name, country, technology, capacity_mw, commissioned_on, is_active);
CREATE TABLE main.energy.production AS
SELECT plant_id, day::DATE AS day, output AS produced_mwh, 40.0 + month(day) AS price_eur_mwh, 10.0 AS stock_t
FROM (VALUES ('P1', 30.0), ('P2', 10.0), ('P3', 20.0)) AS p (plant_id, output),
     generate_series(DATE '2024-01-01', DATE '2025-09-30', INTERVAL 1 DAY) AS d (day);
CREATE TABLE main.energy.outages AS SELECT * FROM (VALUES
  (1, 'P1', TIMESTAMP '2024-02-03 10:00', TIMESTAMP '2024-02-05 10:00', 'storm'),
  (2, 'P1', TIMESTAMP '2025-02-03 10:00', TIMESTAMP '2025-02-04 10:00', 'turbine failure'),
  (3, 'P3', TIMESTAMP '2025-06-01 00:00', TIMESTAMP '2025-06-03 00:00', 'storm'))
  AS o (outage_id, plant_id, started_at, ended_at, cause);
"""


class Space:
    """Some of the tables with their rows: a brain, and the engine that its SQL runs on."""

    def __init__(self, *tables: Table) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("ATTACH ':memory:' AS main_ (TYPE duckdb)")
        self.connection.execute("CREATE SCHEMA energy")
        self.connection.execute(_ROWS.replace("main.energy", "energy"))
        self.brain = Brain(tables, self.values, TODAY)

    def values(self, table: Table, column: Column) -> list[str]:
        """The distinct values of a column, as text."""
        rows = self.connection.execute(f"SELECT DISTINCT {column.name} FROM energy.{table.name} ORDER BY 1").fetchall()
        return [str(row[0]) for row in rows if row[0] is not None]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a statement of Databricks SQL."""
        translated = sqlglot.transpile(sql, read="databricks", write="duckdb")[0].replace("main.energy.", "energy.")
        found: list[tuple[object, ...]] = self.connection.execute(translated).fetchall()
        return found


@pytest.fixture(scope="module")
def usage() -> Space:
    """The table of the worked example, a log that is named after its only figure."""
    return Space(CONSUMPTION)


@pytest.fixture(scope="module")
def plants() -> Space:
    """Plants and what they produce."""
    return Space(PLANTS, PRODUCTION)


def statement(brain: Brain, question: str) -> str:
    """The SQL of a question that must be understood, on one line."""
    reading = brain.read(question)
    assert isinstance(reading, Understood), reading
    return " ".join(reading.sql.split())
