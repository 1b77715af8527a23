"""The Redis that is configured, or an embedded Valkey where none is; apart, so that small commands load little."""

from __future__ import annotations

from contextlib import AsyncExitStack

from adapters.redis import embedded
from adapters.redis.client import Clients, connect
from bot.settings import Settings, WrongUsage


def redis(settings: Settings, stack: AsyncExitStack) -> Clients:
    """Clients of it, nothing sent yet; `stack` closes them. Raises WrongUsage, RuntimeError."""
    url = settings.redis.url.get_secret_value()
    if not url:
        server = embedded.ensure(settings.redis.data)
        stack.callback(server.stop)
        url = server.url
    try:
        clients = connect(url)
    except ValueError as error:
        raise WrongUsage(
            "REDIS_URL: redis://, rediss://, unix://, redis+sentinel:// or redis+cluster:// is understood"
        ) from error
    stack.push_async_callback(clients.aclose)
    return clients
