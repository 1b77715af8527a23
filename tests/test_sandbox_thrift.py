"""The warehouse over Thrift, through the unmodified databricks-sql-connector."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from databricks.sql import exc
from databricks.sql.parameters import native

from sandbox.databricks.knobs import Knobs
from sandbox.databricks.workspace import Workspace
from sandbox.launch import LaunchedSandbox, in_process
from tests import sandbox_mesh
from tests.sandbox_clients import connected

LONG = "SELECT count(*) FROM range(3000000) a, range(3000000) b"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """One workspace for the module."""
    return sandbox_mesh.workspace(Knobs())


@pytest.fixture(scope="module")
def place(workspace: Workspace) -> Iterator[LaunchedSandbox]:
    """Where it is served."""
    with in_process(workspace) as found:
        yield found


@pytest.fixture(scope="module")
def cursor(place: LaunchedSandbox) -> Iterator[Any]:
    """An open connection of the analyst."""
    with connected(place) as connection, connection.cursor() as found:
        yield found


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for a condition and fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


SCALARS = [
    ("true", True),
    ("CAST(7 AS TINYINT)", 7),
    ("CAST(7 AS SMALLINT)", 7),
    ("7", 7),
    ("CAST(7 AS BIGINT)", 7),
    ("CAST(1.5 AS FLOAT)", 1.5),
    ("CAST(1.5 AS DOUBLE)", 1.5),
    ("CAST(12.345 AS DECIMAL(18,3))", Decimal("12.345")),
    ("'é\U0001f600'", "é\U0001f600"),
    ("DATE '2025-09-01'", dt.date(2025, 9, 1)),
    ("TIMESTAMP '2025-09-01 12:30:00'", dt.datetime(2025, 9, 1, 12, 30, tzinfo=dt.UTC)),
    ("unhex('00ff')", b"\x00\xff"),
    ("NULL", None),
    ("array(1, 2, NULL)", [1, 2, None]),
    ("map('a', 1)", [("a", 1)]),
    ("named_struct('a', 1, 'b', 'x')", {"a": 1, "b": "x"}),
]


@pytest.mark.parametrize(("expression", "value"), SCALARS, ids=[it[0] for it in SCALARS])
def test_a_scalar_of_every_type_arrives(cursor: Any, expression: str, value: object) -> None:
    """Each type comes back as the Python value that the connector documents."""
    cursor.execute(f"SELECT {expression} AS v")
    assert cursor.fetchall()[0][0] == value


def test_description_names_types_and_precision(cursor: Any) -> None:
    """The cursor's description is what a renderer reads types from."""
    cursor.execute("SELECT country, amount, customer_id, day FROM energy.usage.sales")
    shown = [(it[0], it[1], it[4], it[5]) for it in cursor.description]
    assert shown == [
        ("country", "string", None, None),
        ("amount", "decimal", 10, 2),
        ("customer_id", "bigint", None, None),
        ("day", "date", None, None),
    ]


def test_an_empty_result_keeps_its_columns(cursor: Any) -> None:
    """No rows is not an error and not a missing schema."""
    cursor.execute("SELECT country FROM energy.usage.sales WHERE country = 'Nowhere'")
    assert cursor.description[0][0] == "country"
    assert cursor.fetchall() == []


def test_two_columns_may_share_a_name(cursor: Any) -> None:
    """Duplicate names arrive as two columns."""
    cursor.execute("SELECT 1 AS a, 2 AS a")
    assert list(cursor.fetchone()) == [1, 2]


def test_250_000_rows_come_in_pages(cursor: Any) -> None:
    """More rows than fit in one answer, fetched one, some and all at a time."""
    cursor.execute("SELECT id FROM range(250000) AS t(id)")
    first = cursor.fetchone()
    some = cursor.fetchmany(1000)
    rest = cursor.fetchall()
    ids = [first[0], *(row[0] for row in some), *(row[0] for row in rest)]
    assert ids == list(range(250_000))


def test_rows_come_as_arrow(cursor: Any) -> None:
    """fetchall_arrow gives the whole table."""
    cursor.execute("SELECT id FROM range(150000) AS t(id)")
    assert cursor.fetchall_arrow().num_rows == 150_000


