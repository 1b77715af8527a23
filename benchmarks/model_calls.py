"""How many model calls an answer waits for: the agents' graph beside a plain supervisor with tools.

Run: `python -m benchmarks.model_calls [--seconds 1.0]`. Fifty questions of tests/questions go over the sample
marketplace through three ways: the graph where Genie writes the SQL, the graph where the model does, and a supervisor
that hands on to three tool-calling workers, built from langgraph's own pieces. The stub model takes `--seconds` a call
and never errs, so what differs is the number of calls that wait for each other. Genie and warehouse answer at once. The
supervisor's tools are handed the right product and SQL, so that its "answered" says only that it came to its end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import yaml
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.graph import END, START, StateGraph, add_messages
from langgraph.prebuilt import ToolNode, tools_condition

from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from agents.domain import Answer, DataProduct, Draft, Figures, Table, TableRef, User
from agents.graph import build, opening
from agents.sql import read
from agents.state import Context
from tests.fakes import ALICE, FakeAnalyst, FakeCatalog, FakeWarehouse, ScriptedModel, turn

ROOT = Path(__file__).parent.parent
MANY = 50
AT_ONCE = 10  # questions under way at the same time: they wait, they do not compute


@dataclass(frozen=True)
class Asked:
    """A question, the SQL that answers it and the product that holds it."""

    text: str
    sql: str
    product: str


@dataclass(frozen=True)
class Run:
    """What one question cost. `calls` wait for each other: no two of one question ever ran side by side."""

    calls: int
    seconds: float
    answered: bool


def questions() -> list[Asked]:
    """Fifty questions with SQL, half of them French."""
    found = []
    for language in ("fr", "en"):
        entries = yaml.safe_load((ROOT / "tests" / "questions" / f"{language}.yaml").read_text(encoding="utf-8"))
        held = [e for e in entries["questions"] if "sql" in e["expect"] and e.get("product")]
        found += [Asked(e["question"], e["expect"]["sql"].strip(), e["product"]) for e in held[: MANY // 2]]
    return found


# ── The agents' graph ─────────────────────────────────────────────────────────────────────────────────────────────────


def judging(asked: Asked, seconds: float) -> ScriptedModel:
    """Understands, chooses, writes SQL and phrases without a mistake."""
    answers: dict[str, dict[str, Any]] = {
        "Understanding": {"question": asked.text, "language": "fr", "intent": "ask", "topic": "", "follow_up": False},
        "Choice": {"product": asked.product},
        "Written": {"sql": asked.sql},
        "Phrased": {"headline": "Here is what was found."},
        "Needed": {"tables": [str(ref) for ref in read(asked.sql).tables]},
    }
    return ScriptedModel(script=lambda messages, tools: answers[tools[-1]], delay=seconds)


async def through_graph(
    asked: Asked, market: SearchedMarketplace, catalog: FakeCatalog, seconds: float, *, genie: bool
) -> Run:
    """One question through the product's own graph."""
    analyst = OneAnswer(asked) if genie else None
    context = Context(turn(asked.text), market, catalog, FakeWarehouse(), analyst, judging(asked, seconds))
    began = time.perf_counter()
    state = await build().ainvoke(opening(context.turn), context=context)
    reply = state["reply"]
    answered = isinstance(reply, Answer) and isinstance(reply.body, Figures)
    return Run(context.spend.calls, time.perf_counter() - began, answered)


class OneAnswer(FakeAnalyst):
    """Genie in every space: knows the SQL of one question, which runs where the right tables may be read."""

    def __init__(self, asked: Asked) -> None:
        """Answers this question."""
        super().__init__()
        self._sql = asked.sql

    async def ask(self, user: User, space: str, words: str, **_: Any) -> Draft:
        """Says the SQL at once."""
        return Draft(self._sql, space=space, conversation="c")


# ── A plain supervisor with tools ─────────────────────────────────────────────────────────────────────────────────────

WORKERS = ("finder", "reader", "analyst")


class Talk(TypedDict):
    """The supervisor's state: one list of messages, as in langgraph's tutorials."""

    messages: Annotated[list[AnyMessage], add_messages]
    next: str


def supervisor(model: ScriptedModel, tools: dict[str, BaseTool]) -> Any:
    """A model routes to workers until it finishes; each worker is a model that calls its tool until it is done."""
    graph: Any = StateGraph(Talk)
    graph.add_node("supervisor", _router(model))
    for name in WORKERS:
        graph.add_node(name, _worker(model, tools[name]))
        graph.add_edge(name, "supervisor")
    graph.add_edge(START, "supervisor")
    graph.add_conditional_edges("supervisor", lambda state: END if state["next"] == "finish" else state["next"])
    return graph.compile()


def _router(model: ScriptedModel) -> Callable[[Talk], Awaitable[dict[str, Any]]]:
    class Route(TypedDict):
        """Who goes on."""

        next: Literal["finder", "reader", "analyst", "finish"]

    asking = model.bind_tools([Route])

    async def route(state: Talk) -> dict[str, Any]:
        said = await asking.ainvoke([SystemMessage("Route the question."), *state["messages"]])
        return {"next": said.tool_calls[0]["args"]["next"]}

    return route


