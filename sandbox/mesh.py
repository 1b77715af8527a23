"""The nouns of the sandbox: what its marketplace files (ODPS products, ODCS contracts) say, read once and frozen.

The local Databricks takes its catalogs, comments, constraints, tags and Genie spaces from here; the brain takes the
words (labels, synonyms, units) that questions are read with; the product pages show it. The product reads the same
files with its own adapter and never this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Word:
    """A name people use for something; `language` is "fr", "en" or "" when it serves both."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its contract promises it."""

    name: str
    type: str  # Databricks type text: "string", "decimal(18,3)", "date", "array<string>"
    comment: str = ""
    label: str = ""  # business name
    unit: str = ""  # customProperty `unit`: "MWh", "EUR", "%"
    words: tuple[Word, ...] = ()  # synonyms
    role: Literal["measure", "dimension", ""] = ""  # ODCS semanticType
    values: tuple[tuple[str, tuple[Word, ...]], ...] = ()  # enum: (value, its labels and other names)
    nullable: bool = True
    tags: tuple[tuple[str, str], ...] = ()  # Unity Catalog tags, e.g. ("class.pii", "true")


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Own columns refer to the other table's columns."""

    columns: tuple[str, ...]
    parent: str  # full name catalog.schema.table
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a contract."""

    catalog: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    comment: str = ""
    label: str = ""
    words: tuple[Word, ...] = ()
    grain: str = ""
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """catalog.schema.table, as Unity Catalog writes it."""
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Product:
    """A data product with the tables of its contracts. `odps` and `odcs` are the documents as parsed, for the pages."""

    id: str
    name: str
    domain: str
    tables: tuple[Table, ...]
    description: str = ""
    owner: str = ""
    status: str = ""
    space: str = ""  # its Genie space (customProperty `genieSpaceId`), or empty
    sensitivity: str = "internal"
    readers: tuple[str, ...] = ()  # groups that may read it (contract roles); empty: everybody
    family: str = ""  # ODPS type as written: sourceAligned, aggregate, consumerAligned
    words: tuple[Word, ...] = ()  # synonyms of the product itself
    questions: tuple[str, ...] = ()  # verified questions of product and contracts
    successor: str = ""  # id of the product that replaces a deprecated one
    odps: dict[str, object] = field(default_factory=dict, compare=False)
    odcs: tuple[dict[str, object], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Everything that a marketplace folder describes."""

    products: tuple[Product, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table once, by full name, in file order."""
        return tuple({table.full_name: table for product in self.products for table in product.tables}.values())
