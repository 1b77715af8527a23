"""What Databricks SQL means on the sandbox's engine, who may define what, and that askers never mix."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from sandbox.databricks.deadlines import Deadlines
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.knobs import Knobs
from sandbox.databricks.principals import Principal
from sandbox.databricks.workspace import Workspace
from tests import sandbox_mesh

JAN_5 = dt.date(2025, 1, 5)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """One workspace for the module."""
    found = sandbox_mesh.workspace()
    yield found
    found.close()


def person(workspace: Workspace, name: str) -> Principal:
    """One of the made-up people."""
    found = workspace.people.named(f"{name}@example.org")
    assert found
    return found


def value(workspace: Workspace, sql: str, name: str = "analyst") -> object:
    """The first cell."""
    return workspace.run_sql(person(workspace, name), sql).column(0)[0].as_py()


MEANINGS = [
    ("dayofweek(DATE '2026-11-22')", 1),  # Sunday is 1
    ("dayofweek(DATE '2026-11-23')", 2),
    ("weekday(DATE '2026-11-23')", 0),  # Monday is 0
    ("extract(DOW FROM DATE '2026-11-22')", 1),
    ("date_add(DATE '2025-01-05', 1)", dt.date(2025, 1, 6)),
    ("date_sub(DATE '2025-01-05', 1)", dt.date(2025, 1, 4)),
    ("add_months(DATE '2025-01-31', 1)", dt.date(2025, 2, 28)),
    ("DATE '2025-01-05' + INTERVAL 1 MONTH", dt.date(2025, 2, 5)),
    ("trunc(DATE '2025-02-05', 'MM')", dt.date(2025, 2, 1)),
    ("trunc(DATE '2025-02-05', 'Q')", dt.date(2025, 1, 1)),
    ("last_day(DATE '2025-02-05')", dt.date(2025, 2, 28)),
    ("date_trunc('MONTH', TIMESTAMP '2025-02-05 10:00:00')", dt.datetime(2025, 2, 1, tzinfo=dt.UTC)),
    ("date_format(DATE '2025-02-05', 'yyyy-MM')", "2025-02"),
    ("date_format(DATE '2025-05-05', 'Q')", "2"),
    ("datediff(DATE '2025-02-05', DATE '2025-02-01')", 4),
    ("size(sequence(DATE '2025-01-01', DATE '2025-03-01', INTERVAL 1 MONTH))", 3),
    ("element_at(sequence(DATE '2025-01-01', DATE '2025-03-01', INTERVAL 1 MONTH), 2)", dt.date(2025, 2, 1)),
    ("unix_timestamp(TIMESTAMP '1970-01-02 00:00:00')", 86400),
    ("substring('abc', 0, 2)", "ab"),
    ("array(10, 20)[0]", 10),
    ("7 div 2", 3),
    ("7 / 2", 3.5),
    ("try_divide(1, 0)", None),
    ("1 / nullif(0, 0)", None),
    ("pmod(-7, 3)", 2),
    ("isnull(NULL)", True),
    ("nvl(NULL, 'x')", "x"),
    ("format_number(1234567.891, 2)", "1,234,567.89"),
    ("try_add(9223372036854775807, 1)", None),
    ("'12:30'", "12:30"),
    ("concat_ws('-', 'a', 'b')", "a-b"),
    ("current_user()", "analyst@example.org"),
    ("session_user()", "analyst@example.org"),
    ("is_account_group_member('analysts')", True),
    ("is_member('hr')", False),
    ("sum(customer_id) FROM energy.usage.sales", 6),  # BIGINT, not a decimal of 38 digits
    ("count_if(amount > 10) FROM energy.usage.sales", 2),
    ("max_by(country, amount) FROM energy.usage.sales", "France"),
    ("country FROM energy.usage.sales ORDER BY amount LIMIT 1", "Italy"),  # NULLs come first
    ("day + INTERVAL 1 YEAR FROM energy.usage.sales WHERE country = 'Germany'", dt.date(2026, 1, 5)),
    ("country FROM energy.usage.sales QUALIFY row_number() OVER (ORDER BY day DESC) = 1", "Italy"),
]


@pytest.mark.parametrize(("sql", "expected"), MEANINGS, ids=[it[0] for it in MEANINGS])
def test_words_mean_what_they_mean_there(workspace: Workspace, sql: str, expected: object) -> None:
    """Where DuckDB means something else, the sandbox answers as Databricks does."""
    found = value(workspace, f"SELECT {sql}")
    assert found == expected
    assert type(found) is type(expected)


def test_information_schema_is_the_askers(workspace: Workspace) -> None:
    """Tables, columns and tags of what one may know of; a stranger sees nothing."""
    sql = "SELECT table_name FROM system.information_schema.tables ORDER BY 1"
    names = workspace.run_sql(person(workspace, "analyst"), sql).column(0).to_pylist()
    assert names == ["customers", "salaries", "sales"]
    assert workspace.run_sql(person(workspace, "contractor"), sql).num_rows == 0
    here = "SELECT count(*) AS n FROM people.information_schema.columns"
    assert value(workspace, here) == 2
    tag = "SELECT tag_value FROM energy.information_schema.table_tags WHERE tag_name = 'certified'"
    assert value(workspace, tag) == "gold"
    types = "SELECT full_data_type FROM energy.information_schema.columns WHERE column_name = 'amount'"
    assert value(workspace, types) == "decimal(10,2)"
    held = "SELECT count(*) FROM system.information_schema.table_privileges WHERE privilege_type = 'SELECT'"
    assert value(workspace, held) == 3


def test_describe_and_show(workspace: Workspace) -> None:
    """A query's columns without running it; lists of what is there."""
    shown = workspace.run_sql(
        person(workspace, "analyst"),
        "DESCRIBE QUERY SELECT country, sum(amount) AS total FROM energy.usage.sales GROUP BY 1",
    )
    assert shown.column("col_name").to_pylist() == ["country", "total"]
    tables = workspace.run_sql(person(workspace, "analyst"), "SHOW TABLES IN energy.usage LIKE 's*'")
    assert tables.column("tableName").to_pylist() == ["sales"]


