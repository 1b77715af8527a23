"""Every phrase that people may use for a table, a column or a value, with how surely it names it.

The contract's own words weigh 1; what is left after dropping a unit, the table's name or an adjective weighs less, and
a translation by the glossary a little less again.
"""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.brain import geography, glossary
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.stems import name_words, plain, stems
from sandbox.brain.units import unit
from sandbox.mesh import Column, Table, Word

Phrase = tuple[str, ...]
SMALL = frozenset(
    "of the a an in on for by to at from de du des d l la le les un une en dans par pour sur au aux a s".split()
)
GLUE = frozenset("of the a an de du des d l la le les un une s".split())  # may stand inside a name: "date de naissance"
# May stand inside a verb form: "clients ont été coupés" for the column "clients coupés".
AUXILIARIES = frozenset("have has had been we were was ont a ete avons avez nous on sont etaient".split())
_WORD = re.compile(r"[^\W_]+")
_SIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LAYERS = frozenset(
    {"fact", "dim", "fct", "tbl", "vw", "v", "stg", "raw", "gold", "silver", "bronze", "ref", "agg", "f", "d", "t"}
)
_HOLDERS = frozenset({"data", "list", "info", "details", "detail", "table", "master", "records", "record"})
_FLAGS = frozenset({"is", "has", "est", "yn", "flag", "if"})
_NAMES = frozenset({"name", "nom", "label", "libelle", "title", "titre"})
_IDS = frozenset({"id", "code", "key", "no", "num", "identifiant", "ref"})


def phrase(text: str) -> Phrase:
    """The plain words of a text without its small words; camelCase and snake_case names fall apart too."""
    return tuple(word for word in (plain(word) for word in _WORD.findall(text)) if word not in SMALL)


def spoken(words: tuple[Word, ...]) -> dict[Phrase, str]:
    """The language of each synonym, so that it is only inflected as that language does; "" when it serves both."""
    found: dict[Phrase, str] = {}
    for word in words:
        key = phrase(word.text)
        found[key] = word.language if found.get(key, word.language) == word.language else ""
    return found


def table_phrases(table: Table) -> dict[Phrase, float]:
    """What a table may be called."""
    name = tuple(word for word in name_words(table.name) if word not in _LAYERS) or name_words(table.name)
    found = {name: 1.0}
    for text in (table.label, *_texts(table.words)):
        found.setdefault(phrase(_SIDE.sub(" ", text)), 1.0)
    core = name[:-1] if len(name) > 1 and name[-1] in _HOLDERS else name
    found.setdefault(core, 0.95)
    for size in range(1, len(core)):
        found.setdefault(core[-size:], 0.6)
    return _translated(found)


def column_phrases(schema: Schema, ref: Ref) -> dict[Phrase, float]:
    """What a column may be called."""
    column, table = schema.column(ref), schema.tables[ref.table]
    name = name_words(column.name)
    found: dict[Phrase, float] = {name: 1.0, ("".join(name),): 1.0}
    if table.schema and not column.label and not column.words:  # nobody says more than its schema does: grid losses
        found[name_words(table.schema)[-1:] + _without_unit(name, column)] = 0.98
    if ref == schema.key(ref.table) and name[-1:] == ("id",):
        found[("id",)] = 0.92
    for text in (column.label, *_texts(column.words)):
        found.setdefault(phrase(text), 1.0)
        found.setdefault(phrase(_SIDE.sub(" ", text)), 1.0)
    _shortened(found, _without_unit(name, column), schema.table_stems(ref.table))
    if column.label:
        _heads(found, phrase(_SIDE.sub(" ", column.label)))
    found = {words: weight for words, weight in found.items() if words and words != ("s",)}
    if schema.is_entity(ref.table) and schema.kinds[ref] not in {"boolean", "date", "timestamp"}:
        _with_table(found, table)
    return _translated(found)


def value_phrases(column: Column, value: str) -> Iterator[str]:
    """Other names that the contract gives a value."""
    for known, words in column.values:
        if known == value:
            yield from _texts(words)


