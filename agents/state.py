"""What a conversation remembers, what one turn finds out, and what a turn is run with.

Remembered: messages and plain strings, kept by the checkpointer per conversation. Found out: `UntrackedValue`, gone
when the turn ends, never stored. `Context`: the turn itself and the ports; credentials live behind the ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langchain_core.tools import BaseTool
from langgraph.channels import UntrackedValue
from langgraph.graph import add_messages

from agents.budget import Breaker, Budget, Spend
from agents.domain import DataProduct, Draft, Hit, Question, Reading, Reply, SqlResult, Table, Turn
from agents.ports import Analyst, Catalog, Guard, Marketplace, Warehouse
from agents.reach import Spans

__all__ = ["Budget", "Context", "State"]


class State(TypedDict):
    """Keys above the line are remembered, keys below it live for one turn."""

    messages: Annotated[list[AnyMessage], add_messages]
    focus: NotRequired[str]  # id of the product talked about
    last_sql: NotRequired[str]  # the statement behind the last answer, for Refine and Explain
    last_product: NotRequired[str]  # its product
    denied: NotRequired[str]  # the product just asked for that this asker may not read: "how do I get access?"
    last_question: NotRequired[str]  # its question, stand-alone
    genie: NotRequired[str]  # the last turn's conversations with Genie: JSON {user key and space: conversation id}
    refined: NotRequired[str]  # filters edited by hand, in words, which Genie's conversation does not know of
    pending: NotRequired[str]  # the open Clarification: recall.Pending as JSON
    # ── this turn only ──
    question: NotRequired[Annotated[Question, UntrackedValue]]
    picked: NotRequired[Annotated[str, UntrackedValue]]  # id of the product that a Choose settled on
    named: NotRequired[Annotated[tuple[DataProduct, ...], UntrackedValue]]  # named as such in the turn's words
    hits: NotRequired[Annotated[tuple[Hit, ...], UntrackedValue]]
    products: NotRequired[Annotated[tuple[DataProduct, ...], UntrackedValue]]  # chosen, best first
    reserve: NotRequired[Annotated[tuple[DataProduct, ...], UntrackedValue]]  # next best, should those not answer it
    tables: NotRequired[Annotated[tuple[Table, ...], UntrackedValue]]  # of all of these, as the asker sees them
    draft: NotRequired[Annotated[Draft, UntrackedValue]]
    result: NotRequired[Annotated[SqlResult, UntrackedValue]]
    reading: NotRequired[Annotated[Reading, UntrackedValue]]  # what the guard read off the statement of the result
    reply: NotRequired[Annotated[Reply, UntrackedValue]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn is run with, new for each turn except for the ports, `tools`, `breaker` and `spans`.

    `model` None: no chat model is configured and rules do its part. A model fails with langchain-core's ModelError or
    one of agents/errors.py, retries by itself and is set to temperature 0. `tools` are Unity Catalog functions that
    look metadata up as the asker; they raise only the errors of agents/errors.py or answer with an error text.
    """

    turn: Turn
    marketplace: Marketplace
    catalog: Catalog
    warehouse: Warehouse
    analyst: Analyst | None = None
    model: BaseChatModel | None = None
    tools: Sequence[BaseTool] = ()
    budget: Budget = field(default_factory=Budget)
    spend: Spend = field(default_factory=Spend)
    breaker: Breaker = field(default_factory=Breaker)  # shared by all turns of a process
    spans: Spans = field(default_factory=Spans)  # so are these
    guard: Guard | None = None  # None: agents.sql.check is called here, on this thread
