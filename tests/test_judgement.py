"""Asking a model for a judgement: budgets of calls, tokens and time, retries, the breaker, tool loops, nonsense."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from langchain_core.exceptions import ModelAuthenticationError, ModelConnectionError, ModelRateLimitError
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from agents.budget import Breaker, Budget, Spend
from agents.errors import NotConnected, Stopped, Unavailable
from agents.judgement import explore, judge
from agents.state import Context
from tests.fakes import FakeCatalog, FakeMarketplace, FakeWarehouse, ScriptedModel, turn


class Verdict(BaseModel):
    """A judgement."""

    yes: bool


def context(
    model: ScriptedModel | None,
    *,
    budget: Budget | None = None,
    breaker: Breaker | None = None,
    tools: tuple[StructuredTool, ...] = (),
) -> Context:
    """A turn's context around a model."""
    ports = (FakeMarketplace(), FakeCatalog(), FakeWarehouse(), None)
    return Context(turn("hello"), *ports, model, tools, budget or Budget(), Spend(), breaker or Breaker())


def saying(*said: object) -> ScriptedModel:
    """A model that says these, one after the other; the last again and again."""
    waiting = list(said)
    return ScriptedModel(script=lambda messages, tools: waiting.pop(0) if len(waiting) > 1 else waiting[0])


async def asked(of: Context) -> Verdict | None:
    """One judgement with a prompt that exists."""
    return await judge(of, "marketplace", {"question": "?"}, Verdict)


async def test_a_judgement_is_typed_and_metered() -> None:
    """The tool call's arguments become the shape; call, tokens and seconds are counted."""
    of = context(saying({"yes": True}))
    assert await asked(of) == Verdict(yes=True)
    assert (of.spend.calls, of.spend.tokens) == (1, 110)
    assert of.spend.seconds > 0


async def test_without_a_model_there_is_no_judgement() -> None:
    """None, at no cost."""
    of = context(None)
    assert await asked(of) is None
    assert of.spend.calls == 0


@pytest.mark.parametrize("said", [
    "", "yes", "{", '{"no": 1}', {"yes": "perhaps"}, {}, AIMessage([{"type": "reasoning", "reasoning": "hm"}]),
    AIMessage("", tool_calls=[{"name": "launch", "args": {}, "id": "c"}]),
])  # fmt: skip
async def test_nonsense_is_no_judgement(said: object) -> None:
    """Garbage JSON, another tool, a wrong type, nothing at all: None, counted against the breaker."""
    of = context(saying(said))
    assert await asked(of) is None
    assert of.spend.calls == 1
    assert of.breaker.failures == 1


@pytest.mark.parametrize("failure", [
    Unavailable("503", retry_after=1), ModelRateLimitError("429"),
    ModelConnectionError("refused"), ModelAuthenticationError("401"), IndexError("no choices"),
    AttributeError("null message"),
])  # fmt: skip
async def test_a_failing_model_is_no_judgement(failure: Exception) -> None:
    """Down, throttled, refusing us or answering in no known shape: None after one call, and the breaker knows."""
    of = context(saying(failure))
    assert await asked(of) is None
    assert (of.spend.calls, of.breaker.failures) == (1, 1)


async def test_an_asker_without_a_token_is_no_failure_of_the_model() -> None:
    """None for them, and others go on asking it."""
    of = context(saying(NotConnected("no token")))
    assert await asked(of) is None
    assert of.breaker.failures == 0
    assert isinstance(of.spend.unlinked, NotConnected)


async def test_a_model_that_is_down_says_nothing_of_a_link() -> None:
    """A link would not help who has one."""
    of = context(saying(Unavailable("down")))
    assert await asked(of) is None
    assert of.spend.unlinked is None


async def test_stop_is_not_swallowed() -> None:
    """Stopped ends the turn."""
    with pytest.raises(Stopped):
        await asked(context(saying(Stopped("stop"))))


@pytest.mark.parametrize(("budget", "calls"), [
    (Budget(model_calls=2), 2), (Budget(tokens=250), 3), (Budget(model_seconds=0), 0),
])  # fmt: skip
async def test_a_turn_spends_no_more_than_its_budget(budget: Budget, calls: int) -> None:
    """Calls, tokens or seconds: whichever runs out first ends the judging."""
    of = context(saying({"yes": True}), budget=budget)
    for _ in range(10):
        await asked(of)
    assert of.spend.calls == calls