def test_parameters_by_name_position_and_type(cursor: Any) -> None:
    """Native parameters of every kind that the connector sends."""
    cursor.execute("SELECT :a AS a, :b AS b, :c AS c", {"a": "it's", "b": 3, "c": None})
    assert list(cursor.fetchone()) == ["it's", 3, None]
    cursor.execute("SELECT ? AS a, ? + 1 AS b, 'why?' AS c", ["x", 41])
    assert list(cursor.fetchone()) == ["x", 42, "why?"]
    typed = [
        native.DateParameter(name="d", value=dt.date(2025, 1, 5)),
        native.DecimalParameter(name="m", value=Decimal("10.50")),
    ]
    cursor.execute("SELECT country FROM energy.usage.sales WHERE day = :d AND amount = :m", typed)
    assert [row[0] for row in cursor.fetchall()] == ["France"]


def test_a_session_starts_in_a_catalog_and_schema(place: LaunchedSandbox) -> None:
    """Short names are completed from the connection."""
    with connected(place, catalog="energy", schema="usage") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) AS n FROM sales")
        assert cursor.fetchone()[0] == 4


def test_row_limit_cuts(place: LaunchedSandbox) -> None:
    """The cursor's row limit is the server's to keep."""
    with connected(place) as connection, connection.cursor(row_limit=3) as cursor:
        cursor.execute("SELECT * FROM range(100)")
        assert len(cursor.fetchall()) == 3


FAILURES = [
    ("SELECT nope FROM energy.usage.sales", "UNRESOLVED_COLUMN", "42703"),
    ("SELECT * FROM energy.usage.nope", "TABLE_OR_VIEW_NOT_FOUND", "42P01"),
    ("SELEC 1", "PARSE_SYNTAX_ERROR", "42601"),
    ("SELECT (1", "PARSE_SYNTAX_ERROR", "42601"),
    ("SELECT 1/0", "DIVIDE_BY_ZERO", "22012"),
    ("SELECT amount / (customer_id - customer_id) FROM energy.usage.sales", "DIVIDE_BY_ZERO", "22012"),
    ("SELECT CAST('abc' AS INT)", "CAST_INVALID_INPUT", "22018"),
    ("SELECT nofunction(1)", "UNRESOLVED_ROUTINE", "42883"),
    ("SELECT * FROM people.hr.salaries", "INSUFFICIENT_PERMISSIONS", "42501"),
]


@pytest.mark.parametrize(("sql", "kind", "state"), FAILURES, ids=[it[0] for it in FAILURES])
def test_failures_carry_class_and_sqlstate(cursor: Any, sql: str, kind: str, state: str) -> None:
    """One line, Databricks' error class first, SQLSTATE last, and nothing of the engine's suggestions."""
    with pytest.raises(exc.ServerOperationError) as failure:
        cursor.execute(sql)
    message = str(failure.value)
    assert message.startswith(f"[{kind}")
    assert message.endswith(f"SQLSTATE: {state}")
    assert "\n" not in message
    assert "Did you mean" not in message


def test_an_unknown_token_is_refused(place: LaunchedSandbox) -> None:
    """The reason reaches the client."""
    with pytest.raises(exc.Error, match="Invalid access token"), connected(place, "nobody"):
        pass


def test_cancelling_an_asynchronous_statement_is_quick(cursor: Any) -> None:
    """A handle, a poll, a cancel: the result is refused and nothing spins."""
    cursor.execute_async(LONG)
    assert cursor.is_query_pending()
    began = time.monotonic()
    cursor.cancel()
    until(lambda: not cursor.is_query_pending())
    assert time.monotonic() - began < 8.0
    with pytest.raises(exc.Error):
        cursor.get_async_execution_result()


def test_an_asynchronous_statement_gives_rows(cursor: Any) -> None:
    """The product's way of running questions."""
    cursor.execute_async("SELECT sum(amount) AS total FROM energy.usage.sales WHERE country = 'France'")
    until(lambda: not cursor.is_query_pending())
    cursor.get_async_execution_result()
    assert cursor.fetchmany(5)[0][0] == Decimal("30.50")


