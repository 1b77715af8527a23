"""Replies to show in Slack, and a turn through the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from adapters.slack.address import Spot
from agents.domain import (
    Answer,
    Clarification,
    Column,
    DataProduct,
    Draft,
    Figures,
    Filter,
    Lifecycle,
    Option,
    Reading,
    Reply,
    ReplyTo,
    Sensitivity,
    SqlResult,
    Table,
    TableRef,
    Turn,
)
from tests.slack_peer import Bot, elements, mention

REF = TableRef("main", "energy", "green_energy")
COUNTRY = Column("country", "string", label="Country")
MWH = Column("mwh", "decimal(18,3)", label="Green", unit="MWh")
TABLE = Table(REF, (Column("month", "string", label="Month"), COUNTRY, MWH))
URL = "https://mesh.example.org/products/energy-usage"
PRODUCT = DataProduct(
    "energy-usage", "Energy usage", "energy", owner="energy-team", url=URL, tables=(TABLE,), documentation=95,
    lifecycle=Lifecycle.ACTIVE,
)  # fmt: skip
SQL = "SELECT month, SUM(mwh) AS mwh FROM green_energy WHERE country = 'France' GROUP BY month"
ROWS = tuple((f"2025-{month:02d}", Decimal(1000 * month)) for month in range(1, 10))
FRANCE = Filter("country", "=", ("France",))
PERIOD = Filter("month", "between", ("2025-01", "2025-09"))


def figures(rows=ROWS, *, sensitivity=Sensitivity.INTERNAL, filters=(FRANCE, PERIOD), **more: Any) -> Figures:
    """Green energy by month."""
    result = SqlResult(SQL, ("month", "mwh"), ("string", "decimal(18,3)"), rows, as_whom="asker")
    draft = Draft(SQL, space="space", conversation="talk", message="words")
    product = replace(PRODUCT, sensitivity=sensitivity)
    return Figures(result, Reading((REF,), filters, (), ("month",)), (product,), (TABLE,), draft=draft, **more)


ANSWER = Answer("en", figures(), ("And in Germany?",))
WHICH = Clarification("en", "product", (Option("k1", "Energy usage", "energy"), Option("k2", "Wind parks")))


async def asked(bot: Bot, event: Mapping[str, Any] | None = None) -> tuple[Turn, ReplyTo]:
    """The turn of an event and where its reply goes."""
    assert await bot.event(event or mention("green energy by month?")) == 200
    return bot.inbox.turns[-1]


async def finished(bot: Bot, reply: Reply) -> dict[str, Any]:
    """The latest turn, from placeholder to reply; the message that stands there now, or the whisper."""
    turn, to = bot.inbox.turns[-1]
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.finish(to, placeholder, reply, turn)
    spot = Spot.of(placeholder)
    return bot.peer.whispers[-1] if spot.way == "hook" else bot.peer.messages[spot.channel, spot.ts]


async def answered(bot: Bot, reply: Reply = ANSWER, event: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole turn."""
    await asked(bot, event)
    return await finished(bot, reply)


def kinds(message: Mapping[str, Any]) -> list[str]:
    """The types of its blocks."""
    return [block["type"] for block in message["blocks"]]


def buttons(message: Mapping[str, Any]) -> list[str]:
    """The action_ids on it."""
    return [one["action_id"] for one in elements(message)]
