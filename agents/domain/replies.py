"""What is told to the asker: progress on the way, one reply at the end, all of it facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agents.domain.mesh import Column, DataProduct, Hit, Table
from agents.domain.sql import Draft, Reading, SqlResult
from agents.domain.turn import Language

Agent: TypeAlias = Literal["coordinator", "marketplace", "catalog", "genie", "synthesizer"]


STEPS: tuple[str, ...] = (
    "queued",  # detail: its place among those that wait for a free worker
    "again",  # the replica that was at it has died
    "understanding",  # reads the turn
    "searching",  # detail: the words searched
    "found",  # detail: the chosen product's name
    "choosing",  # detail: the names of the products that fit alike
    "reading_catalog",  # detail: the product's name
    "asking_genie",  # detail: the product's name
    "genie_status",  # detail: what Genie says it is doing
    "genie_queue",  # detail: seconds until Genie's rate limit lets us
    "writing_sql",
    "checking",
    "running",
    "warehouse_starting",  # detail: what the warehouse says
    "repairing",
    "looking_nearby",  # no rows: which values exist?
    "phrasing",
)
"""Every step that agents and adapters report; adapters/wording has a phrase for each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an agent is doing now. `step` is a phrase key of adapters/wording; `detail` a name or status.

    `waited`: seconds after which it is said once more, because nothing has come since; 0 the first time.
    """

    agent: Agent
    step: str
    detail: str = ""
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Data was queried. Everything but `headline` is fact: read off the SQL that ran and the rows that came."""

    result: SqlResult
    reading: Reading
    products: tuple[DataProduct, ...]
    tables: tuple[Table, ...]
    subject: str = ""  # what was asked for, in the asker's words: "la consommation totale en énergie verte en France"
    headline: str = ""  # a model's sentence, every number of which occurs in the rows; else empty and templated
    coverage: tuple[tuple[str, str, str], ...] = ()
    """(column, first value, last value) of the table, where there are no rows or a longer period is asked for."""
    nearby: tuple[tuple[str, tuple[str, ...]], ...] = ()  # no rows: (column, values that exist and look alike)
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class ProductList:
    """Products found for a discovery question; `guesses` when nothing really fits and these are the nearest."""

    hits: tuple[Hit, ...]
    words: str = ""
    guesses: bool = False


@dataclass(frozen=True, slots=True)
class ProductDescription:
    """One product described. `topic`: overview, owner, columns, freshness or access."""

    product: DataProduct
    tables: tuple[Table, ...]
    topic: str = "overview"


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the last answer was made, in facts (the explain intent); `reading` and `products` are that answer's."""

    sql: str
    reading: Reading
    products: tuple[DataProduct, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Words without data. `topic`: one of TOPICS; said: `text` is Genie's own words."""

    topic: str
    text: str = ""
    product: DataProduct | None = None
    instead: tuple[Column, ...] = ()  # words were not understood: columns with the values they may have meant


FACETS: tuple[str, ...] = ("overview", "owner", "columns", "freshness", "access")
"""What a ProductDescription may be about."""

TOPICS: tuple[str, ...] = (
    "hello",
    "thanks",
    "bye",
    "help",
    "empty",
    "unclear",
    "either",  # empty or unclear, and nothing says which language the asker reads
    "nothing_to_explain",
    "forgotten",
    "linked",
    "said",
)
"""What a SmallTalk may be about; adapters/wording has a phrase for each but "said", whose text is Genie's own."""

REASONS: tuple[str, ...] = (
    "too_long",  # names: length, limit
    "not_text",
    "no_product",
    "refused_product",  # names: product, owner, contact, url
    "no_tables",  # names: product, owner, contact, url: the product declares none, or none exists for this asker
    "no_space",  # names: product, owner, contact, url: no Genie space and no chat model
    "not_in_tables",  # names: product, owner, contact, url, words: these words of the question are in no table
    "bad_query",  # names: product, owner, contact, url
    "genie_failed",  # names: product, owner, contact, url
    "no_last_answer",  # a Refine without an answer before it
    "stale_choice",
)
"""Why the agents themselves apologise; errors of the ports bring their own reason."""

Body: TypeAlias = Figures | ProductList | ProductDescription | Explanation | SmallTalk


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found."""

    language: Language
    body: Body
    suggestions: tuple[str, ...] = ()  # follow-ups worth a button, each a complete question


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on. `key` is opaque and valid for the conversation's latest Clarification only."""

    key: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Clarification:
    """We must ask back. `about`: product (which product is meant?), genie (Genie asks), or words (did you mean?)."""

    language: Language
    about: Literal["product", "genie", "words"]
    options: tuple[Option, ...]
    text: str = ""  # Genie's question or the words that were not understood
    product: DataProduct | None = None
    restricted: bool = False  # an option or the text comes from a restricted product


@dataclass(frozen=True, slots=True)
class Apology:
    """Why there is no answer and what to do, as a phrase key of adapters/wording with its names filled in.

    `reference` is what the operator finds in the log; `restricted`: a restricted product is named.
    """

    language: Language
    reason: str
    names: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    retry: bool = False  # worth a Retry button
    restricted: bool = False
    instead: tuple[Column, ...] = ()  # as for SmallTalk


Reply: TypeAlias = Answer | Clarification | Apology
