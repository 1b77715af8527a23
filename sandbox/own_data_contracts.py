"""Drafts ODPS products and ODCS contracts for tables that were read, and keeps what their owner wrote into them.

Without it own data could be queried by nobody who does not know its column names.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.own_data_columns import Described
from sandbox.own_data_files import Key, identifier

Document: TypeAlias = dict[str, Any]
CATALOG = "own_data"
OWNER = "own-data"
VERSION = "1.0.0"
_FACTS = ("name", "id", "physicalType", "logicalType", "required")


@dataclass(frozen=True, slots=True)
class DraftTable:
    """A table with all that was found out about it."""

    name: str
    label: str
    columns: tuple[Described, ...]
    primary: tuple[str, ...]
    foreign: tuple[Key, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class DraftProduct:
    """A data product to be: its tables lie in `schema`; `files` is where they came from."""

    id: str
    name: str
    schema: str
    files: tuple[str, ...]
    tables: tuple[DraftTable, ...]


def product_document(draft: DraftProduct, before: Document | None) -> Document:
    """The ODPS product; words that its owner put into an earlier draft (`before`) stay."""
    fresh: Document = {
        "apiVersion": "v1.1.0",
        "kind": "DataProduct",
        "id": draft.id,
        "name": draft.name,
        "version": VERSION,
        "status": "active",
        "type": "sourceAligned",
        "domain": OWNER,
        "tags": ["drafted"],
        "description": {"purpose": f"Your own data, read from {', '.join(draft.files)}."},
        "outputPorts": [
            {"name": draft.id, "version": VERSION, "type": "databricks", "contractId": f"{draft.id}-contract"}
        ],
        "team": {"name": OWNER, "members": [{"username": "you@example.org", "role": "owner"}]},
        "customProperties": [
            {"property": "sensitivity", "value": "internal", "vendor": "findata"},
            {"property": "genieSpaceId", "value": uuid.uuid5(uuid.NAMESPACE_URL, draft.id).hex, "vendor": "findata"},
        ],
    }
    if questions := _questions(draft.tables):
        fresh["context"] = {"verifiedStatements": [{"question": question} for question in questions]}
    return fresh | (before or {}) | {"id": draft.id, "outputPorts": fresh["outputPorts"]}


def _questions(tables: Sequence[DraftTable]) -> list[str]:
    """Questions that these columns can surely answer."""
    questions = []
    for table in sorted(tables, key=lambda one: -one.rows)[:2]:
        measure = next((column for column in table.columns if column.measure), None)
        group = next((column for column in table.columns if column.values), None)
        if measure and group:
            questions.append(f"Total {spaced(measure.name)} by {spaced(group.name)}")
        elif measure:
            questions.append(f"Total {spaced(measure.name)}")
    return questions


def contract_document(draft: DraftProduct, before: Document | None) -> Document:
    """The ODCS contract with one schema object for each table."""
    known = _by_name((before or {}).get("schema"))
    fresh: Document = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{draft.id}-contract",
        "name": draft.name,
        "version": VERSION,
        "status": "active",
        "domain": OWNER,
        "team": {"name": OWNER, "members": [{"username": "you@example.org", "role": "owner"}]},
    }
    server = {"server": "sandbox", "type": "databricks", "host": "http://127.0.0.1", "catalog": CATALOG}
    facts = {
        "id": f"{draft.id}-contract",
        "servers": [server | {"schema": draft.schema}],
        "schema": [_table(table, known.get(table.name), draft) for table in draft.tables],
    }
    return fresh | (before or {}) | facts


def _table(table: DraftTable, before: Document | None, draft: DraftProduct) -> Document:
    fresh: Document = {
        "id": table.name,
        "name": table.name,
        "physicalType": "table",
        "logicalType": "object",
        "businessName": table.label,
        "description": f"{table.rows} rows of {spaced(table.name)}.",
    }
    known = _by_name((before or {}).get("properties"))
    there = {(one.name, column.name) for one in draft.tables for column in one.columns}
    properties = [_column(column, table, known.get(column.name), there) for column in table.columns]
    kept = {key: value for key, value in (before or {}).items() if key != "relationships"}
    document = fresh | kept | {"properties": properties}
    composite = [_composite(key) for key in table.foreign if len(key.columns) > 1]
    return document | ({"relationships": composite} if composite else {})


def _composite(key: Key) -> Document:
    own = [_reference(key.table, column) for column in key.columns]
    return {"type": "foreignKey", "from": own, "to": [_reference(key.parent, column) for column in key.parent_columns]}


def _reference(table: str, column: str) -> str:
    return f"schema/{table}/properties/{column}"


def _column(column: Described, table: DraftTable, before: Document | None, there: set[tuple[str, str]]) -> Document:
    """The owner's earlier words with the facts of today; a relationship whose other end is gone goes too."""
    fresh = _fresh_column(column, table)
    document = {key: value for key, value in (before or fresh).items() if key != "enum"}
    document |= {key: fresh[key] for key in _FACTS}
    if "enum" in fresh:
        written = {str(one.get("value")): one for one in (before or {}).get("enum") or ()}
        document["enum"] = [written.get(one["value"], one) for one in fresh["enum"]]
    links = [one for one in document.pop("relationships", ()) if _end(one) in there]
    return document | ({"relationships": links} if links else {})