def place_names(schema: Schema, ref: Ref) -> dict[str, tuple[str, ...]]:
    """Other names of a column's values where they are countries, continents or languages."""
    words = {stem for word in schema.words(ref) for stem in (word, *stems(word))}
    return geography.aliases(schema.values[ref], bool(words & {"country", "countri", "pays", "nation"}))


def _texts(words: tuple[Word, ...]) -> Iterator[str]:
    return (word.text for word in words)


def _without_unit(name: Phrase, column: Column) -> Phrase:
    while len(name) > 1 and (name[-1] == plain(column.unit) or (unit(name[-1]) and column.unit)):
        name = name[:-1]
    if len(name) > 1 and unit(name[-1]) and len(name[-1]) > 1 and name[-1] not in {"min", "second", "hour", "minute"}:
        name = name[:-1]
    return name


def _shortened(found: dict[Phrase, float], name: Phrase, own: frozenset[str]) -> None:
    """Names without unit, flag, table name, "name" or "id", and their last words."""
    found.setdefault(name, 0.98)
    bare = tuple(word for word in name if word not in _FLAGS) or name
    found.setdefault(bare, 0.95)
    for place in (i for i, word in enumerate(bare) if i and word in {"of", "de", "du"}):
        found.setdefault(bare[:place], 0.7)
    if len(bare) == 2:
        found.setdefault(bare[::-1], 0.9)  # "form of government"
    rest = tuple(word for word in bare if not own & {word, *stems(word)})
    if rest:
        found.setdefault(rest, 0.9)
    if len(bare) > 1 and bare[-1] in _NAMES | _IDS:
        found.setdefault(bare[:-1], 0.85)
    _last_words(found, bare)


def _last_words(found: dict[Phrase, float], bare: Phrase) -> None:
    """The end of a name, and what stands before "type"."""
    if len(bare) > 1 and bare[-1] in {"type", "kind", "category", "categorie"}:
        found.setdefault(bare[:-1], 0.8)
    for size in range(1, len(bare)):
        if bare[-size:] != bare[-1:] or bare[-1] not in _IDS | _NAMES:
            found.setdefault(bare[-size:], 0.7)
        elif bare[-1] in _NAMES:
            found.setdefault(bare[-size:], 0.75)


def _heads(found: dict[Phrase, float], label: Phrase) -> None:
    """The beginning and the end of a label: its head noun stands first in French, last in English."""
    for size in range(1, len(label)):
        found.setdefault(label[:size], 0.7)
        found.setdefault(label[-size:], 0.65)


def _with_table(found: dict[Phrase, float], table: Table) -> None:
    """As in "stadium name" for the column name of the table stadium."""
    own = name_words(table.name)[-1:]
    singular = tuple(stems(word)[0] for word in own)
    for words, weight in list(found.items()):
        if weight >= 0.85 and not set(own) & set(words) and len(words) <= 3:
            found.setdefault(own + words, weight - 0.05)
            found.setdefault(singular + words, weight - 0.05)


def _translated(found: dict[Phrase, float]) -> dict[Phrase, float]:
    """Adds what the glossary knows: whole phrases, and two-word phrases word by word in the other language's order."""
    known = glossary.same_things()
    found = {words: weight for words, weight in found.items() if words}
    own = set(found)
    for words, weight in list(found.items()):
        singular = (*words[:-1], stems(words[-1])[0])
        for other in known.get(" ".join(words), ()) or known.get(" ".join(singular), ()):
            found.setdefault(phrase(other), weight * 0.9)
        if len(words) == 2 and weight >= 0.85:
            for first in (words[0], *known.get(words[0], ())):
                for second in (words[1], *known.get(words[1], ())):
                    if {first, second} == set(words):
                        continue
                    found.setdefault(phrase(second) + phrase(first), weight * 0.85)
                    found.setdefault(phrase(first) + phrase(second), weight * 0.85)
    return {words: found[words] for words in found if words in own or (words and words[0] not in {"number", "nombre"})}


def column_stem(column: Column) -> Phrase:
    """A column's name without its unit: consumption of consumption_mwh."""
    return _without_unit(name_words(column.name), column)
