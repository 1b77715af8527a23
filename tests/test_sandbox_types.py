"""Databricks' types and texts, through the unmodified databricks-sql-connector, where DuckDB alone gives others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sandbox.databricks.knobs import Knobs
from sandbox.databricks.workspace import Workspace
from sandbox.launch import in_process
from tests import sandbox_mesh
from tests.sandbox_clients import connected

SALES = "FROM energy.usage.sales"
NOON = dt.datetime(2025, 9, 1, 12, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """One workspace for the module."""
    return sandbox_mesh.workspace(Knobs())


@pytest.fixture(scope="module")
def cursor(workspace: Workspace) -> Iterator[Any]:
    """An open connection of the analyst."""
    with in_process(workspace) as place, connected(place) as connection, connection.cursor() as found:
        yield found


def answer(cursor: Any, sql: str) -> tuple[str, object]:
    """The type and the value of the first cell; a decimal's type with its digits."""
    cursor.execute(f"SELECT {sql}")
    kind, precision, scale = (cursor.description[0][i] for i in (1, 4, 5))
    return f"{kind}({precision},{scale})" if precision else kind, cursor.fetchall()[0][0]


DECIMALS = [
    ("CAST(1 AS DECIMAL(10,2)) / CAST(3 AS DECIMAL(10,2))", "decimal(23,13)", "0.3333333333333"),
    ("1.5 / 2", "decimal(7,6)", "0.750000"),
    ("CAST(1.5 AS DECIMAL(10,2)) * CAST(3 AS DECIMAL(10,2))", "decimal(21,4)", "4.5000"),
    ("CAST(1.5 AS DECIMAL(10,2)) + CAST(3 AS DECIMAL(12,4))", "decimal(13,4)", "4.5000"),
    ("CAST(7 AS DECIMAL(10,2)) % 2", "decimal(3,2)", "1.00"),
    ("CAST(9 AS DECIMAL(38,10)) / CAST(2 AS DECIMAL(38,10))", "decimal(38,6)", "4.500000"),
    ("round(CAST(1.555 AS DECIMAL(10,3)), 2)", "decimal(10,2)", "1.56"),
    ("floor(2.5)", "decimal(2,0)", "2"),
    ("coalesce(CAST(1 AS DECIMAL(10,2)), 0)", "decimal(12,2)", "1.00"),
    ("CASE WHEN true THEN CAST(1 AS DECIMAL(10,2)) ELSE 0 END / 4", "decimal(16,6)", "0.250000"),
    ("CAST(5.6 AS DECIMAL)", "decimal(10,0)", "6"),
    (f"avg(amount) {SALES}", "decimal(14,6)", "11.916667"),
    (f"sum(amount) {SALES}", "decimal(20,2)", "35.75"),
    (f"sum(amount) / count(*) {SALES}", "decimal(38,20)", "8.9375"),
    (f"try_divide(sum(amount), count(*)) {SALES}", "decimal(38,20)", "8.9375"),
    (f"avg(amount) OVER (PARTITION BY country) {SALES} WHERE country = 'France'", "decimal(14,6)", "15.250000"),
    (f"avg(amount) FILTER (WHERE country = 'France') {SALES}", "decimal(14,6)", "15.250000"),
    (f"a + 1 FROM (SELECT avg(amount) AS a {SALES})", "decimal(15,6)", "12.916667"),
    (f"* FROM (SELECT * FROM (SELECT avg(amount) AS a {SALES}))", "decimal(14,6)", "11.916667"),
    (
        f"round(avg(s.amount), 2) {SALES} s JOIN energy.usage.customers c ON s.customer_id = c.id",
        "decimal(11,2)",
        "11.92",
    ),
    (f"a FROM (SELECT avg(amount) AS a {SALES} UNION ALL SELECT avg(amount) {SALES})", "decimal(14,6)", "11.916667"),
    (f"percentile_approx(amount, 0.5) {SALES}", "decimal(10,2)", "10.50"),
]


@pytest.mark.parametrize(("sql", "kind", "value"), DECIMALS, ids=[it[0] for it in DECIMALS])
def test_decimals_stay_decimals(cursor: Any, sql: str, kind: str, value: str) -> None:
    """Quotients and averages of decimals have the digits that Spark's rules give them."""
    assert answer(cursor, sql) == (kind, Decimal(value))


