"""/healthz, /readyz and /metrics: is this process alive, may it be sent questions, and how is it doing?"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from adapters.redis.client import Unfit
from adapters.redis.client import check as check_redis
from agents.errors import BotError
from bot import wiring


def routes(app: wiring.App) -> list[web.RouteDef]:
    """Three pages for operators; they tell no names, no questions and no rows."""

    async def healthz(_: web.Request) -> web.Response:
        """200 while turns are claimed, or the last ones end; else the process is to be started anew."""
        told = {"claiming": app.conversations.alive, "stopping": app.leaving.is_set()}
        return _told(told, good=app.conversations.alive or app.leaving.is_set())

    async def readyz(_: web.Request) -> web.Response:
        """200 while a question could be answered: Redis takes writes and the catalogue was read."""
        health = app.parts.marketplace.health()
        redis = await _redis(app)
        return _told(
            {"redis": redis, "products": health.products, "catalogue as of": str(health.as_of or "never")},
            good=redis and health.up and app.conversations.alive and not app.leaving.is_set(),
        )

    async def metrics(_: web.Request) -> web.Response:
        """Prometheus' text format."""
        return web.Response(
            body=app.conversations.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"}
        )

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


def _told(facts: Mapping[str, object], *, good: bool) -> web.Response:
    return web.json_response({"ok": good, **facts}, status=200 if good else 503)


async def _redis(app: wiring.App) -> bool:
    try:
        await check_redis(app.parts.clients.front)
    except (BotError, Unfit):
        return False
    return True
