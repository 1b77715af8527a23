"""Units that a figure can be asked in, and how one becomes another: MWh to GWh, EUR to MEUR, kg to t."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from sandbox.brain.stems import plain

_PREFIX = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def _families() -> dict[str, tuple[str, Fraction, str]]:
    """Plain spelling -> (family, factor to the family's base unit, as written)."""
    found: dict[str, tuple[str, Fraction, str]] = {}
    for prefix, factor in _PREFIX.items():
        shown = {"k": "k", "": ""}.get(prefix, prefix.upper())
        for base in ("wh", "w", "wc", "wp", "va"):
            name = {"wh": "Wh", "w": "W", "wc": "Wc", "wp": "Wp", "va": "VA"}[base]
            found[prefix + base] = (base, Fraction(factor), shown + name)
    for family, spellings in _SPELLINGS.items():
        for spelling, top, bottom, shown in spellings:
            for one in spelling.split("|"):
                found[one] = (family, Fraction(top, bottom), shown)
    return found


_SPELLINGS: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "eur": (("eur|euro|euros|€", 1, 1, "EUR"), ("keur|k€|keuro|keuros", 1000, 1, "kEUR"),
            ("meur|m€|meuro|meuros|millionsdeuros|millionsofeuros|millioneuros|millioneur", 10**6, 1, "MEUR"),
            ("mdeur|md€|geur|beur|milliardsdeuros|billionsofeuros|billioneuros|billioneur", 10**9, 1, "GEUR"),
            ("cents|centimes", 1, 100, "cents")),
    "usd": (("usd|dollar|dollars|$", 1, 1, "USD"), ("kusd", 1000, 1, "kUSD"), ("musd", 10**6, 1, "MUSD")),
    "gram": (("g|gram|grams|gramme|grammes", 1, 1, "g"), ("kg|kilogram|kilograms|kilo|kilos|kilogrammes", 1000, 1,
                                                          "kg"),
             ("t|tonne|tonnes|ton|tons|tco2|tco2e|tco2eq|teqco2", 10**6, 1, "t"),
             ("kt|ktonnes|kilotonnes|ktco2|ktco2e", 10**9, 1, "kt"),
             ("mt|megatonnes|mtco2|mtco2e", 10**12, 1, "Mt"), ("kgco2|kgco2e", 1000, 1, "kg")),
    "metre": (("metre|metres|meter|meters", 1, 1, "m"), ("km|kilometre|kilometres|kilometer|kilometers", 1000, 1,
                                                         "km")),
    "litre": (("l|litre|litres|liter|liters", 1, 1, "l"), ("hl|hectolitres", 100, 1, "hl"),
              ("m3|m³", 1000, 1, "m3")),
    "second": (("s|second|seconds|seconde|secondes", 1, 1, "s"), ("min|minute|minutes", 60, 1, "min"),
               ("h|hour|hours|heure|heures", 3600, 1, "h")),
    "percent": (("%|percent|pct|pourcent|pourcentage", 1, 1, "%"),),
    "celsius": (("°c|degc|celsius|degre celsius|degres", 1, 1, "°C"),),
    "speed": (("m/s", 1, 1, "m/s"), ("km/h", 1000, 3600, "km/h")),
}  # fmt: skip
_UNITS = _families()
_OF = re.compile(r"[\s()\[\].']")


@dataclass(frozen=True, slots=True)
class Unit:
    """A known unit: its family's base, its size in that base, and how it is written."""

    family: str
    size: Fraction
    text: str


def unit(text: str) -> Unit | None:
    """The unit that a word names, or None."""
    key = _OF.sub("", plain(text)) if text not in {"€", "%", "$", "k€", "M€", "m€", "°C"} else text.lower()
    found = _UNITS.get(key)
    return Unit(*found) if found else None


def factor(wanted: Unit, kept: str) -> Fraction | None:
    """How many `wanted` units one unit of the column (`kept`) is; None when they measure different things."""
    own = unit(kept)
    if own is None or own.family != wanted.family:
        return None
    return own.size / wanted.size
