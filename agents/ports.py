"""What the agents and the conversation need from outside, as structural protocols: adapters need not inherit them.

Every data port takes the `User` who asks, because what exists depends on who asks. Every method may raise the errors of
agents/errors.py and nothing else. All are coroutines that never block the event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from agents.domain import (
    DataProduct,
    Draft,
    Family,
    Hit,
    Language,
    Lifecycle,
    Progress,
    Reply,
    ReplyTo,
    SaidByGenie,
    SqlResult,
    Table,
    TableRef,
    Turn,
    User,
)
from agents.sql import Checked

Report = Callable[[Progress], None]
"""Tells the asker what is going on. Cheap, never raises, may be dropped."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which products a search may return; an empty field does not narrow."""

    domain: str = ""
    family: Family | None = None
    lifecycle: Lifecycle | None = None
    owner: str = ""
    nearest: bool = False  # where nothing matches well enough: the two nearest instead of none


class Marketplace(Protocol):
    """The data mesh's catalogue of products, searched in our own index of its metadata."""

    async def search(
        self, user: User, words: str, *, limit: int = 8, narrowing: Narrowing | None = None
    ) -> tuple[Hit, ...]:
        """Best match first, near-duplicates collapsed; empty when nothing matches.

        Without words: the best documented and most certified ones, which is what "which products are there?" wants.
        """

    async def get(self, user: User, product_id: str) -> DataProduct:
        """The whole product. Raises NotFound."""

    async def named_in(self, user: User, words: str) -> tuple[DataProduct, ...]:
        """Products whose id or name stands in these words as such ("who owns energy-usage?"), longest name first."""

    async def publishing(self, user: User, table: TableRef) -> tuple[DataProduct, ...]:
        """The products that publish this table, active ones first; empty when none does."""


class Catalog(Protocol):
    """Unity Catalog's metadata as the asker may see it."""

    async def tables(self, user: User, refs: Sequence[TableRef]) -> tuple[Table, ...]:
        """One Table a ref, in order, of those that exist for this asker; `readable` False where only BROWSE is granted.

        Refs that do not exist and refs that the asker may not see are left out alike. Raises Unavailable, NotConnected.
        """


class Analyst(Protocol):
    """Databricks Genie: writes SQL for a question within one space, and remembers the conversation it is in."""

    async def ask(
        self, user: User, space: str, words: str, *, conversation: str = "", report: Report
    ) -> Draft | SaidByGenie:
        """One question to one space; `conversation` continues Genie's own (a new one starts if that is gone).

        Draft.sql is not checked. Raises Unavailable (rate limit, time-out, Genie failed), Refused (space or warehouse
        not shared with the asker), NotFound (no such space), BadQuery (Genie could not write SQL).
        """

    async def rate(self, user: User, space: str, conversation: str, message: str, *, good: bool) -> None:
        """Thumbs up or down on one of Genie's messages."""


class Guard(Protocol):
    """agents.sql.check where it can be stopped: no text may stall the conversations."""

    async def check(self, sql: str, allowed: Collection[TableRef], *, default: TableRef | None = None) -> Checked:
        """As agents.sql.check, in bounded time. Raises BadQuery, or Unavailable when nothing can be checked now."""


class Warehouse(Protocol):
    """Runs SQL as the asker."""

    async def run(
        self, user: User, sql: str, *, turn_id: str, conversation: str, row_limit: int, report: Report
    ) -> SqlResult:
        """Runs one statement that agents.sql has passed, exactly as written, and fetches at most `row_limit` rows.

        `turn_id` tags the query and identifies it when another replica takes the turn over; `conversation`, its key,
        tags it too. Cancelling the task cancels the statement. Raises BadQuery with the engine's message as `hint`,
        Refused, Unavailable, NotConnected.
        """


