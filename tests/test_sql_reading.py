"""What is told about a statement, and changed in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sql_statements import LEGITIMATE, Statement

from agents.domain import Calculation, Filter
from agents.errors import BadQuery
from agents.sql import read, with_filters

EXAMPLE = (
    "SELECT SUM(consumption_mwh) AS total_green_energy FROM green_energy_consumption\n"
    "WHERE country = 'France' AND month = '2025-09'"
)


def test_the_worked_example() -> None:
    """Filters, calculation and table of the question that findata is known for."""
    reading = read(EXAMPLE)
    assert reading.filters == (Filter("country", "=", ("France",)), Filter("month", "=", ("2025-09",)))
    assert reading.calculations == (Calculation("sum", "consumption_mwh", "total_green_energy"),)
    assert [table.name for table in reading.tables] == ["green_energy_consumption"]
    assert reading.complete


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("a = 1", [Filter("a", "=", ("1",))]),
        ("t.a = -1.5", [Filter("a", "=", ("-1.5",))]),
        ("1 < a", [Filter("a", ">", ("1",))]),
        ("a <> 'x' AND b IS NULL AND c IS NOT NULL", [
            Filter("a", "!=", ("x",)), Filter("b", "is null"), Filter("c", "is not null")]),
        ("a IN ('x', 'y')", [Filter("a", "in", ("x", "y"))]),
        ("a IN ('x')", [Filter("a", "=", ("x",))]),
        ("a NOT IN (1, 2)", [Filter("a", "not in", ("1", "2"))]),
        ("(a = 'x' OR a = 'y')", [Filter("a", "in", ("x", "y"))]),
        ("a BETWEEN 1 AND 2", [Filter("a", "between", ("1", "2"))]),
        ("a >= 1 AND a <= 2", [Filter("a", "between", ("1", "2"))]),
        ("d >= DATE'2025-01-01' AND d < DATE'2025-04-01'", [Filter("d", "between", ("2025-01-01", "2025-03-31"))]),
        ("d < '2025-03-01' AND d >= '2025-02-01'", [
            Filter("d", "<", ("2025-03-01",)), Filter("d", ">=", ("2025-02-01",))]),
        ("month >= '2024-11' AND month < '2025-01'", [Filter("month", "between", ("2024-11", "2024-12"))]),
        ("a > 1 AND a < 2", [Filter("a", ">", ("1",)), Filter("a", "<", ("2",))]),
        ("year(d) = 2025", [Filter("year(d)", "=", ("2025",))]),
        ("lower(a) LIKE 'x%'", [Filter("a", "like", ("x%",))]),
        ("CAST(d AS DATE) = to_date('2025-01-01')", [Filter("d", "=", ("2025-01-01",))]),
        ("active AND NOT test", [Filter("active", "=", ("true",)), Filter("test", "=", ("false",))]),
        ("a = 'Côte d''Or'", [Filter("a", "=", ("Côte d'Or",))]),
        ("d >= current_date() - INTERVAL 30 DAYS", [Filter("d", ">=", ("current_date - interval '30' days",))]),
        ("a = :p", [Filter("a", "=", (":p",))]),
    ],
)  # fmt: skip
def test_conditions_are_told(condition: str, told: list[Filter]) -> None:
    """Each condition that a Filter can express is one, and nothing is left out."""
    reading = read(f"SELECT sum(x) FROM t WHERE {condition}")
    assert list(reading.filters) == told
    assert reading.complete


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(x) FROM t WHERE a = 1 OR b = 2",
        "SELECT sum(x) FROM t WHERE a < b",
        "SELECT sum(x) FROM t WHERE a IN (SELECT a FROM u)",
        "SELECT sum(x) FROM t WHERE EXISTS (SELECT 1 FROM u)",
        "SELECT sum(x) FROM t WHERE a NOT LIKE 'x%'",
        "SELECT sum(x) FROM t WHERE NOT (a LIKE 'x%')",
        "SELECT sum(x) FROM t WHERE a LIKE ANY ('x%', 'y%')",
        "SELECT sum(x) FROM t WHERE a NOT BETWEEN 1 AND 2",
        "SELECT sum(x) FROM t WHERE (a, b) IN ((1, 2))",
        "SELECT sum(x) FROM t WHERE a = NULL",
        "SELECT sum(x) FROM t WHERE a IS DISTINCT FROM 'x'",
        "SELECT x FROM t UNION ALL SELECT x FROM u",
        "SELECT x FROM t ORDER BY x LIMIT 5 OFFSET 5",
        "SELECT sum(x) FROM t TABLESAMPLE (10 PERCENT)",
        "SELECT * FROM t PIVOT (sum(x) FOR m IN (1, 2))",
        "SELECT y, sum(x) FROM t GROUP BY ROLLUP (y)",
        "SELECT * FROM (SELECT a, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM t) WHERE n = 1",
        "SELECT sum(x) FROM (SELECT x FROM t ORDER BY x DESC LIMIT 10)",
        "SELECT sum(x) FROM t LEFT ANTI JOIN u ON t.a = u.a",
        "WITH p AS (SELECT sum(x) AS s FROM t WHERE a = 1), q AS (SELECT sum(x) AS s FROM t) SELECT p.s, q.s FROM p, q",
    ],
)
def test_what_is_not_told_is_said_to_be_missing(sql: str) -> None:
    """A reading that leaves something out says so: better no claim than a false one."""
    assert not read(sql).complete


@pytest.mark.parametrize(
    ("projection", "told"),
    [
        ("count(*)", Calculation("count", "*", "n")),
        ("count(1)", Calculation("count", "*", "n")),
        ("count(DISTINCT a)", Calculation("count distinct", "a", "n")),
        ("round(avg(t.a), 2)", Calculation("avg", "a", "n")),
        ("coalesce(sum(a), 0)", Calculation("sum", "a", "n")),
        ("sum(a * b)", Calculation("sum(a * b)", "", "n")),
        ("sum(DISTINCT a)", Calculation("sum(DISTINCT a)", "a", "n")),
        ("median(a)", Calculation("median(a)", "a", "n")),
        ("100 * sum(a) / sum(b)", Calculation("100 * sum(a) / sum(b)", "", "n")),
        ("count(*) FILTER (WHERE a > 1)", Calculation("count(*) FILTER (WHERE a > 1)", "a", "n")),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
         Calculation("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "a", "n")),
        ("sum(CASE WHEN a = 'x' THEN b END)", Calculation("sum(CASE WHEN a = 'x' THEN b END)", "", "n")),
        ("max_by(a, b) - 1", Calculation("max_by(a, b) - 1", "", "n")),
        ("sum(sum(a)) OVER (ORDER BY b)", Calculation("sum(sum(a)) OVER (ORDER BY b)", "", "n")),
    ],
)  # fmt: skip
def test_calculations_are_told_in_the_words_of_the_statement(projection: str, told: Calculation) -> None:
    """Named where there is a name for it, else quoted from the text: never a parser's rewording."""
    assert read(f"SELECT {projection} AS n FROM t").calculations == (told,)


