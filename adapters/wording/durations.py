"""Service levels in words: "updated every month" rather than "frequency 1 m"."""

from __future__ import annotations

import re

from adapters.wording.phrases import phrase, phrases
from agents.domain import Language

_UNITS = {
    "minute": ("min", "mins", "minute", "minutes"),
    "hour": ("h", "hr", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("w", "week", "weeks"),
    "month": ("m", "mo", "month", "months"),
    "year": ("y", "yr", "yrs", "year", "years"),
}
_KNOWN = {written: unit for unit, several in _UNITS.items() for written in several}
_AMOUNT = re.compile(r"(\d+)(?:\.0)? ?([A-Za-z]+)")


def promise(name: str, value: str, language: Language) -> str:
    """One service level; what is no duration stays as it is written."""
    title = phrases(language).get(f"sla.{name}", name)
    return f"{title} {_duration(value, 'every' if name == 'frequency' else 'lasting', language)}"


def _duration(value: str, section: str, language: Language) -> str:
    found = _AMOUNT.fullmatch(value.strip())
    unit = _KNOWN.get(found[2].lower(), "") if found else ""
    if not found or not unit:
        return value
    return phrase(language, f"{section}.{unit if found[1] == '1' else unit + 's'}", count=found[1])
