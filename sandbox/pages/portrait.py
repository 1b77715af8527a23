"""A product as its page shows it, picked out of its ODPS and ODCS documents: without it the template would have to dig.

Documents are read leniently: a field that is missing or of an unexpected shape shows as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from sandbox.mesh import Column, Product, Table, Word

Document: TypeAlias = Mapping[str, object]
SHOWN_VALUES = 12


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A row of the contract's table."""

    name: str
    type: str
    unit: str
    comment: str
    words: tuple[str, ...]
    key: bool
    refers: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableCard:
    """A table with its columns."""

    name: str
    full_name: str
    comment: str
    grain: str
    words: tuple[str, ...]
    columns: tuple[ColumnRow, ...]


def entries(value: object) -> list[Document]:
    """The mappings of what should be a list of mappings."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, Sequence) else []


def words(value: object) -> str:
    """A text as it stands; anything else but numbers is no text."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def described(document: Document, part: str) -> str:
    """One part of a description, which may be plain text (then it is the purpose)."""
    description = document.get("description")
    if isinstance(description, Mapping):
        return words(description.get(part))
    return words(description) if part == "purpose" else ""


def path_of(identifier: str) -> str:
    """An id as a path segment."""
    return quote(identifier, safe="")


def contacts(product: Product) -> tuple[tuple[str, str], ...]:
    """(channel, address); the address is empty unless it is one that a browser may follow."""
    return tuple(
        (words(one.get("channel")), _web(words(one.get("url")))) for one in entries(product.odps.get("support"))
    )


def _web(url: str) -> str:
    return url if urlsplit(url).scheme in ("http", "https", "mailto") else ""


def service_levels(product: Product) -> tuple[tuple[str, str], ...]:
    """(property, value with unit) of the contracts, each once."""
    rows = (row for contract in product.odcs for row in entries(contract.get("slaProperties")))
    levels = (
        (words(row.get("property")), f"{words(row.get('value'))} {words(row.get('unit'))}".strip()) for row in rows
    )
    return tuple(dict.fromkeys(levels))


def quality_rules(product: Product) -> tuple[tuple[str, str], ...]:
    """(table or table.column, rule in words)."""
    return tuple(rule for contract in product.odcs for rule in _rules(contract))


def _rules(contract: Document) -> Iterator[tuple[str, str]]:
    for table in entries(contract.get("schema")):
        name = words(table.get("name"))
        yield from ((name, _rule(rule)) for rule in entries(table.get("quality")))
        for column in entries(table.get("properties")):
            where = f"{name}.{words(column.get('name'))}"
            yield from ((where, _rule(rule)) for rule in entries(column.get("quality")))


def _rule(rule: Document) -> str:
    """What is checked, and what it must be: "nullValues · mustBe 0 (completeness)"."""
    what = (
        words(rule.get("description"))
        or words(rule.get("metric"))
        or words(rule.get("query"))
        or words(rule.get("type"))
    )
    musts = [f"{key} {_limit(value)}" for key, value in rule.items() if key.startswith("must")]
    dimension = words(rule.get("dimension"))
    return " · ".join([what, *musts]) + (f" ({dimension})" if dimension else "")


def _limit(value: object) -> str:
    return " … ".join(map(str, value)) if isinstance(value, list) else str(value)


def table_cards(product: Product) -> tuple[TableCard, ...]:
    """The tables; values are shown unless the product is restricted or the column personal."""
    return tuple(_card(table, open_=product.sensitivity != "restricted") for table in product.tables)


def _card(table: Table, *, open_: bool) -> TableCard:
    refers = {
        column: f"{key.parent.rpartition('.')[2]}.{parent}"
        for key in table.foreign_keys
        for column, parent in zip(key.columns, key.parent_columns, strict=False)
    }
    rows = tuple(
        _row(column, column.name in table.primary_key, refers.get(column.name, ""), open_) for column in table.columns
    )
    return TableCard(table.name, table.full_name, table.comment, table.grain, spoken(table.words), rows)


def _row(column: Column, key: bool, refers: str, open_: bool) -> ColumnRow:
    personal = any(tag.startswith("class.pii") for tag, _ in column.tags)
    values = tuple(value for value, _ in column.values) if open_ and not personal else ()
    shown = (*values[:SHOWN_VALUES], "…") if len(values) > SHOWN_VALUES else values
    return ColumnRow(column.name, column.type, column.unit, column.comment, spoken(column.words), key, refers, shown)


def spoken(synonyms: tuple[Word, ...]) -> tuple[str, ...]:
    """Synonyms with the language they belong to."""
    return tuple(f"{word.text} ({word.language})" if word.language else word.text for word in synonyms)
