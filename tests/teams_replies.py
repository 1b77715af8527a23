"""Replies to show in Teams."""

from __future__ import annotations

from agents.domain import Answer, Apology, Clarification, Figures, Filter, Option, Sensitivity, SmallTalk
from tests.green_energy import FRANCE, Rows, by_month, months

ROWS = months(12)
PERIOD = Filter("month", "between", ("2025-01", "2025-12"))
KINDS = Filter("kind", "in", ("wind", "solar"))


def figures(rows: Rows = ROWS, *, sensitivity: Sensitivity = Sensitivity.INTERNAL) -> Figures:
    """Green energy by month."""
    return by_month(rows, (FRANCE, PERIOD, KINDS), sensitivity)


ANSWER = Answer("en", figures(), ("And in Germany?", "By country?"))
RESTRICTED = Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
MANY = Clarification("en", "product", tuple(Option(f"k{at}", f"Product {at}") for at in range(30)))
FAILED = Apology("en", "unavailable", {}, "abcd1234", retry=True)
HELLO = Answer("en", SmallTalk("hello"))
