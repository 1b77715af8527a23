"""Names of countries, continents and languages in French and English, so that "Allemagne" finds 'Germany' or 'DE'."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from sandbox.brain.stems import plain

_CONTINENTS = ("002", "003", "005", "009", "019", "142", "150")
_PEOPLE = """
FR french francais francaise francaises|DE german germans allemand allemande allemands allemandes|ES spanish espagnol
espagnole espagnols espagnoles|IT italian italians italien italienne italiens italiennes|GB british britannique
britanniques
uk england angleterre|US american americans americain americaine americains americaines usa|BE belgian belge
belges|NL dutch
neerlandais neerlandaise holland hollande|PT portuguese portugais portugaise portugaises|PL polish polonais polonaise|CH
swiss suisses|AT austrian autrichien autrichienne autrichiens|SE swedish suedois suedoise|NO norwegian norvegien
norvegienne|DK
danish danois danoise|FI finnish finlandais finlandaise|IE irish irlandais irlandaise|GR greek grec grecque|CA canadian
canadien canadienne canadiens|BR brazilian bresilien bresilienne|CN chinese chinois chinoise|JP japanese japonais
japonaise|IN
indian indien indienne|RU russian russe russes|MA moroccan marocain marocaine|TR turkish turc turque|MX mexican mexicain
mexicaine|AU australian australien australienne|KR korean coreen coreenne|CZ czech tcheque|RO romanian roumain
roumaine|HU
hungarian hongrois hongroise|LU luxembourgish luxembourgeois luxembourgeoise|ZA south-african sud-africain|AR argentine
argentinian argentin|150 european europeans europeen europeenne europeens europeennes|142 asian asiatique asiatiques|002
african africain africaine africains africaines|019 americas ameriques
"""
_SPECIAL = {"US": ("United States of America", "USA", "Etats-Unis d'Amérique"), "GB": ("UK", "Great Britain",
                   "Grande-Bretagne"),
            "CZ": ("Czech Republic", "République tchèque"), "RU": ("Russian Federation",), "NL": ("The Netherlands",),
            "KR": ("South Korea",)}  # fmt: skip
_SKY = {"north": "nord", "east": "est", "south": "sud", "west": "ouest", "center": "centre"}


def quarter_of_the_sky(word: str) -> str:
    """North for nord, and the other way round; empty for any other plain word."""
    return _SKY.get(word) or next((english for english, french in _SKY.items() if french == word), "")


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Territory code -> its plain names in both languages."""
    found: dict[str, tuple[str, ...]] = {}
    english, french = Locale("en").territories, Locale("fr").territories
    for code, name in english.items():
        if code.isalpha() or code in _CONTINENTS:
            names = (name, french.get(code, name), *_SPECIAL.get(code, ()))
            found[code] = tuple(dict.fromkeys(plain(one) for one in names))
    return found


@cache
def _codes() -> dict[str, str]:
    """Plain name -> territory code."""
    return {name: code for code, names in _names().items() for name in names}


@cache
def _peoples() -> dict[str, tuple[str, ...]]:
    """Territory code -> adjectives."""
    lines = (line.split() for line in _PEOPLE.replace("\n", " ").split("|"))
    return {line[0]: tuple(line[1:]) for line in lines}


@cache
def _languages() -> dict[str, tuple[str, ...]]:
    """Plain name of a language in one tongue -> its names in both."""
    english, french = Locale("en").languages, Locale("fr").languages
    pairs = [(plain(name), plain(french.get(code, name))) for code, name in english.items() if len(code) <= 3]
    return {name: pair for pair in pairs for name in pair}


def is_place(words: str) -> bool:
    """A country or continent that exists, whether the tables know it or not."""
    return words in _codes()


def aliases(values: Sequence[str], is_country: bool) -> dict[str, tuple[str, ...]]:
    """Other names of the values, when most of them are countries or continents, or most are languages."""
    plains = {value: plain(value) for value in values[:1000]}
    if is_country and plains and all(value.isupper() and len(value) == 2 for value in plains):
        return {value: _all_names(value) for value in plains if value in _names()}
    places = {value: _codes()[name] for value, name in plains.items() if name in _codes()}
    if plains and len(places) * 2 >= len(plains):
        return {value: _all_names(code) for value, code in places.items()}
    spoken = {value: _languages()[name] for value, name in plains.items() if name in _languages()}
    return spoken if len(spoken) * 2 >= len(plains) else {}


def _all_names(code: str) -> tuple[str, ...]:
    return _names()[code] + _peoples().get(code, ())
