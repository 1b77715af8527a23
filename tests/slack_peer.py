"""A Slack on loopback that keeps a ledger: alone, or as a shim before a peer that draws but has no streaming.

It answers as Slack does (errors, limits, streams that end), shows what a person would see, and fails on order.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from adapters.slack import SlackOptions, SlackPlatform
from adapters.slack.signature import sign
from agents.domain import ReplyTo, Turn, User
from agents.errors import Unavailable
from agents.ports import Receipt
from tests.memory_store import MemoryStore
from tests.slack_peer_blocks import wrong_with, wrong_with_view

SECRET, TOKEN, BOT, TEAM = "test-signing-secret", "xoxb-test-token", "U0BOT", "T01TEST"
ASKER, OTHER, CHANNEL, DIRECT = "U01ASK", "U02ASK", "C01GEN", "D01DM"


@dataclass
class Fault:
    """What the next `times` calls of a method get instead of an answer."""

    error: str = ""
    status: int = 200
    retry_after: int = 0
    times: int = 1
    lost: bool = False  # the call is done, but its answer never arrives
    only: Callable[[Mapping[str, Any]], bool] = lambda _: True


@dataclass
class Peer:
    """`calls` is the ledger; `messages` what stands in each channel, by ts."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    whispers: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    members: set[str] = field(default_factory=lambda: {CHANNEL, DIRECT})
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    crowds: dict[str, list[str]] = field(default_factory=dict)  # who is in a channel, where we may list them
    page: int = 1000  # of them at most at once
    connections: set[Any] = field(default_factory=set)  # that were opened to us
    streaming: bool = True
    url: str = ""
    tokens: dict[str, tuple[str, str]] = field(default_factory=lambda: {TOKEN: (TEAM, BOT)})
    by_token: list[str] = field(default_factory=list)
    _streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ts: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # ── for tests ─────────────────────────────────────────────────────────────────────────────────────────────────

    def fail(self, method: str, error: str = "", **how: Any) -> None:
        """The next calls of this method fail so."""
        self.faults.setdefault(method, []).append(Fault(error, **how))

    def sent(self, method: str) -> list[dict[str, Any]]:
        """What this method was called with."""
        return [arguments for name, arguments in self.calls if name == method]

    def shown(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """The messages of a channel, oldest first."""
        return [message for (at, _), message in sorted(self.messages.items(), key=lambda i: i[0][1]) if at == channel]

    def expire_streams(self) -> None:
        """As Slack does five minutes after their start."""
        self._streams.clear()

    # ── as Slack ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One method."""
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append((method, arguments))
        self.by_token.append(token)
        self.connections.add(request.transport.get_extra_info("peername") if request.transport else None)
        fault = self._fault(method, arguments)
        if fault and not fault.lost:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return web.json_response({"ok": False, "error": fault.error}, status=fault.status, headers=headers)
        if token not in self.tokens and method not in ("oauth.v2.access",):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        told = self._done(method, arguments, token)
        if fault and fault.lost and request.transport:
            request.transport.abort()
        return web.json_response(told)

    def _fault(self, method: str, arguments: dict[str, Any]) -> Fault | None:
        for fault in self.faults.get(method, []):
            if fault.times and fault.only(arguments):
                fault.times -= 1
                return fault
        return None

    def _done(self, method: str, arguments: dict[str, Any], token: str) -> dict[str, Any]:
        known = getattr(self, "_" + method.replace(".", "_"), None)
        if known is None or (not self.streaming and "Stream" in method):
            return {"ok": False, "error": "unknown_method"}
        answer = known(arguments, token)
        return answer if "ok" in answer else {"ok": True, **answer}

    def _auth_test(self, _: dict[str, Any], token: str) -> dict[str, Any]:
        team, bot = self.tokens[token]
        return {"team_id": team, "user_id": bot, "bot_id": "B0BOT"}

    def _oauth_v2_access(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        team = str(arguments["code"])
        self.tokens[f"xoxb-{team}"] = (team, f"UBOT{team}")
        return {"access_token": f"xoxb-{team}", "bot_user_id": f"UBOT{team}", "team": {"id": team}, "app_id": "A01APP"}

    def _users_info(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        known = {"id": arguments["user"], "name": "asker", "locale": "en-GB", "profile": {"display_name": "Asker"}}
        return {"user": known | self.people.get(arguments["user"], {})}

    def _conversations_open(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        self.members.add(f"D-{arguments['users']}")
        return {"channel": {"id": f"D-{arguments['users']}"}}

    def _conversations_members(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        there, most = self.crowds.get(arguments["channel"]), min(int(arguments["limit"]), self.page)
        if there is None:
            return {"ok": False, "error": "missing_scope"}
        first = int(arguments.get("cursor", 0))
        more = str(first + most) if there[first + most :] else ""
        return {"members": there[first : first + most], "response_metadata": {"next_cursor": more}}

    def _conversations_replies(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        root = (arguments["channel"], arguments["ts"])
        found = [
            m for (at, ts), m in sorted(self.messages.items()) if at == root[0] and root[1] in (ts, m["thread_ts"])
        ]
        return {"messages": found}

    def _chat_postMessage(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802  Slack's name
        if arguments["channel"] not in self.members:
            return {"ok": False, "error": "not_in_channel"}
        ts = self._write(arguments["channel"], arguments)
        return {"ts": ts, "channel": arguments["channel"]}

    def _chat_update(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        place = (arguments["channel"], arguments["ts"])
        if place not in self.messages:
            return {"ok": False, "error": "message_not_found"}
        if arguments["ts"] in self._streams:
            return {"ok": False, "error": "streaming_state_conflict"}
        self.wrong += wrong_with(arguments)
        self.messages[place] |= {"metadata": None} | arguments | {"edits": self.messages[place].get("edits", 0) + 1}
        return {"ts": arguments["ts"], "channel": arguments["channel"]}

    def _chat_postEphemeral(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        if arguments["channel"] not in self.members:
            return {"ok": False, "error": "user_not_in_channel"}
        self.whispers.append(arguments)
        return {"message_ts": self._next()}

    def _chat_startStream(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        if not arguments.get("thread_ts"):
            return {"ok": False, "error": "invalid_arguments"}
        for name in ("recipient_user_id", "recipient_team_id"):
            if not arguments["channel"].startswith("D") and not arguments.get(name):
                return {"ok": False, "error": f"missing_{name}"}
        if arguments["channel"] not in self.members:
            return {"ok": False, "error": "channel_not_found"}
        ts = self._write(arguments["channel"], {"text": "…", **arguments, "streamed": True})
        self._streams[ts] = {}
        return self._streamed(ts, arguments)

    def _chat_appendStream(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        return self._streamed(arguments["ts"], arguments)

    def _chat_stopStream(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        answer = self._streamed(arguments["ts"], arguments)
        tasks = self._streams.pop(arguments["ts"], {})
        self.wrong += [f"task {name} spins for ever" for name, task in tasks.items() if task["status"] != "complete"]
        return answer

    def _streamed(self, ts: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if ts not in self._streams:
            return {"ok": False, "error": "message_not_in_streaming_state"}
        for chunk in arguments.get("chunks", []):
            if len(chunk.get("title", "")) > 256 or len(chunk.get("details", "")) > 256:
                return {"ok": False, "error": "invalid_chunks"}
            if chunk["type"] == "task_update":
                self._streams[ts][chunk["id"]] = self._streams[ts].get(chunk["id"], {}) | chunk
        return {"ts": ts, "channel": arguments["channel"]}

    def _views_open(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        return self._viewed(arguments["view"])

    def _views_publish(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:
        return self._viewed(arguments["view"])

    def _assistant_threads_setSuggestedPrompts(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        return {} if len(arguments["prompts"]) <= 4 else {"ok": False, "error": "invalid_arguments"}

    def _files_getUploadURLExternal(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        name = f"F{next(self._ts)}"
        return {"upload_url": f"{self.url}upload/{name}", "file_id": name}

    def _files_completeUploadExternal(self, arguments: dict[str, Any], _: str) -> dict[str, Any]:  # noqa: N802
        return {"files": [{"id": one["id"]} for one in arguments["files"]]}

    def _viewed(self, view: dict[str, Any]) -> dict[str, Any]:
        self.wrong += wrong_with_view(view)
        self.views.append(view)
        return {"view": {"id": f"V{len(self.views)}"}}

    def _write(self, channel: str, message: dict[str, Any]) -> str:
        if not message.get("streamed"):
            self.wrong += wrong_with(message)
        ts = self._next()
        self.messages[channel, ts] = {"thread_ts": "", "metadata": None, **message, "ts": ts}
        return ts

    def _next(self) -> str:
        return f"1700000100.{next(self._ts):06d}"

    async def hook(self, request: web.Request) -> web.Response:
        """A response_url."""
        fault = self._fault("response_url", {})
        if fault:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return web.Response(status=fault.status, headers=headers)
        message = await request.json()
        self.wrong += wrong_with(message)
        self.whispers.append(message | {"hook": request.match_info["name"]})
        return web.Response(text="ok")

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of a file."""
        self.files[request.match_info["name"]] = await request.read()
        return web.Response(text="OK")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Peer]:
        """On a free port of loopback."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/hooks/{name}", self.hook)
        app.router.add_post("/upload/{name}", self.upload)
        async with listening(app) as port:
            self.url = f"http://127.0.0.1:{port}/"
            yield self


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        found = await request.json()
        return found if isinstance(found, dict) else {}
    return {key: str(value) for key, value in (await request.post()).items()}


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    """The app on a free port."""
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@dataclass
class MemoryInbox:
    """Implements ports.Inbox; accepts each turn once."""

    turns: list[tuple[Turn, ReplyTo]] = field(default_factory=list)
    stopped: list[tuple[str, User]] = field(default_factory=list)
    receipt: Receipt = field(default_factory=lambda: Receipt("accepted"))
    down: bool = False
    running: bool = True

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Like the real one: a turn's id counts once."""
        if self.down:
            raise Unavailable("inbox")
        if any(known.id == turn.id for known, _ in self.turns):
            return Receipt("duplicate")
        if self.receipt.outcome == "accepted":
            self.turns.append((turn, to))
        return self.receipt

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Told."""
        self.stopped.append((turn_or_conversation, user))
        return self.running

    @property
    def actions(self) -> list[Any]:
        """What the turns want."""
        return [turn.action for turn, _ in self.turns]


@dataclass
class Bot:
    """findata's Slack side, mounted and listening, with a peer to talk to."""

    platform: SlackPlatform
    peer: Peer
    inbox: Any
    store: MemoryStore
    url: str
    session: aiohttp.ClientSession

    async def event(self, event: Mapping[str, Any], *, team: str = TEAM, bot: str = BOT, **headers: str) -> int:
        """Delivers an event as Slack does; the status that it was answered with."""
        body = {
            "type": "event_callback", "token": "x", "team_id": team, "api_app_id": "A01APP", "event_id": "Ev01",
            "event_time": 1700000000, "event": dict(event),
            "authorizations": [{"team_id": team, "user_id": bot, "is_bot": True, "is_enterprise_install": False}],
        }  # fmt: skip
        status, _ = await self.post(json.dumps(body).encode(), "application/json", headers)
        return status

    async def payload(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        """Delivers an interaction."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.post(body, "application/x-www-form-urlencoded")

    async def command(self, text: str, *, user: str = ASKER, channel: str = CHANNEL, number: int = 1) -> dict[str, Any]:
        """Types `/findata …`; what only the asker sees at once."""
        fields = {
            "command": "/findata", "text": text, "user_id": user, "team_id": TEAM, "channel_id": channel,
            "trigger_id": f"1.{number}.x", "response_url": f"{self.peer.url}hooks/command{number}", "api_app_id": "A01",
        }  # fmt: skip
        status, body = await self.post(urlencode(fields).encode(), "application/x-www-form-urlencoded")
        assert status == 200, body
        return dict(json.loads(body)) if body else {}

    async def press(
        self, message: Mapping[str, Any], action: str, *, user: str = ASKER, channel: str = CHANNEL, hook: str = ""
    ) -> tuple[int, str]:
        """Presses the button of that action_id on a message."""
        found = next(one for one in elements(message) if one["action_id"] == action)
        return await self.payload(
            pressed(message, found, user, channel, f"{self.peer.url}hooks/{hook}" if hook else "")
        )

    async def post(self, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Signed, now."""
        stamp = str(int(time.time()))
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(body, stamp, SECRET)}
        return await self.raw(
            body, headers | {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in (more or {}).items()}
        )

    async def raw(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """As given."""
        async with self.session.post(f"{self.url}/slack/events", data=io.BytesIO(body), headers=headers) as answered:
            return answered.status, await answered.text()


def elements(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that can be pressed on a message."""
    rows = [block for block in message.get("blocks") or [] if block["type"] in ("actions", "context_actions")]
    return [one for row in rows for one in row["elements"]]


def pressed(
    message: Mapping[str, Any], element: Mapping[str, Any], user: str, channel: str, hook: str
) -> dict[str, Any]:
    """The payload of a press."""
    chosen = element.get("value") or (element.get("positive_button") or {}).get("value", "")
    action = {"type": element["type"], "action_id": element["action_id"], "value": chosen, "action_ts": "1700000006.0"}
    if element["type"] == "static_select":
        action |= {"selected_option": element["options"][-1]}
    box = {"type": "message", "message_ts": message.get("ts", "1700000000.9"), "channel_id": channel}
    box |= {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
    return {
        "type": "block_actions", "user": {"id": user}, "team": {"id": TEAM}, "api_app_id": "A01", "trigger_id": "1.2.3",
        "container": box | {"is_ephemeral": bool(hook)}, "channel": {"id": channel}, "response_url": hook,
        "actions": [action],
    }  # fmt: skip


def mention(text: str, *, ts: str = "1700000000.000100", user: str = ASKER, **more: Any) -> dict[str, Any]:
    """An app_mention."""
    said = f"<@{BOT}> {text}"
    return {"type": "app_mention", "user": user, "text": said, "ts": ts, "channel": CHANNEL, "event_ts": ts, **more}


def message(text: str, *, ts: str = "1700000001.000100", user: str = ASKER, **more: Any) -> dict[str, Any]:
    """A message, to the bot alone unless `channel` says otherwise."""
    base = {"type": "message", "channel_type": "im", "channel": DIRECT, "user": user, "text": text, "ts": ts}
    return {**base, "event_ts": ts, **more}


@asynccontextmanager
async def running(
    peer: Peer, *, inbox: Any = None, store: MemoryStore | None = None, **more: Any
) -> AsyncIterator[Bot]:
    """The Slack side over HTTP, with this peer as its Slack. `more`: SlackOptions's fields, and the platform's."""
    own = {key: more.pop(key) for key in ("vault", "rate", "identity", "rights") if key in more}
    place = SlackOptions(**{"signing_secret": SECRET, "bot_token": TOKEN, "api_url": f"{peer.url}api/"} | more)
    store = store or MemoryStore()
    inbox = inbox if inbox is not None else MemoryInbox()
    platform = SlackPlatform(place, store, **own)
    app = web.Application()
    platform.mount(app, inbox)
    async with listening(app) as port, aiohttp.ClientSession() as session:
        await platform.start(inbox)
        try:
            yield Bot(platform, peer, inbox, store, f"http://127.0.0.1:{port}", session)
        finally:
            await platform.close()


async def eventually(true: Callable[[], Any], *, seconds: float = 5.0) -> None:
    """Until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.01)
