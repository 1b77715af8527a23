"""The only place that names concrete classes: settings in, a running findata out. Everything else knows ports."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.client import DatabricksOptions, Workspace
from adapters.databricks.genie import Genie
from adapters.databricks.identity import Credentials
from adapters.databricks.warehouse import SqlWarehouse, WarehouseLimits
from adapters.marketplace.index import SearchedMarketplace
from adapters.model import build_chat_model, close, serving_url
from adapters.redis.client import Clients
from adapters.redis.keys import Bounds
from adapters.redis.limits import RedisBucket
from adapters.redis.memory import RedisMemory
from adapters.redis.statements import RedisStatements
from adapters.redis.store import RedisStore
from adapters.redis.turns import RedisTurns
from agents import graph
from agents.budget import Breaker, Budget
from agents.domain import Turn, User
from agents.ports import Guard, Platform
from agents.reach import Spans
from agents.state import Context
from bot import garbage_collection, traces
from bot.conversations import Conversations
from bot.identities import credentials, operator, sign_in
from bot.marketplaces import marketplace
from bot.settings import Settings
from bot.signin import SignIn
from bot.storage import redis
from bot.tools import AskersTools

Whose = Callable[[Settings, RedisStore], Credentials]
CHAT = "chat"  # the lane of turns that come from chat platforms, which any server may answer
DAY = 24 * 3600
ASKER: ContextVar[User] = ContextVar("asker")
"""Whose turn this task runs: the chat model is asked with their token. No default, so that nobody's stays nobody's."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The outside systems, each behind its adapter; nothing has been asked of them yet."""

    clients: Clients
    store: RedisStore
    credentials: Credentials
    workspace: Workspace
    warehouse: SqlWarehouse
    catalog: UnityCatalog
    genie: Genie
    marketplace: SearchedMarketplace


@dataclass(frozen=True, slots=True)
class App:
    """What is running. `sign_in` is there where each asker links an identity of their own; `leaving`: told to stop."""

    conversations: Conversations
    parts: Parts
    sign_in: SignIn | None = None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def running(settings: Settings, platforms: Mapping[str, Platform], *, lane: str = CHAT) -> AsyncIterator[App]:
    """Everything wired, warmed and answering until the block ends. Raises BotError or WrongUsage at the start.

    In a lane of its own whoever sits at the terminal asks, with the operator's rights.
    """
    async with AsyncExitStack() as stack:
        made = await parts(settings, stack, whose=credentials if lane == CHAT else operator)
        app = await ready(settings, made, platforms, stack, lane=lane)
        app.conversations.start()
        stack.push_async_callback(app.conversations.close, settings.server.drain_seconds)
        yield app


async def ready(
    settings: Settings,
    made: Parts,
    platforms: Mapping[str, Platform],
    stack: AsyncExitStack,
    *,
    lane: str = CHAT,
    guard: Guard | None = None,
) -> App:
    """Warmed, and not answering before `conversations.start()`. Raises BotError when something is not reachable."""
    model, *_ = await asyncio.gather(_model(settings, made.workspace), made.workspace.warm(), made.marketplace.sync())
    if model is not None:
        stack.push_async_callback(close, model)
    tools = _tools(settings, made, stack) if model is not None else None
    linking = sign_in(settings, made.workspace, made.store)
    memory = RedisMemory(made.clients.worker, prefix=settings.redis.prefix, ttl=settings.redis.days * DAY)
    spans = traces.to(str(settings.server.otlp_endpoint)) if settings.server.otlp_endpoint else traces.Traces()
    stack.push_async_callback(spans.close)
    conversations = Conversations(
        _turns(settings, made, lane),
        platforms,
        graph.build(memory),
        _contexts(settings, made, model, tools, guard),
        memory,
        language=settings.server.language,
        seconds=settings.server.turn_seconds,
        traces=spans,
        connect=linking if lane == CHAT else None,
    )
    garbage_collection.freeze_and_tune()
    return App(conversations, made, linking)


async def parts(settings: Settings, stack: AsyncExitStack, *, whose: Whose = credentials) -> Parts:
    """Connects nothing yet but an embedded Valkey; `stack` closes what was made."""
    clients = redis(settings, stack)
    store = RedisStore(clients.worker, prefix=settings.redis.prefix)
    rights = whose(settings, store)
    options = DatabricksOptions(settings.databricks.host, settings.databricks.warehouse_id)
    workspace = Workspace(options, rights, threads=settings.databricks.threads)
    stack.callback(workspace.close)
    limits = WarehouseLimits(deadline=settings.server.turn_seconds, connections=settings.databricks.connections)
    statements = RedisStatements(clients.worker, prefix=settings.redis.prefix)
    warehouse = SqlWarehouse(workspace, statements=statements, limits=limits)
    stack.push_async_callback(warehouse.close)
    market = marketplace(settings, rights, stack)
    catalog = UnityCatalog(workspace, warehouse=warehouse)
    return Parts(clients, store, rights, workspace, warehouse, catalog, _genie(settings, workspace, clients), market)


def _genie(settings: Settings, workspace: Workspace, clients: Clients) -> Genie:
    bucket = RedisBucket(clients.worker, settings.databricks.genie_per_minute, prefix=settings.redis.prefix)
    return Genie(workspace, bucket=bucket, seconds=settings.databricks.genie_seconds)


def _turns(settings: Settings, made: Parts, lane: str) -> RedisTurns:
    bounds = Bounds(
        waiting=settings.server.queue, per_minute=settings.server.turns_per_minute, replicas=settings.redis.replicas
    )
    return RedisTurns(
        made.clients, prefix=settings.redis.prefix, lane=lane, bounds=bounds, concurrency=settings.server.workers
    )


def _contexts(
    settings: Settings, made: Parts, model: BaseChatModel | None, tools: AskersTools | None, guard: Guard | None
) -> Callable[[Turn], Context]:
    """What each turn is run with; the ports are shared, what a turn spends is its own."""
    breaker, spans = Breaker(), Spans()
    budget = Budget(
        model_calls=settings.model.calls_per_turn, rows=settings.server.rows, call_seconds=settings.model.seconds
    )

    def context_for(turn: Turn) -> Context:
        ASKER.set(turn.user)
        ports = (made.marketplace, made.catalog, made.warehouse, made.genie, model)
        own = tools.of(turn.user) if tools else ()
        return Context(turn, *ports, tools=own, budget=budget, breaker=breaker, spans=spans, guard=guard)

    return context_for


async def _model(settings: Settings, workspace: Workspace) -> BaseChatModel | None:
    if not settings.model.on:
        return None
    own = settings.model.url

    async def key() -> str:
        if own:
            return settings.model.api_key.get_secret_value()
        return (await workspace.credentials.token(ASKER.get())).value

    url = str(own) if own else serving_url(settings.databricks.host)
    return await build_chat_model(settings.model.endpoint, url, key, seconds=settings.model.seconds)


def _tools(settings: Settings, made: Parts, stack: AsyncExitStack) -> AskersTools:
    from adapters.databricks.function_tools import FunctionTools

    # Loaded beside the first questions: it takes a second and more.
    loading = asyncio.create_task(asyncio.to_thread(importlib.import_module, "adapters.databricks.function_client"))
    stack.push_async_callback(asyncio.wait, [loading])
    functions = FunctionTools(made.workspace, made.warehouse, made.catalog, settings.databricks.metadata_schema)
    tools = AskersTools(functions.tools)
    stack.push_async_callback(tools.close)
    return tools
