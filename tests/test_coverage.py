"""A period that the data does not cover is said: how far the table reaches, asked for only where it is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.wording import plain, say
from agents.domain import Answer, Draft, Figures, Filter, SqlResult
from agents.errors import Unavailable
from agents.reach import Spans, asked_days, days_of, goes_beyond, shows, span_of
from tests.fakes import BOB, FakeAnalyst, FakeWarehouse
from tests.scenes import QUESTION, SQL, TOTAL, Scene

TODAY = date(2025, 11, 16)
REACH = (r"MIN\(`month`\)", (["first_value", "last_value"], [("2019-01", "2025-10")]))
MONTHS = (["month", "total"], [("2025-01", 1), ("2025-02", 2)])


def scene(condition: str, *answers, select: str = "SUM(consumption_mwh) AS total", end: str = "") -> Scene:
    sql = SQL.replace("month = '2025-09'", condition).replace("SUM(consumption_mwh) AS total", select) + end
    warehouse = FakeWarehouse([*answers, REACH, ("SUM", TOTAL)])
    return Scene(warehouse=warehouse, analyst=FakeAnalyst({"space-usage": [Draft(sql)] * 4}))


async def coverage(of: Scene, **how) -> tuple[tuple[str, str, str], ...]:
    reply = await of.say(QUESTION, **how)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    return reply.body.coverage


@pytest.mark.parametrize(
    "condition",
    ["month BETWEEN '2019-01' AND '2030-12'", "month >= '2010-01'", "month IN ('2025-10', '2025-12')",
     "month >= '2018-12' AND month < '2020-01'"],
)  # fmt: skip
async def test_a_period_beyond_the_data_says_how_far_the_data_reaches(condition: str) -> None:
    """Too late, too early, or in single months: a part would else be told as the sum of what was asked."""
    assert await coverage(scene(condition)) == (("month", "2019-01", "2025-10"),)


@pytest.mark.parametrize("condition", ["month BETWEEN '2019-01' AND '2025-10'", "month < '2025-10'"])
async def test_a_period_within_the_data_says_nothing_of_it(condition: str) -> None:
    """Who asks for what there is hears only that."""
    assert await coverage(scene(condition)) == ()


@pytest.mark.parametrize("condition", ["month = '2025-09'", "country <> 'Spain'"])
async def test_one_value_or_no_period_costs_no_statement(condition: str) -> None:
    """Rows were found for the month itself; without a period there is nothing to go beyond."""
    asked = scene(condition)
    assert await coverage(asked) == ()
    assert len(asked.warehouse.sent) == 1


async def test_rows_that_show_both_ends_cost_no_statement() -> None:
    """A series from its first to its last month is its own proof."""
    asked = scene(
        "month BETWEEN '2025-01' AND '2025-02'", ("GROUP BY", MONTHS),
        select="month, SUM(consumption_mwh) AS total", end=" GROUP BY month",
    )  # fmt: skip
    assert await coverage(asked) == ()
    assert len(asked.warehouse.sent) == 1


async def test_the_reach_is_asked_for_once_by_each_asker() -> None:
    """A conversation about one table asks for it at its first period only; what others may see is not taken over."""
    asked = scene("month BETWEEN '2019-01' AND '2030-12'")
    await coverage(asked)
    assert await coverage(asked) == (("month", "2019-01", "2025-10"),)
    assert sum("MIN(" in sql for sql in asked.warehouse.sent) == 1
    await coverage(asked, user=BOB)
    assert sum("MIN(" in sql for sql in asked.warehouse.sent) == 2


async def test_an_answer_does_not_depend_on_its_remark() -> None:
    """Where the reach cannot be asked for, the figure is told all the same, and it is asked for the next time."""
    asked = scene("month BETWEEN '2019-01' AND '2030-12'", ("MIN", Unavailable("down")))
    assert await coverage(asked) == ()
    asked.warehouse.answers = [REACH, ("SUM", TOTAL)]
    assert await coverage(asked) == (("month", "2019-01", "2025-10"),)


@pytest.mark.parametrize(
    ("language", "span", "said"),
    [
        ("fr", ("month", "2019-01", "2025-10"),
         "Les données vont de janvier 2019 à octobre 2025 : la période demandée n'est pas couverte en entier."),
        ("en", ("month", "2019-01", "2025-10"),
         "The data covers January 2019 to October 2025: not all of the period asked for."),
        ("fr", ("day", "2019-01-02", "2025-10-01"),
         "Les données vont du 2 janvier 2019 au 1er octobre 2025 : la période demandée n'est pas couverte en entier."),
        ("en", ("year", "2019", "2025"), "The data covers 2019 to 2025: not all of the period asked for."),
    ],
)  # fmt: skip
async def test_the_reach_is_the_first_thing_said_behind_the_figure(language, span, said) -> None:
    """In words, in the asker's language, before where the data is from."""
    reply = await scene("month = '2025-09'").say(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    body = Figures(reply.body.result, reply.body.reading, reply.body.products, reply.body.tables, coverage=(span,))
    assert plain(say(Answer(language, body)).notes[0]).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2025-01", "Les données vont de janvier 2019 à octobre 2025."),
        (
            "2018-01",
            "Les données vont de janvier 2019 à octobre 2025 : la période demandée n'est pas couverte en entier.",
        ),
    ],
)
async def test_who_names_no_end_misses_none(since: str, said: str) -> None:
    """As in "since January": only data that begins too late leaves something out."""
    reply = await scene(f"month >= '{since}'").say(QUESTION)
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    span = ("month", "2019-01", "2025-10")
    body = Figures(reply.body.result, reply.body.reading, reply.body.products, reply.body.tables, coverage=(span,))
    assert plain(say(Answer("fr", body)).notes[0]).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2025", (date(2025, 1, 1), date(2025, 12, 31))),
        ("2025-Q2", (date(2025, 4, 1), date(2025, 6, 30))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2025-03-12 23:00:00", (date(2025, 3, 12),) * 2),
        ("2025-02-30", None),
        ("0000-01", None),
        ("1200.5", None),
        ("France", None),
    ],
)
def test_periods_are_read_as_their_days(text: str, days) -> None:
    """A year, quarter, month or day; anything else is no period."""
    assert days_of(text) == days