Outcome = Literal["accepted", "duplicate", "busy", "too_fast"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a turn handed in. `place`: how many wait before it; `wait`: seconds to try again in.

    `ended`: a duplicate of a turn that has had its reply.
    `busy` and `too_fast` are not stored: the platform tells the asker before it acknowledges, or answers 503.
    """

    outcome: Outcome
    place: int = 0
    wait: float = 0.0
    ended: bool = False


class Inbox(Protocol):
    """Where a platform puts a turn before it tells the platform "received"."""

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stores the turn durably, once. Raises Unavailable when it could not: answer 503, so that it comes again."""

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Stop pressed: ends what this user asked there. False when nothing of theirs ran or waited.

        A turn's id, or a conversation's key for whatever runs in it now.
        """


class Platform(Protocol):
    """A chat platform in three verbs. They raise Unavailable (may succeed later) or NotFound (the place is gone)."""

    name: str

    async def open(self, to: ReplyTo, turn: Turn) -> str:
        """Shows that we are at it. Answers the placeholder's id, stored before anything else happens; may be empty."""

    async def find(self, to: ReplyTo, turn: Turn) -> str:
        """The placeholder that an earlier `open` of this turn left without our learning its id; empty when none is."""

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Shows what is being done. Rate-limited by the platform itself; a failure here never matters."""

    async def finish(self, to: ReplyTo, placeholder: str, reply: Reply, turn: Turn) -> None:
        """Replaces the placeholder by the reply. Doing it twice shows it once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit trail. No rows and no question: who asked when, what was read, what came of it."""

    at: datetime
    turn: str
    conversation: str
    user: str
    outcome: str  # answered, asked back, a reason of an Apology, or gone (nowhere left to reply)
    seconds: float
    attempt: int = 1
    products: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    sql: str = ""
    sql_hash: str = ""  # SHA-256 of `sql`, hexadecimal
    rows: int = 0  # rows returned
    as_whom: str = ""
    reference: str = ""


class Turns(Protocol):
    """The durable queue of turns: in order per conversation, side by side across conversations, leased and fenced."""

    async def put(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stores a turn once; safe to send twice. Raises Unavailable."""

    def claims(self) -> AsyncIterator[Claim]:
        """The turns that this replica is to run, as they become due, until `close`. Outlives an outage of the store."""

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Ends this user's turn wherever it runs or waits. False when there is none. Raises Unavailable."""

    async def depth(self) -> int:
        """How many turns wait or run, in all replicas. Raises Unavailable."""

    async def close(self) -> None:
        """Claims no more and leaves the group; what still runs is to be done or given back before."""


class Claim(Protocol):
    """One turn that this replica runs now, until `done`. Writes are refused once another replica has taken it over.

    Every method may raise Unavailable and may then be called again.
    """

    turn: Turn
    to: ReplyTo
    attempt: int  # 1 the first time
    crashes: int  # how many earlier attempts ended without done or give_back
    placeholder: str  # stored by an earlier attempt, or empty
    reply: Reply | None  # stored by an earlier attempt, which may have shown it
    place: int  # in the line of those that wait until this replica can run one more, 1 is next; 0: it may run

    async def begin(self) -> bool:
        """Waits until it may run. False: no longer ours."""

    async def keep_placeholder(self, placeholder: str) -> bool:
        """Stores the placeholder's id before anything else happens. False: no longer ours."""

    async def keep_reply(self, reply: Reply) -> bool:
        """Stores a reply that the conversation does not remember, before it is shown. False: no longer ours."""

    async def still_ours(self) -> bool:
        """False once another replica has taken the turn over: post nothing more."""

    async def ended(self) -> Literal["stopped", "taken over"]:
        """Waits until the turn must not go on: Stop was pressed, or another replica has it."""

    async def done(self, entry: Entry, *, dead: str = "") -> bool:
        """The final reply is out; the conversation's next turn may run. False: it was no longer ours.

        `dead` says why the turn was given up, for the operator.
        """

    async def give_back(self) -> None:
        """Lets any replica run the turn again, at once and without counting this attempt."""

    def let_go(self) -> None:
        """Nothing more is done for the turn here: it is begun again when its lease has run out, as after a crash."""


class Memory(Protocol):
    """What the graph remembers of a conversation, beyond what the graph itself reads and writes."""

    async def rewind(self, conversation: str, turn_id: str, run: int) -> bool:
        """Undoes what earlier runs of this turn have remembered, and refuses what they still send.

        `run` numbers the next one; it grows with every run. True when one of them had come to its end.
        """

    async def settle(self, conversation: str, turn_id: str) -> None:
        """The turn is over: what `rewind` would need is dropped."""

    async def forget(self, conversation: str) -> None:
        """Everything remembered of this conversation is gone."""
