"""The Genie agent: from a question and its tables to rows. Without it nothing would be asked of the data itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.apologies import sorry
from agents.asking import asked_back, which_product
from agents.domain import Answer, DataProduct, Draft, Progress, SaidByGenie, SqlResult, Table, Talk
from agents.drafts import Brief, Failed, Missing, Outcome, ask_genie, ask_model
from agents.errors import BadQuery, NotFound, Refused, Unavailable
from agents.execution import run
from agents.recall import About, genie_conversation, with_conversation
from agents.sql import check
from agents.state import Context, State

_HINT = 75
_OPTIONS = 4


async def genie(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes `products` (the one that answers), `draft` and `result`, or `reply`; and Genie's conversations."""
    briefs = [_brief(product, state, runtime) for product in state["products"]]
    outcomes = await _outcomes(briefs, state.get("draft"))
    remembered = {"genie": _conversations(state, briefs, outcomes)}
    fitting = [(b, o) for b, o in zip(briefs, outcomes, strict=True) if _would_run(b, o)]
    if len(fitting) > 1:
        return remembered | dict(
            which_product(briefs[0].question, [b.product for b, _ in fitting], _turn_id(briefs[0]))
        )
    brief, outcome = fitting[0] if fitting else _nearest(briefs, outcomes)
    return remembered | await _answered(brief, await _second_opinion(brief, outcome))


def _brief(product: DataProduct, state: State, runtime: Runtime[Context]) -> Brief:
    context = runtime.context
    return Brief(
        context,
        runtime.stream_writer,
        state["question"],
        product,
        _of(product, state["tables"]),
        genie_conversation(state.get("genie"), context.turn.user, product.space),
        state.get("last_question", ""),
        state.get("last_sql", ""),
    )


def _of(product: DataProduct, tables: Sequence[Table]) -> tuple[Table, ...]:
    own = {table.ref.key for table in product.tables}
    return tuple(table for table in tables if table.ref.key in own)


def _turn_id(brief: Brief) -> str:
    return brief.context.turn.id


# ── Who writes it ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _outcomes(briefs: Sequence[Brief], draft: Draft | None) -> list[Outcome]:
    """One outcome a product; two spaces are asked at the same time."""
    if draft is not None:
        return [draft, *(Missing("") for _ in briefs[1:])]
    return list(await asyncio.gather(*(_first(brief) for brief in briefs)))


async def _first(brief: Brief) -> Outcome:
    if brief.product.space and brief.context.analyst:
        return await ask_genie(brief)
    return await _by_model(brief, Failed(NotFound("no Genie space and no model", reason="no_space")))


async def _by_model(brief: Brief, otherwise: Outcome) -> Outcome:
    written = await ask_model(brief)
    if (
        written is None
        and brief.context.model is not None
        and isinstance(otherwise, Failed)
        and not brief.product.space
    ):
        return Failed(Unavailable("no usable answer from the model"))
    return written or otherwise


async def _second_opinion(brief: Brief, outcome: Outcome) -> Outcome:
    """A model is asked where Genie failed or could not read the question; what it cannot write leaves Genie's word."""
    genie_is_lost = isinstance(outcome, Failed) or (isinstance(outcome, SaidByGenie) and not outcome.asks)
    if not (genie_is_lost and brief.product.space and brief.context.model):
        return outcome
    second = await _by_model(brief, outcome)
    return outcome if isinstance(second, Missing) else second


def _would_run(brief: Brief, outcome: Outcome) -> bool:
    """True for a draft that the guard passes: of several Genies, the one that has one can answer."""
    try:
        return isinstance(outcome, Draft) and bool(check(outcome.sql, [table.ref for table in brief.tables]))
    except BadQuery:
        return False


def _nearest(briefs: Sequence[Brief], outcomes: Sequence[Outcome]) -> tuple[Brief, Outcome]:
    """Where none would run as it is: a draft to be repaired, else a Genie that asks back, else the better product's."""
    ranks = {Draft: 0, SaidByGenie: 1}
    asked = [(b, o) for b, o in zip(briefs, outcomes, strict=True) if not isinstance(o, SaidByGenie) or o.asks]
    return min(asked or zip(briefs, outcomes, strict=True), key=lambda pair: ranks.get(type(pair[1]), 2))


def _conversations(state: State, briefs: Sequence[Brief], outcomes: Sequence[Outcome]) -> str:
    text = state.get("genie", "")
    for brief, outcome in zip(briefs, outcomes, strict=True):
        if isinstance(outcome, Draft | SaidByGenie) and outcome.conversation:
            text = with_conversation(text, brief.context.turn.user, brief.product.space, outcome.conversation)
    return text


# ── What becomes of it ────────────────────────────────────────────────────────────────────────────────────────────────


async def _answered(brief: Brief, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Draft() as draft:
            return await _queried(brief, draft)
        case SaidByGenie() as said:
            return _passed_on(brief, said)
        case Missing(words):
            return {"reply": sorry(brief.question.language, "not_in_tables", brief.product, words=words)}
        case Failed(error):
            return _failed(brief, error)


async def _queried(brief: Brief, draft: Draft) -> dict[str, Any]:
    """Runs the draft; a rejected or failing statement goes back to its author with the reason, as often as allowed."""
    for left in range(brief.context.budget.repairs, -1, -1):
        try:
            result = await _run(brief, draft)
        except BadQuery as error:
            repaired = await _repaired(brief, draft, error) if left else None
            if repaired is None:
                return {"reply": sorry(brief.question.language, "bad_query", brief.product)}
            draft = repaired
        except Refused:
            return {"reply": sorry(brief.question.language, "refused_product", brief.product)}
        else:
            return {"products": (brief.product,), "draft": draft, "result": result}
    raise AssertionError("unreachable")


async def _run(brief: Brief, draft: Draft) -> SqlResult:
    return await run(brief.context, draft.sql, brief.tables, agent="genie", report=brief.report)


async def _repaired(brief: Brief, draft: Draft, error: BadQuery) -> Draft | None:
    """Another draft: Genie is told in its conversation, a model once more; then, and in Genie's stead, the model."""
    if draft.author == "asker":
        return None
    if draft.author == "genie" and draft.conversation:
        brief.report(Progress("genie", "repairing"))
        again = await ask_genie(replace(brief, conversation=draft.conversation), _complaint(error))
        if isinstance(again, Draft) and again.sql != draft.sql:
            return again
    written = await ask_model(brief, (draft, error))
    return written if isinstance(written, Draft) else None


def _complaint(error: BadQuery) -> str:
    return f"The SQL could not be run. {error.hint} Please write it differently."


def _passed_on(brief: Brief, said: SaidByGenie) -> dict[str, Any]:
    """Genie's own words: its question with its suggestions as buttons, or what it says it could not read."""
    if not said.asks and not said.suggestions:
        return {"reply": Answer(brief.question.language, Talk("said", said.text, brief.product))}
    options = [(words, words[:_HINT], "") for words in said.suggestions[:_OPTIONS]]
    about: About = "genie" if said.asks else "words"
    return dict(
        asked_back(about, brief.question, options, turn_id=_turn_id(brief), text=said.text, product=brief.product)
    )


def _failed(brief: Brief, error: Unavailable | Refused | NotFound | BadQuery) -> dict[str, Any]:
    if isinstance(error, Unavailable):
        raise error
    reasons = {Refused: "refused_product", NotFound: "no_space", BadQuery: "genie_failed"}
    return {"reply": sorry(brief.question.language, reasons[type(error)], brief.product)}
