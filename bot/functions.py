"""`python -m bot functions install`: what models look things up with, put into the workspace by whoever may do so."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack

from rich.console import Console
from rich.markup import escape

from adapters.databricks.installation import Installation
from agents.errors import BadQuery, BotError, NotConnected, Refused
from bot import wiring
from bot.identities import OPERATOR, operator
from bot.settings import Settings, WrongUsage


def run(settings: Settings) -> int:
    """Writes tables and functions into DATABRICKS_METADATA_SCHEMA, telling each as it is there. Exit code 1 if not."""
    if not settings.databricks.on:
        raise WrongUsage("DATABRICKS_HOST is missing: functions are installed in a workspace")
    screen = Console(highlight=False)
    try:
        names = asyncio.run(_install(settings, screen))
    except (BotError, ValueError) as error:
        sys.stderr.write(f"Nothing more was installed: {error}\n{_hint(error, settings.databricks.metadata_schema)}\n")
        return 1
    screen.print(f"[green]{len(names)} functions[/] are in {settings.databricks.metadata_schema}.")
    screen.print(
        f"Now let the askers use them: GRANT USE SCHEMA, EXECUTE ON SCHEMA {settings.databricks.metadata_schema} TO …"
    )
    return 0


async def _install(settings: Settings, screen: Console) -> tuple[str, ...]:
    async with AsyncExitStack() as stack:
        parts = await wiring.parts(settings, stack, whose=operator)
        screen.print(
            f"as [bold]{escape(await parts.workspace.whom(OPERATOR))}[/] in {settings.databricks.metadata_schema}"
        )
        installation = Installation(parts.workspace, parts.warehouse, OPERATOR, settings.databricks.metadata_schema)
        products = await parts.marketplace.products()
        return await installation.install(products, lambda line: screen.print(f"  [green]✓[/] {escape(line)}"))


def _hint(error: Exception, schema: str) -> str:
    match error:
        case NotConnected():
            return "DATABRICKS_TOKEN, or the service principal's id and secret, are not accepted."
        case Refused():
            return f"The identity needs USE CATALOG, CREATE SCHEMA, CREATE TABLE and CREATE FUNCTION for {schema}."
        case BadQuery():
            return f"Does the catalog of DATABRICKS_METADATA_SCHEMA={schema} exist?"
        case _:
            return "`python -m bot check` looks at everything that this needs."
