"""Every node and every edge of the agents' graph, and nothing else.

    START ─┬─ coordinator ─┬─ marketplace ─┬─ catalog ─┬─ genie ─┐
           └─ search       │               │           │         │
                           └───────────────┴───────────┴─────────┴─ synthesizer ─ END

`search`, the Marketplace's first half, runs beside the Coordinator; a step begins when all tasks of the one before
are done, so `marketplace` finds its hits without an edge. Whoever writes `reply` sends the turn to the synthesizer.

How to run a turn::

    graph = build(checkpointer)
    config = {"configurable": {"thread_id": turn.conversation.key}}
    context = Context(turn=turn, marketplace=…, catalog=…, warehouse=…, analyst=…, model=…, breaker=…)
    async for mode, event in graph.astream(
        opening(turn), config, context=context, stream_mode=["custom", "values"], durability="exit"
    ):
        ...  # "custom": a Progress; "values": the state so far

The reply is `reply` in the last "values" event. Errors of the ports come out of `astream` as they are: the human
message is remembered all the same (by its id, the turn's), no answer is, and running the turn again with the same input
begins at the first node. Never pass None as input to resume: what a turn finds out is not stored.
"""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy

from agents.catalog import catalog
from agents.coordinator import coordinator
from agents.domain import Ask, Intent, Turn
from agents.errors import Stopped, Unavailable
from agents.genie import genie
from agents.marketplace import marketplace, search
from agents.message import LIMIT
from agents.state import Context, State
from agents.synthesizer import synthesizer

Graph = CompiledStateGraph[State, Context, Any, Any]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Graph:
    """The compiled graph. Without a checkpointer nothing is remembered from turn to turn."""
    graph: StateGraph[State, Context, Any, Any] = StateGraph(State, context_schema=Context)
    graph.add_node("coordinator", coordinator)
    graph.add_node("search", search, retry_policy=_RETRY_ONCE)
    graph.add_node("marketplace", marketplace)
    graph.add_node("catalog", catalog, retry_policy=_RETRY_ONCE)
    graph.add_node("genie", genie)
    graph.add_node("synthesizer", synthesizer)
    graph.add_edge(START, "coordinator")
    graph.add_edge(START, "search")
    graph.add_conditional_edges("coordinator", _after_coordinator)
    graph.add_conditional_edges("marketplace", _after_marketplace)
    graph.add_conditional_edges("catalog", _after_catalog)
    graph.add_edge("genie", "synthesizer")
    graph.add_edge("synthesizer", END)
    return graph.compile(checkpointer=checkpointer)


def opening(turn: Turn) -> dict[str, Any]:
    """The graph's input for a turn: what was typed, cut to what can be a question; for a click nothing."""
    typed = turn.action.text[:LIMIT] if isinstance(turn.action, Ask) else ""
    return {"messages": [HumanMessage(typed, id=turn.id)] if typed else []}


def _is_transient(error: Exception) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, Stopped) and error.retry_after <= 1


_RETRY_ONCE = RetryPolicy(max_attempts=2, initial_interval=0.2, retry_on=_is_transient)
"""For nodes that only read metadata. Genie and the warehouse are never asked twice by the graph."""


# Coroutines, for LangGraph would call a plain function in a thread of its own.
async def _after_coordinator(state: State) -> Literal["marketplace", "synthesizer"]:
    return "synthesizer" if "reply" in state else "marketplace"


async def _after_marketplace(state: State) -> Literal["catalog", "synthesizer"]:
    return "synthesizer" if "reply" in state else "catalog"


async def _after_catalog(state: State) -> Literal["genie", "synthesizer"]:
    return "synthesizer" if "reply" in state or state["question"].intent is Intent.DESCRIBE else "genie"
