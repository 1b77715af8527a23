"""What an attempt at a turn works with. Without it every attempt would have to be told each part by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig

from agents.domain import ReplyTo, Turn, User
from agents.ports import Memory
from agents.state import Context
from bot.metrics import Metrics
from bot.traces import Traces


class Connect(Protocol):
    """How askers link an identity from chat."""

    async def invite(self, turn: Turn, to: ReplyTo) -> str:
        """Keeps the turn until its asker has linked; answers the address where they do. Raises Unavailable."""

    async def confirm(self, user: User, code: str) -> bool:
        """Links who sends the code of their own consent; False where it is not theirs. Raises Unavailable."""


class Graph(Protocol):
    """What we use of a compiled graph."""

    def astream(
        self,
        input: Any,  # noqa: A002  LangGraph's name
        config: RunnableConfig | None = None,
        *,
        context: Any = None,
        stream_mode: Any = None,
        durability: Any = None,
    ) -> AsyncIterator[Any]:
        """Runs it, telling (mode, chunk) as it goes."""


@dataclass(frozen=True, slots=True)
class TurnDependencies:
    """What every attempt needs. `seconds`: how long the graph may take."""

    graph: Graph
    memory: Memory
    context_for: Callable[[Turn], Context]
    metrics: Metrics
    traces: Traces
    seconds: float = 180.0
    connect: Connect | None = None
