"""`python -m bot audit`: who asked when, what was read with whose rights, what came of it. No questions, no rows."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.redis.audit import RedisAudit
from agents.errors import BotError
from bot.settings import Settings
from bot.storage import redis

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SHOWN = ("at", "user", "outcome", "seconds", "products", "rows", "as_whom", "reference")


def moment(text: str) -> datetime:
    """30m, 12h, 1d, 2w ago, or a date such as 2025-11-03. Raises ValueError."""
    if span := re.fullmatch(r"(\d{1,6})([mhdw])", text.strip()):
        return datetime.now(UTC) - timedelta(**{UNITS[span[2]]: int(span[1])})
    given = datetime.fromisoformat(text.strip())
    return given if given.tzinfo else given.astimezone()


def run(settings: Settings, since: datetime, *, as_json: bool) -> int:
    """Prints the trail, oldest first: a table, or one JSON object a line with the SQL. Exit code 1 without Redis."""
    try:
        asyncio.run(_print(settings, since, as_json=as_json))
    except BotError as error:
        sys.stderr.write(f"The audit trail cannot be read: {error}\n")
        return 1
    return 0


async def _print(settings: Settings, since: datetime, *, as_json: bool) -> None:
    table = Table(*SHOWN, show_edge=False, header_style="bold")
    async with AsyncExitStack() as stack:
        clients = redis(settings, stack)
        async for entry in RedisAudit(clients.worker, prefix=settings.redis.prefix).since(since):
            if as_json:
                sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
            else:
                table.add_row(*(_cell(entry, name) for name in SHOWN))
    if not as_json:
        Console(highlight=False).print(table if table.rows else f"No turn since {since:%Y-%m-%d %H:%M %Z}.")


def _cell(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name, "")
    if isinstance(value, list):
        return escape(", ".join(map(str, value)))
    return escape(str(value)[:19] if name == "at" else str(value))