OTHERS = [
    ("7 / 2", "double", 3.5),
    (f"avg(customer_id) {SALES}", "double", 1.5),
    ("CAST(7 AS DECIMAL(10,2)) DIV 2", "bigint", 3),
    ("-7 DIV 2", "bigint", -3),
    ("year(DATE '2025-09-01')", "int", 2025),
    ("length('é')", "int", 1),
    ("row_number() OVER (ORDER BY 1)", "int", 1),
    ("ceil(CAST(2.5 AS DOUBLE))", "bigint", 3),
    ("tinyint(5)", "tinyint", 5),
    (f"percentile(amount, 0.25) {SALES}", "double", 7.875),
    (f"median(amount) {SALES}", "double", 10.5),
    ("CAST(TIMESTAMP '2025-09-01 12:30:00' AS STRING)", "string", "2025-09-01 12:30:00"),
    ("concat('at ', TIMESTAMP '2025-09-01 12:30:00.5')", "string", "at 2025-09-01 12:30:00.5"),
    ("CAST(date_trunc('HOUR', TIMESTAMP '2025-09-01 12:30:00') AS STRING)", "string", "2025-09-01 12:00:00"),
    ("to_timestamp('2025-09-01 12:30:00')", "timestamp", NOON),
    ("to_timestamp('01/09/2025 12:30', 'dd/MM/yyyy HH:mm')", "timestamp", NOON),
    ("TIMESTAMP_NTZ '2025-09-01 12:30:00'", "timestamp", NOON.replace(tzinfo=None)),
    ("TIMESTAMP '1901-02-03 04:05:06.789'", "timestamp", dt.datetime(1901, 2, 3, 4, 5, 6, 789000, dt.UTC)),
    ("DATE '1815-06-18'", "date", dt.date(1815, 6, 18)),
    ("DATE '0001-01-01'", "date", dt.date(1, 1, 1)),
    ("CAST(-128 AS TINYINT)", "tinyint", -128),
    ("X'00FF'", "binary", b"\x00\xff"),
    ("CAST(NULL AS BINARY)", "binary", None),
    ("CAST(NULL AS ARRAY<STRING>)", "array", None),
    ("map('a', array(1, 2), 'b', NULL)", "map", [("a", [1, 2]), ("b", None)]),
    ("INTERVAL 3 DAYS", "string", "3 00:00:00.000000000"),
    ("INTERVAL '-3 04:05:06' DAY TO SECOND", "string", "-3 04:05:06.000000000"),
    ("INTERVAL '1-2' YEAR TO MONTH", "string", "1-2"),
    ("DATE '2025-09-01' - DATE '2025-08-01'", "string", "31 00:00:00.000000000"),
    ("TIMESTAMP '2025-09-01 12:30:00' - TIMESTAMP '2025-09-01 12:00:00'", "string", "0 00:30:00.000000000"),
    ("'Côte d''Or'", "string", "Côte d'Or"),
    (r"'a\'b'", "string", "a'b"),
    (r"r'a\tb'", "string", r"a\tb"),
    (r"'a_b' LIKE 'a\\_b'", "boolean", True),
    (r"'axb' LIKE 'a\\_b'", "boolean", False),
    (r"'axb' NOT LIKE concat('a\\_', 'b')", "boolean", True),
    ("'a_b' LIKE 'a!_b' ESCAPE '!'", "boolean", True),
]


@pytest.mark.parametrize(("sql", "kind", "value"), OTHERS, ids=[it[0] for it in OTHERS])
def test_other_types_are_databricks_own(cursor: Any, sql: str, kind: str, value: object) -> None:
    """Whole numbers, moments, intervals, texts and patterns as a warehouse has them."""
    assert answer(cursor, sql) == (kind, value)


def _plain(kind: pa.DataType) -> str:
    """The type without the name that a list's items have."""
    return re.sub(r"list<\w+:", "list<", str(kind))


def test_every_type_arrives_as_arrow_with_its_nulls(cursor: Any) -> None:
    """One table of two rows, the second all null, in Arrow's types."""
    columns: dict[str, pa.DataType] = {
        "CAST(1.5 AS DECIMAL(18,3))": pa.decimal128(18, 3),
        "TIMESTAMP '2025-09-01 12:30:00'": pa.timestamp("us", tz="Etc/UTC"),
        "TIMESTAMP_NTZ '2025-09-01 12:30:00'": pa.timestamp("us"),
        "DATE '1969-12-31'": pa.date32(),
        "CAST(7 AS TINYINT)": pa.int8(),
        "CAST(7 AS SMALLINT)": pa.int16(),
        "7": pa.int32(),
        "CAST(7 AS BIGINT)": pa.int64(),
        "CAST(1.5 AS FLOAT)": pa.float32(),
        "CAST(1.5 AS DOUBLE)": pa.float64(),
        "true": pa.bool_(),
        "'x'": pa.string(),
        "X'00'": pa.binary(),
        "array(CAST(1.5 AS DECIMAL(5,2)), NULL)": pa.list_(pa.decimal128(5, 2)),
        "named_struct('a', 1, 'd', DATE '2025-01-01')": pa.struct([("a", pa.int32()), ("d", pa.date32())]),
        "map('a', 1)": pa.map_(pa.string(), pa.int32()),
    }
    listed = ", ".join(f"CASE WHEN id = 0 THEN {it} END AS c{i}" for i, it in enumerate(columns))
    cursor.execute(f"SELECT {listed} FROM range(2) ORDER BY id")
    found = cursor.fetchall_arrow()
    assert [_plain(field.type) for field in found.schema] == [_plain(kind) for kind in columns.values()]
    assert all(column[0].is_valid and not column[1].is_valid for column in found.columns)


def test_describing_a_query_tells_the_same_types(cursor: Any) -> None:
    """DESCRIBE QUERY and the query itself agree."""
    cursor.execute(
        f"DESCRIBE QUERY SELECT country, avg(amount) AS a, count(*) AS n, year(max(day)) AS y {SALES} GROUP BY 1"
    )
    assert [row[1] for row in cursor.fetchall()] == ["string", "decimal(14,6)", "bigint", "int"]


def test_query_tags_may_hold_colons_and_commas(workspace: Workspace) -> None:
    """The connector writes a backslash before them; the history shows what was meant."""
    tags = {"turn": "slack:T1,C1", "path": "a\\b", "alone": None}
    with in_process(workspace) as place, connected(place) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS tagged", query_tags=tags)
    found = next(it for it in workspace.statements.history() if "tagged" in it.sql)
    assert found.tags == {"turn": "slack:T1,C1", "path": "a\\b", "alone": ""}
