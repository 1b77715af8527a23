"""The words of the calendar in French and English: months, quarters, "last year", "since"."""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from sandbox.brain import moments
from sandbox.brain.moments import Grain, Period

MONTHS = {
    word: number
    for number, words in enumerate(
        ("january janvier jan janv", "february fevrier feb fevr fev", "march mars mar", "april avril apr avr",
        "may mai",
         "june juin jun", "july juillet jul juil", "august aout aug", "september septembre sept sep",
         "october octobre oct", "november novembre nov", "december decembre dec"), 1)
    for word in words.split()
}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "premier": 1, "premiere": 1, "deuxieme": 2,
"troisieme": 3,
             "quatrieme": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}  # fmt: skip
GRAINS: dict[str, Grain] = {
    "year": "year", "years": "year", "an": "year", "ans": "year", "annee": "year", "annees": "year",
    "quarter": "quarter",
    "quarters": "quarter", "trimestre": "quarter", "trimestres": "quarter", "month": "month", "months": "month",
    "mois": "month", "week": "week", "weeks": "week", "semaine": "week", "semaines": "week", "day": "day",
    "days": "day",
    "jour": "day", "jours": "day", "semestre": "half", "semestres": "half", "half": "half",
}  # fmt: skip
SMALL = frozenset("the le la les l de du d of en in au".split())
CODE = re.compile(r"^([qtsh])([1-4])$")
AMBIGUOUS = frozenset({"may", "march", "mar", "dec", "sep", "jan", "second", "mars"})
RELATIONS: tuple[tuple[str, Callable[[Period], Period]], ...] = (
    ("on or after", moments.since), ("on or before", moments.until), ("since", moments.since), ("depuis",
    moments.since),
    ("a partir de", moments.since), ("a partir du", moments.since), ("a partir d", moments.since),
    ("a compter de", moments.since), ("a compter du", moments.since), ("starting in", moments.since),
    ("before", moments.before), ("avant", moments.before), ("prior to", moments.before), ("until", moments.until),
    ("up to", moments.until), ("jusqu a", moments.until), ("jusqu en", moments.until), ("jusqu au", moments.until),
    ("after", moments.after), ("apres", moments.after), ("later than", moments.after), ("earlier than", moments.before),
    ("through", moments.until), ("till", moments.until),
)  # fmt: skip
SUFFIXES: tuple[tuple[str, Callable[[Period], Period]], ...] = (
    ("or after", moments.since), ("or later", moments.since), ("onwards", moments.since), ("onward", moments.since),
    ("and later", moments.since), ("and after", moments.since), ("ou apres", moments.since), ("et apres",
    moments.since),
    ("or before", moments.until), ("or earlier", moments.until), ("ou avant", moments.until), ("et avant",
    moments.until),
)  # fmt: skip
RELATIVE: tuple[tuple[str, Grain, int], ...] = (
    ("l an dernier", "year", -1), ("an dernier", "year", -1), ("l annee derniere", "year", -1),
    ("annee derniere", "year", -1), ("l an passe", "year", -1), ("l annee passee", "year", -1),
    ("annee precedente", "year", -1), ("last year", "year", -1), ("previous year", "year", -1),
    ("cette annee", "year", 0), ("l annee en cours", "year", 0), ("annee en cours", "year", 0), ("this year",
    "year", 0),
    ("current year", "year", 0), ("the year before last", "year", -2),
    ("le mois dernier", "month", -1), ("mois dernier", "month", -1), ("mois passe", "month", -1),
    ("mois precedent", "month", -1), ("last month", "month", -1), ("previous month", "month", -1),
    ("ce mois ci", "month", 0), ("ce mois", "month", 0), ("mois en cours", "month", 0), ("this month", "month", 0),
    ("current month", "month", 0), ("trimestre dernier", "quarter", -1), ("dernier trimestre", "quarter", -1),
    ("trimestre precedent", "quarter", -1), ("last quarter", "quarter", -1), ("previous quarter", "quarter", -1),
    ("ce trimestre", "quarter", 0), ("this quarter", "quarter", 0), ("trimestre en cours", "quarter", 0),
    ("dernier mois", "month", -1), ("derniere annee", "year", -1),
    ("semaine derniere", "week", -1), ("last week", "week", -1), ("cette semaine", "week", 0), ("this week", "week", 0),
    ("hier", "day", -1), ("yesterday", "day", -1), ("aujourd hui", "day", 0), ("aujourd'hui", "day", 0), ("today",
    "day", 0),
)  # fmt: skip
TO_DATE = (
    "year to date", "ytd", "this year so far", "depuis le debut de l annee", "depuis le debut de l an",
    "since the beginning of the year", "since the start of the year", "depuis le debut de cette annee",
)  # fmt: skip

T = TypeVar("T")


def by_first_word(phrases: Iterable[tuple[str, T]]) -> Mapping[str, tuple[tuple[tuple[str, ...], T], ...]]:
    """The phrases, each as its words with what it means, under their first word; in the order in which they came."""
    found: dict[str, tuple[tuple[tuple[str, ...], T], ...]] = {}
    for phrase, meaning in phrases:
        words = tuple(phrase.split())
        found[words[0]] = (*found.get(words[0], ()), (words, meaning))
    return found


RELATIONS_BY_WORD = by_first_word(RELATIONS)
SUFFIXES_BY_WORD = by_first_word(SUFFIXES)
RELATIVE_BY_WORD = by_first_word((words, (grain, by)) for words, grain, by in RELATIVE)
TO_DATE_BY_WORD = by_first_word((words, None) for words in TO_DATE)
