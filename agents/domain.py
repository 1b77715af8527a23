"""The nouns of findata. Without this page each part would have its own idea of a question, a product or an answer.

Everything here is frozen, plain Python and safe to log by `repr` except `SqlResult.rows` and `Turn.action` texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

Language = Literal["fr", "en"]

Cell: TypeAlias = object
"""One value of a result row, as the warehouse's client gives it: str, int, float, Decimal, bool, date, datetime, bytes,
list, dict or None."""


# ── Who asks, where ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread of talk. `thread` is empty where the platform has no threads (a terminal, a Teams 1:1 chat)."""

    platform: str
    tenant: str
    channel: str
    thread: str = ""

    @property
    def key(self) -> str:
        """The Redis prefix of this conversation and the graph's thread id."""
        return "/".join(part.replace("/", "%2F") for part in (self.platform, self.tenant, self.channel, self.thread))


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. `id` is the platform's verified id; rights are looked up by (platform, tenant, id), never by name."""

    platform: str
    tenant: str
    id: str
    name: str = ""
    locale: str = ""

    @property
    def key(self) -> str:
        """Identifies the asker in caches, tokens and limits."""
        return "/".join(part.replace("/", "%2F") for part in (self.platform, self.tenant, self.id))


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where a reply goes: plain strings only, so that whichever replica claims the turn can post it."""

    platform: str
    address: Mapping[str, str] = field(default_factory=dict)


# ── What they want ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in the asker's own words."""

    text: str
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Choose:
    """A click on one option of an earlier Clarification; `key` is the option's opaque key."""

    key: str
    kind: Literal["choose"] = "choose"


@dataclass(frozen=True, slots=True)
class Refine:
    """The answer's filters, edited by hand: the same SQL is run again with these values and without any model."""

    filters: tuple[Filter, ...]
    kind: Literal["refine"] = "refine"


@dataclass(frozen=True, slots=True)
class Explain:
    """How was the last answer of this conversation made?"""

    kind: Literal["explain"] = "explain"


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget this conversation."""

    kind: Literal["forget"] = "forget"


Action: TypeAlias = Ask | Choose | Refine | Explain | Forget


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `id` identifies the post itself (not the delivery): two events of one post are one turn."""

    id: str
    conversation: Conversation
    user: User
    action: Action
    at: datetime


class Intent(StrEnum):
    """What kind of reply a question wants."""

    ASK = "ask"  # figures or rows: SQL
    DISCOVER = "discover"  # which data products are there about …?
    DESCRIBE = "describe"  # what is in this product, who owns it, which columns?
    EXPLAIN = "explain"  # how was the last answer made?
    CHAT = "chat"  # greetings, thanks, help, nonsense


@dataclass(frozen=True, slots=True)
class Question:
    """A turn understood. `text` stands alone unless `follow_up`, when it changes the conversation's last question."""

    text: str
    intent: Intent
    language: Language
    follow_up: bool = False
    topic: str = ""  # DESCRIBE: one of FACETS; CHAT: one of TOPICS
    words: str = ""  # the asker's own words; `text` is their stand-alone wording where a model gave one


# ── The data mesh ─────────────────────────────────────────────────────────────────────────────────────────────────────


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that matches. `score` orders one search's hits only; `why` are (word asked, field it was found in)."""

    product: DataProduct
    score: float
    why: tuple[tuple[str, str], ...] = ()
    near_duplicates: tuple[str, ...] = ()


# ── SQL and what came of it ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column, read off executed SQL: country = France; month between 2025-01 and 2025-03."""

    column: str
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "like", "is null", "is not null"]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calculation:
    """One computed output column: sum of consumption_mwh, as total. `column` is "*" for COUNT(*)."""

    function: str  # sum, avg, min, max, count, count distinct, or the SQL text of another expression
    column: str
    alias: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an executed statement did, read off its syntax tree. `complete` False: there is more than is told here."""

    tables: tuple[TableRef, ...]
    filters: tuple[Filter, ...] = ()
    calculations: tuple[Calculation, ...] = ()
    grouping: tuple[str, ...] = ()
    order: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    limit: int | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """SQL somebody wrote, not checked yet. `conversation` and `message` are Genie's, empty when a model wrote it."""

    sql: str
    description: str = ""
    author: Literal["genie", "model", "asker"] = "genie"
    space: str = ""
    conversation: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class SaidByGenie:
    """Genie answered in words: it asks back (`asks`), or says what it could not read. Untrusted text."""

    text: str
    asks: bool = False
    suggestions: tuple[str, ...] = ()
    space: str = ""
    conversation: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class SqlResult:
    """The rows of one executed statement. `types` are warehouse type texts; `truncated`: a cap cut rows off."""

    sql: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False
    statement_id: str = ""
    as_whom: str = ""  # whose rights were used: the asker's user name, or the service principal's


# ── Progress and replies ──────────────────────────────────────────────────────────────────────────────────────────────

Agent: TypeAlias = Literal["coordinator", "marketplace", "catalog", "genie", "synthesizer"]


STEPS: tuple[str, ...] = (
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
"""Every step that agents and adapters report; adapters/wording.py has a phrase for each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an agent is doing now. `step` is a phrase key of adapters/wording.py; `detail` a name or status."""

    agent: Agent
    step: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Data was queried. Everything but `headline` is fact: read off the SQL that ran and the rows that came."""

    result: SqlResult
    reading: Reading
    products: tuple[DataProduct, ...]
    tables: tuple[Table, ...]
    subject: str = ""  # what was asked for, in the asker's words: "la consommation totale en énergie verte en France"
    headline: str = ""  # a model's sentence, every number of which occurs in the rows; else empty and templated
    coverage: tuple[tuple[str, str, str], ...] = ()  # no rows: (column, first value, last value) that exist nearby
    nearby: tuple[tuple[str, tuple[str, ...]], ...] = ()  # no rows: (column, values that exist and look alike)
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products found for a discovery question; `guesses` when nothing really fits and these are the nearest."""

    hits: tuple[Hit, ...]
    words: str = ""
    guesses: bool = False


@dataclass(frozen=True, slots=True)
class Portrait:
    """One product described. `topic`: overview, owner, columns, freshness or access."""

    product: DataProduct
    tables: tuple[Table, ...]
    topic: str = "overview"


@dataclass(frozen=True, slots=True)
class Told:
    """How the last answer was made, in facts (the explain intent); `reading` and `products` are that answer's."""

    sql: str
    reading: Reading
    products: tuple[DataProduct, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """Words without data. `topic`: hello, thanks, help, unclear, forgotten, or said (`text` is Genie's own words)."""

    topic: str
    text: str = ""
    product: DataProduct | None = None


FACETS: tuple[str, ...] = ("overview", "owner", "columns", "freshness", "access")
"""What a Portrait may be about."""

TOPICS: tuple[str, ...] = (
    "hello",
    "thanks",
    "bye",
    "help",
    "empty",
    "unclear",
    "nothing_to_explain",
    "forgotten",
    "said",
)
"""What a Talk may be about; adapters/wording.py has a phrase for each but "said", whose text is Genie's own."""

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

Body: TypeAlias = Figures | Shelf | Portrait | Told | Talk


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


@dataclass(frozen=True, slots=True)
class Apology:
    """Why there is no answer and what to do, as a phrase key of adapters/wording.py with its names filled in.

    `reference` is what the operator finds in the log.
    """

    language: Language
    reason: str
    names: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    retry: bool = False  # worth a Retry button


Reply: TypeAlias = Answer | Clarification | Apology
