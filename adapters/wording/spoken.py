"""A reply put into words but not yet drawn. Without it each platform would phrase, round and cut in its own way.

Text from outside (catalogue, cells, Genie, askers) stands in spans as it is: a platform's renderer escapes every span
and turns `strong`, `code` and `url` into its own marks, so nothing in the text can forge formatting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents.domain import Filter, Language, Option


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; `url` is only ever one that the marketplace adapter built."""

    text: str
    strong: bool = False
    code: bool = False
    url: str = ""


Line: TypeAlias = tuple[Span, ...]


def plain(line: Iterable[Span]) -> str:
    """The line without any style."""
    return "".join(span.text for span in line)


def cut(text: str, most: int) -> str:
    """At most so many characters, ending in … where something is missing."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of cells already formatted. `of`: how many rows there are, -1 when more than were fetched."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    of: int


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars; a missing value is None."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows that form a series over time (line) or a comparison (bar); `labels` runs along the axis."""

    kind: Literal["line", "bar"]
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One data product in a list."""

    title: Line
    body: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """Everything a renderer needs, in the order it is read. Empty parts are not drawn."""

    language: Language
    headline: Line
    notes: tuple[Line, ...] = ()  # data, filters, calculation, caveats: one line each
    chart: Chart | None = None
    grid: Grid | None = None
    sql: str = ""
    cards: tuple[Card, ...] = ()
    options: tuple[Option, ...] = ()  # of a clarification
    suggestions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()  # that a person may edit
    context: Line = ()  # product, owner, freshness, rows, whose rights
    kind: Literal[
        "figures", "product_list", "product_description", "explanation", "small_talk", "clarification", "apology"
    ] = "small_talk"
    rate: bool = False  # worth feedback buttons
    retry: bool = False
    private: bool = False  # must not be shown in public: the product is restricted
