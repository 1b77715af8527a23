"""Spans for an OpenTelemetry collector: one for each turn, one in it for each agent, and nothing of what was asked."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.redis.client import Clients
from agents.domain import Ask, Turn
from agents.state import State
from bot import traces
from bot.settings import WrongUsage
from tests.redis_peer import clients, turn, valkey
from tests.test_conversations import count, talking

__all__ = ["clients", "valkey"]  # fixtures


async def test_a_turn_is_one_span_with_one_of_each_agent_in_it(clients: Clients) -> None:
    """With ids, outcome and times; the agents' spans lie within their turn's."""
    exporter = InMemorySpanExporter()
    spans = traces.exported(exporter)
    async with talking(clients, traces=spans) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        await replica.answer(turn("q2", thread="other"), platform)
    await spans.close()
    seen = exporter.get_finished_spans()
    assert sorted(span.name for span in seen) == ["agent coordinator", "agent coordinator", "turn", "turn"]
    turns = {span.context.span_id: span for span in seen if span.name == "turn"}
    assert {span.attributes["findata.turn"]: span.attributes["findata.outcome"] for span in turns.values()} == {
        "q1": "answered", "q2": "answered",
    }  # fmt: skip
    for agent in (span for span in seen if span.name != "turn"):
        around = turns.pop(agent.parent.span_id)
        assert around.start_time <= agent.start_time <= agent.end_time <= around.end_time


async def test_a_span_tells_nothing_of_question_rows_or_errors(clients: Clients) -> None:
    """An exception's message may quote a row."""

    async def fails(state: State, asked: Turn) -> str:
        raise ValueError("Mrs Smith earns 4200")

    exporter = InMemorySpanExporter()
    spans = traces.exported(exporter)
    async with talking(clients, fails, traces=spans) as (replica, platform):
        await replica.answer(turn("q1", action=Ask("what does Smith earn")), platform)
    await spans.close()
    told = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert '"findata.outcome": "failed"' in told
    assert "Smith" not in told


async def test_without_a_collector_nothing_is_kept(clients: Clients) -> None:
    """The default is off."""
    async with talking(clients, count) as (replica, platform):
        await replica.answer(turn("q1"), platform)
        assert replica._dependencies.traces._tracer is None


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lean set has no OpenTelemetry: the setting says what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(WrongUsage, match="FINDATA_OTLP_ENDPOINT"):
        traces.to("http://127.0.0.1:4318")