def test_metadata_calls_list_what_the_asker_may_know(cursor: Any) -> None:
    """catalogs(), schemas(), tables() and columns() with their patterns."""
    assert [row[0] for row in cursor.catalogs().fetchall()] == ["energy", "people"]
    assert [row[0] for row in cursor.schemas(catalog_name="energy").fetchall()] == ["usage"]
    tables = cursor.tables(catalog_name="energy", schema_name="us%").fetchall()
    assert [(row[2], row[4]) for row in tables] == [("customers", ""), ("sales", "Sales by country and day")]
    columns = cursor.columns(catalog_name="energy", table_name="sales", column_name="a%").fetchall()
    assert [(row[3], row[5]) for row in columns] == [("amount", "DECIMAL(10,2)")]


def test_each_user_has_their_own_rows(place: LaunchedSandbox) -> None:
    """The row filter is the asker's, on one and the same statement."""
    sql = "SELECT DISTINCT country FROM energy.usage.sales ORDER BY country"
    seen = {}
    for name in ("analyst", "germany"):
        with connected(place, f"sandbox-{name}") as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            seen[name] = [row[0] for row in cursor.fetchall()]
    assert seen == {"analyst": ["France", "Germany", "Italy"], "germany": ["Germany"]}


def test_a_foreign_session_is_an_invalid_handle(place: LaunchedSandbox) -> None:
    """A handle that another user opened does not exist for this one."""
    with connected(place) as mine, connected(place, "sandbox-trader") as theirs:
        own, theirs.session._session_id = theirs.session._session_id, mine.session._session_id
        with theirs.cursor() as cursor, pytest.raises(exc.DatabaseError, match="Invalid SessionHandle"):
            cursor.execute("SELECT 1")
        theirs.session._session_id = own


def test_a_cold_warehouse_keeps_the_statement_pending(workspace: Workspace, place: LaunchedSandbox) -> None:
    """The first statement wakes a stopped warehouse and waits for it."""
    workspace.knobs.cold_start = 0.4
    workspace.warehouses.main.stop()
    assert workspace.warehouses.main.state == "STOPPED"
    try:
        with connected(place) as connection, connection.cursor() as cursor:
            cursor.execute_async("SELECT 1 AS a")
            until(lambda: workspace.warehouses.main.state == "STARTING")
            assert cursor.is_query_pending()
            until(lambda: not cursor.is_query_pending())
            cursor.get_async_execution_result()
            assert cursor.fetchone()[0] == 1
            assert workspace.warehouses.main.state == "RUNNING"
    finally:
        workspace.knobs.cold_start = 0.0


def test_query_tags_are_kept_in_the_history(workspace: Workspace, place: LaunchedSandbox) -> None:
    """What the session tags is found beside its statements."""
    tags = {"QUERY_TAGS": "turn:42,app:findata"}
    with connected(place, session_configuration=tags) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 'tagged' AS a")
    statement = next(it for it in workspace.statements.history() if "tagged" in it.sql)
    assert statement.tags == {"turn": "42", "app": "findata"}


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("COUNT(*)", "count(1)"),
        ("Sum(n)", "sum(n)"),
        ("count(DISTINCT n)", "count(DISTINCT n)"),
        ("MAX(`n`)", "max(n)"),
        ("max(n) AS most", "most"),
        ("sum(n * 2) / count(*)", "(sum((n * 2)) / count(1))"),
        ("avg(n / 2.0)", "avg((n / 2.0))"),
    ],
)
def test_calls_that_nobody_named_are_called_as_there(cursor: Any, expression: str, name: str) -> None:
    """Clients find a column by the name that Databricks gives it."""
    cursor.execute(f"SELECT {expression} FROM (SELECT 1 AS n)")
    assert [column[0] for column in cursor.description] == [name]


@pytest.mark.parametrize("table", ["range(3)", "range(3) AS r", "range(3) AS r(id)", "range(0, 3)"])
def test_a_range_has_a_column_called_id(cursor: Any, table: str) -> None:
    """However it is written."""
    cursor.execute(f"SELECT SUM(id) AS n FROM {table}")
    assert cursor.fetchall()[0][0] == 3


def test_a_statement_is_found_in_the_history_by_its_handle(workspace: Workspace, cursor: Any) -> None:
    """What the client calls the statement is what the history calls it."""
    cursor.execute("SELECT 42 AS found_again")
    [statement] = [one for one in workspace.statements.history() if "found_again" in one.sql]
    assert cursor.query_id == statement.id
