"""/healthz, /readyz and /metrics: is this process alive, may it be sent questions, and how is it doing?"""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from aiohttp import web

from adapters.redis.client import Unfit
from adapters.redis.client import check as check_redis
from agents.errors import BotError
from bot import wiring
from bot.settings import Settings

OWN_SECONDS = 3.0


def routes(app: wiring.App) -> list[web.RouteDef]:
    """Three pages for operators; they tell no names, no questions and no rows."""

    async def healthz(_: web.Request) -> web.Response:
        """200 while turns are claimed, or the last ones end; else the process is to be started anew."""
        told = {"claiming": app.conversations.alive, "stopping": app.leaving.is_set()}
        return _told(app.conversations.alive or app.leaving.is_set(), told)

    async def readyz(_: web.Request) -> web.Response:
        """200 while a question could be answered: Redis takes writes and the catalogue was read."""
        health = app.parts.marketplace.health()
        redis = await _redis(app)
        return _told(
            redis and health.up and app.conversations.alive and not app.leaving.is_set(),
            {"redis": redis, "products": health.products, "catalogue as of": str(health.as_of or "never")},
        )

    async def metrics(_: web.Request) -> web.Response:
        """Prometheus' text format."""
        return web.Response(
            body=app.conversations.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


def run(found: Settings) -> int:
    """`python -m bot health`: asks the bot of this machine how it is, for a container's HEALTHCHECK."""
    host = "127.0.0.1" if found.server.host in ("0.0.0.0", "::", "") else found.server.host  # noqa: S104 - compared
    asked = http.client.HTTPConnection(host, found.server.port, timeout=OWN_SECONDS)
    try:
        asked.request("GET", "/healthz")
        return 0 if asked.getresponse().status == 200 else 1
    except (http.client.HTTPException, OSError):
        return 1
    finally:
        asked.close()


def _told(good: bool, facts: Mapping[str, object]) -> web.Response:
    return web.json_response({"ok": good, **facts}, status=200 if good else 503)


async def _redis(app: wiring.App) -> bool:
    try:
        await check_redis(app.parts.clients.front)
    except (BotError, Unfit):
        return False
    return True
