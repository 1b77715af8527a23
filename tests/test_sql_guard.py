"""What may run and what may not."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sql_statements import ALLOWED, HOSTILE, LEGITIMATE, SHARED, SHARED_ALLOWED, Statement, statements

from agents.domain import TableRef
from agents.errors import BadQuery
from agents.sql import check
from agents.sql.functions import ALLOWED as FUNCTIONS
from agents.sql.refusals import HINTS


def code_of(sql: str, allowed: tuple[TableRef, ...] = ALLOWED, default: TableRef | None = None) -> str:
    """The refusal's code; empty when the statement passes."""
    try:
        check(sql, allowed, default=default)
    except BadQuery as refusal:
        return refusal.code if refusal.hint else "no hint"
    return ""


@pytest.mark.parametrize("statement", HOSTILE, ids=str)
def test_hostile_statements_are_refused(statement: Statement) -> None:
    """No statement that writes, reaches out, reads another table or costs too much may run."""
    code = code_of(statement.sql)
    assert code
    assert code == (statement.code or code)


@pytest.mark.parametrize("statement", LEGITIMATE, ids=str)
def test_ordinary_analysis_passes(statement: Statement) -> None:
    """Refusing what an analyst writes every day would be a failure too; the text runs exactly as it was checked."""
    assert check(statement.sql, ALLOWED).text == statement.sql


@pytest.mark.parametrize("statement", list(statements(SHARED)), ids=str)
def test_the_shared_statements_get_their_verdicts(statement: Statement) -> None:
    """A list of statements kept outside the project, where it is at hand."""
    refused = bool(code_of(statement.sql, SHARED_ALLOWED))
    assert statement.expect in ("either", "refuse" if refused else "accept")


def test_there_are_enough_statements() -> None:
    """At least 150 hostile and 100 legitimate statements, none twice."""
    assert len({statement.sql for statement in HOSTILE}) == len(HOSTILE) >= 150
    assert len({statement.sql for statement in LEGITIMATE}) == len(LEGITIMATE) >= 100


def test_every_code_is_met() -> None:
    """A refusal code that no statement meets would be a rule that nothing tests."""
    met = {code_of(statement.sql) for statement in HOSTILE}
    assert set(HINTS) - met == {"DENY_NODE", "DROPPED", "TVF", "VALUE", "TIMEOUT"} - met


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT TRANSFORM(note) USING 'sh -c id' AS (x) FROM grid.sales.orders", {"DENY_NODE", "DROPPED"}),
        ("SELECT * FROM concat('a', 'b')", {"TVF"}),
        ("SELECT * FROM grid.sales.orders@v12", {"DENY_NODE", "TIME_TRAVEL"}),
    ],
)
def test_rare_codes(sql: str, code: set[str]) -> None:
    """Constructs that only one rule stops."""
    assert code_of(sql) in code


def test_the_tables_read_are_told_once_each() -> None:
    """Tables come in the order of the text, those of sub-queries included, CTE names left out."""
    sql = (
        "WITH t AS (SELECT * FROM grid.ops.plants) SELECT * FROM t JOIN grid.ops.output USING (id) JOIN t u USING (id)"
    )
    assert [str(table) for table in check(sql, ALLOWED).tables] == ["grid.ops.plants", "grid.ops.output"]


@pytest.mark.parametrize("sql", ["SELECT * FROM orders", "SELECT * FROM sales.orders", "SELECT * FROM Sales.ORDERS"])
def test_short_names_need_a_default(sql: str) -> None:
    """A one- or two-part name means a table of the executor's catalog and schema, or nothing."""
    assert code_of(sql) == "TABLE"
    assert code_of(sql, default=TableRef("grid", "sales", "")) == ""
    assert code_of(sql, default=TableRef("grid2", "sales", "")) == "TABLE"


def test_no_table_allowed_means_none() -> None:
    """An empty allow-list is not a wildcard."""
    assert code_of("SELECT * FROM grid.sales.orders", ()) == "TABLE"
    assert code_of("SELECT 1", ()) == ""


def test_hints_name_what_may_be_used() -> None:
    """The author of a refused statement learns the tables and the function that was the matter."""
    with pytest.raises(BadQuery) as refused:
        check("SELECT * FROM grid.hr.payroll", ALLOWED)
    assert "grid.ops.output" in refused.value.hint
    with pytest.raises(BadQuery, match="secret"):
        check("SELECT secret('a', 'b')", ALLOWED)


def test_a_long_refused_word_is_cut() -> None:
    """A hint goes back to a model: it cannot be made a carrier of text."""
    with pytest.raises(BadQuery) as refused:
        check(f"SELECT {'f' * 5000}(1)", ALLOWED)
    assert len(refused.value.hint) < 300


def test_functions_are_names_only() -> None:
    """The allow-list holds plain lower-case names and none of those that reach out."""
    assert len(FUNCTIONS) == 379
    assert all(name.isidentifier() and name == name.lower() for name in FUNCTIONS)
    assert not FUNCTIONS & {"java_method", "secret", "ai_query", "http_request", "sequence", "repeat", "read_files"}


PIECES = """
    SELECT FROM WHERE WITH AS ( ) ( ) , , . ; JOIN ON UNION ALL GROUP BY ORDER LIMIT HAVING CASE WHEN THEN END INSERT
    INTO DELETE UPDATE DROP TABLE SET VALUES LATERAL VIEW explode PIVOT FOR IN EXISTS OVER PARTITION a b c x orders
    grid.sales.orders grid.hr.payroll `grid.hr.payroll` sum count secret java_method user * + - / 'x' 'it''s' '\\'' "q"
    1 2.5 -- /* */ /*+ |> :: : -> => = < > <> || [ ] { } @ @@ ? $$ \\ ` ' " INTERVAL DATE CAST IDENTIFIER TRANSFORM
    USING VERSION OF RECURSIVE IMMEDIATE EXECUTE BEGIN
"""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), max_size=40).map(" ".join))
def test_anything_made_of_sql_is_passed_or_refused(sql: str) -> None:
    """Whatever the words, nothing but BadQuery comes out, and what passes reads allowed tables only."""
    code = code_of(sql)
    assert code in {"", *HINTS}
    if not code:
        assert {table.key for table in check(sql, ALLOWED).tables} <= {table.key for table in ALLOWED}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_passed_or_refused(text: str) -> None:
    """Binary-looking text, emoji, lone quotes: never another exception."""
    for sql in (text, f"SELECT {text} FROM grid.sales.orders", f"SELECT '{text}'"):
        code_of(sql)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("date(", "struct(", "array(", "(", "a[", "CASE WHEN ", "NOT ", "- ", "x -> ", "f(", "1 + ", "a.")),
    st.integers(1, 5000),
)
def test_repetition_does_not_stall(piece: str, times: int) -> None:
    """Two hundred characters must not cost minutes; two seconds of processor time are far beyond what any may take."""
    start = time.thread_time()
    code_of(f"SELECT {piece * times}1")
    assert time.thread_time() - start < 2


def test_the_statements_are_plain_json_lines() -> None:
    """Each line is an object with a name and a statement, so that other tools can read it."""
    for statement in (*HOSTILE, *LEGITIMATE):
        assert json.dumps(statement.sql)
        assert statement.name
