"""Connections to Redis. Without this module each user of it would inherit redis-py's defaults: one minute to fail.

Three clients, because they must fail differently: `front` at once (a platform waits for its acknowledgement), `worker`
after a few tries (every command it sends may safely be sent twice), `reader` only later, because it blocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis, RedisCluster, Sentinel, SentinelConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import RedisError, ResponseError

from adapters.redis.gathering import GatheringRedis
from agents.errors import Unavailable

OLDEST = (6, 2)
PROBE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How one client behaves when the server does not. Times in seconds."""

    connections: int
    answer_within: float
    retries: int
    pause: float = 0.05  # before the first retry, twice as long before each further one


FRONT = ClientOptions(connections=32, answer_within=0.8, retries=0)
WORKER = ClientOptions(connections=32, answer_within=5.0, retries=3)
READER = ClientOptions(connections=8, answer_within=4.0, retries=0)  # longer than any command blocks


@dataclass(frozen=True, slots=True)
class Clients:
    """The three clients of one server."""

    front: Redis
    worker: Redis
    reader: Redis
    sentinels: tuple[Redis, ...] = ()

    async def aclose(self) -> None:
        """Closes every connection."""
        for client in (self.front, self.worker, self.reader, *self.sentinels):
            await client.aclose()


def connect(url: str) -> Clients:
    """Clients for redis://, rediss:// (TLS), unix://, redis+sentinel://host,host/service or redis+cluster://host.

    Nothing is sent yet. Raises ValueError for any other address.
    """
    if urlsplit(url).scheme.endswith("+sentinel"):
        return _behind_sentinels(url)
    return Clients(_client(url, FRONT), _client(url, WORKER), _client(url, READER))


def _client(url: str, client_options: ClientOptions) -> Redis:
    scheme = urlsplit(url).scheme
    if scheme.endswith("+cluster"):
        # RedisCluster has the commands of Redis without being one.
        return cast("Redis", _cluster(url, client_options))
    if scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"{scheme or 'this'} is not a kind of Redis address")
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=client_options.connections,
        timeout=client_options.answer_within,
        legacy_responses=False,
        decode_responses=False,
        **_options(client_options),
    )
    return GatheringRedis.of(pool)


def _retry(client_options: ClientOptions) -> Retry:
    if client_options.retries == 0:
        return Retry(NoBackoff(), 0)
    return Retry(ExponentialWithJitterBackoff(cap=0.5, base=client_options.pause), client_options.retries)


def _options(client_options: ClientOptions) -> dict[str, object]:
    return {
        "retry": _retry(client_options),
        "socket_timeout": client_options.answer_within,
        "socket_connect_timeout": client_options.answer_within,
        "health_check_interval": PROBE_SECONDS,
    }


def _behind_sentinels(url: str) -> Clients:
    """redis+sentinel://user:password@host:port,host:port/service?db=0; rediss+sentinel:// for TLS to the servers."""
    parts = urlsplit(url)
    account, _, hosts = parts.netloc.rpartition("@")
    user, _, password = account.partition(":")
    wish = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    known = {
        "db": int(wish.get("db", "0")),
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "legacy_responses": False,
        "ssl": parts.scheme == "rediss+sentinel",
    }
    watch = _watch([_host(host, 26379) for host in hosts.split(",")])
    service = parts.path.strip("/") or "mymaster"
    front, worker, reader = (
        _led_by(watch, service, known, client_options) for client_options in (FRONT, WORKER, READER)
    )
    return Clients(front, worker, reader, tuple(watch.sentinels))


class _Watch(Protocol):
    """Sentinel, which is not typed."""

    sentinels: tuple[Redis, ...]


def _watch(hosts: list[tuple[str, int]]) -> _Watch:
    make = cast("Callable[..., _Watch]", Sentinel)
    return make(
        hosts, sentinel_kwargs={"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}
    )


def _led_by(watch: _Watch, service: str, known: Mapping[str, object], client_options: ClientOptions) -> Redis:
    """A client of whichever server is the primary now. This pool does not wait for a free connection: it needs more."""
    make = cast("Callable[..., ConnectionPool]", SentinelConnectionPool)
    options = {**_options(client_options), **known, "max_connections": 8 * client_options.connections}
    return GatheringRedis.of(make(service, watch, **options))


def _host(text: str, port: int) -> tuple[str, int]:
    host, _, given = text.partition(":")
    return host, int(given or port)


def _cluster(url: str, client_options: ClientOptions) -> RedisCluster:
    plain = url.replace("+cluster", "", 1)
    return RedisCluster.from_url(
        plain,
        max_connections=client_options.connections,
        socket_timeout=client_options.answer_within,
        socket_connect_timeout=client_options.answer_within,
        retry=_retry(client_options),
        legacy_responses=False,
    )


@contextmanager
def reaching(what: str) -> Iterator[None]:
    """Turns whatever Redis raises into Unavailable; `what` says in the log what was tried.

    A cancellation that got lost on the way is raised after all: on Python 3.11 `asyncio.wait_for`, which redis-py sends
    every command with, swallows one that comes just when the command is out. A node of the graph would then go on
    after Stop, and its statement with it.
    """
    before = _cancellations()
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable(f"{what}: {type(error).__name__}: {error}") from error
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    """How often this task was asked to end; a task that tidies up has been asked already."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


class Unfit(Exception):
    """The configured server would lose questions; the text says why and what to change."""


async def check(client: Redis) -> str:
    """The server's version. Raises Unfit when it is too old, may evict or cannot be written; Unavailable when down."""
    with reaching("start-up check"):
        facts = await client.info()
        version = str(facts.get("redis_version", "0"))
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
            raise Unfit(f"Redis {version} is too old: 6.2 or newer is needed")
        policy = facts.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise Unfit(f"maxmemory-policy is {policy}: set it to noeviction, or waiting questions may be dropped")
        await _write(client)
    return str(facts.get("valkey_version") or version)


async def _write(client: Redis) -> None:
    try:
        await client.set("findata:probe", "1", ex=PROBE_SECONDS)
    except ResponseError as error:
        raise Unfit(f"the server takes no writes: {error}") from error
