"""Reads a marketplace folder (ODPS products, ODCS contracts) into the sandbox's nouns: without it, no mesh to serve.

It accepts what the standards allow: unknown keys are skipped, a port without a contract gives a product without tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from sandbox.mesh import Column, ForeignKey, Mesh, Product, Table, Word

Document: TypeAlias = dict[str, Any]

_TYPES = {"integer": "bigint", "number": "double", "boolean": "boolean", "date": "date", "timestamp": "timestamp"}
_REFERENCE = re.compile(r"(?:(?P<file>[^#]+)#)?/?schema/(?P<table>[\w-]+)/properties/(?P<column>[\w-]+)")


class _Loader(yaml.CSafeLoader):
    """Knows null, true|false, integers and decimals; Norway's NO, 12:30 and 2025-09-01 stay the text they are."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def read(path: Path) -> Document:
    """One YAML document; `ValueError` naming the file when it is not a YAML mapping."""
    try:
        document = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 (a safe loader with fewer types)
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path.name} is not a YAML mapping")  # noqa: TRY004 (the file is wrong, not the caller)
    return document


def load(folder: Path) -> Mesh:
    """Every product of `*.odps.yaml` with the tables of its contracts (`*.odcs.yaml`), at any depth, in path order.

    Raises `ValueError` naming the file that is not YAML or the reference that leads nowhere.
    """
    contracts = [_Contract(path.resolve(), read(path)) for path in sorted(folder.rglob("*.odcs.yaml"))]
    shelf = _Shelf(contracts)
    return Mesh(tuple(_product(read(path), shelf) for path in sorted(folder.rglob("*.odps.yaml"))))


@dataclass(frozen=True, slots=True)
class _Contract:
    path: Path
    document: Document

    @property
    def objects(self) -> list[Document]:
        return list(self.document.get("schema") or ())

    def name_of(self, entry: Document) -> tuple[str, str, str]:
        physical = str(entry.get("physicalName") or entry["name"])
        parts = physical.replace("`", "").split(".")
        if len(parts) == 3:
            return parts[0], parts[1], parts[2]
        servers = self.document.get("servers") or [{}]
        server = next((one for one in servers if one.get("type") == "databricks"), servers[0])
        return str(server.get("catalog", "")), str(server.get("schema", "")), parts[-1]


class _Shelf:
    """The contracts by id and by file, and the tables read from them."""

    def __init__(self, contracts: list[_Contract]) -> None:
        self._by_id = {str(contract.document.get("id")): contract for contract in contracts}
        self._by_path = {contract.path: contract for contract in contracts}
        self._tables: dict[str, tuple[Table, ...]] = {}

    def contracts_of(self, product: Document) -> list[_Contract]:
        ids = [str(port.get("contractId", "")) for port in product.get("outputPorts") or ()]
        return [self._by_id[name] for name in dict.fromkeys(ids) if name in self._by_id]

    def tables_of(self, contract: _Contract) -> tuple[Table, ...]:
        key = str(contract.path)
        if key not in self._tables:
            self._tables[key] = tuple(_table(entry, contract, self) for entry in contract.objects)
        return self._tables[key]

    def target(self, reference: str, contract: _Contract) -> tuple[str, str]:
        """Full table name and column that a relationship's `to` means, seen from `contract`."""
        if match := _REFERENCE.fullmatch(reference):
            home = contract
            if match["file"]:
                home = self._by_path.get((contract.path.parent / match["file"]).resolve(), contract)
            table, column = match["table"], match["column"]
        else:
            home, (table, _, column) = contract, reference.partition(".")
        for entry in home.objects:
            if table in (entry.get("id"), entry["name"], entry.get("physicalName")):
                return ".".join(home.name_of(entry)), _column_named(entry, column)
        raise ValueError(f"{contract.path.name}: the relationship to {reference} leads nowhere")


def _column_named(entry: Document, column: str) -> str:
    for prop in entry.get("properties") or ():
        if column in (prop.get("id"), prop["name"], prop.get("physicalName")):
            return str(prop.get("physicalName") or prop["name"])
    raise ValueError(f"{entry['name']} has no column {column}, which a relationship refers to")


def _product(document: Document, shelf: _Shelf) -> Product:
    contracts = shelf.contracts_of(document)
    custom = _custom(document)
    sensitivity = str(custom.get("sensitivity", "internal"))
    return Product(
        id=str(document["id"]),
        name=str(document.get("name") or document["id"]),
        domain=str(document.get("domain", "")),
        tables=tuple(table for contract in contracts for table in shelf.tables_of(contract)),
        description=_description(document),
        owner=str(_team(document).get("name", "")),
        status="deprecated" if document.get("deprecated") else str(document.get("status", "")),
        space=str(custom.get("genieSpaceId", "")),
        sensitivity=sensitivity,
        # An internal product may name roles too, as a courtesy: only a restricted one shuts others out.
        readers=_readers(contracts) if sensitivity == "restricted" else (),
        family=str(document.get("type", "")),
        words=_words(document),
        questions=tuple(_questions(document, contracts)),
        successor=str(custom.get("successor", "")),
        odps=document,
        odcs=tuple(contract.document for contract in contracts),
    )


