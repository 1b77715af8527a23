"""What a conversation remembers, what one turn finds out, and what a turn is run with.

Remembered: messages and plain strings, kept by the checkpointer per conversation. Found out: `UntrackedValue`, gone
when the turn ends, never stored. `Context`: the turn itself and the ports; credentials live behind the ports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NotRequired, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langgraph.channels import UntrackedValue
from langgraph.graph import add_messages

from agents.domain import DataProduct, Draft, Hit, Question, Reply, SaidByGenie, SqlResult, Table, Turn
from agents.ports import Analyst, Catalog, Marketplace, Warehouse


class State(TypedDict):
    """Keys above the line are remembered, keys below it live for one turn."""

    messages: Annotated[list[AnyMessage], add_messages]
    focus: NotRequired[str]  # id of the product talked about
    last_sql: NotRequired[str]  # the statement behind the last answer, for Refine and Explain
    last_question: NotRequired[str]  # its question, stand-alone
    genie: NotRequired[str]  # Genie's conversation: JSON {user key: {space: conversation id}}
    pending: NotRequired[str]  # the open Clarification: JSON {question, options: {key: value}}
    # ── this turn only ──
    question: NotRequired[Annotated[Question, UntrackedValue]]
    hits: NotRequired[Annotated[tuple[Hit, ...], UntrackedValue]]
    products: NotRequired[Annotated[tuple[DataProduct, ...], UntrackedValue]]  # chosen, best first
    tables: NotRequired[Annotated[tuple[Table, ...], UntrackedValue]]  # of the chosen products, as the asker sees them
    draft: NotRequired[Annotated[Draft, UntrackedValue]]
    said: NotRequired[Annotated[SaidByGenie, UntrackedValue]]
    result: NotRequired[Annotated[SqlResult, UntrackedValue]]
    reply: NotRequired[Annotated[Reply, UntrackedValue]]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one turn may spend. Figures: docs/decisions, measured by benchmarks/model_calls."""

    model_calls: int = 6
    repairs: int = 2
    rows: int = 10_000


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn is run with. `model` None: no chat model is configured and rules do its part."""

    turn: Turn
    marketplace: Marketplace
    catalog: Catalog
    warehouse: Warehouse
    analyst: Analyst | None = None
    model: BaseChatModel | None = None
    budget: Budget = Budget()
