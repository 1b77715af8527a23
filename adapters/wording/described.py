"""What a figure is, where the asker's words do not say it: "Consommation d'énergie verte, Allemagne, septembre 2025".

Without it the answer to "et en Allemagne ?" would name a calculation instead of what was asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.wording.labels import KEEPS_UNIT, calculation_of, column_named, label, titled, where
from adapters.wording.phrases import phrase
from agents.domain import Calculation, Figures, Language, Table

_RHYTHM = re.compile(
    r"\b(?:hourly|daily|weekly|monthly|quarterly|yearly|annual|horaires?|journali|quotidien|hebdomadaire|mensuel"
    r"|trimestriel|annuel)",
    re.IGNORECASE,
)
_ELISION = re.compile(r"\bde (?=[aeiouyâàéèêîïôœ]|heures?\b)", re.IGNORECASE)
_SAYS = {
    "avg": re.compile(r"\b(?:moyen|average|mean\b)", re.IGNORECASE),
    "min": re.compile(r"\b(?:minim|lowest)", re.IGNORECASE),
    "max": re.compile(r"\b(?:maxim|peak|highest|pointe)", re.IGNORECASE),
    "median": re.compile(r"\bm[eé]dian", re.IGNORECASE),
}


def described(figures: Figures, language: Language) -> str:
    """The name of what was computed, then the values that it was filtered by."""
    values = where(figures.reading.filters, figures.tables, language)
    text = ", ".join(part for part in (_what(figures, language), values) if part)
    return text[:1].upper() + text[1:]


def _what(figures: Figures, language: Language) -> str:
    output, tables = figures.result.columns[0], figures.tables
    calc = calculation_of(output, figures.reading)
    if calc is None:
        known = column_named(output, tables)
        return titled(output, figures.reading, tables, language) if known else phrase(language, "answer.result")
    if calc.function in KEEPS_UNIT:
        return _computed(calc.function, _measured(calc, tables, language), language)
    if calc.function == "count" and calc.column == "*":
        return _elided(phrase(language, "described.count", name=_rows(tables, language)), language)
    if calc.function.startswith("count"):
        return _elided(phrase(language, "described.distinct", name=label(calc.column, tables, language)), language)
    return titled(output, figures.reading, tables, language)


def _elided(text: str, language: Language) -> str:
    """Nombre d'incidents: "de" before a vowel."""
    return _ELISION.sub("d'", text) if language == "fr" else text


def _computed(function: str, name: str, language: Language) -> str:
    """A sum goes without saying, and so does what the name says itself: "température moyenne"."""
    if function == "sum" or _SAYS[function].search(name):
        return name
    return phrase(language, f"described.{function}", name=name)


def _measured(calc: Calculation, tables: Sequence[Table], language: Language) -> str:
    """The column's name; its table's where that says the same and more: "consommation d'énergie verte"."""
    own = label(calc.column, tables, language)
    holders = [table for table in tables if column_named(calc.column, (table,))]
    fuller = (name for table in holders for name in _names(table, language) if _holds(name, own))
    return max(fuller, key=len, default=own)


def _holds(name: str, own: str) -> bool:
    """Is a column's name the first or the last word of its table's? A table's rhythm is not the figure's."""
    said = re.search(rf"^{re.escape(own)}\b|\b{re.escape(own)}$", name, re.IGNORECASE)
    return said is not None and not _RHYTHM.search(name)


def _rows(tables: Sequence[Table], language: Language) -> str:
    """What the rows are called, where there is one table of them."""
    names = _names(tables[0], language) if len(tables) == 1 else ()
    return names[0] if names else phrase(language, "described.rows")


def _names(table: Table, language: Language) -> tuple[str, ...]:
    """What people call the table, the usual name first: its label is English where it has French synonyms."""
    known = tuple(word for tongue, word in table.synonyms if tongue[:2].lower() == language)
    told = (table.label.lower(),) if table.label else ()
    return known or told if language == "fr" else told + known
