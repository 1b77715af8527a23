"""Log lines say which turn they belong to and nothing that was asked."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

from bot.logs import Json, Text, belongs_to
from tests.redis_peer import turn

ROOT = Path(__file__).parents[1]


def record(level: int = logging.WARNING) -> logging.LogRecord:
    """A line about an exception whose message quotes a row."""
    try:
        try:
            {}["Mrs Smith"]  # a KeyError quotes its key
        except KeyError as error:
            raise RuntimeError("row 42: 4200 EUR") from error
    except RuntimeError:
        return logging.LogRecord("bot", level, __file__, 1, "%s failed", ("it",), sys.exc_info())


def test_a_line_names_its_turn_and_where_it_failed() -> None:
    """As JSON for machines."""
    belongs_to(turn("q7"))
    line = json.loads(Json().format(record()))
    assert (line["turn"], line["conversation"], line["level"], line["text"]) == (
        "q7",
        "fake/acme/C/t",
        "WARNING",
        "it failed",
    )
    assert "RuntimeError" in line["failure"]
    assert any("test_logs.py" in place for place in line["failure"])


def test_an_exceptions_message_is_never_written() -> None:
    """Neither its own nor that of its cause, in either form."""
    for form in (Json(), Text()):
        line = form.format(record())
        assert "KeyError" in line
        assert not any(secret in line for secret in ("Smith", "4200"))


def test_a_statement_that_cannot_be_read_is_not_quoted() -> None:
    """The SQL parser warns with the statement's own text: a process of its own shows what reaches standard error."""
    script = (
        "from bot import logs; logs.configure('text', 'INFO')\n"
        "import sqlglot; sqlglot.parse('SHOW GRANTS ON salaries', dialect='databricks')"
    )
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True
    )
    assert "salaries" not in ended.stderr
