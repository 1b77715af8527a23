"""What the brain knows about its tables beyond their declaration.

What kind of thing each column holds, which columns name a row, which hold time, how tables refer to each other.
"""

# ruff: noqa: SIM905 - lists of words are easier to read and to add to as text

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.brain.stems import name_words, plain, stems
from sandbox.mesh import Column, Table

Values = Callable[[Table, Column], Sequence[str]]
Kind = Literal["number", "text", "date", "timestamp", "boolean", "month", "day", "quarter", "year", "other"]
"""month, day, quarter and year are times kept as text ('2025-09', '2025-09-01', '2025-Q3') or, for years, numbers."""

_NUMBERS = ("tinyint", "smallint", "int", "bigint", "decimal", "numeric", "float", "double", "real", "long", "number")
_TEXTS = ("string", "varchar", "char", "text")
_TIME_TEXTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("month", re.compile(r"^(19|20)\d\d-(0[1-9]|1[0-2])$")),
    ("day", re.compile(r"^(19|20)\d\d-\d\d-\d\d$")),
    ("quarter", re.compile(r"^(19|20)\d\d-Q[1-4]$")),
    ("year", re.compile(r"^(19|20)\d\d$")),
)
_NUMBER = re.compile(r"^-?(0|[1-9]\d*)(\.\d+)?$")
_MISSING = frozenset({"", "null", "NULL", "NA", "N/A", "n/a", "-", "nan", "NaN", "None"})
_YEAR_WORDS = frozenset({"year", "annee", "an", "yr"})
_KEY_WORDS = frozenset({"id", "code", "key", "number", "no", "num", "identifiant", "zip", "postal", "phone",
"siret", "iban",
                        "uuid", "ref", "reference"})  # fmt: skip
_NAME_WORDS = frozenset(
    {"name", "nom", "title", "titre", "label", "libelle", "designation", "denomination", "fullname"}
)
_PERSONS = frozenset(
    (first, second) for first in ("first", "last", "family", "given") for second in ("name",)
) | {("prenom",), ("nom", "famille"), ("firstname",), ("lastname",), ("fname",), ("lname",)}  # fmt: skip
_LEVELS = frozenset(
    """price prix rate taux ratio percent percentage pct pourcentage temperature average avg mean moyenne score rating
    note index indice satisfaction csat saidi saifi factor facteur age speed vitesse efficiency rendement yield
    margin marge tariff tarif share part
    latitude longitude lat lon height taille weight poids humidity humidite pressure pression level niveau intensity
    intensite availability disponibilite probability probabilite""".split()
)
_STOCKS = frozenset(
    """stock stored storage stocke stocked stockage balance solde inventory headcount effectif encours outstanding start
    connected raccordes""".split()
)
_SPANS = frozenset("duration duree time temps delay delai wait attente autonomy autonomie".split())
_POWERS = frozenset({"W", "kW", "MW", "GW", "VA", "kVA", "MVA"})


@dataclass(frozen=True, slots=True)
class Ref:
    """A column of a table, by full name of the table."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of `child` point at one row of `parent`."""

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