def test_grouping_order_and_limit() -> None:
    """Ordinals are resolved to what they stand for; an expression is told by the name it has in the select list."""
    reading = read(
        "SELECT c.region, date_trunc('MONTH', o.d) AS m, sum(o.x) AS s FROM o JOIN c ON o.c = c.id "
        "GROUP BY 1, m ORDER BY s DESC, 1 LIMIT 7"
    )
    assert reading.grouping == ("region", "m")
    assert reading.order == (("s", "desc"), ("region", "asc"))
    assert reading.limit == 7
    assert reading.filters == ()
    assert reading.complete


def test_group_by_all_and_distinct() -> None:
    """GROUP BY ALL groups by what is not aggregated, DISTINCT by everything."""
    assert read("SELECT a, b, sum(x) FROM t GROUP BY ALL").grouping == ("a", "b")
    assert read("SELECT DISTINCT a FROM t").grouping == ("a",)


def test_conditions_of_ctes_and_joins_count() -> None:
    """A filter is one wherever it stands; the columns that join two tables are none."""
    reading = read(
        "WITH s AS (SELECT k, sum(x) AS x FROM a WHERE y = 2025 GROUP BY k) "
        "SELECT sum(s.x) AS x FROM s JOIN b ON s.k = b.k AND b.kind = 'wind' HAVING sum(s.x) > 0"
    )
    assert reading.filters == (
        Filter("y", "=", ("2025",)), Filter("kind", "=", ("wind",)), Filter("sum(s.x)", ">", ("0",)),
    )  # fmt: skip


