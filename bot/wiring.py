"""The only place that names concrete classes: settings in, a running findata out. Everything else knows ports."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import DatabricksPlace, Workspace
from adapters.databricks.genie import Genie
from adapters.databricks.identity import Credentials
from adapters.databricks.warehouse import SqlWarehouse, WarehouseLimits
from adapters.marketplace.files import FilesBackend
from adapters.marketplace.index import SearchedMarketplace
from adapters.model import chat_model, serving_url
from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from adapters.redis.keys import Bounds
from adapters.redis.limits import RedisBucket
from adapters.redis.memory import RedisMemory
from adapters.redis.statements import RedisStatements
from adapters.redis.turns import RedisTurns
from agents import graph
from agents.budget import Breaker, Budget
from agents.domain import Turn, User
from agents.ports import Platform
from agents.state import Context
from bot.conversations import Conversations
from bot.identities import credentials
from bot.settings import MissingSetting, Settings

DAY = 24 * 3600
ASKER: ContextVar[User] = ContextVar("asker")
"""Whose turn this task runs: the chat model is asked with their token. No default, so that nobody's stays nobody's."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The outside systems, each behind its adapter; nothing has been asked of them yet."""

    clients: Clients
    credentials: Credentials
    workspace: Workspace
    warehouse: SqlWarehouse
    catalog: UnityCatalog
    marketplace: SearchedMarketplace


@dataclass(frozen=True, slots=True)
class App:
    """What is running."""

    conversations: Conversations
    parts: Parts


@asynccontextmanager
async def running(found: Settings, platforms: Mapping[str, Platform], *, lane: str = "chat") -> AsyncIterator[App]:
    """Everything wired, warmed and answering until the block ends. Raises BotError or MissingSetting at the start."""
    async with AsyncExitStack() as stack:
        made = await parts(found, stack)
        await asyncio.gather(made.workspace.warm(), made.marketplace.sync())
        conversations = _conversations(found, made, platforms, lane)
        conversations.start()
        gc.freeze()  # what was imported stays: it need not be looked through again
        gc.enable()
        stack.push_async_callback(conversations.close, found.server.drain_seconds)
        yield App(conversations, made)


async def parts(found: Settings, stack: AsyncExitStack) -> Parts:
    """Connects nothing yet but an embedded Valkey; `stack` closes what was made."""
    clients = connect(_redis_url(found, stack))
    stack.push_async_callback(clients.aclose)
    rights = credentials(found, clients)
    place = DatabricksPlace(found.databricks.host, found.databricks.warehouse_id)
    workspace = Workspace(place, rights, threads=found.databricks.threads)
    stack.callback(workspace.close)
    limits = WarehouseLimits(deadline=found.server.turn_seconds, connections=found.databricks.connections)
    warehouse = SqlWarehouse(workspace, statements=RedisStatements(clients.worker), limits=limits)
    stack.push_async_callback(warehouse.close)
    market = _marketplace(found)
    stack.push_async_callback(market.close)
    return Parts(clients, rights, workspace, warehouse, UnityCatalog(workspace, warehouse=warehouse), market)


def _redis_url(found: Settings, stack: AsyncExitStack) -> str:
    url = found.redis.url.get_secret_value()
    if url:
        return url
    server = embedded.ensure(found.redis.data)
    stack.callback(server.stop)
    return server.url


def _marketplace(found: Settings) -> SearchedMarketplace:
    block = found.marketplace
    if block.backend != "files" or block.folder is None:
        raise MissingSetting("MARKETPLACE_FOLDER is missing: the folder with the ODPS products and ODCS contracts")
    return SearchedMarketplace(FilesBackend(block.folder), block.product_url)


def _contexts(found: Settings, made: Parts) -> Callable[[Turn], Context]:
    """What each turn is run with; the ports are shared, what a turn spends is its own."""
    bucket = RedisBucket(made.clients.worker, found.databricks.genie_per_minute)
    genie = Genie(made.workspace, bucket=bucket, seconds=found.databricks.genie_seconds)
    model, breaker = _model(found, made.workspace), Breaker()
    budget = Budget(model_calls=found.model.calls_per_turn, rows=found.server.rows, call_seconds=found.model.seconds)

    def context_for(turn: Turn) -> Context:
        ASKER.set(turn.user)
        ports = (made.marketplace, made.catalog, made.warehouse, genie, model)
        return Context(turn, *ports, budget=budget, breaker=breaker)

    return context_for


def _model(found: Settings, workspace: Workspace) -> BaseChatModel | None:
    if not found.model.on:
        return None
    own = found.model.url

    async def key() -> str:
        if own:
            return found.model.api_key.get_secret_value()
        return (await workspace.credentials.token(ASKER.get())).value

    url = str(own) if own else serving_url(found.databricks.host)
    return chat_model(found.model.endpoint, url, key, seconds=found.model.seconds)


def _conversations(found: Settings, made: Parts, platforms: Mapping[str, Platform], lane: str) -> Conversations:
    memory = RedisMemory(made.clients.worker, prefix=found.redis.prefix, ttl=found.redis.days * DAY)
    bounds = Bounds(waiting=found.server.queue, per_minute=found.server.turns_per_minute)
    turns = RedisTurns(
        made.clients, prefix=found.redis.prefix, lane=lane, bounds=bounds, concurrency=found.server.workers
    )
    context_for = _contexts(found, made)
    return Conversations(turns, platforms, graph.build(memory), context_for, memory, seconds=found.server.turn_seconds)