def test_months_kept_as_dates_are_months() -> None:
    """The first of October stands for October, but not where each day has its own row."""
    assert span_of("month", date(2019, 1, 1), date(2025, 10, 1)) == ("month", "2019-01", "2025-10")
    assert span_of("opened_at", datetime(2019, 1, 1, 8, tzinfo=UTC), date(2025, 10, 1)).last == "2025-10-01"
    assert span_of("day", date(2019, 1, 1), date(2025, 10, 1)).last == "2025-10-01"


def test_an_open_end_is_today() -> None:
    """Since January means until now; bounds on both sides make one period."""
    assert asked_days([Filter("d", ">=", ("2025-01-01",))], TODAY) == (date(2025, 1, 1), TODAY)
    both = [Filter("d", ">=", ("2025-01-01 00:00:00",)), Filter("d", "<", ("2025-03-01 00:00:00",))]
    assert asked_days(both, TODAY) == (date(2025, 1, 1), date(2025, 2, 28))
    assert asked_days([Filter("d", "<=", ("2020",))], TODAY) == (None, date(2020, 12, 31))
    assert asked_days([Filter("capacity", ">=", ("100",)), Filter("d", "=", ("2025-01",))], TODAY) is None


def test_days_without_events_are_no_gap() -> None:
    """The last incident of a year was on the 28th; but a week that is not there is missed by a day."""
    held = (date(2019, 1, 3), date(2025, 12, 28))
    assert not goes_beyond((date(2019, 1, 1), date(2025, 12, 31)), held)
    assert goes_beyond((date(2025, 12, 26), date(2025, 12, 31)), held)
    assert goes_beyond((date(2019, 1, 1), date(2026, 3, 31)), held)


def test_a_year_among_the_rows_proves_no_months() -> None:
    """The row of a year stands there after one month of it."""
    rows = SqlResult("", ("year", "total"), ("int", "int"), ((2024, Decimal(5)), (2025, Decimal(3))))
    assert not shows(rows, (date(2024, 1, 1), date(2025, 12, 31)))


def test_spans_are_forgotten_in_time() -> None:
    """Data that was loaded since is seen."""
    now = [0.0]
    spans = Spans(seconds=10, clock=lambda: now[0])
    spans.keep("table", None)
    assert spans.get("table") == (None,)
    now[0] = 11
    assert spans.get("table") is None