@pytest.mark.parametrize("statement", LEGITIMATE, ids=str)
def test_every_legitimate_statement_can_be_read_and_left_as_it_is(statement: Statement) -> None:
    """Reading never fails on what may run, and the same values give the same text to the letter."""
    assert with_filters(statement.sql, read(statement.sql).filters) == statement.sql


def test_values_change_in_place() -> None:
    """Only the literals are other ones: case, blanks and comments of the text stay."""
    changed = with_filters(EXAMPLE, [Filter("country", "=", ("Germany",)), Filter("month", "=", ("2024-12",))])
    assert changed == EXAMPLE.replace("France", "Germany").replace("2025-09", "2024-12")


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("a = 'x'", Filter("a", "in", ("x", "y")), "a IN ('x', 'y')"),
        ("a IN ('x', 'y')", Filter("a", "in", ("u", "v", "w")), "a IN ('u', 'v', 'w')"),
        ("a IN ('x', 'y')", Filter("a", "=", ("z",)), "a IN ('z')"),
        ("a > -5", Filter("a", ">", ("-7.5",)), "a > -7.5"),
        ("a > -5", Filter("a", ">", ("7",)), "a > 7"),
        ("m >= '2025-01' AND m < '2025-04'", Filter("m", "between", ("2024-01", "2024-12")),
         "m >= '2024-01' AND m < '2025-01'"),
        ("d >= DATE '2025-01-01' AND d < DATE '2025-02-01'", Filter("d", "between", ("2024-02-01", "2024-02-29")),
         "d >= DATE '2024-02-01' AND d < DATE '2024-03-01'"),
        ("a = 'x'", Filter("a", "=", ("L'Haÿ\\x",)), "a = 'L\\'Haÿ\\\\x'"),
        ("a = 'x'", Filter("a", "=", ("tab\there",)), "a = 'tab\\u0009here'"),
    ],
)  # fmt: skip
def test_changed_filters(before: str, new: Filter, after: str) -> None:
    """Lists grow and shrink, half-open ranges keep their form, quotes are escaped."""
    assert with_filters(f"SELECT sum(x) FROM t WHERE {before}", [new]) == f"SELECT sum(x) FROM t WHERE {after}"


@pytest.mark.parametrize(
    ("before", "new"),
    [
        ("a = 1", Filter("a", "=", ("1 OR 1=1",))),
        ("a = 1", Filter("a", "=", ("",))),
        ("a = 1", Filter("a", ">", ("2",))),
        ("a = 1", Filter("b", "=", ("2",))),
        ("a = 1", Filter("a", "=", ())),
        ("d = '2025-01-01'", Filter("d", "=", ("yesterday",))),
        ("d = '2025-01-01'", Filter("d", "=", ("2025-13-01",))),
        ("a BETWEEN 1 AND 2", Filter("a", "between", ("1",))),
        ("d >= current_date()", Filter("d", ">=", ("2025-01-01",))),
    ],
)
def test_what_cannot_be_placed_is_refused(before: str, new: Filter) -> None:
    """Another operator, column or kind of value is another question."""
    with pytest.raises(BadQuery) as refused:
        with_filters(f"SELECT sum(x) FROM t WHERE {before}", [new])
    assert refused.value.code == "VALUE"


def test_the_number_of_conditions_cannot_change() -> None:
    """Dropping or adding a condition is another question."""
    with pytest.raises(BadQuery):
        with_filters(EXAMPLE, [])


def test_a_value_told_once_changes_everywhere() -> None:
    """A filter that stands in two CTEs is told once and stays one."""
    sql = (
        "WITH p AS (SELECT sum(x) AS s FROM t WHERE y = 1), q AS (SELECT max(x) AS s FROM t WHERE y = 1) "
        "SELECT p.s / q.s FROM p, q"
    )
    assert with_filters(sql, [Filter("y", "=", ("2",))]) == sql.replace("y = 1", "y = 2")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_becomes_a_literal(value: str) -> None:
    """Whatever somebody types as a value, the statement means the same except for that value."""
    new = (Filter("country", "=", (value,)), Filter("month", "=", ("2025-09",)))
    changed = with_filters(EXAMPLE, new)
    assert read(changed).filters == new
    assert changed.endswith("AND month = '2025-09'")
