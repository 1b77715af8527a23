"""`python -m bot check`: walks through everything configured and says what works, what does not, and how to mend it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from rich.console import Console
from rich.markup import escape

from adapters.databricks.check import Check, Finding, Wanted
from adapters.redis.client import Unfit
from adapters.redis.client import check as check_redis
from agents.domain import User
from agents.errors import BotError
from bot import wiring
from bot.settings import MissingSetting, Settings

OPERATOR = User("console", "local", "operator")
MOST_TABLES = 200


def run(found: Settings) -> int:
    """Prints one line a part. Exit code 1 when any of them is not good."""
    return asyncio.run(_walk(found, Console(highlight=False)))


async def _walk(found: Settings, screen: Console) -> int:
    good = True
    async for finding in findings(found):
        good &= finding.ok
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
        screen.print(f"{mark} [bold]{escape(finding.name)}[/]  {escape(finding.what)}")
        if not finding.ok and finding.fix:
            screen.print(f"    [yellow]→ {escape(finding.fix)}[/]")
    screen.print("everything configured works" if good else "[red]something must be mended[/]")
    return 0 if good else 1


async def findings(found: Settings) -> AsyncIterator[Finding]:
    """Redis, marketplace, Databricks, platforms: in the order in which a question needs them."""
    async with AsyncExitStack() as stack:
        try:
            parts = await wiring.parts(found, stack)
        except (BotError, MissingSetting, ValueError, RuntimeError) as error:
            yield Finding("start", False, str(error), "see .env.example")
            return
        yield await _redis(parts)
        yield await _marketplace(parts)
        if found.databricks.on:
            check = Check(parts.workspace, parts.warehouse, OPERATOR)
            async for finding in check.findings(await _wanted(found, parts)):
                yield finding
        else:
            yield Finding("Databricks", False, "not configured", "set DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID")
    for finding in _platforms(found):
        yield finding


async def _redis(parts: wiring.Parts) -> Finding:
    try:
        return Finding("Redis", True, f"version {await check_redis(parts.clients.worker)}, keeps what it is given")
    except (BotError, Unfit) as error:
        return Finding("Redis", False, str(error), "REDIS_URL must name a Redis ≥ 6.2 or Valkey with policy noeviction")


async def _marketplace(parts: wiring.Parts) -> Finding:
    try:
        await parts.marketplace.sync()
    except BotError as error:
        return Finding("marketplace", False, str(error), "see MARKETPLACE_BACKEND, MARKETPLACE_FOLDER, MARKETPLACE_URL")
    health = parts.marketplace.health()
    what = f"{health.products} data products, {health.tables} tables, {len(health.problems)} files with problems"
    return Finding("marketplace", health.products > 0, what, "no data product was found there")


async def _wanted(found: Settings, parts: wiring.Parts) -> Wanted:
    products = await parts.marketplace.products()
    return Wanted(
        spaces=tuple(dict.fromkeys(product.space for product in products if product.space)),
        endpoint=found.model.endpoint if found.model.on and not found.model.url else "",
        schema=found.databricks.metadata_schema if found.model.on else "",
        tables=tuple(table.ref for product in products for table in product.tables)[:MOST_TABLES],
    )


def _platforms(found: Settings) -> list[Finding]:
    on = [name for name, block in (("Slack", found.slack), ("Teams", found.teams)) if block.on]
    fix = "set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN, or TEAMS_APP_ID; `python -m bot ask` needs neither"
    return [Finding("platforms", bool(on), ", ".join(on) or "none configured", fix)]
