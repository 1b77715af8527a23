"""`python -m bot check`: walks through everything configured and says what works, what does not, and how to mend it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from rich.console import Console
from rich.markup import escape

from adapters.databricks.check import Check, Finding, Wanted
from adapters.databricks.identity import Credentials, StaticToken
from adapters.databricks.oauth import AuthorizationServer
from adapters.redis.client import Unfit
from adapters.redis.client import check as check_redis
from adapters.redis.store import RedisStore
from agents.errors import BotError
from bot import check_platforms, wiring
from bot.identities import OPERATOR, credentials, operator
from bot.settings import Settings, WrongUsage

MOST_TABLES = 200


def run(settings: Settings) -> int:
    """Prints one line a part. Exit code 1 when any of them is not good."""
    connector = logging.getLogger("databricks.sql")
    level = connector.level
    connector.setLevel(logging.CRITICAL)  # the findings say it better
    try:
        return asyncio.run(_walk(settings, Console(highlight=False)))
    finally:
        connector.setLevel(level)


async def _walk(settings: Settings, screen: Console) -> int:
    bad = 0
    async for finding in findings(settings):
        bad += not finding.ok
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
        screen.print(f"{mark} [bold]{escape(finding.name)}[/]  {escape(finding.what)}", soft_wrap=True)
        if not finding.ok and finding.fix:
            screen.print(f"    [yellow]→ {escape(finding.fix)}[/]", soft_wrap=True)
    many = "one thing" if bad == 1 else f"{bad} things"
    screen.print(f"[red]{many} must be mended[/]" if bad else "[green]everything configured works[/]")
    return 1 if bad else 0


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Redis, marketplace, Databricks, platforms: in the order in which a question needs them."""
    async with AsyncExitStack() as stack:
        try:
            parts = await wiring.parts(settings, stack, whose=_whose)
        except (BotError, WrongUsage, ValueError, RuntimeError) as error:
            yield Finding("start", False, str(error), "see .env.example")
        else:
            yield await _redis(parts)
            yield await _marketplace(parts)
            async for finding in _workspace(settings, parts):
                yield finding
    async for finding in check_platforms.findings(settings):
        yield finding


def _whose(settings: Settings, store: RedisStore) -> Credentials:
    """The operator's rights; without any, the askers', which is enough for all but the workspace."""
    if not settings.databricks.on:
        return StaticToken("")
    try:
        return operator(settings, store)
    except WrongUsage:
        return credentials(settings, store)


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
    what = f"{health.products} data products, {health.tables} tables, {len(health.problems)} problems in its files"
    return Finding("marketplace", health.products > 0, what, "no data product was found there")


async def _workspace(settings: Settings, parts: wiring.Parts) -> AsyncIterator[Finding]:
    if not settings.databricks.on:
        yield Finding("Databricks", False, "not configured", "set DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID")
        return
    try:
        operator(settings, parts.store)
    except WrongUsage as error:
        what = "not looked at: each asker has an identity of their own, and you gave none"
        yield Finding("Databricks", False, what, str(error))
        return
    try:
        await AuthorizationServer(settings.databricks.host).endpoints()  # open to everybody, and quick to fail
    except BotError as error:
        fix = "DATABRICKS_HOST must be the workspace's address, reachable from here"
        yield Finding("host", False, f"does not answer ({error})", fix)
        return
    check = Check(parts.workspace, parts.warehouse, OPERATOR)
    async for finding in check.findings(await _wanted(settings, parts)):
        yield finding


async def _wanted(settings: Settings, parts: wiring.Parts) -> Wanted:
    products = await parts.marketplace.products() if parts.marketplace.health().up else ()
    return Wanted(
        spaces=tuple(dict.fromkeys(product.space for product in products if product.space)),
        endpoint=settings.model.endpoint if settings.model.on and not settings.model.url else "",
        schema=settings.databricks.metadata_schema if settings.model.on else "",
        tables=tuple(dict.fromkeys(table.ref for product in products for table in product.tables))[:MOST_TABLES],
    )
