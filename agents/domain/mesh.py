"""The data mesh: products, their tables and columns, as marketplace and catalogue describe them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Family(StrEnum):
    """The data mesh's three families of products, and the rest."""

    SOURCE_ALIGNED = "source-aligned"
    AGGREGATED = "aggregated"
    USE_CASE_ALIGNED = "use-case-aligned"
    OTHER = "other"


class Lifecycle(StrEnum):
    """Where a product stands in its life; UNKNOWN when its file does not say."""

    PROPOSED = "proposed"
    DRAFT = "draft"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class Sensitivity(StrEnum):
    """Who may see a product's rows in public."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True, order=True)
class TableRef:
    """A table's three-part name, compared as a tuple and never as joined text. Parts are kept as written."""

    catalog: str
    schema: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Unity Catalog compares names without regard to case."""
        return (self.catalog.lower(), self.schema.lower(), self.name.lower())

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as catalogue and contract describe it. `type` is the warehouse's type text, e.g. "decimal(18,3)"."""

    name: str
    type: str
    description: str = ""
    label: str = ""  # the contract's business name
    unit: str = ""  # e.g. "MWh", "EUR"
    synonyms: tuple[tuple[str, str], ...] = ()  # (language or "", word)
    role: Literal["measure", "dimension", ""] = ""
    tags: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """The values it may hold where the contract lists them: (as stored, its names as (language or "", name), the one to
    say first)."""
    masked: bool = False  # a column mask decides which of its values each asker sees


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the asker may read, or (`readable` False) only knows of."""

    ref: TableRef
    columns: tuple[Column, ...] = ()
    description: str = ""
    label: str = ""
    readable: bool = True
    joins: tuple[tuple[str, TableRef, str], ...] = ()  # (own column, other table, its column)
    rows: int | None = None
    fresh_as_of: datetime | None = None
    synonyms: tuple[tuple[str, str], ...] = ()  # (language or "", word)
    filtered: bool = False  # a row filter, or a view that looks at who asks, decides which of its rows each asker sees


@dataclass(frozen=True, slots=True)
class DataProduct:
    """A data product of the marketplace. Texts are untrusted: cleaned and cut at the edge, escaped where shown."""

    id: str
    name: str
    domain: str = ""
    family: Family = Family.OTHER
    lifecycle: Lifecycle = Lifecycle.UNKNOWN
    description: str = ""
    owner: str = ""  # a team
    contact: str = ""  # channel or address where the owner answers
    url: str = ""  # product page on a configured host, or empty
    version: str = ""
    tables: tuple[Table, ...] = ()  # as the contract promises them; the catalogue says what the asker may see
    space: str = ""  # Genie space that answers questions on it, or empty
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    documentation: int = 0  # score 0-100
    sla: tuple[tuple[str, str], ...] = ()  # (property, value with unit), e.g. ("latency", "5 d")
    successor: str = ""  # id of the product that replaces a deprecated one
    synonyms: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()  # verified questions

    @property
    def restricted(self) -> bool:
        """Is it kept from the public: its rows, its values, that it exists?"""
        return self.sensitivity is Sensitivity.RESTRICTED


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that matches. `score` orders one search's hits only; `why` are (word asked, field it was found in)."""

    product: DataProduct
    score: float
    why: tuple[tuple[str, str], ...] = ()
    near_duplicates: tuple[str, ...] = ()