def _worker(model: ScriptedModel, tool: BaseTool) -> Callable[[Talk], Awaitable[dict[str, Any]]]:
    asking = model.bind_tools([tool])

    async def think(state: Talk) -> dict[str, Any]:
        return {"messages": [await asking.ainvoke(state["messages"])]}

    inner: Any = StateGraph(Talk)
    inner.add_node("think", think)
    inner.add_node("tools", ToolNode([tool]))
    inner.add_edge(START, "think")
    inner.add_conditional_edges("think", tools_condition)
    inner.add_edge("tools", "think")
    loop = inner.compile()

    async def work(state: Talk) -> dict[str, Any]:
        said = await loop.ainvoke({"messages": state["messages"][:1], "next": ""})
        return {"messages": [HumanMessage(said["messages"][-1].text, name=tool.name)]}

    return work


def routing(seconds: float) -> ScriptedModel:
    """Routes to each worker once and finishes; a worker calls its tool once and reports."""

    def script(messages: list[BaseMessage], tools: Sequence[str]) -> AIMessage | dict[str, Any] | str:
        if tools == ("Route",):
            done = sum(message.type == "human" for message in messages) - 1
            return {"next": (*WORKERS, "finish")[done]}
        return "done" if messages[-1].type == "tool" else {"words": messages[0].text}

    return ScriptedModel(script=script, delay=seconds)


def tools_for(asked: Asked, market: SearchedMarketplace, catalog: FakeCatalog) -> dict[str, BaseTool]:
    """The same search, catalogue and warehouse as tools."""

    async def find(words: str) -> str:
        """Search data products."""
        return ", ".join(hit.product.id for hit in await market.search(ALICE, words))

    async def describe(words: str) -> str:
        """List the tables of a product."""
        product = await market.get(ALICE, asked.product)
        return str(await catalog.tables(ALICE, [table.ref for table in product.tables]))

    async def run(words: str) -> str:
        """Run SQL."""
        result = await FakeWarehouse().run(
            ALICE, asked.sql, turn_id="t", conversation="c", row_limit=10, report=lambda _: None
        )
        return str(result.rows)

    made = zip(WORKERS, (find, describe, run), strict=True)
    return {name: StructuredTool.from_function(coroutine=do, name=name, description=name) for name, do in made}


async def through_supervisor(asked: Asked, market: SearchedMarketplace, catalog: FakeCatalog, seconds: float) -> Run:
    """One question through the supervisor."""
    model = routing(seconds)
    began = time.perf_counter()
    state = await supervisor(model, tools_for(asked, market, catalog)).ainvoke({"messages": [HumanMessage(asked.text)]})
    return Run(len(model.sent), time.perf_counter() - began, len(state["messages"]) == 1 + len(WORKERS))


# ── The figures ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def measured(ways: Callable[[Asked], Awaitable[Run]], asked: Sequence[Asked]) -> list[Run]:
    """Every question this way, a few at a time."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def one(question: Asked) -> Run:
        async with turnstile:
            return await ways(question)

    return list(await asyncio.gather(*(one(question) for question in asked)))


def told(name: str, runs: Sequence[Run]) -> str:
    """One line of the table."""
    calls, seconds = [run.calls for run in runs], [run.seconds for run in runs]
    spread = " ".join(f"{n}:{calls.count(n)}" for n in sorted(set(calls)))
    counted = f"{statistics.mean(calls):5.2f} {statistics.median(calls):6.1f} {max(calls):4d}"
    timed = f"{statistics.median(seconds):8.2f} {max(seconds):7.2f}"
    return f"{name:34} {counted}   {timed}   {sum(run.answered for run in runs):5d}/{len(runs)}   {spread}"


async def main(seconds: float) -> None:
    """Prints the table."""
    market = SearchedMarketplace(FilesBackend(ROOT / "sandbox" / "marketplace"))
    await market.sync()
    catalog = FakeCatalog(_tables(await market.products()))
    asked = questions()
    print(f"{len(asked)} questions, stub model of {seconds:g} s a call")
    print(
        f"{'way':34} {'mean':>5} {'median':>6} {'max':>4}   {'median s':>7} {'max s':>7}   answered   calls:questions"
    )
    by_genie = await measured(lambda q: through_graph(q, market, catalog, seconds, genie=True), asked)
    print(told("graph, Genie writes the SQL", by_genie))
    by_model = await measured(lambda q: through_graph(q, market, catalog, seconds, genie=False), asked)
    print(told("graph, the model writes the SQL", by_model))
    plain = await measured(lambda q: through_supervisor(q, market, catalog, seconds), asked)
    print(told("supervisor with three tool workers", plain))


def _tables(products: Sequence[DataProduct]) -> list[Table]:
    found: dict[TableRef, Table] = {table.ref: table for product in products for table in product.tables}
    return list(found.values())


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=1.0, help="how long the stub model takes for a call")
    asyncio.run(main(options.parse_args().seconds))
