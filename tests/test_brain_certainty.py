"""A question about several tables is answered only when it is sure whose columns are meant and what is counted."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
import sqlglot

from sandbox.brain import AsksBack, Brain, Understood
from sandbox.mesh import Column, ForeignKey, Table

CITIES = "Lyon", "Porto"
OWNERS = Table(
    "", "", "owners",
    (Column("owner_id", "int"), Column("first_name", "string"), Column("last_name", "string"),
     Column("city", "string")),
    primary_key=("owner_id",),
)  # fmt: skip
BOATS = Table(
    "", "", "boats",
    (Column("boat_id", "int"), Column("name", "string"), Column("owner_id", "int"), Column("length", "string")),
    primary_key=("boat_id",),
    foreign_keys=(ForeignKey(("owner_id",), "..owners", ("owner_id",)),) * 2,
)  # fmt: skip
CREWS = Table(
    "", "", "mechanics",
    (Column("mechanic_id", "int"), Column("first_name", "string"), Column("city", "string")),
    primary_key=("mechanic_id",),
)  # fmt: skip
REPAIRS = Table(
    "", "", "repairs",
    (Column("repair_id", "int"), Column("boat_id", "int"), Column("mechanic_id", "int"), Column("cost", "double"),
     Column("signed_by", "string"), Column("checked_by", "string")),
    primary_key=("repair_id",),
    foreign_keys=(ForeignKey(("boat_id",), "..boats", ("boat_id",)),
                  ForeignKey(("mechanic_id",), "..mechanics", ("mechanic_id",))),
)  # fmt: skip
_ROWS = """
CREATE TABLE owners AS SELECT * FROM (VALUES (1, 'Ana', 'Reis', 'Porto'), (2, 'Ana', 'Faure', 'Lyon'),
  (3, 'Luc', 'Petit', 'Lyon')) AS o (owner_id, first_name, last_name, city);
CREATE TABLE boats AS SELECT * FROM (VALUES (1, 'Alba', 1, '9'), (2, 'Brisa', 2, '12'), (3, 'Cormoran', 2, '30'))
  AS b (boat_id, name, owner_id, length);
CREATE TABLE mechanics AS SELECT * FROM (VALUES (1, 'Ines', 'Lyon'), (2, 'Paul', 'Porto'))
  AS m (mechanic_id, first_name, city);
CREATE TABLE repairs AS SELECT * FROM (VALUES (1, 1, 1, 50.0, 'Kay Ellis', 'Bo Lund'),
  (2, 2, 2, 70.0, 'Bo Lund', 'Bo Lund'), (3, 2, 2, 90.0, 'Bo Lund', 'Bo Lund'))
  AS r (repair_id, boat_id, mechanic_id, cost, signed_by, checked_by);
"""


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """The rows."""
    found = duckdb.connect(":memory:")
    found.execute(_ROWS)
    return found


@pytest.fixture(scope="module")
def brain(connection: duckdb.DuckDBPyConnection) -> Brain:
    """A harbour whose tables nobody described: two kinds of people, boats, and repairs that tell them apart."""

    def values(table: Table, column: Column) -> list[str]:
        rows = connection.execute(f"SELECT DISTINCT {column.name} FROM {table.name} ORDER BY 1").fetchall()
        return [str(row[0]) for row in rows]

    return Brain((OWNERS, BOATS, CREWS, REPAIRS), values, date(2025, 10, 15))


@pytest.mark.parametrize(
    "question",
    [
        "Which city has the most repairs?",
        "What is the id of the boat with the most boats?",
        "How many owners have at least 2 boats?",
        "Which owners live in the city of the most mechanics?",
        "List each owner's first name, last name and the boats",
        "What is the number of repairs signed by Kay Ellis checked by Kay Ellis?",
        "Which owners have no boat with a repair?",
        "Which cities have no boat?",
        "Quelles villes n'ont pas de repairs ?",
        "What is the cost of each boat?",
    ],
)
def test_doubtful_readings_are_refused(brain: Brain, question: str) -> None:
    """Whose city, counts of groups, things left out and conditions of another thing are not guessed."""
    assert not isinstance(brain.read(question), Understood)


def test_a_column_of_two_tables_is_asked_back(brain: Brain) -> None:
    """Both owners and mechanics have a city: neither is named, so both are offered."""
    reading = brain.read("Which city has the most repairs?")
    assert isinstance(reading, AsksBack)
    assert len(reading.options) > 1


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What is the first name of owners with at least 2 boats?", [("Ana", 2)]),
        ("What is the id of the owner with the most boats?", [(2, 2)]),
        ("How many owners have no boats?", [(1,)]),
        ("Which owner has the most boats?", [(2, "Ana", "Faure", 2)]),
        ("List the first names of owners of boats sorted by the number of boats", [("Ana",), ("Ana",)]),
        ("What is the longest boat?", [("Cormoran", "30")]),
        ("What is the average length of boats?", [(17.0,)]),
        ("Which boats have a length above 9?", None),
        ("What is the average repair cost?", [(70.0,)]),
        ("What is the total cost of repairs and what is the largest cost?", [(210.0, 90.0)]),
    ],
)
def test_sure_readings_are_right(
    brain: Brain, connection: duckdb.DuckDBPyConnection, question: str, rows: list[tuple[object, ...]] | None
) -> None:
    """Namesakes stay apart, a key declared twice is one way, and figures kept as text are compared as numbers."""
    reading = brain.read(question)
    assert isinstance(reading, Understood), reading
    found = connection.execute(sqlglot.transpile(reading.sql, read="databricks", write="duckdb")[0]).fetchall()
    if rows is None:
        assert len(found) == 2
    else:
        assert found == rows
