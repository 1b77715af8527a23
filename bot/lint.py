"""`python -m bot lint`: how well a folder of products and contracts is documented, and what in it cannot be read."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.marketplace.cleaning import is_placeholder
from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import Health, SearchedMarketplace
from agents.domain import DataProduct
from agents.errors import BotError

THIN = 60  # below it, answers carry a warning


def run(folder: Path) -> int:
    """Prints a score and what is missing for each product, worst first. Exit code 1 when a file has a problem."""
    if not folder.is_dir():
        sys.stderr.write(f"There is no folder {folder}.\n")
        return 2
    try:
        products, health = asyncio.run(_read(folder))
    except BotError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    screen = Console(highlight=False)
    screen.print(_scores(products))
    for problem in health.problems:
        screen.print(f"[red]✗[/] [bold]{escape(problem.where)}[/]  {escape(problem.what)}")
    thin = sum(product.documentation < THIN for product in products)
    mean = sum(product.documentation for product in products) / max(1, len(products))
    screen.print(
        f"{len(products)} products, documented to {mean:.0f} % on average, {thin} below {THIN} %; "
        f"{len(health.problems)} problems"
    )
    return 1 if health.problems or not products else 0


async def _read(folder: Path) -> tuple[list[DataProduct], Health]:
    market = SearchedMarketplace(FilesBackend(folder))
    await market.sync()
    products = sorted(await market.products(), key=lambda product: (product.documentation, product.id))
    return products, market.health()


def _scores(products: list[DataProduct]) -> Table:
    table = Table("%", "product", "what is missing", show_edge=False, header_style="bold")
    for product in products:
        colour = "green" if product.documentation >= THIN else "red"
        score = f"[{colour}]{product.documentation}[/]"
        table.add_row(score, escape(product.id), escape("; ".join(missing(product))))
    return table


def missing(product: DataProduct) -> list[str]:
    """What would raise its score, in the order of what it is worth."""
    columns = [column for table in product.tables for column in table.columns]
    bare = [it for it in columns if is_placeholder(it.description or it.label, it.name)]
    tables = [table.ref.name for table in product.tables if is_placeholder(table.description, table.ref.name)]
    wanted = {
        f"{len(bare)} of {len(columns)} columns without description": bool(bare),
        "no columns": not columns,
        "no owner": not product.owner,
        "no description": is_placeholder(product.description, product.name),
        f"tables without description: {', '.join(tables[:3])}": bool(tables),
        "no tables": not product.tables,
        "no service levels": not product.sla,
        "no verified questions": not product.examples,
        "no synonyms": not product.synonyms,
    }
    return [what for what, is_so in wanted.items() if is_so]
