"""All rows of an answer as a file, whatever platform hands it over: types are kept, and nothing in it is run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from adapters.replying.comma_separated import FORMULA, comma_separated
from adapters.replying.workbook import workbook
from agents.domain import Cell, SqlResult
from tests.any_replies import CELLS, NASTY

VALUES: tuple[tuple[Cell, str], ...] = (
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=x", "'\t=x"), (" +1", "' +1"), ("-3", "'-3"), ("plain", "plain"),
    ("\u00a0=1", "'\u00a0=1"), ("\r=1", "'=1"), ("\x00=1", "'=1"), ("\ud800", "?"), (-5, "-5"),
    (Decimal("-1.50"), "-1.50"), (None, ""), (True, "true"), (date(2025, 1, 2), "2025-01-02"),
    (datetime(2025, 1, 2, 3, tzinfo=UTC), "2025-01-02T03:00:00+00:00"), (time(3, 4), "03:04:00"), (b"\x01", "01"),
    ([1, "=a"], '[1, "=a"]'), (("é",), '["é"]'), ("x" * 30_000, "x" * 30_000),
)  # fmt: skip


def result(*values: Cell) -> SqlResult:
    """One column of these."""
    return SqlResult("SELECT", ("=cmd",), ("string",), tuple((value,) for value in values))


def read(made: bytes) -> list[list[str]]:
    """The rows of a CSV."""
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("value", "written"), VALUES)
def test_a_cell_of_a_csv_is_what_the_warehouse_gave_and_no_formula(value: Cell, written: str) -> None:
    """Text that a spreadsheet would run is quoted; numbers keep their sign, and nothing is cut."""
    made = comma_separated(result(value))
    assert made.startswith(b"\xef\xbb\xbf")
    assert read(made) == [["'=cmd"], [written]]


@given(CELLS)
def test_no_text_in_a_csv_begins_like_a_formula(value: Cell) -> None:
    """Whatever the data holds; numbers may begin with a sign."""
    [[cell]] = read(comma_separated(result(value)))[1:]
    assert isinstance(value, int | float | Decimal) or not cell.lstrip(" ").startswith(FORMULA)


def test_a_workbook_keeps_types_and_runs_nothing() -> None:
    """Numbers and dates are numbers and dates, unless digits would be lost; no cell is a formula."""
    values = (
        -5,
        Decimal("-5.25"),
        None,
        True,
        date(2025, 1, 2),
        Decimal("12345678901234567890.5"),
        float("nan"),
        *NASTY,
    )
    cells = [row[0] for row in load_workbook(io.BytesIO(workbook(result(*values)))).active.iter_rows()]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d", "inlineStr"}
    assert cells[0].value == "=cmd"
    assert [cell.value for cell in cells[1:7]] == [
        -5, -5.25, None, True, datetime(2025, 1, 2), "12345678901234567890.5",  # noqa: DTZ001  a workbook has no zones
    ]  # fmt: skip
    assert cells[7].value == "nan"


@settings(deadline=None)
@given(CELLS)
def test_a_workbook_holds_any_value(value: Cell) -> None:
    """No cell makes a file that does not open."""
    sheet = load_workbook(io.BytesIO(workbook(result(value)))).active
    assert sheet.max_row in (1, 2)  # an empty last cell is none
