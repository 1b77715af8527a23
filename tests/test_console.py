"""The terminal: what a person reads there."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from rich.console import Console
from rich.text import Text

from adapters.console import Prose, Terminal, draw, shown
from adapters.wording import say
from agents.domain import (
    Answer,
    Ask,
    Calculation,
    Choose,
    Clarification,
    Column,
    Conversation,
    DataProduct,
    Figures,
    Forget,
    Option,
    Progress,
    Reading,
    Reply,
    ReplyTo,
    SqlResult,
    Table,
    TableRef,
    Turn,
    User,
)
from bot.ask import _meant
from tests.any_replies import replies

TO = ReplyTo("console")
TURN = Turn("t1", Conversation("console", "local", "c"), User("console", "local", "you"), Ask("?"), datetime.now(UTC))
REF = TableRef("main", "energy", "wind")
TABLE = Table(REF, (Column("country", "string"), Column("mwh", "double", unit="MWh")))
PRODUCT = DataProduct("wind", "Wind", url="http://127.0.0.1:1/products/wind", tables=(TABLE,), documentation=90)


def answer(rows):
    result = SqlResult("SELECT country, SUM(mwh) AS mwh FROM wind GROUP BY country", ("country", "mwh"), ("", ""), rows)
    return Answer(
        "en",
        Figures(result, Reading((REF,), (), (Calculation("sum", "mwh", "mwh"),), ("country",)), (PRODUCT,), (TABLE,)),
    )


def terminal() -> tuple[Terminal, io.StringIO]:
    out = io.StringIO()
    return Terminal(Console(file=out, width=120)), out


async def test_an_answer_shows_figures_bars_table_sql_and_link() -> None:
    """All that Slack would show is there, with the link in full."""
    screen, out = terminal()
    await screen.finish(TO, "", answer((("France", 30.0), ("Spain", 15.0))), TURN)
    shown = out.getvalue()
    for part in ("2 rows.", "█" * 40, "France", "SELECT country", "http://127.0.0.1:1/products/wind", "SQL used"):
        assert part in shown


async def test_a_reply_sent_twice_is_shown_once() -> None:
    """A retry cannot answer twice."""
    screen, out = terminal()
    await screen.finish(TO, "", answer((("France", 1.0),)), TURN)
    first = out.getvalue()
    await screen.finish(TO, "", answer((("France", 1.0),)), TURN)
    assert out.getvalue() == first


async def test_progress_is_told_once_for_each_step() -> None:
    """Polling Genie does not fill the screen."""
    screen, out = terminal()
    await screen.open(TO, TURN)
    for _ in range(3):
        await screen.progress(TO, "", Progress("genie", "genie_status", "ASKING_AI"), "fr")
    assert out.getvalue().count("réfléchit") == 1


async def test_options_are_numbered() -> None:
    """A clarification can be answered with a number."""
    screen, out = terminal()
    await screen.finish(TO, "", Clarification("fr", "product", (Option("a", "Wind"), Option("b", "Sun"))), TURN)
    assert "1. Wind" in out.getvalue()
    assert "2. Sun" in out.getvalue()


async def test_markup_in_data_is_shown_as_text() -> None:
    """Cells cannot colour or link the terminal."""
    screen, out = terminal()
    await screen.finish(TO, "", answer((("[red]x[/] [link=http://e.example]", 1.0), ("b", 2.0))), TURN)
    assert "[red]x[/] [link=http://e.example]" in out.getvalue()


async def test_escape_sequences_in_data_never_reach_the_terminal() -> None:
    """Neither a cell nor Genie's words can move the cursor or set the window's title."""
    screen, out = terminal()
    await screen.finish(TO, "", answer((("\x1b]0;owned\x07\x1b[2J\x9b31m", 1.0), ("b", 2.0))), TURN)
    assert not {"\x1b", "\x07", "\x9b"} & set(out.getvalue())


@pytest.mark.parametrize("width", [20, 33, 34, 40, 80])
def test_a_number_is_never_torn_from_its_digits_or_unit(width: int) -> None:
    """Lines break between words; a figure with its unit is one."""
    screen = Console(width=width, file=io.StringIO())
    screen.print(Prose(Text("La consommation est de 12\u202f480\u202f000\u00a0MWh pour la France\net après")))
    lines = screen.file.getvalue().splitlines()
    assert any("12\u202f480\u202f000\u00a0MWh" in line for line in lines)
    assert max(map(len, lines)) <= width
    assert lines[-1] == "et après"
    assert " ".join(lines) == "La consommation est de 12\u202f480\u202f000\u00a0MWh pour la France et après"


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies())
def test_every_reply_can_be_printed(reply: Reply) -> None:
    """Whatever Slack and Teams are given: no escape sequence, no number too large for a bar."""
    printed = io.StringIO()
    Console(file=printed, width=120).print(draw(say(reply)))
    assert not {"\x1b", "\x07", "\x9b"} & set(printed.getvalue())


def test_a_question_is_echoed_in_short_and_without_control_characters() -> None:
    """Whatever is pasted, the terminal shows a line or two of it."""
    assert shown("a\x1b[31m  b\nc") == "a[31m b c"
    assert len(shown("word " * 10_000)) == 200


def test_what_is_typed_is_an_option_an_order_or_a_question() -> None:
    """A number counts from 1; what is no option's is asked."""
    asked = Clarification("en", "product", (Option("k1", "Wind"), Option("k2", "Sun")))
    assert [_meant(words, asked) for words in ("2", "3", "oublie cette conversation", "forget the wind")] == [
        Choose("k2"), Ask("3"), Forget(), Ask("forget the wind"),
    ]  # fmt: skip
