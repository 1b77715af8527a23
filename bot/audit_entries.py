"""The audit line of a turn. Without it nobody could say afterwards who read what, with whose rights."""

from __future__ import annotations

import hashlib
from datetime import datetime

from agents.domain import Answer, Apology, Clarification, Explanation, Figures, ProductDescription, Reply
from agents.ports import Claim, Entry


def entry(claim: Claim, reply: Reply, *, at: datetime, seconds: float, outcome: str = "") -> Entry:
    """Everything of the turn that is to be kept: no rows, no question. `outcome` overrides what the reply says."""
    turn, read = claim.turn, _read(reply)
    return Entry(
        at=at,
        turn=turn.id,
        conversation=turn.conversation.key,
        user=turn.user.key,
        outcome=outcome or outcome_of(reply),
        seconds=round(seconds, 3),
        attempt=claim.attempt,
        products=read.products if read else _products(reply),
        tables=read.tables if read else (),
        sql=read.sql if read else "",
        sql_hash=hashlib.sha256(read.sql.encode("utf-8", "replace")).hexdigest() if read else "",
        rows=read.rows if read else 0,
        as_whom=read.as_whom if read else "",
        reference=reply.reference if isinstance(reply, Apology) else "",
    )


def outcome_of(reply: Reply) -> str:
    """One word for metrics and audit."""
    match reply:
        case Answer():
            return "answered"
        case Clarification():
            return "asked back"
        case Apology():
            return reply.reason


class _Read:
    """What a statement has read."""

    def __init__(self, figures: Figures) -> None:
        self.products = tuple(product.id for product in figures.products)
        self.tables = tuple(str(table) for table in figures.reading.tables)
        self.sql = figures.result.sql
        self.rows = len(figures.result.rows)
        self.as_whom = figures.result.as_whom


def _read(reply: Reply) -> _Read | None:
    return _Read(reply.body) if isinstance(reply, Answer) and isinstance(reply.body, Figures) else None


def _products(reply: Reply) -> tuple[str, ...]:
    if not isinstance(reply, Answer):
        return ()
    match reply.body:
        case ProductDescription(product=product):
            return (product.id,)
        case Explanation(products=products):
            return tuple(product.id for product in products)
        case _:
            return ()