class Schema:
    """The tables of a space, read once."""

    def __init__(self, tables: Sequence[Table], values: Values) -> None:
        self.tables: dict[str, Table] = {table.full_name: table for table in tables}
        self._columns = {Ref(name, c.name): c for name, table in self.tables.items() for c in table.columns}
        self.values: dict[Ref, tuple[str, ...]] = {ref: self._read(ref, values) for ref in self._columns}
        self.kinds: dict[Ref, Kind] = {ref: self._kind(ref) for ref in self._columns}
        self.links = tuple(dict.fromkeys(self._links()))  # one declared twice is still one way
        self._linked = {(link.child, column) for link in self.links for column in link.columns}

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Every column, in the order of the tables."""
        return tuple(self._columns)

    def column(self, ref: Ref) -> Column:
        """The declaration of a column."""
        return self._columns[ref]

    def words(self, ref: Ref) -> tuple[str, ...]:
        """The plain words of a column's name and label."""
        column = self._columns[ref]
        return name_words(column.name) + tuple(plain(word) for word in re.findall(r"\w+", column.label))

    def of(self, table: str) -> tuple[Ref, ...]:
        """The columns of a table."""
        return tuple(Ref(table, column.name) for column in self.tables[table].columns)

    def is_number(self, ref: Ref) -> bool:
        """Can be compared with numbers."""
        return self.kinds[ref] == "number" or (self.kinds[ref] == "year" and not self._is_text(ref))

    def is_figure(self, ref: Ref) -> bool:
        """A number that can be computed with: not one that only identifies."""
        return self.is_number(ref) and not self.is_key(ref)

    def is_time(self, ref: Ref) -> bool:
        """Holds a date or a period."""
        return self.kinds[ref] in {"date", "timestamp", "month", "day", "quarter", "year"}

    def is_key(self, ref: Ref) -> bool:
        """Identifies something: a key, a reference or a code; never summed."""
        table, column = self.tables[ref.table], self._columns[ref]
        if column.role == "measure":
            return False
        declared = ref.column in table.primary_key or (ref.table, ref.column) in self._linked
        return declared or bool(_KEY_WORDS & set(name_words(column.name)[-1:]))

    def is_called_key(self, ref: Ref) -> bool:
        """Its name says that it identifies: plant_id, country_code; not a reference that is just called "country"."""
        return bool(_KEY_WORDS & set(name_words(ref.column)[-1:]))

    def is_measure(self, ref: Ref) -> bool:
        """A figure that can be added up or averaged."""
        column = self._columns[ref]
        if column.role == "dimension" or self.kinds[ref] != "number":
            return False
        return column.role == "measure" or not self.is_key(ref)

    def habit(self, ref: Ref) -> Literal["sum", "avg", "ask"]:
        """How a figure is put together when nobody says how."""
        column = self._columns[ref]
        words = {stem for word in self.words(ref) for stem in (word, *stems(word))}
        if words & _LEVELS or "/" in column.unit or column.unit in {"%", "°C", "ratio"}:
            return "avg"
        if words & (_STOCKS | _SPANS) or (column.unit in _POWERS and not self.is_thing(ref.table)):
            return "ask"
        return "sum"

    def is_stock(self, ref: Ref) -> bool:
        """Counts what is there at a moment: adding up moments means nothing, adding up places does."""
        words = {stem for word in self.words(ref) for stem in (word, *stems(word))}
        return bool(words & _STOCKS) or self._columns[ref].unit in _POWERS

    def times(self, table: str) -> tuple[Ref, ...]:
        """The columns of a table that hold time; those of its key first, technical ones last."""
        key = self.tables[table].primary_key
        found = [ref for ref in self.of(table) if self.is_time(ref)]
        return tuple(sorted(found, key=lambda ref: (ref.column not in key, self.column(ref).type == "timestamp")))

    def twins(self, ref: Ref) -> tuple[Ref, ...]:
        """Columns of other tables that say the same: same name, and values in common."""
        own = set(self.values[ref])
        return tuple(
            other
            for other in self.refs
            if other.column == ref.column and other.table != ref.table and own & set(self.values[other])
        )

    def namesakes(self, table: str, text: str) -> list[Ref]:
        """The figures of a table that are called by a word of this text; its only figure otherwise."""
        figures = [ref for ref in self.of(table) if self.is_measure(ref)]
        return self.called(table, text) or (figures if len(figures) == 1 else [])

    def called(self, table: str, text: str) -> list[Ref]:
        """The figures of a table that are called by a word of this text."""
        words = {stem for word in plain(text).split() for stem in stems(word)}
        figures = [ref for ref in self.of(table) if self.is_measure(ref)]
        return [ref for ref in figures if words & {stem for word in self.words(ref) for stem in stems(word)}]

    def key(self, table: str) -> Ref | None:
        """The single column that identifies a row, if there is one."""
        key = self.tables[table].primary_key
        return Ref(table, key[0]) if len(key) == 1 else None

    def name(self, table: str) -> Ref | None:
        """The column whose text names a row to people, if there is one."""
        own = set(self.table_stems(table))
        for ref in self.of(table):
            words = [word for word in name_words(ref.column) if not own & {word, *stems(word)}]
            if self._is_text(ref) and words and set(words) <= _NAME_WORDS and len(words) <= 2:
                return ref
        return self._named_like(table)

    def person_names(self, table: str) -> tuple[Ref, ...]:
        """First and last names, which together name a row but do not tell namesakes apart."""
        return tuple(ref for ref in self.of(table) if self._is_text(ref) and name_words(ref.column) in _PERSONS)

    def table_stems(self, table: str) -> frozenset[str]:
        """The stems of a table's name."""
        return frozenset(stem for word in name_words(self.tables[table].name) for stem in stems(word))

    def is_entity(self, table: str) -> bool:
        """Rows are things with a name of their own (plants, customers), not records of what happened to them."""
        key = self.key(table)
        if key is not None and self.is_time(key):
            return False
        return self.name(table) is not None and (key is not None or not self.tables[table].primary_key)

    def is_thing(self, table: str) -> bool:
        """Rows are things to be listed, rather than records to be added up."""
        if self.is_entity(table):
            return True
        dated = any(self.kinds[ref] != "year" for ref in self.times(table))
        stated = any(column.role == "measure" for column in self.tables[table].columns)
        return self.key(table) is not None and not dated and not (stated and self.times(table))

    def unique(self, ref: Ref) -> bool:
        """Two rows of the table never share this column's value, as far as can be known."""
        key = self.key(ref.table)
        if key == ref:
            return True
        return key is not None and 0 < len(self.values[key]) == len(self.values[ref])

    def _named_like(self, table: str) -> Ref | None:
        """The orchestra of the table orchestra; not the fuel of fuel_deliveries."""
        own = self.table_stems(table)
        head = {stem for word in name_words(self.tables[table].name)[-1:] for stem in stems(word)}
        for ref in self.of(table):
            words = name_words(ref.column)
            if not self._is_text(ref) or self.is_time(ref) or not words:
                continue
            if all(set(stems(word)) & own for word in words) and set(stems(words[-1])) & head:
                return ref
        return None

    def _read(self, ref: Ref, values: Values) -> tuple[str, ...]:
        table, column = self.tables[ref.table], self._columns[ref]
        if self._is_text(ref) or column.name in table.primary_key[:1]:
            return tuple(values(table, column))
        return ()

    def is_number_text(self, ref: Ref) -> bool:
        """A number that the table keeps as text."""
        return self.kinds[ref] == "number" and self._is_text(ref)

    def _is_text(self, ref: Ref) -> bool:
        return self._columns[ref].type.lower().startswith(_TEXTS)

    def _kind(self, ref: Ref) -> Kind:
        kind = self._columns[ref].type.lower()
        if kind.startswith(_NUMBERS):
            return "year" if self._looks_like_year(ref) else "number"
        if kind.startswith(_TEXTS):
            return self._text_kind(ref)
        for prefix, found in _OTHER_KINDS:
            if kind.startswith(prefix):
                return found
        return "other"

    def _looks_like_year(self, ref: Ref) -> bool:
        column = self._columns[ref]
        words = name_words(column.name)
        whole = column.type.lower().startswith(("int", "small", "big", "long", "decimal(4"))
        return whole and column.role != "measure" and bool(_YEAR_WORDS & {*words[:1], *words[-1:]})

    def _text_kind(self, ref: Ref) -> Kind:
        sample = self.values[ref][:50]
        for kind, pattern in _TIME_TEXTS:
            if sample and all(pattern.match(value) for value in sample):
                return kind
        return "number" if self._holds_numbers(ref) else "text"

    def _holds_numbers(self, ref: Ref) -> bool:
        """Figures that were loaded as text; not codes, references and flags, which only look like figures."""
        column, table = self._columns[ref], self.tables[ref.table]
        referring = {name for key in table.foreign_keys for name in key.columns} | {*table.primary_key}
        if column.role == "dimension" or column.name in referring or _KEY_WORDS & set(name_words(column.name)):
            return False
        told = {value.strip() for value in self.values[ref]} - _MISSING
        return len(told) > 2 and all(_NUMBER.match(value) for value in told)

    def _links(self) -> list[Link]:
        return [
            Link(name, key.columns, key.parent, key.parent_columns)
            for name, table in self.tables.items()
            for key in table.foreign_keys
            if key.parent in self.tables
        ]


_OTHER_KINDS: tuple[tuple[str, Kind], ...] = (
    ("timestamp", "timestamp"), ("datetime", "timestamp"), ("date", "date"), ("bool", "boolean"), ("bit", "boolean"),
)  # fmt: skip
