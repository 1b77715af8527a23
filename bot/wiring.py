"""The only place that names concrete classes: settings in, a running findata out. Everything else knows ports."""

from __future__ import annotations

import asyncio
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
class App:
    """What is running. `conversations` takes turns; the rest is for health, sign-in and commands."""

    conversations: Conversations
    workspace: Workspace
    marketplace: SearchedMarketplace
    clients: Clients
    credentials: Credentials


@asynccontextmanager
async def running(found: Settings, platforms: Mapping[str, Platform], *, lane: str = "chat") -> AsyncIterator[App]:
    """Everything wired, warmed and answering until the block ends. Raises BotError or MissingSetting at the start."""
    async with AsyncExitStack() as stack:
        clients = connect(_redis_url(found, stack))
        stack.push_async_callback(clients.aclose)
        rights = credentials(found, clients)
        workspace = Workspace(_place(found), rights, threads=found.databricks.threads)
        stack.callback(workspace.close)
        market = _marketplace(found)
        await asyncio.gather(workspace.warm(), market.sync())
        context_for = _contexts(found, workspace, clients, market, stack)
        conversations = _conversations(found, clients, platforms, context_for, lane)
        conversations.start()
        stack.push_async_callback(conversations.close, found.server.drain_seconds)
        yield App(conversations, workspace, market, clients, rights)


def _redis_url(found: Settings, stack: AsyncExitStack) -> str:
    url = found.redis.url.get_secret_value()
    if url:
        return url
    server = embedded.ensure(found.redis.data)
    stack.callback(server.stop)
    return server.url


def _place(found: Settings) -> DatabricksPlace:
    return DatabricksPlace(found.databricks.host, found.databricks.warehouse_id)


def _marketplace(found: Settings) -> SearchedMarketplace:
    block = found.marketplace
    if block.backend != "files" or block.folder is None:
        raise MissingSetting("MARKETPLACE_FOLDER is missing: the folder with the ODPS products and ODCS contracts")
    return SearchedMarketplace(FilesBackend(block.folder), block.product_url)


def _contexts(
    found: Settings, workspace: Workspace, clients: Clients, market: SearchedMarketplace, stack: AsyncExitStack
) -> Callable[[Turn], Context]:
    """What each turn is run with; the ports are shared, what a turn spends is its own."""
    limits = WarehouseLimits(deadline=found.server.turn_seconds, connections=found.databricks.connections)
    warehouse = SqlWarehouse(workspace, statements=RedisStatements(clients.worker), limits=limits)
    stack.push_async_callback(warehouse.close)
    catalog = UnityCatalog(workspace, warehouse=warehouse)
    bucket = RedisBucket(clients.worker, found.databricks.genie_per_minute)
    genie = Genie(workspace, bucket=bucket, seconds=found.databricks.genie_seconds)
    model, breaker = _model(found, workspace), Breaker()
    budget = Budget(model_calls=found.model.calls_per_turn, rows=found.server.rows, call_seconds=found.model.seconds)

    def context_for(turn: Turn) -> Context:
        ASKER.set(turn.user)
        return Context(turn, market, catalog, warehouse, genie, model, budget=budget, breaker=breaker)

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


def _conversations(
    found: Settings,
    clients: Clients,
    platforms: Mapping[str, Platform],
    context_for: Callable[[Turn], Context],
    lane: str,
) -> Conversations:
    memory = RedisMemory(clients.worker, prefix=found.redis.prefix, ttl=found.redis.days * DAY)
    turns = RedisTurns(clients, prefix=found.redis.prefix, lane=lane, concurrency=found.server.workers)
    thinking = graph.build(memory)
    return Conversations(turns, platforms, thinking, context_for, memory, seconds=found.server.turn_seconds)
