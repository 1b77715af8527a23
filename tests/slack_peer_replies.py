"""Replies to show in Slack, and a turn through the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.slack.address import Spot
from agents.domain import Answer, Figures, Filter, Reply, ReplyTo, Sensitivity, Turn
from tests.green_energy import FRANCE, by_month, months
from tests.slack_peer import Bot, elements, mention

ROWS = months(9)
PERIOD = Filter("month", "between", ("2025-01", "2025-09"))


def figures(rows=ROWS, *, sensitivity=Sensitivity.INTERNAL, filters=(FRANCE, PERIOD), **more: Any) -> Figures:
    """Green energy by month."""
    return by_month(rows, filters, sensitivity, **more)


ANSWER = Answer("en", figures(), ("And in Germany?",))


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
