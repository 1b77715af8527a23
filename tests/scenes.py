"""A small mesh and a conversation over it: what the agents' tests act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver

from agents.budget import Breaker, Budget, Spend
from agents.domain import Action, Column, DataProduct, Draft, Lifecycle, Progress, Reply, Turn, User
from agents.graph import build, opening
from agents.ports import Analyst
from agents.reach import Spans
from agents.state import Context
from tests.fakes import ALICE, THREAD, FakeAnalyst, FakeCatalog, FakeMarketplace, FakeWarehouse, product, table, turn

GREEN = table(
    "green_energy_consumption",
    "country string",
    "month string",
    Column("consumption_mwh", "decimal(18,3)", unit="MWh", role="measure"),
    schema="energy",
)
WIND = table("wind_parks", "park string", "country string", "capacity_mw double", schema="energy")
GAS = table("gas_storage", "site string", "day date", "level_gwh double", schema="gas")

USAGE = product(
    "energy-usage",
    GREEN,
    description="Green energy consumption by country; consommation d'énergie verte par pays",
    space="space-usage",
    url="http://127.0.0.1/energy-usage",
    examples=(
        "What was the total green energy consumption in Spain in 2024?",
        "Quelle est la consommation d'énergie verte en Italie en 2024 ?",
    ),
)
PARKS = product("wind-parks", WIND, description="Wind parks and their capacity; le parc éolien", space="space-wind")
STORAGE = product("gas-storage", GAS, description="Gas storage levels; stockage de gaz")
OLD_STORAGE = product(
    "gas-levels", GAS, description="Old gas levels", lifecycle=Lifecycle.DEPRECATED, successor="gas-storage"
)

QUESTION = "Quelle est la consommation totale en énergie verte en France pendant septembre 2025 ?"
ENGLISH = "What was the total green energy consumption in France in September 2025?"
SQL = (
    "SELECT SUM(consumption_mwh) AS total FROM mesh.energy.green_energy_consumption"
    " WHERE country = 'France' AND month = '2025-09'"
)
GERMAN_SQL = SQL.replace("France", "Allemagne")
TOTAL = (["total"], [(12_480_000,)])


@dataclass
class Scene:
    """One conversation with everything around it; each `say` is one turn and answers its reply."""

    products: Sequence[DataProduct] = (USAGE, PARKS, STORAGE, OLD_STORAGE)
    marketplace: FakeMarketplace = field(default_factory=FakeMarketplace)
    catalog: FakeCatalog = field(default_factory=lambda: FakeCatalog((GREEN, WIND, GAS)))
    warehouse: FakeWarehouse = field(default_factory=lambda: FakeWarehouse([("SUM", TOTAL)]))
    analyst: Analyst | None = field(default_factory=lambda: FakeAnalyst({"space-usage": [Draft(SQL)]}))
    model: BaseChatModel | None = None
    tools: Sequence[BaseTool] = ()
    budget: Budget = field(default_factory=Budget)
    breaker: Breaker = field(default_factory=Breaker)
    spans: Spans = field(default_factory=Spans)
    saver: InMemorySaver = field(default_factory=InMemorySaver)
    progress: list[Progress] = field(default_factory=list)
    spend: Spend = field(default_factory=Spend)
    turns: int = 0

    def __post_init__(self) -> None:
        """Puts the products on the marketplace."""
        self.marketplace.products = self.marketplace.products or self.products
        self.graph = build(self.saver)

    async def say(self, said: str | Action, user: User = ALICE) -> Reply:
        """Runs one turn; raises what a port raises."""
        self.turns += 1
        return await self.run(turn(said, number=self.turns, user=user))

    async def run(self, one: Turn) -> Reply:
        """Runs a turn, for instance one that ran before."""
        self.progress, self.spend = [], Spend()
        reply: Reply | None = None
        config: Any = {"configurable": {"thread_id": one.conversation.key}}
        events: Any = self.graph.astream(
            opening(one), config, context=self._context(one), stream_mode=["custom", "values"], durability="exit"
        )
        async for mode, event in events:
            if mode == "custom":
                self.progress.append(event)
            else:
                reply = event.get("reply")
        assert reply is not None
        return reply

    def _context(self, one: Turn) -> Context:
        return Context(
            one, self.marketplace, self.catalog, self.warehouse, self.analyst, self.model, self.tools, self.budget,
            self.spend, self.breaker, self.spans,
        )  # fmt: skip

    @property
    def steps(self) -> list[str]:
        """The steps of the last turn, as "agent step"."""
        return [f"{one.agent} {one.step}" for one in self.progress]

    async def remembered(self) -> dict[str, Any]:
        """The conversation's state between turns."""
        return dict((await self.graph.aget_state({"configurable": {"thread_id": THREAD.key}})).values)