def _description(document: Document) -> str:
    texts = document.get("description") or {}
    if not isinstance(texts, dict):
        return str(texts)
    return " ".join(str(texts[key]).strip() for key in ("purpose", "usage", "limitations") if texts.get(key))


def _team(document: Document) -> Document:
    team = document.get("team") or {}
    return team if isinstance(team, dict) else {"members": team}


def _readers(contracts: list[_Contract]) -> tuple[str, ...]:
    roles = (role for contract in contracts for role in contract.document.get("roles") or ())
    return tuple(dict.fromkeys(str(role["role"]) for role in roles if role.get("access", "read") == "read"))


def _questions(document: Document, contracts: list[_Contract]) -> Iterator[str]:
    for source in (document, *(contract.document for contract in contracts)):
        context = source.get("context")
        if isinstance(context, dict):
            yield from (str(statement["question"]) for statement in context.get("verifiedStatements") or ())


def _table(entry: Document, contract: _Contract, shelf: _Shelf) -> Table:
    catalog, schema, name = contract.name_of(entry)
    properties = list(entry.get("properties") or ())
    keys = sorted((p for p in properties if p.get("primaryKey")), key=lambda p: int(p.get("primaryKeyPosition", 1)))
    return Table(
        catalog=catalog,
        schema=schema,
        name=name,
        columns=tuple(_column(prop) for prop in properties),
        comment=str(entry.get("description", "")),
        label=str(entry.get("businessName", "")),
        words=_words(entry),
        grain=str(entry.get("dataGranularityDescription", "")),
        primary_key=tuple(str(prop.get("physicalName") or prop["name"]) for prop in keys),
        foreign_keys=tuple(_foreign_keys(entry, contract, shelf)),
        tags=_tags(entry),
    )


def _foreign_keys(entry: Document, contract: _Contract, shelf: _Shelf) -> Iterator[ForeignKey]:
    for prop in entry.get("properties") or ():
        for relationship in prop.get("relationships") or ():
            own = str(prop.get("physicalName") or prop["name"])
            yield _foreign_key([own], _listed(relationship["to"]), contract, shelf)
    for relationship in entry.get("relationships") or ():
        own_columns = [shelf.target(reference, contract)[1] for reference in _listed(relationship["from"])]
        yield _foreign_key(own_columns, _listed(relationship["to"]), contract, shelf)


def _foreign_key(own: list[str], to: list[str], contract: _Contract, shelf: _Shelf) -> ForeignKey:
    targets = [shelf.target(reference, contract) for reference in to]
    return ForeignKey(tuple(own), targets[0][0], tuple(column for _, column in targets))


def _listed(reference: str | list[str]) -> list[str]:
    return [reference] if isinstance(reference, str) else reference


def _column(prop: Document) -> Column:
    logical = str(prop.get("logicalType", "string"))
    return Column(
        name=str(prop.get("physicalName") or prop["name"]),
        type=str(prop.get("physicalType") or _TYPES.get(logical, "string")).lower().replace(" ", ""),
        comment=str(prop.get("description", "")),
        label=str(prop.get("businessName", "")),
        unit=str(_custom(prop).get("unit", "")),
        words=_words(prop),
        role=_role(prop),
        values=tuple((str(one["value"]), tuple(_value_words(one))) for one in prop.get("enum") or ()),
        nullable=not (prop.get("required") or prop.get("primaryKey")),
        tags=_tags(prop),
    )


def _role(prop: Document) -> Literal["measure", "dimension", ""]:
    match prop.get("semanticType"):
        case "measure":
            return "measure"
        case "dimension":
            return "dimension"
        case _:
            return ""


def _words(entry: Document) -> tuple[Word, ...]:
    synonyms = entry.get("synonyms") or ()
    return tuple(Word(str(one["synonym"]), _language(str(one.get("locale", "")))) for one in synonyms)


def _language(locale: str) -> str:
    return locale.partition("-")[0].lower()


def _value_words(value: Document) -> Iterator[Word]:
    """The label, and the names in customProperty `translations`: {fr: [éolien terrestre], en: [onshore wind]}."""
    if value.get("label"):
        yield Word(str(value["label"]))
    for language, names in (_custom(value).get("translations") or {}).items():
        yield from (Word(str(name), str(language)) for name in _listed(names))


def _tags(entry: Document) -> tuple[tuple[str, str], ...]:
    """ODCS tags are bare strings; `class.pii:true` is the Unity Catalog tag class.pii with the value true."""
    parts = (str(tag).partition(":") for tag in entry.get("tags") or ())
    return tuple((key.strip(), value.strip()) for key, _, value in parts)


def _custom(entry: Document) -> Document:
    return {str(one["property"]): one["value"] for one in entry.get("customProperties") or ()}