async def test_a_slow_model_is_not_waited_for() -> None:
    """A call beyond its time is given up."""
    of = context(ScriptedModel(script=lambda m, t: {"yes": True}, delay=30), budget=Budget(call_seconds=0.02))
    assert await asked(of) is None
    assert of.spend.seconds < 5


async def test_the_breaker_leaves_a_failing_model_alone_and_tries_again() -> None:
    """After failures in a row no turn asks it, until the rest is over and one call tries."""
    now = [0.0]
    breaker = Breaker(limit=2, rest=30, clock=lambda: now[0])
    down = saying("nonsense")
    for _ in range(5):
        assert await asked(context(down, breaker=breaker)) is None
    assert len(down.sent) == 2
    now[0] = 31.0
    up = saying({"yes": True})
    assert await asked(context(up, breaker=breaker)) == Verdict(yes=True)
    assert await asked(context(up, breaker=breaker)) == Verdict(yes=True)
    assert len(up.sent) == 2


async def test_a_trial_that_fails_rests_again() -> None:
    """Half-open: one failing call, then quiet for another rest."""
    now = [0.0]
    breaker = Breaker(limit=1, rest=30, clock=lambda: now[0])
    down = saying("nonsense")
    await asked(context(down, breaker=breaker))
    now[0] = 31.0
    await asked(context(down, breaker=breaker))
    await asked(context(down, breaker=breaker))
    assert len(down.sent) == 2


# ── Tool loops ────────────────────────────────────────────────────────────────────────────────────────────────────────


def look(words: str) -> str:
    """Look words up in the catalogue."""
    return f"found {words}"


def refused(words: str) -> str:
    """Look words up without being allowed to."""
    raise NotConnected(words)


Loop = Callable[[list[BaseMessage], tuple[str, ...]], object]


def calls(name: str, **args: object) -> AIMessage:
    """A message that calls one tool."""
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": "c"}])


async def explored(
    script: Loop, *, budget: Budget | None = None, tool: Callable[[str], str] = look
) -> tuple[Verdict | None, Context]:
    """One tool loop with this script."""
    of = context(ScriptedModel(script=script), budget=budget, tools=(StructuredTool.from_function(tool),))
    return await explore(of, "marketplace", {"question": "?"}, Verdict), of


async def test_a_tool_loop_ends_with_a_typed_answer() -> None:
    """The model looks something up and then gives the shape; both calls are counted."""
    seen: list[str] = []

    def script(messages: list[BaseMessage], tools: tuple[str, ...]) -> object:
        seen.extend(m.text for m in messages if isinstance(m, ToolMessage))
        return {"yes": True} if seen else calls("look", words="wind")

    verdict, of = await explored(script)
    assert verdict == Verdict(yes=True)
    assert seen == ["found wind"]
    assert of.spend.calls == 2


@pytest.mark.parametrize("script", [
    lambda m, t: calls("look", words="again"), lambda m, t: calls("launch"), lambda m, t: calls("look", wrong=1),
    lambda m, t: "just words", lambda m, t: calls("Verdict", yes="perhaps"), lambda m, t: Unavailable("down"),
])  # fmt: skip
async def test_a_loop_that_leads_nowhere_ends(script: Loop) -> None:
    """Endless calls, unknown tools, wrong arguments, plain words, wrong shapes, outages: None within the limits."""
    verdict, of = await explored(script)
    assert verdict is None
    assert of.spend.calls <= 4


async def test_a_failing_tool_ends_the_loop() -> None:
    """Errors of the ports are no judgement."""
    verdict, _ = await explored(lambda m, t: calls("refused", words="x"), tool=refused)
    assert verdict is None


async def test_a_loop_leaves_a_call_for_what_comes_after() -> None:
    """With one call left there is no loop; with two it has one."""
    verdict, of = await explored(lambda m, t: {"yes": True}, budget=Budget(model_calls=1))
    assert (verdict, of.spend.calls) == (None, 0)
    verdict, of = await explored(lambda m, t: calls("look", words="again"), budget=Budget(model_calls=2))
    assert (verdict, of.spend.calls) == (None, 1)


def test_without_a_model_nobody_pays_for_it() -> None:
    """Importing the graph loads neither langchain's agents nor a model's client."""
    code = "import sys, agents.graph; print({'langchain', 'langchain_openai', 'openai'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout.strip() == "set()"