def _end(relationship: Document) -> tuple[str, str]:
    parts = str(relationship.get("to", "")).split("/")
    return (parts[1], parts[3]) if len(parts) == 4 else ("", "")


def _fresh_column(column: Described, table: DraftTable) -> Document:
    document: Document = {
        "name": column.name,
        "id": column.name,
        "businessName": column.label,
        "logicalType": column.logical,
        "physicalType": column.physical.upper(),
        "required": column.required,
        "semanticType": "measure" if column.measure else "dimension",
    }
    if column.name in table.primary:
        document |= {"primaryKey": True, "primaryKeyPosition": table.primary.index(column.name) + 1}
    if column.values:
        document["enum"] = [{"value": value} for value in column.values]
    if column.unit:
        document["customProperties"] = [{"property": "unit", "value": column.unit, "vendor": "findata"}]
    links = [key for key in table.foreign if key.columns == (column.name,) and len(key.parent_columns) == 1]
    if links:
        to = _reference(links[0].parent, links[0].parent_columns[0])
        document["relationships"] = [{"type": "foreignKey", "to": to}]
    return document


def _by_name(entries: object) -> dict[str, Document]:
    listed = entries if isinstance(entries, list) else []
    return {str(entry.get("name")): entry for entry in listed if isinstance(entry, dict)}


def spaced(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def add_words(contract: Document, sidecar: Mapping[str, Any]) -> list[str]:
    """Adds the sidecar's words to the contract; answers one sentence for each name in it that does not exist.

    The sidecar: {tables: {name: {description, label, synonyms, columns: {name: {…, unit}}}}}; a synonym is a word, or
    {fr: word} to give it a language.
    """
    tables = _by_name(contract["schema"])
    unknown = []
    for name, words in _mapping(sidecar.get("tables")).items():
        table = tables.get(identifier(str(name), "table"))
        if table is None:
            continue  # another product's
        _put(table, _mapping(words))
        columns = _by_name(table["properties"])
        for column, its in _mapping(_mapping(words).get("columns")).items():
            entry = columns.get(identifier(str(column), "column"))
            if entry is not None:
                _put(entry, _mapping(its))
            else:
                unknown.append(f"findata.yaml names column {column} of {name}, which does not exist.")
    return unknown


def _put(entry: Document, words: Mapping[str, Any]) -> None:
    for ours, theirs in (("description", "description"), ("label", "businessName")):
        if words.get(ours):
            entry[theirs] = str(words[ours])
    if words.get("unit"):
        others = [one for one in entry.get("customProperties") or () if one.get("property") != "unit"]
        entry["customProperties"] = [*others, {"property": "unit", "value": str(words["unit"]), "vendor": "findata"}]
    listed = words.get("synonyms") or []
    have = {str(one.get("synonym")) for one in entry.get("synonyms") or ()}
    fresh = [one for given in (listed if isinstance(listed, list) else [listed]) for one in _synonyms(given)]
    if wanted := [one for one in fresh if one["synonym"] not in have]:
        entry["synonyms"] = [*(entry.get("synonyms") or ()), *wanted]


def _synonyms(given: object) -> list[Document]:
    if isinstance(given, dict):
        return [{"synonym": str(word), "locale": str(language)} for language, word in given.items()]
    return [{"synonym": str(given)}]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
