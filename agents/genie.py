"""The Genie agent: from a question and its tables to rows. Without it nothing would be asked of the data itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from agents.apologies import sorry
from agents.asking import LONGEST, OPTIONS, asked_back, examples, which_product
from agents.domain import Answer, DataProduct, Draft, Progress, SaidByGenie, SmallTalk, Table
from agents.drafts import Brief, Failed, Missing, Outcome, ask_genie, ask_model
from agents.errors import BadQuery, NotFound, Refused, Unavailable
from agents.execution import Ran, counted, passes, run
from agents.language import fold, written_words
from agents.nearby import instead_of, not_read
from agents.recall import genie_conversation, with_conversation
from agents.state import Context, State


async def genie(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Writes `products` (the one that answers), `draft`, `result`, `reading`, or `reply`; and Genie's conversations."""
    briefs = [_brief(product, state, runtime) for product in state["products"]]
    tried = list(zip(briefs, await _outcomes(briefs, state.get("draft")), strict=True))
    able = _differing(await _able(tried)) if len(tried) > 1 else []
    if len(able) > 1:
        asked = which_product(state["question"], [brief.product for brief, _ in able], runtime.context.turn.id)
        return dict(asked) | {"genie": _conversations(tried)}
    brief, outcome = able[0] if able else _nearest(tried)
    outcome = await _second_opinion(brief, outcome)
    if _is_lost(outcome):
        reserves = [_alone(_brief(product, state, runtime)) for product in state.get("reserve", ())]
        more = [(reserve, await _first(reserve)) for reserve in reserves]
        tried += more
        brief, outcome = next(iter(await _able(more)), (brief, outcome))
    read = {"genie": _conversations(tried), "question": brief.question}
    return read | await _answered(brief, outcome)


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
        state.get("refined", ""),
    )


def _alone(brief: Brief) -> Brief:
    """For a product that was not talked about: what was heard as a follow-up is a question of its own there."""
    return replace(brief, question=replace(brief.question, follow_up=False))


def _of(product: DataProduct, tables: Sequence[Table]) -> tuple[Table, ...]:
    own = {table.ref.key for table in product.tables}
    return tuple(table for table in tables if table.ref.key in own)


# ── Who writes it ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _outcomes(briefs: Sequence[Brief], draft: Draft | None) -> list[Outcome]:
    """One outcome a product; two spaces are asked at the same time."""
    if draft is not None:
        return [draft, *(Missing("") for _ in briefs[1:])]
    return list(await asyncio.gather(*(_first(brief) for brief in briefs)))


async def _first(brief: Brief) -> Outcome:
    if brief.product.space and brief.context.analyst:
        return await ask_genie(brief)
    if brief.context.model is None:
        return Failed(NotFound("no Genie space and no model", reason="no_space"))
    return await ask_model(brief) or Failed(Unavailable("no usable answer from the model"))


async def _second_opinion(brief: Brief, outcome: Outcome) -> Outcome:
    """A model is asked where Genie failed or could not read the question; what it cannot write leaves Genie's word."""
    genie_spoke = brief.context.analyst is not None and bool(brief.product.space)
    if not genie_spoke or not (_is_lost(outcome) or isinstance(outcome, Failed)):
        return outcome
    second = await ask_model(brief)
    return second if isinstance(second, Draft) else outcome


def _is_lost(outcome: Outcome) -> bool:
    """True when this product does not hold the answer, as far as its author can tell."""
    match outcome:
        case SaidByGenie(asks=asks):
            return not asks
        case Failed(error):
            return isinstance(error, BadQuery)
        case _:
            return isinstance(outcome, Missing)


async def _able(tried: Sequence[tuple[Brief, Outcome]]) -> list[tuple[Brief, Outcome]]:
    """Those with a draft that the guard passes: of several Genies, these can answer."""
    drafted = [(brief, outcome) for brief, outcome in tried if isinstance(outcome, Draft)]
    return [pair for pair in drafted if await passes(pair[0].context, pair[1].sql, pair[0].tables)]


def _differing(able: list[tuple[Brief, Outcome]]) -> list[tuple[Brief, Outcome]]:
    """The best product alone where all would run the very same SQL, as products do that publish the same table."""
    statements = {fold(outcome.sql) for _, outcome in able if isinstance(outcome, Draft)}
    return able[:1] if len(statements) == 1 else able


def _nearest(tried: Sequence[tuple[Brief, Outcome]]) -> tuple[Brief, Outcome]:
    """Where none would run as it is: a draft to be repaired, else a Genie that asks back, else the better product's."""
    return min(tried, key=lambda pair: _rank(pair[1]))


def _rank(outcome: Outcome) -> int:
    match outcome:
        case Draft():
            return 0
        case SaidByGenie(asks=True):
            return 1
        case _:
            return 2


def _conversations(tried: Sequence[tuple[Brief, Outcome]]) -> str:
    """Those of this turn alone: another one's last word is not what a later follow-up would change."""
    text = ""
    for brief, outcome in tried:
        begun = outcome.conversation if isinstance(outcome, Draft | SaidByGenie) else ""
        if conversation := begun or brief.conversation:
            text = with_conversation(text, brief.context.turn.user, brief.product.space, conversation)
    return text


# ── What becomes of it ────────────────────────────────────────────────────────────────────────────────────────────────


async def _answered(brief: Brief, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Draft() as draft:
            return await _queried(brief, draft)
        case SaidByGenie() as said:
            return _passed_on(brief, said)
        case Missing(words):
            instead = instead_of(written_words(words), brief.tables)
            return {"reply": sorry(brief.question.language, "not_in_tables", brief.product, instead, words=words)}
        case Failed(error):
            return _failed(brief, error)


async def _queried(brief: Brief, draft: Draft) -> dict[str, Any]:
    """Runs the draft; a rejected or failing statement goes back to its author with the reason, as often as allowed."""
    for left in range(brief.context.budget.repairs, -1, -1):
        try:
            ran = await _run(brief, draft)
        except BadQuery as error:
            repaired = await _repaired(brief, draft, error) if left else None
            if repaired is None:
                return {"reply": sorry(brief.question.language, "bad_query", brief.product)}
            draft = repaired
        except Refused:
            return {"reply": sorry(brief.question.language, "refused_product", brief.product)}
        else:
            return {"products": (brief.product,), "draft": draft, "result": ran.result, "reading": ran.reading}
    raise AssertionError("unreachable")


async def _run(brief: Brief, draft: Draft) -> Ran:
    ran = await run(brief.context, draft.sql, brief.tables, agent="genie", report=brief.report)
    return await counted(brief.context, ran, brief.tables, agent="genie", report=brief.report)


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
        language = brief.question.language
        suggested = examples((brief.product,), language, brief.question.text)
        instead = instead_of(not_read(brief.question.text, said.text, brief.tables), brief.tables)
        return {"reply": Answer(language, SmallTalk("said", said.text, brief.product, instead), suggested)}
    options = [(words, words[:LONGEST], "") for words in said.suggestions[:OPTIONS]]
    return dict(
        asked_back(
            "genie", brief.question, options, turn_id=brief.context.turn.id, text=said.text, product=brief.product
        )
    )


def _failed(brief: Brief, error: Unavailable | Refused | NotFound | BadQuery) -> dict[str, Any]:
    if isinstance(error, Unavailable):
        raise error
    reasons = {Refused: "refused_product", NotFound: "no_space", BadQuery: "genie_failed"}
    return {"reply": sorry(brief.question.language, reasons[type(error)], brief.product)}
