"""The marketplace that is configured, behind its index; only its own backend is imported."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.identity import Credentials
from adapters.databricks.warehouse import SqlWarehouse
from adapters.marketplace.index import SearchedMarketplace
from adapters.marketplace.listing import Backend
from agents.domain import User
from bot.identities import crawler
from bot.settings import Settings, WrongUsage

CRAWLER = User("findata", "", "catalogue")
MOST_ROWS = 1_000_000  # of metadata


def marketplace(settings: Settings, rights: Credentials, stack: AsyncExitStack) -> SearchedMarketplace:
    """Nothing is read yet; `stack` closes it. Raises WrongUsage when its settings are not complete."""
    block = settings.marketplace
    market = SearchedMarketplace(_backend(settings, rights, stack), block.product_url, block.refresh_seconds)
    stack.push_async_callback(market.close)
    return market


def _backend(settings: Settings, rights: Credentials, stack: AsyncExitStack) -> Backend:
    match settings.marketplace.backend:
        case "files":
            return _files(settings)
        case "entropy":
            return _entropy(settings, stack)
        case "databricks":
            return _databricks(settings, rights, stack)


def _files(settings: Settings) -> Backend:
    from adapters.marketplace.files import FilesBackend

    if settings.marketplace.folder is None:
        raise WrongUsage("MARKETPLACE_FOLDER is missing: the folder with the ODPS products and ODCS contracts")
    return FilesBackend(settings.marketplace.folder, settings.marketplace.environment)


def _entropy(settings: Settings, stack: AsyncExitStack) -> Backend:
    from adapters.marketplace.entropy import EntropyBackend
    from adapters.marketplace.entropy_api import EntropyApi

    api = EntropyApi(str(settings.marketplace.url), settings.marketplace.api_key.get_secret_value())
    stack.push_async_callback(api.close)
    return EntropyBackend(api, settings.marketplace.environment)


def _databricks(settings: Settings, rights: Credentials, stack: AsyncExitStack) -> Backend:
    """Reads as the crawler does: what an asker may see is looked up for each of them, later and elsewhere."""
    from adapters.marketplace.databricks import UnityCatalogBackend

    options = DatabricksOptions(settings.databricks.host, settings.databricks.warehouse_id)
    workspace = Workspace(options, crawler(settings, rights), threads=2)
    stack.callback(workspace.close)
    warehouse = SqlWarehouse(workspace)
    stack.push_async_callback(warehouse.close)

    async def run_sql(sql: str) -> Sequence[Sequence[object]]:
        return (await warehouse.query(CRAWLER, sql, rows=MOST_ROWS))[1]

    return UnityCatalogBackend(run_sql)
