"""A strict Bot Connector of our own: keys, tokens and every rule of Teams' that the Agents Playground does not hold."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP, TENANT = "22222222-2222-4222-8222-222222222222", "00000000-0000-0000-0000-00000000000a"
ALICE, BOB = "00000000-0000-0000-0000-0000000000b1", "00000000-0000-0000-0000-0000000000b2"
BOT = f"28:{APP}"
PERSONAL, GROUP, CHANNEL = "a:alice", "19:group@thread.v2", "19:x@thread.tacv2;messageid=1700000000000"
ISSUER = "https://api.botframework.com"
LARGEST = 100 * 1024


@dataclass
class Key:
    """One signing key of the service."""

    id: str = "key-1"
    endorsements: tuple[str, ...] = ("msteams",)
    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def published(self) -> dict[str, Any]:
        """As the service's key document has it."""
        public = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.id, "use": "sig", "alg": "RS256", "endorsements": list(self.endorsements)}

    def token(self, service_url: str, /, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token as the service signs it; a claim given as None is left out."""
        now = int(time.time())
        made = {"iss": ISSUER, "aud": APP, "exp": now + 3600, "nbf": now - 10, "serviceurl": service_url, **claims}
        left = {name: value for name, value in made.items() if value is not None}
        return jwt.encode(left, self.private, algorithm="RS256", headers={"kid": self.id, **(headers or {})})


@dataclass(frozen=True)
class Call:
    """One request that reached the connector."""

    method: str
    conversation: str
    activity: str
    body: dict[str, Any]
    at: float
    status: int
    targeted: bool = False


@dataclass
class Stream:
    """What Teams knows of one stream."""

    sequence: int = 1
    text: str = ""
    began: float = 0.0
    last: float = 0.0
    over: bool = False


def _refused(status: int, code: str, text: str, **headers: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": text}}, status=status, headers=headers)


@dataclass
class Peer:
    """The service: `calls` is everything that was sent, `shown` what stands in the conversations now."""

    url: str = ""
    keys: list[Key] = field(default_factory=lambda: [Key()])
    calls: list[Call] = field(default_factory=list)
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    faults: list[Callable[[str, str, dict[str, Any]], web.Response | None]] = field(default_factory=list)
    saved: dict[str, bytes] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    trusting: bool = False  # asks for no token, as local connectors do
    fetched: int = 0
    tokens: int = 0
    cancelled: set[str] = field(default_factory=set)
    hangs: Callable[[dict[str, Any]], bool] = lambda body: False
    hung: int = 0  # requests that were never answered
    gap: float = 0.0  # least seconds between two requests of one stream
    longest: float = 120.0
    clock: Callable[[], float] = time.monotonic
    runner: web.AppRunner | None = None

    @property
    def service_url(self) -> str:
        """Where replies are sent to."""
        return f"{self.url}/emea/"

    async def start(self) -> Peer:
        """Listens on loopback."""
        app = web.Application(client_max_size=10**7)
        app.router.add_get("/metadata", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_post("/emea/v3/conversations", self._direct)
        app.router.add_route("*", "/emea/v3/conversations/{cid}/activities", self._activity)
        app.router.add_route("*", "/emea/v3/conversations/{cid}/activities/{aid}", self._activity)
        app.router.add_get("/emea/v3/conversations/{cid}/members/{uid}", self._member)
        app.router.add_put("/personal/{name}", self._upload)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        return self

    async def stop(self) -> None:
        """Hears nothing more."""
        if self.runner:
            await self.runner.cleanup()

    # ── what is seen ──────────────────────────────────────────────────────────────────────────────────────────────

    def sends(self, conversation: str = "") -> list[Call]:
        """The messages that were taken, in order."""
        return [one for one in self.calls if one.status < 300 and conversation in ("", one.conversation)]

    def standing(self, conversation: str) -> list[dict[str, Any]]:
        """What a person sees there now, top to bottom."""
        return [body for id_, body in self.shown.items() if self.where[id_] == conversation]

    def texts(self, conversation: str) -> list[str]:
        """The texts that stand there."""
        return [body["text"] for body in self.standing(conversation) if body.get("text")]

    def cards(self, conversation: str) -> list[dict[str, Any]]:
        """The cards that stand there."""
        found = [body.get("attachments") or [] for body in self.standing(conversation)]
        return [one["content"] for attachments in found for one in attachments]

    async def until(self, seen: Callable[[], Any], seconds: float = 5.0) -> Any:
        """Waits for something to be seen."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := seen():
                return found
            await asyncio.sleep(0.005)
        raise AssertionError(f"not seen; calls: {[(c.method, c.status, c.body) for c in self.calls]}")

    # ── the service ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _metadata(self, _: web.Request) -> web.Response:
        self.fetched += 1
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [key.published() for key in self.keys]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.tokens += 1
        if form.get("client_secret") != "secret" or request.match_info["tenant"] != TENANT:
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": f"token-{self.tokens}", "expires_in": 3600})

    async def _direct(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = body["members"][0]["id"]
        if self.roles.get(user) == "without us":
            return _refused(403, "BotNotInConversationRoster", "not installed")
        return web.json_response({"id": f"a:{user.removeprefix('29:')}"}, status=201)

    async def _upload(self, request: web.Request) -> web.Response:
        """Somebody's OneDrive: the address is the permission, a token of ours must not come with it."""
        content = await request.read()
        whole = f"bytes 0-{len(content) - 1}/{len(content)}"
        if "Authorization" in request.headers or request.headers.get("Content-Range") != whole:
            return web.Response(status=400)
        self.saved[request.match_info["name"]] = content
        return web.json_response({}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        user = request.match_info["uid"]
        return web.json_response({"id": user, "userRole": self.roles.get(user, "user")})

    async def _activity(self, request: web.Request) -> web.Response:
        conversation, id_ = request.match_info["cid"], request.match_info.get("aid", "")
        raw = await request.read()
        body = json.loads(raw) if raw else {}
        if self.hangs(body):
            self.hung += 1
            await asyncio.sleep(60)
        answer = self._judge(request, conversation, id_, body, raw)
        targeted = request.query.get("isTargetedActivity") == "true"
        self.calls.append(Call(request.method, conversation, id_, body, self.clock(), answer.status, targeted))
        return answer

    def _judge(
        self, request: web.Request, conversation: str, id_: str, body: dict[str, Any], raw: bytes
    ) -> web.Response:
        if not self.trusting and not request.headers.get("Authorization", "").startswith("Bearer token-"):
            return _refused(401, "Unauthorized", "no token")
        for fault in self.faults:
            if answer := fault(request.method, conversation, body):
                return answer
        if len(raw.decode().encode("utf-16-le")) > LARGEST:
            return web.Response(status=413, text="<html>too large</html>", content_type="text/html")
        if problem := _misshapen(body):
            return _refused(400, "BadSyntax", problem)
        if request.method == "PUT":
            return self._update(id_, body)
        if request.method == "DELETE":
            self.shown.pop(id_, None)
            return web.Response(status=200)
        return self._create(conversation, body)

    def _update(self, id_: str, body: dict[str, Any]) -> web.Response:
        before = self.shown.get(id_)
        if before is None:
            return _refused(404, "ActivityNotFound", "no such message")
        if body.get("text") and body.get("attachments"):
            return _refused(400, "BadSyntax", "Activity resulted into multiple skype activities")
        if before.get("attachments") and not body.get("attachments"):
            return _refused(400, "BadSyntax", "a card becomes only a card")
        self.shown[id_] = body
        return web.json_response({"id": id_})

    def _create(self, conversation: str, body: dict[str, Any]) -> web.Response:
        info = next((one for one in body.get("entities", ()) if one.get("type") == "streaminfo"), None)
        if info is not None:
            return self._stream(conversation, body, info)
        if body.get("type") == "typing":
            return web.json_response({"id": "typing"}, status=201)
        if body.get("text") and body.get("attachments"):
            return web.json_response({}, status=201)  # split in two messages, neither of which can be found again
        return self._placed(conversation, body)

    def _placed(self, conversation: str, body: dict[str, Any]) -> web.Response:
        id_ = str(1_700_000_000_000 + len(self.calls))
        self.shown[id_], self.where[id_] = body, conversation
        return web.json_response({"id": id_}, status=201)

    def _stream(self, conversation: str, body: dict[str, Any], info: dict[str, Any]) -> web.Response:
        kind, id_ = info.get("streamType"), info.get("streamId")
        if body.get("conversation", {}).get("conversationType", "personal") != "personal":
            return _refused(405, "NotAllowed", "streaming is for personal chats")
        if not id_:
            if info.get("streamSequence") != 1 or kind == "final":
                return _refused(403, "ContentStreamSequenceOrderPreConditionFailed", "wrong order")
            answer = self._placed(conversation, body)
            new = json.loads(answer.body)["id"]  # type: ignore[arg-type]
            self.streams[new] = Stream(began=self.clock(), last=self.clock())
            return answer
        stream = self.streams.get(id_)
        if stream is None:
            return _refused(400, "BadSyntax", "no such stream")
        return self._chunk(id_, stream, body, info)

    def _chunk(self, id_: str, stream: Stream, body: dict[str, Any], info: dict[str, Any]) -> web.Response:
        now, final = self.clock(), info.get("streamType") == "final"
        if problem := self._broken(id_, stream, body, info, now):
            return _refused(403, *problem)
        if now - stream.last < self.gap:
            return _refused(429, "TooManyRequests", "one a second", **{"Retry-After": "1"})
        stream.last, stream.over = now, final
        stream.sequence = info.get("streamSequence", stream.sequence)
        self.shown[id_] = body
        return web.json_response({}, status=202)

    def _broken(
        self, id_: str, stream: Stream, body: dict[str, Any], info: dict[str, Any], now: float
    ) -> tuple[str, str] | None:
        if id_ in self.cancelled:
            return "ContentStreamNotAllowed", "Content stream was canceled by user"
        if stream.over:
            return "ContentStreamNotAllowed", "Content stream has already completed"
        if now - stream.began > self.longest:
            return "ContentStreamNotAllowed", "Content stream has exceeded streaming time"
        if info.get("streamType") == "final":
            return ("BadSyntax", "final has no sequence") if "streamSequence" in info else None
        if body.get("type") != "typing":
            return "BadSyntax", "Only start streaming and continue streaming types are allowed as a typing activity"
        if info.get("streamSequence") != stream.sequence + 1:
            return "ContentStreamSequenceOrderPreConditionFailed", "wrong order"
        return None


def _misshapen(body: dict[str, Any]) -> str:
    """What Teams refuses in any message."""
    for entity in body.get("entities", ()):
        claims = entity.get("citation") or ()
        if len(claims) > 20:
            return "too many citations"
        for claim in claims:
            seen = claim.get("appearance", {})
            if not seen.get("abstract") or len(seen["abstract"]) > 160 or len(seen.get("name", "")) > 80:
                return "a citation's abstract or name"
            if f"[{claim['position']}]" not in body.get("text", ""):
                return "a citation that the text does not have"
        if entity.get("type", "").startswith("https://schema.org") and "additionalType" not in entity:
            return "an entity that lost its fields"
    return ""


@dataclass
class Person:
    """Somebody in Teams, whose client sends activities to the bot."""

    peer: Peer
    bot_url: str
    http: aiohttp.ClientSession
    id: str = ALICE
    member: str = "29:alice"
    locale: str = "en-GB"
    number: int = 0

    def activity(self, text: str = "", /, where: str = PERSONAL, **changes: Any) -> dict[str, Any]:
        """One activity as Teams sends it; in shared conversations it mentions us."""
        self.number += 1
        scope = "personal" if where.startswith("a:") else "channel" if "messageid" in where else "groupChat"
        made: dict[str, Any] = {
            "type": "message",
            "id": str(int(time.time() * 1000) + self.number),
            "channelId": "msteams",
            "serviceUrl": self.peer.service_url,
            "from": {"id": self.member, "name": "Asker", "aadObjectId": self.id},
            "conversation": {
                "conversationType": scope,
                "id": where,
                "tenantId": TENANT,
                "isGroup": scope != "personal",
            },
            "recipient": {"id": BOT, "name": "findata"},
            "textFormat": "plain",
            "locale": self.locale,
            "text": text,
            "entities": [{"type": "clientInfo", "locale": self.locale, "platform": "Web"}],
            "channelData": {"tenant": {"id": TENANT}},
        }
        if scope != "personal" and text:
            made["text"] = f"<at>findata</at>&nbsp;{text}"
            mention = {"type": "mention", "text": "<at>findata</at>", "mentioned": {"id": BOT, "name": "findata"}}
            made["entities"] = [mention, *made["entities"]]
        return {**made, **changes}

    async def send(self, body: object, *, token: str | None = None, **headers: str) -> tuple[int, Any]:
        """Posts it; the status, and the body of an invoke."""
        made = token if token is not None else self.peer.keys[0].token(self.peer.service_url)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {made}"} if made else {}), **headers}
        async with self.http.post(self.bot_url, data=raw, headers=sent) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def say(self, text: str, where: str = PERSONAL, **changes: Any) -> tuple[int, Any]:
        """Writes a message."""
        return await self.send(self.activity(text, where, **changes))

    async def press(self, button: dict[str, Any], where: str = PERSONAL, **inputs: str) -> dict[str, Any]:
        """Presses a button of a card; the bot's answer to it."""
        data = {**button.get("data", {}), **inputs}
        value = {"action": {"type": "Action.Execute", "verb": button["verb"], "data": data}, "trigger": "manual"}
        status, body = await self.invoke("adaptiveCard/action", value, where)
        assert status == 200, (status, body)
        return dict(body)

    async def invoke(self, name: str, value: object, where: str = PERSONAL, **changes: Any) -> tuple[int, Any]:
        """Sends an invoke."""
        return await self.send(self.activity("", where, type="invoke", name=name, value=value, **changes))


def buttons(card: object) -> list[dict[str, Any]]:
    """Every action of a card, however deep."""
    if isinstance(card, list):
        return [found for one in card for found in buttons(one)]
    if not isinstance(card, dict):
        return []
    own = [card] if str(card.get("type", "")).startswith("Action.") else []
    return own + [found for name, one in card.items() if name not in ("data", "fallback") for found in buttons(one)]


def fields(made: object) -> list[dict[str, Any]]:
    """Every field of a card to type or pick something in, hidden or not."""
    inner = made if isinstance(made, list) else list(made.values()) if isinstance(made, dict) else []
    own = [made] if isinstance(made, dict) and str(made.get("type", "")).startswith("Input.") else []
    return own + [found for one in inner for found in fields(one)]


def button(card: object, verb: str, at: int = 0) -> dict[str, Any]:
    """The button of this verb."""
    return [one for one in buttons(card) if one.get("verb") == verb][at]
