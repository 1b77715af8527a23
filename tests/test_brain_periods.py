"""Dates and periods are read as a person of that language means them."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.brain.language import Language
from sandbox.brain.moments import Period
from sandbox.brain.periods import PeriodReader
from sandbox.brain.tokens import spell_out, tokenize

TODAY = date(2025, 10, 15)


def read(text: str, language: Language) -> Period | None:
    """The period that the whole text is, or None."""
    tokens = tokenize(spell_out(text))
    found = PeriodReader(tokens, language, TODAY).at(0)
    return found[1] if found and found[0] == len(tokens) else None


@pytest.mark.parametrize(
    ("language", "text", "start", "end"),
    [
        ("fr", "septembre 2025", "2025-09-01", "2025-09-30"),
        ("fr", "sept. 2025", "2025-09-01", "2025-09-30"),
        ("en", "September 2025", "2025-09-01", "2025-09-30"),
        ("fr", "novembre", "2024-11-01", "2024-11-30"),
        ("fr", "T3 2025", "2025-07-01", "2025-09-30"),
        ("en", "Q3 of last year", "2024-07-01", "2024-09-30"),
        ("fr", "3e trimestre 2024", "2024-07-01", "2024-09-30"),
        ("en", "third quarter of 2024", "2024-07-01", "2024-09-30"),
        ("fr", "S1 2024", "2024-01-01", "2024-06-30"),
        ("en", "2025-Q2", "2025-04-01", "2025-06-30"),
        ("fr", "l'an dernier", "2024-01-01", "2024-12-31"),
        ("en", "last year", "2024-01-01", "2024-12-31"),
        ("fr", "le mois dernier", "2025-09-01", "2025-09-30"),
        ("en", "last 6 months", "2025-04-01", "2025-09-30"),
        ("fr", "6 derniers mois", "2025-04-01", "2025-09-30"),
        ("fr", "ces trois dernières années", "2022-01-01", "2024-12-31"),
        ("en", "past 30 days", "2025-09-15", "2025-10-15"),
        ("fr", "depuis janvier", "2025-01-01", None),
        ("en", "since 2024", "2024-01-01", None),
        ("en", "before March 2024", None, "2024-02-29"),
        ("en", "after 2013", "2014-01-01", None),
        ("en", "2014 or after", "2014-01-01", None),
        ("fr", "jusqu'en 2024", None, "2024-12-31"),
        ("en", "between January and March 2025", "2025-01-01", "2025-03-31"),
        ("fr", "de janvier à mars 2025", "2025-01-01", "2025-03-31"),
        ("fr", "de novembre à février", "2024-11-01", "2025-02-28"),
        ("fr", "du 1er au 15 mars 2025", "2025-03-01", "2025-03-15"),
        ("en", "from 2019 to 2021", "2019-01-01", "2021-12-31"),
        ("fr", "12/03/2025", "2025-03-12", "2025-03-12"),
        ("en", "12/03/2025", "2025-12-03", "2025-12-03"),
        ("en", "25/03/2025", "2025-03-25", "2025-03-25"),
        ("fr", "2025-09", "2025-09-01", "2025-09-30"),
        ("en", "March 12th, 2025", "2025-03-12", "2025-03-12"),
        ("fr", "1er mars", "2025-03-01", "2025-03-01"),
        ("fr", "il y a 3 mois", "2025-07-01", "2025-07-31"),
        ("en", "3 months ago", "2025-07-01", "2025-07-31"),
        ("fr", "depuis le début de l'année", "2025-01-01", "2025-10-15"),
        ("en", "the year 2024", "2024-01-01", "2024-12-31"),
        ("fr", "mois de mars 2024", "2024-03-01", "2024-03-31"),
    ],
)
def test_periods_are_read_in_both_languages(language: Language, text: str, start: str | None, end: str | None) -> None:
    """A period has the first and last day that its words mean, and all of its words are read."""
    period = read(text, language)
    assert period is not None
    assert (str(period.start) if period.start else None, str(period.end) if period.end else None) == (start, end)


@pytest.mark.parametrize("text", ["may", "32/13/2025", "mois en 2025", "T5 2025", "99 mars 2025", "entre 5 et 10"])
def test_what_is_no_period_is_left_alone(text: str) -> None:
    """Words and numbers that only look like dates are not taken for them."""
    assert read(text, "en") is None