def test_an_installed_function_runs_with_its_owners_rights_and_the_askers_filters(workspace: Workspace) -> None:
    """Tables, rows and functions are made in SQL; EXECUTE is all that their users need."""
    admin = person(workspace, "admin")
    for sql in (
        "CREATE SCHEMA IF NOT EXISTS energy.meta COMMENT 'Marketplace'",
        "CREATE OR REPLACE TABLE energy.meta.products "
        "(id STRING NOT NULL COMMENT 'Id', score DECIMAL(5,2), tags ARRAY<STRING>)",
        "INSERT INTO energy.meta.products VALUES ('energy-usage', 0.9, array('wind')), ('pay', 0.5, array())",
        "CREATE OR REPLACE FUNCTION energy.meta.find(q STRING COMMENT 'Words', n INT DEFAULT 5 COMMENT 'At most') "
        "RETURNS TABLE (id STRING COMMENT 'Id', score DOUBLE) COMMENT 'Finds products' "
        "RETURN SELECT id, score FROM energy.meta.products WHERE id ILIKE concat('%', q, '%') "
        "ORDER BY score DESC LIMIT find.n",
        "CREATE OR REPLACE FUNCTION energy.meta.sold() RETURNS BIGINT RETURN (SELECT count(*) FROM energy.usage.sales)",
        "GRANT USE SCHEMA ON SCHEMA energy.meta TO `account users`",
        "GRANT EXECUTE ON FUNCTION energy.meta.find TO `account users`",
        "GRANT EXECUTE ON FUNCTION energy.meta.sold TO `account users`",
    ):
        workspace.run_sql(admin, sql)
    analyst = person(workspace, "analyst")
    rows = workspace.run_sql(analyst, "SELECT * FROM energy.meta.find(q => :q, n => 1)", parameters={"q": "e"})
    assert rows.to_pylist() == [{"id": "energy-usage", "score": 0.9}]
    assert workspace.run_sql(analyst, "SELECT id FROM energy.meta.find(?)", parameters=["pay"]).num_rows == 1
    with pytest.raises(SqlFailure, match="INSUFFICIENT_PERMISSIONS"):
        workspace.run_sql(analyst, "SELECT * FROM energy.meta.products")
    assert value(workspace, "SELECT energy.meta.sold() AS n") == 4
    assert value(workspace, "SELECT energy.meta.sold() AS n", "germany") == 1
    workspace.run_sql(admin, "DROP SCHEMA energy.meta CASCADE")


def test_changes_count_their_rows(workspace: Workspace) -> None:
    """Insert, delete and replace, as somebody who owns the table."""
    admin = person(workspace, "admin")
    workspace.run_sql(
        admin, "CREATE OR REPLACE TABLE energy.usage.copy AS SELECT country, amount FROM energy.usage.sales"
    )
    assert workspace.run_sql(admin, "DELETE FROM energy.usage.copy WHERE country = 'France'").to_pylist() == [
        {"num_affected_rows": 2}
    ]
    workspace.run_sql(admin, "INSERT OVERWRITE energy.usage.copy SELECT 'X', CAST(1 AS DECIMAL(10,2))")
    assert value(workspace, "SELECT sum(amount) FROM energy.usage.copy", "admin") == Decimal("1.00")
    workspace.run_sql(admin, "DROP TABLE energy.usage.copy")


def test_a_statement_over_its_limit_is_stopped() -> None:
    """The deadline interrupts the engine and says so."""
    workspace = sandbox_mesh.workspace(Knobs(statement_limit=0.2))
    with pytest.raises(SqlFailure, match="STATEMENT_TIMEOUT"):
        workspace.run_sql(person(workspace, "analyst"), "SELECT count(*) FROM range(3000000) a, range(3000000) b")
    workspace.close()


def test_200_interleaved_questions_of_20_users_never_cross(workspace: Workspace) -> None:
    """Each user sees the rows of their own countries, whoever asks the same text at the same moment."""
    countries = ("France", "Germany", "Italy")
    sales = "energy.usage.sales"
    users = [
        workspace.add_user(f"user{i}", groups=(), reads=(sales,), rows={sales: ("country", (countries[i % 3],))})
        for i in range(20)
    ]

    def ask(number: int) -> tuple[int, set[object]]:
        rows = workspace.run_sql(users[number % 20], f"SELECT DISTINCT country FROM {sales}")
        return number % 20, set(rows.column(0).to_pylist())

    with ThreadPoolExecutor(20) as pool:
        for index, seen in pool.map(ask, range(200)):
            assert seen == {countries[index % 3]}
    with pytest.raises(SqlFailure):
        workspace.run_sql(users[0], "SELECT * FROM energy.usage.customers")


def test_the_earliest_deadline_comes_first_whenever_it_was_set() -> None:
    """One that is set later and due sooner is not held up by one that is far away."""
    deadlines, ended = Deadlines(), threading.Event()
    deadlines.after(60.0, lambda: None)
    deadlines.after(0.01, ended.set)
    assert ended.wait(10)
    deadlines.close()
