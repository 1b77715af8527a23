"""Stands between a bot and a local Slack peer: streaming, the agent's methods, and blocks that the peer can draw.

The bot takes it for Slack's API, the peer for the bot. What goes through is signed again, because response addresses in
it are turned towards us; what only one side knows is answered here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from sandbox.slack.drawing import simple, tasks
from sandbox.slack.forms import filled

OURS = ("assistant.threads.", "agents.sessions.")
TITLE = 256  # characters of a task


class Shim:
    """`peer`: the local Slack; `bot`: where its events go. Both are addresses without a slash at the end."""

    def __init__(self, peer: str, bot: str, secret: str) -> None:
        self.peer, self.bot = peer, bot
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._secret = secret
        self._streams: dict[str, dict[str, dict[str, Any]]] = {}

    def app(self) -> web.Application:
        """/api for the bot, /slack/events for the peer."""
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/slack/events", self.events)
        app.router.add_post("/_hooks/{rest:.*}", self.hook)
        return app

    # ── from the bot ──────────────────────────────────────────────────────────────────────────────────────────────

    async def api(self, request: web.Request) -> web.Response:
        """Streams and the agent's methods are ours; everything else is the peer's, with blocks that it can draw."""
        method = request.match_info["method"]
        if request.content_type != "application/json":
            return await self._passed(request, f"{self.peer}/api/{method}")
        arguments = await request.json()
        self.calls.append((method, arguments))
        token = request.headers.get("Authorization", "")
        if method.endswith("Stream"):
            return web.json_response(await self._stream(method, arguments, token))
        if method.startswith(OURS):
            return web.json_response({"ok": True})
        return web.json_response(await self._ask(method, _drawable(arguments), token))

    async def hook(self, request: web.Request) -> web.Response:
        """What the bot posts to a response_url."""
        body = json.dumps(_drawable(await request.json())).encode()
        url = f"{self.peer}/_hooks/{request.match_info['rest']}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers={"Content-Type": "application/json"}) as told,
        ):
            return web.Response(status=told.status, body=await told.read())

    async def _stream(self, method: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        if method == "chat.startStream":
            return await self._start(arguments, token)
        ts = str(arguments["ts"])
        if ts not in self._streams:
            return {"ok": False, "error": "message_not_in_streaming_state"}
        told = self._told(ts, arguments)
        if told["ok"]:
            blocks = tasks(list(self._streams[ts].values()))
            message = {"channel": arguments["channel"], "ts": ts, "text": "…", "blocks": blocks}
            await self._ask("chat.update", message, token)
        if method == "chat.stopStream":
            del self._streams[ts]
        return told

    async def _start(self, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        if not arguments.get("thread_ts"):
            return {"ok": False, "error": "invalid_arguments"}
        for name in ("recipient_user_id", "recipient_team_id"):
            if not str(arguments["channel"]).startswith("D") and not arguments.get(name):
                return {"ok": False, "error": f"missing_{name}"}
        place = {"channel": arguments["channel"], "thread_ts": arguments["thread_ts"], "text": "…"}
        posted = await self._ask("chat.postMessage", place, token)
        if posted.get("ok"):
            self._streams[str(posted["ts"])] = {}
            await self._stream("chat.appendStream", {**arguments, "ts": posted["ts"]}, token)
        return posted

    def _told(self, ts: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        for chunk in arguments.get("chunks") or []:
            if len(chunk.get("title", "")) > TITLE:
                return {"ok": False, "error": "invalid_chunks"}
            if chunk["type"] == "task_update":
                self._streams[ts].setdefault(chunk["id"], {}).update(chunk)
        return {"ok": True, "ts": ts, "channel": arguments["channel"]}

    async def _ask(self, method: str, arguments: Mapping[str, Any], token: str) -> dict[str, Any]:
        headers = {"Authorization": token}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self.peer}/api/{method}", json=arguments) as told,
        ):
            return dict(await told.json())

    async def _passed(self, request: web.Request, url: str) -> web.Response:
        headers = {key: request.headers[key] for key in ("Authorization", "Content-Type") if key in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, url, params=request.query, data=await request.read(), headers=headers
            ) as told,
        ):
            return web.Response(status=told.status, body=await told.read(), content_type=told.content_type)

    # ── from the peer ─────────────────────────────────────────────────────────────────────────────────────────────

    async def events(self, request: web.Request) -> web.Response:
        """To the bot, with response addresses that lead here."""
        own = f"http://{request.host}"
        raw = await request.read()
        for old, new in ((self.peer, own), (quote(self.peer, safe=""), quote(own, safe=""))):
            raw = raw.replace(old.encode(), new.encode())
        raw = filled(raw)
        stamp = str(int(time.time()))
        signature = hmac.new(self._secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": request.headers.get("Content-Type", ""),
            "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}",
        }  # fmt: skip
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.bot}/slack/events", data=raw, headers=headers) as told,
        ):
            return web.Response(status=told.status, body=await told.read(), content_type=told.content_type)


def _drawable(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The call with simpler blocks, in a message as in a view."""
    made = dict(arguments)
    if made.get("blocks"):
        made["blocks"] = simple(made["blocks"])
    if isinstance(made.get("view"), dict):
        made["view"] = made["view"] | {"blocks": simple(made["view"]["blocks"])}
    return made
