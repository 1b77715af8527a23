"""The Synthesizer: what was found becomes the reply, in facts. Without it results would be rows without a meaning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.asking import examples
from agents.coverage import short_of
from agents.domain import (
    Answer,
    Ask,
    Figures,
    ProductDescription,
    Progress,
    Reading,
    Reply,
    SmallTalk,
    SqlResult,
    Table,
    Turn,
)
from agents.gist import remembered
from agents.headline import headline
from agents.language import told_language
from agents.message import LIMIT
from agents.nearby import Nearby, is_empty, look_nearby
from agents.state import Context, State
from agents.subject import subject_of

_SEQUENTIAL = 2  # model calls on a turn's way beyond which a sentence of the model's own is not worth the wait


async def synthesizer(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes `reply` and what is remembered of it; another agent's reply stays as it is."""
    reply = state.get("reply") or await _answer(state, runtime)
    reply = _in_both(reply, state, runtime.context.turn)
    return {"reply": reply, **remembered(runtime.context.turn, reply, state)}


def _in_both(reply: Reply, state: State, turn: Turn) -> Reply:
    """Said in both languages what was to be said to somebody of whom nothing tells which one they speak."""
    match reply, turn.action:
        case Answer(body=SmallTalk(topic="empty" | "unclear")), Ask(text=text):
            known = told_language(text[:LIMIT], turn.user.locale)
            return reply if known or state.get("last_question") else replace(reply, body=SmallTalk("either"))
        case _:
            return reply


async def _answer(state: State, runtime: Runtime[Context]) -> Reply:
    runtime.stream_writer(Progress("synthesizer", "phrasing"))
    question, product = state["question"], state["products"][0]
    if "result" not in state:
        body = ProductDescription(product, state["tables"], question.topic or "overview")
        return Answer(question.language, body, examples((product,), question.language, question.text))
    figures = await _figures(state, runtime)
    return Answer(question.language, figures, examples((product,), question.language, question.text))


async def _figures(state: State, runtime: Runtime[Context]) -> Figures:
    result, draft, context = state["result"], state["draft"], runtime.context
    reading = state["reading"]
    tables = _read_tables(reading, state["tables"])
    nearby = Nearby()
    if is_empty(result):
        runtime.stream_writer(Progress("synthesizer", "looking_nearby"))
        nearby = await look_nearby(context, reading, tables, runtime.stream_writer)
    else:
        nearby = Nearby(await short_of(context, result, reading, tables, runtime.stream_writer))
    return Figures(
        result,
        reading,
        state["products"],
        tables,
        subject=subject_of(state["question"]),
        headline=await _headline(state, context, result, reading, tables),
        coverage=tuple((span.column, span.first, span.last) for span in nearby.coverage),
        nearby=nearby.alike,
        draft=draft,
    )


def _read_tables(reading: Reading, tables: tuple[Table, ...]) -> tuple[Table, ...]:
    read_keys = {ref.key for ref in reading.tables}
    return tuple(table for table in tables if table.ref.key in read_keys)


async def _headline(
    state: State, context: Context, result: SqlResult, reading: Reading, tables: tuple[Table, ...]
) -> str:
    """A model's sentence, on the model's own route only: answers by Genie and without rows are phrased by template."""
    if state["draft"].author != "model" or context.spend.calls >= _SEQUENTIAL or is_empty(result):
        return ""
    return await headline(context, state["question"], result, reading, tables)
