"""The marketplace that is configured, behind its index; only its own backend is imported."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from adapters.databricks.client import DatabricksPlace, Workspace
from adapters.databricks.identity import Credentials
from adapters.databricks.warehouse import SqlWarehouse
from adapters.marketplace.index import SearchedMarketplace
from adapters.marketplace.listing import Backend
from agents.domain import User
from bot.identities import crawler
from bot.settings import Settings, WrongUsage

CRAWLER = User("findata", "", "catalogue")
MOST_ROWS = 1_000_000  # of metadata


def marketplace(found: Settings, rights: Credentials, stack: AsyncExitStack) -> SearchedMarketplace:
    """Nothing is read yet; `stack` closes it. Raises WrongUsage when its settings are not complete."""
    block = found.marketplace
    market = SearchedMarketplace(_backend(found, rights, stack), block.product_url, block.refresh_seconds)
    stack.push_async_callback(market.close)
    return market


def _backend(found: Settings, rights: Credentials, stack: AsyncExitStack) -> Backend:
    match found.marketplace.backend:
        case "files":
            return _files(found)
        case "entropy":
            return _entropy(found, stack)
        case "databricks":
            return _databricks(found, rights, stack)


def _files(found: Settings) -> Backend:
    from adapters.marketplace.files import FilesBackend

    if found.marketplace.folder is None:
        raise WrongUsage("MARKETPLACE_FOLDER is missing: the folder with the ODPS products and ODCS contracts")
    return FilesBackend(found.marketplace.folder, found.marketplace.environment)


def _entropy(found: Settings, stack: AsyncExitStack) -> Backend:
    from adapters.marketplace.entropy import EntropyBackend
    from adapters.marketplace.entropy_api import EntropyApi

    api = EntropyApi(str(found.marketplace.url), found.marketplace.api_key.get_secret_value())
    stack.push_async_callback(api.close)
    return EntropyBackend(api, found.marketplace.environment)


def _databricks(found: Settings, rights: Credentials, stack: AsyncExitStack) -> Backend:
    """Reads as the crawler does: what an asker may see is looked up for each of them, later and elsewhere."""
    from adapters.marketplace.databricks import UnityCatalogBackend

    place = DatabricksPlace(found.databricks.host, found.databricks.warehouse_id)
    workspace = Workspace(place, crawler(found, rights), threads=2)
    stack.callback(workspace.close)
    warehouse = SqlWarehouse(workspace)
    stack.push_async_callback(warehouse.close)

    async def run_sql(sql: str) -> Sequence[Sequence[object]]:
        return (await warehouse.query(CRAWLER, sql, rows=MOST_ROWS))[1]

    return UnityCatalogBackend(run_sql)
