"""A data contract (ODCS) as tables and columns. Without it a product would be a name without data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from adapters.marketplace.cleaning import cleaned, name
from adapters.marketplace.standards import (
    ColumnProperty,
    Contract,
    Relationship,
    SchemaObject,
    Server,
    Synonym,
    Value,
    custom,
)
from agents.domain import Column, Table, TableRef

MAX_VALUES: Final = 200

_OUTSIDE_BACKTICKS: Final = re.compile(r"\.(?=(?:[^`]*`[^`]*`)*[^`]*$)")


def tables_of(contract: Contract, *, environment: str = "") -> tuple[Table, ...]:
    """The tables that a contract promises, where they are; none when it says no catalog and schema."""
    server = _server(contract, environment)
    places = [(found, _ref(found, server)) for found in contract.objects if found.name or found.physical_name]
    known = _Names({ref: found for found, ref in places if ref is not None})
    return tuple(_table(found, ref, known) for found, ref in places if ref is not None)


def _server(contract: Contract, environment: str) -> Server:
    """The Databricks one of our environment, else the only Databricks one, else the first that names a schema."""
    ranked = sorted(
        contract.servers,
        key=lambda server: (server.type != "databricks", bool(environment) and server.environment != environment),
    )
    return ranked[0] if ranked else Server()


def _ref(found: SchemaObject, server: Server) -> TableRef | None:
    written = found.physical_name or found.name
    parts = tuple(part.strip("`") for part in _OUTSIDE_BACKTICKS.split(written))
    before = (server.catalog, server.schema_)[: max(0, 3 - len(parts))]
    full = (*before, *parts)
    if len(full) != 3 or not all(full) or any(len(part) > 255 for part in full):
        return None
    return TableRef(*full)


@dataclass(frozen=True, slots=True)
class _Names:
    """Which table a relationship means: by name, physical name or id."""

    objects: dict[TableRef, SchemaObject]

    def find(self, text: str) -> TableRef | None:
        for ref, found in self.objects.items():
            if text in (found.name, found.physical_name, found.id, str(ref)):
                return ref
        return None


def _table(found: SchemaObject, ref: TableRef, known: _Names) -> Table:
    grain = f" Grain: {found.grain}." if found.grain and found.grain.lower() not in found.description.lower() else ""
    return Table(
        ref=ref,
        columns=tuple(_column(column) for column in found.columns if column.name or column.physical_name),
        description=cleaned(found.description + grain),
        label=name(found.label),
        joins=tuple(_joins(found, known)),
        synonyms=synonyms_of(found.synonyms),
    )


def _column(found: ColumnProperty) -> Column:
    role: Literal["measure", "dimension", ""] = ""
    if found.semantic in ("measure", "dimension"):
        role = "measure" if found.semantic == "measure" else "dimension"
    return Column(
        name=found.physical_name or found.name,
        type=(found.physical_type or found.logical_type).lower(),
        description=cleaned(found.description),
        label=name(found.label),
        unit=name(custom(found.properties, "unit")),
        synonyms=synonyms_of(found.synonyms),
        role=role,
        tags=tuple(filter(None, map(name, (*found.tags, found.classification)))),
        values=tuple((value.value, names_of(value)) for value in found.values[:MAX_VALUES]),
    )


def names_of(value: Value) -> tuple[tuple[str, str], ...]:
    """(language, name) of each translation, a language's first being the one to say; then the label, in no language."""
    found = custom(value.properties, "translations")
    listed = found.items() if isinstance(found, dict) else ()
    pairs = [(str(tongue)[:2].lower(), name(word)) for tongue, words in listed for word in _several(words)]
    return tuple((tongue, word) for tongue, word in (*pairs, ("", name(value.label))) if word)


def _several(words: object) -> list[object]:
    return words if isinstance(words, list) else [words]


def synonyms_of(synonyms: Sequence[Synonym]) -> tuple[tuple[str, str], ...]:
    """(language or "", word) of each synonym."""
    return tuple((found.locale.split("-")[0].lower(), name(found.synonym)) for found in synonyms if found.synonym)


def _joins(found: SchemaObject, known: _Names) -> Iterator[tuple[str, TableRef, str]]:
    for relationship in found.relationships:
        yield from _pairs(relationship, "", known)
    for column in found.columns:
        for relationship in column.relationships:
            yield from _pairs(relationship, column.name, known)


def _pairs(relationship: Relationship, own: str, known: _Names) -> Iterator[tuple[str, TableRef, str]]:
    sources, targets = _ends(relationship.source) or [("", own)], _ends(relationship.target)
    for (_, source), (table, target) in zip(sources, targets, strict=False):
        ref = known.find(table)
        if ref is not None and source:
            yield (source, ref, target)


def _ends(end: Any) -> list[tuple[str, str]]:
    """(table, column) of each side of a relationship: "table.column" or "…#schema/<id>/properties/<id>"."""
    texts = [text for text in (end if isinstance(end, list) else [end]) if isinstance(text, str)]
    return [_end(text) for text in texts]


def _end(text: str) -> tuple[str, str]:
    parts = text.split("#")[-1].strip("/").split("/")
    if len(parts) >= 4 and parts[0] == "schema" and parts[2] == "properties":
        return parts[1], parts[3]
    table, _, column = text.rpartition(".")
    return table, column


def words_of(contract: Contract) -> tuple[str, ...]:
    """Names of tables and columns that are searched beside the fields of a Table: synonyms of tables and tags."""
    return tuple(
        filter(None, (name(word) for found in contract.objects for word in (*found.tags, *map(_word, found.synonyms))))
    )


def _word(synonym: Synonym) -> str:
    return synonym.synonym


def values_of(contract: Contract) -> tuple[str, ...]:
    """Allowed values of all columns with their names, each once, MAX_VALUES of a column at most."""
    values = (
        text
        for found in contract.objects
        for column in found.columns
        for value in column.values[:MAX_VALUES]
        for text in (name(value.value), *(word for _, word in names_of(value)))
    )
    return tuple(dict.fromkeys(filter(None, values)))


def promises_of(contract: Contract) -> tuple[tuple[str, str], ...]:
    """Service levels as (property, value with unit)."""
    return tuple(
        (name(found.property), name(f"{found.value} {found.unit}".strip()))
        for found in contract.promises
        if found.property and found.value
    )
