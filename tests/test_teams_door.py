"""Forged, stale, foreign and malformed requests at the Teams door: none passes, none makes a 500, nothing goes out."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from adapters.teams import TeamsOptions, TeamsPlatform, reception
from agents.errors import NotFound
from agents.ports import Receipt
from tests.memory_store import MemoryStore
from tests.outbound import outbound
from tests.teams_peer import APP, CHANNEL, GROUP, ISSUER, TENANT, Key, Peer
from tests.teams_replies import HELLO
from tests.teams_scene import Desk, Scene, mounted, scene

Made = tuple[object, str]


def changed(**changes: Any) -> Callable[[Scene], Made]:
    """A genuine token over a changed activity."""
    return lambda made: (made.alice.activity("hi", **changes), made.peer.keys[0].token(made.peer.service_url))


def without(*names: str) -> Callable[[Scene], Made]:
    def make(made: Scene) -> Made:
        activity = made.alice.activity("hi")
        for name in names:
            activity.pop(name)
        return activity, made.peer.keys[0].token(made.peer.service_url)

    return make


def signed(**claims: Any) -> Callable[[Scene], Made]:
    """A genuine activity under other claims."""
    return lambda made: (made.alice.activity("hi"), made.peer.keys[0].token(made.peer.service_url, **claims))


def token(make: Callable[[Scene], str]) -> Callable[[Scene], Made]:
    return lambda made: (made.alice.activity("hi"), make(made))


def body(raw: bytes) -> Callable[[Scene], Made]:
    return lambda made: (raw, made.peer.keys[0].token(made.peer.service_url))


def unsigned(made: Scene, spelt: str = "none") -> str:
    claims = {"aud": APP, "iss": ISSUER, "exp": int(time.time()) + 60, "serviceurl": made.peer.service_url}
    head = {"alg": spelt, "typ": "JWT", "kid": made.peer.keys[0].id}
    return b".".join(_coded(json.dumps(part).encode()) for part in (head, claims)).decode() + "."


def with_public_key_as_secret(made: Scene) -> str:
    """The classic confusion of algorithms: the published key used as a shared secret."""
    public = made.peer.keys[0].private.public_key()
    secret = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = {"aud": APP, "iss": ISSUER, "exp": int(time.time()) + 60, "serviceurl": made.peer.service_url}
    head = {"alg": "HS256", "typ": "JWT", "kid": made.peer.keys[0].id}
    signed_part = b".".join(_coded(json.dumps(part).encode()) for part in (head, claims))
    return b".".join((signed_part, _coded(hmac.digest(secret, signed_part, "sha256")))).decode()


def _coded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def by_another_key(made: Scene) -> str:
    return Key("key-1").token(made.peer.service_url)


def unknown_key(made: Scene) -> str:
    return Key("key-9").token(made.peer.service_url)


def without_key_id(made: Scene) -> str:
    claims = {"aud": APP, "iss": "https://api.botframework.com", "exp": time.time() + 60}
    return jwt.encode(claims, made.peer.keys[0].private, algorithm="RS256")


def tampered(made: Scene) -> str:
    head, _, mark = made.peer.keys[0].token(made.peer.service_url).split(".")
    other = made.peer.keys[0].token("https://evil.example/").split(".")[1]
    return f"{head}.{other}.{mark}"


def by_algorithm(made: Scene, algorithm: str) -> str:
    claims = {"aud": APP, "iss": ISSUER, "exp": int(time.time()) + 60, "serviceurl": made.peer.service_url}
    return jwt.encode(claims, made.peer.keys[0].private, algorithm=algorithm, headers={"kid": made.peer.keys[0].id})


def by_head(made: Scene, key: Key | None = None, claims: dict[str, Any] | None = None, **head: Any) -> str:
    """Signed by hand, for what a library would not write."""
    said = {"aud": APP, "iss": ISSUER, "exp": int(time.time()) + 60, "serviceurl": made.peer.service_url}
    whole = {"alg": "RS256", "typ": "JWT", **head}
    signed_part = b".".join(_coded(json.dumps(part).encode()) for part in (whole, said | (claims or {})))
    mark = (key or made.peer.keys[0]).private.sign(signed_part, padding.PKCS1v15(), hashes.SHA256())
    return b".".join((signed_part, _coded(mark))).decode()


def by_its_own_key(made: Scene, **head: Any) -> str:
    return by_head(made, STRANGE, kid="key-1", **head)


def brings_its_key(made: Scene) -> str:
    return by_head(made, STRANGE, kid="key-1", jwk=STRANGE.published())


def headed(**head: Any) -> Callable[[Scene], Made]:
    """A genuine key, and more in the token's head."""
    return token(lambda made: made.peer.keys[0].token(made.peer.service_url, headers=head))


def listed_url(made: Scene) -> str:
    return made.peer.keys[0].token(made.peer.service_url, serviceurl=[made.peer.service_url])


def twice(made: Scene, name: str, value: object) -> Made:
    """The same name once more, at the end: what JSON says of that depends on who reads it."""
    whole = json.dumps(made.alice.activity("hi"))
    return (whole[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}").encode(), genuine(made)


def number(made: Scene, digits: str) -> Made:
    whole = json.dumps(made.alice.activity("hi", id="@"))
    return whole.replace('"@"', digits).encode(), genuine(made)


def nested(made: Scene, depth: int) -> Made:
    whole = json.dumps(made.alice.activity("", type="invoke", name="adaptiveCard/action", value="@"))
    return whole.replace('"@"', '{"a":' * depth + "1" + "}" * depth)[:250_000].encode(), genuine(made)


def encoded(made: Scene, charset: str) -> Made:
    return json.dumps(made.alice.activity("énergie ?"), ensure_ascii=False).encode(charset), genuine(made)


def genuine(made: Scene) -> str:
    return made.peer.keys[0].token(made.peer.service_url)


STRANGE = Key("key-1")
EVIL = "https://evil.example/"
OTHER = "99999999-9999-4999-8999-999999999999"

FORGED: dict[str, tuple[int, Callable[[Scene], Made]]] = {
    # not from the Bot Framework
    "no token": (401, token(lambda made: "")),
    "garbage": (401, token(lambda made: "garbage")),
    "three dots of garbage": (401, token(lambda made: "a.b.c")),
    "a token without end": (401, token(lambda made: "x" * 7000)),
    "no signature": (401, token(unsigned)),
    "HS256 with the public key": (401, token(with_public_key_as_secret)),
    "another key under a known id": (401, token(by_another_key)),
    "unknown key id": (401, token(unknown_key)),
    "no key id": (401, token(without_key_id)),
    "claims of another token": (401, token(tampered)),
    "a critical header nobody knows": (401, headed(crit=["x"])),
    "no signature, spelt otherwise": (401, token(lambda made: unsigned(made, "nOnE"))),
    "another algorithm by the right key": (401, token(lambda made: by_algorithm(made, "RS512"))),
    "a key id that is a path": (401, headed(kid="../../etc/passwd")),
    "a key id that is a query": (401, headed(kid="key-1' OR '1'='1")),
    "a key id that is a list": (401, token(lambda made: by_head(made, kid=["key-1"]))),
    "a key id that is a number": (401, token(lambda made: by_head(made, kid=1))),
    "keys to be fetched elsewhere": (401, token(lambda made: by_its_own_key(made, jku="https://evil.example/keys"))),
    "a certificate to be fetched elsewhere": (
        401,
        token(lambda made: by_its_own_key(made, x5u="https://evil.example/cert")),
    ),
    "a key that it brings along": (401, token(brings_its_key)),
    "a token within a token": (401, token(lambda made: f"{made.peer.keys[0].token(made.peer.service_url)}.x.y")),
    "two tokens": (401, token(lambda made: "x " + made.peer.keys[0].token(made.peer.service_url))),
    # from it, and not for us, or no longer valid
    "wrong issuer": (401, signed(iss="https://sts.windows.net/")),
    "no issuer": (401, signed(iss=None)),
    "wrong audience": (401, signed(aud=OTHER)),
    "no audience": (401, signed(aud=None)),
    "audiences of others": (401, signed(aud=[OTHER, f"{APP}x"])),
    "an audience that only begins like ours": (401, signed(aud=f"{APP}.evil.example")),
    "an issuer that only begins like the right one": (401, signed(iss=f"{ISSUER}.evil.example")),
    "several issuers": (401, token(lambda made: by_head(made, claims={"iss": [ISSUER]}, kid="key-1"))),
    "an expiry without end": (401, signed(exp=10**400)),
    "a service URL claimed in a list": (401, lambda m: (m.alice.activity("hi"), listed_url(m))),
    "a service URL with another path": (401, lambda m: changed(serviceUrl=f"{m.peer.service_url}../evil/")(m)),
    "two service URLs, the second one evil": (401, lambda m: twice(m, "serviceUrl", EVIL)),
    "expired": (401, signed(exp=int(time.time()) - 3600)),
    "no expiry": (401, signed(exp=None)),
    "an expiry in words": (401, signed(exp="tomorrow")),
    "not valid yet": (401, signed(nbf=int(time.time()) + 3600)),
    "another service URL claimed": (401, signed(serviceurl=EVIL)),
    "no service URL claimed": (401, signed(serviceurl=None)),
    "another service URL in the body": (401, changed(serviceUrl=EVIL)),
    "no service URL in the body": (401, without("serviceUrl")),
    "a host that is not allowed, signed for": (
        403,
        lambda m: (m.alice.activity("hi", serviceUrl=EVIL), m.peer.keys[0].token(EVIL)),
    ),
    "a host that only begins like an allowed one": (
        403,
        lambda m: (
            m.alice.activity("hi", serviceUrl="https://smba.trafficmanager.net.evil.example/"),
            m.peer.keys[0].token("https://smba.trafficmanager.net.evil.example/"),
        ),
    ),
    "an allowed host as a user name": (
        403,
        lambda m: (
            m.alice.activity("hi", serviceUrl="https://smba.trafficmanager.net@evil.example/"),
            m.peer.keys[0].token("https://smba.trafficmanager.net@evil.example/"),
        ),
    ),
    "another port's name in an allowed host": (
        403,
        lambda m: (
            m.alice.activity("hi", serviceUrl="https://smba.trafficmanager.net:x/"),
            m.peer.keys[0].token("https://smba.trafficmanager.net:x/"),
        ),
    ),
    "an address inside the network": (
        403,
        lambda m: (
            m.alice.activity("hi", serviceUrl="https://169.254.169.254/"),
            m.peer.keys[0].token("https://169.254.169.254/"),
        ),
    ),
    "an allowed host without TLS": (
        403,
        lambda m: (
            m.alice.activity("hi", serviceUrl="http://smba.trafficmanager.net/"),
            m.peer.keys[0].token("http://smba.trafficmanager.net/"),
        ),
    ),
    # genuine, and of another organisation or nobody
    "another tenant": (403, changed(channelData={"tenant": {"id": OTHER}}, conversation={"id": "a:1"})),
    "another tenant in the conversation alone": (
        403,
        changed(channelData={}, conversation={"id": "a:1", "tenantId": OTHER}),
    ),
    "two tenants": (
        400,
        changed(channelData={"tenant": {"id": TENANT}}, conversation={"id": "a:1", "tenantId": OTHER}),
    ),
    "no tenant": (403, changed(channelData={}, conversation={"id": "a:1"})),
    "nobody": (403, changed(**{"from": {"id": "29:alice"}})),
    # malformed
    "another channel": (400, changed(channelId="emulator")),
    "no channel": (400, without("channelId")),
    "no type": (400, without("type")),
    "no conversation": (400, without("conversation")),
    "no id": (400, without("id")),
    "not JSON": (400, body(b"{")),
    "empty": (400, body(b"")),
    "a list": (400, body(b"[1, 2]")),
    "a number": (400, body(b"7")),
    "not UTF-8": (400, body(b"\xff\xfe\xfa")),
    "nested without end": (400, body(b"[" * 100_000)),
    "deep objects": (400, body(b'{"a":' * 50_000)),
    "a conversation that is a text": (400, changed(conversation="a:1")),
    "a conversation id that is a number": (400, changed(conversation={"id": 7})),
    "a scope nobody knows": (400, changed(conversation={"id": "a:1", "conversationType": "meeting"})),
    "a sender that is a list": (400, changed(**{"from": ["29:alice"]})),
    "a text that is an object": (400, changed(text={"a": 1})),
    "entities that are a text": (400, changed(entities="all")),
    "an entity that is a number": (400, changed(entities=[7])),
    "a thousand entities": (400, changed(entities=[{"type": "x"}] * 1000)),
    "channel data that is a text": (400, changed(channelData="x")),
    "a value that is a list": (400, changed(type="invoke", name="adaptiveCard/action", value=[1])),
    "an id with a line break": (400, changed(id="1\r\nX: y")),
    "an id without end": (400, changed(id="1" * 1000)),
    "a conversation id with control characters": (400, changed(conversation={"id": "a:1\x00\x1b[2J"})),
    "a conversation id that is a way up": (400, changed(conversation={"id": ".."})),
    "an id that is a way up": (400, changed(id="..")),
    "a service URL that is a number": (400, changed(serviceUrl=7)),
    "an id that is infinite": (400, lambda m: number(m, "1e999")),
    "a number without end": (400, lambda m: number(m, "1" * 5000)),
    "an activity whose value is nested without end": (400, lambda m: nested(m, 60_000)),
    "UTF-16": (400, lambda m: encoded(m, "utf-16")),
    "Latin 1": (400, lambda m: encoded(m, "latin-1")),
    "a lone surrogate in an id": (
        400,
        body(b'{"type":"message","id":"\\ud800","channelId":"msteams","conversation":{"id":"x"}}'),
    ),
    "too large": (413, body(b" " * 300_000)),
}


def port(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.fixture(scope="module")
def key() -> Key:
    """One key for all: making one takes a moment."""
    return Key()


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_forged_or_malformed_is_refused(name: str, key: Key) -> None:
    """Refused with the right status, nothing is stored and nothing leaves for anywhere but where the keys are."""
    expected, make = FORGED[name]
    async with scene() as made:
        made.peer.keys = [key]
        content, bearer = make(made)
        with outbound() as reached:
            status, told = await made.alice.send(content, token=bearer)
        assert (status, told) == (expected, "")
        assert reached <= {("127.0.0.1", port(made.alice.bot_url)), ("127.0.0.1", port(made.peer.url))}
        assert made.desk.turns == []
        assert made.store.held == {}
        assert made.peer.calls == []
        assert made.peer.tokens == 0


def test_there_are_enough_of_them() -> None:
    """The list cannot shrink unseen."""
    assert len(FORGED) >= 85


async def test_what_leaves_is_seen() -> None:
    """A witness that sees nothing would prove nothing: it sees the names looked up and the addresses called."""
    async with scene() as made, aiohttp.ClientSession() as http:
        with outbound() as reached:
            for url in ("https://evil.example/", made.peer.url):
                with suppress(aiohttp.ClientError):
                    await http.get(url)
        assert {name for name, _ in reached} == {"evil.example", "127.0.0.1"}


BODIES: dict[str, tuple[int, dict[str, str], Callable[[Scene], bytes]]] = {
    "as text": (400, {"Content-Type": "text/plain"}, lambda made: json.dumps(made.alice.activity("hi")).encode()),
    "as a form": (
        400,
        {"Content-Type": "application/x-www-form-urlencoded"},
        lambda made: json.dumps(made.alice.activity("hi")).encode(),
    ),
    "in another charset": (
        400,
        {"Content-Type": "application/json; charset=utf-16"},
        lambda made: json.dumps(made.alice.activity("hi")).encode("utf-16"),
    ),
    "packed, and immense when unpacked": (413, {"Content-Encoding": "gzip"}, lambda made: gzip.compress(b" " * 10**7)),
    "packed, and broken": (400, {"Content-Encoding": "gzip"}, lambda made: b"\x1f\x8b" + b"x" * 100),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_in_the_wrong_dress_is_refused(name: str) -> None:
    """A genuine token does not help it, and nothing is stored."""
    expected, headers, make = BODIES[name]
    async with scene() as made:
        status, _ = await made.alice.send(make(made), **headers)
        assert status == expected
        assert made.desk.turns == []


async def test_a_body_in_pieces_is_counted_too() -> None:
    """Without a length there is still a limit."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    async with scene() as made:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {genuine(made)}"}
        async with made.alice.http.post(made.alice.bot_url, data=pieces(), headers=headers) as answer:
            assert answer.status == 413
        assert made.desk.turns == []


@pytest.mark.parametrize(
    "value", ["NaN", "1e999", "-1", "1.5", "1" * 400, "true", '"\\u0000"', "{}", "[" * 90 + "]" * 90]
)
async def test_odd_values_in_a_genuine_click_are_stale(value: str) -> None:
    """Answered with 200 and a sentence, whatever JSON can hold."""
    async with scene() as made:
        action = {"verb": "choose", "data": {"q": "q_0123456789abcdef0123", "n": "@"}}
        whole = json.dumps(made.alice.activity("", type="invoke", name="adaptiveCard/action", value={"action": action}))
        status, body = await made.alice.send(whole.replace('"@"', value).encode())
        assert (status, "no longer valid" in body["value"]) == (200, True)
        assert made.desk.turns == []


async def test_a_genuine_token_opens_nothing_but_its_own_door() -> None:
    """Replayed over other activities: not for another service URL, not for another organisation."""
    async with scene() as made:
        bearer = genuine(made)
        assert (await made.alice.send(made.alice.activity("one"), token=bearer))[0] == 202
        elsewhere = made.alice.activity("two", serviceUrl="https://smba.trafficmanager.net/emea/")
        assert (await made.alice.send(elsewhere, token=bearer))[0] == 401
        foreign = changed(channelData={"tenant": {"id": OTHER}}, conversation={"id": "a:1"})(made)[0]
        assert (await made.alice.send(foreign, token=bearer))[0] == 403
        assert len(made.desk.turns) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_connector_that_sends_us_elsewhere_is_not_followed(status: int) -> None:
    """Our token, and somebody's rows, would go along."""
    async with scene() as made:
        await made.alice.say("hello", GROUP)
        turn, to = made.desk.turns[0]
        made.peer.faults = [lambda *_: web.Response(status=status, headers={"Location": "http://evil.example/"})]
        with outbound() as reached, pytest.raises(NotFound):
            await made.platform.finish(to, "", HELLO, turn)
        assert {name for name, _ in reached} <= {"127.0.0.1"}
        assert {one.status for one in made.peer.calls} == {status}


async def test_a_key_that_speaks_for_another_channel_is_refused() -> None:
    """The key's endorsements must name Teams."""
    async with scene() as made:
        made.peer.keys = [Key(endorsements=("webchat",))]
        assert await made.alice.say("hi") == (401, "")


async def test_a_scheme_other_than_bearer_is_refused() -> None:
    """A genuine token under another scheme is none."""
    async with scene() as made:
        genuine = made.peer.keys[0].token(made.peer.service_url)
        assert await made.alice.send(made.alice.activity("hi"), token="", Authorization=f"Basic {genuine}") == (401, "")


async def test_new_keys_are_fetched_when_they_are_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key rotation is noticed at once, and an unknown key id cannot make us ask all the time."""
    now = time.time()
    async with scene() as made:
        verifier = made.platform._sdk._authentication._verifier
        monkeypatch.setattr(verifier, "_clock", lambda: now)
        assert (await made.alice.say("one"))[0] == 202
        made.peer.keys = [Key("key-2")]
        assert (await made.alice.say("two"))[0] == 401  # within the minute: not asked again
        assert made.peer.fetched == 1
        now += 61
        assert (await made.alice.say("three"))[0] == 202
        for _ in range(5):
            stray = Key("key-3").token(made.peer.service_url)
            assert (await made.alice.send(made.alice.activity("x"), token=stray))[0] == 401
        assert made.peer.fetched == 2


async def test_without_keys_nobody_is_called_a_forger() -> None:
    """While the keys cannot be had the service is to try again."""
    peer = await Peer().start()
    async with mounted(peer, metadata_url=f"{peer.url}/gone") as made:
        assert await made.alice.say("hi") == (503, "")
    await peer.stop()


async def test_what_could_not_be_stored_comes_again() -> None:
    """503 while the inbox is down; the same activity is taken later."""
    async with scene() as made:
        activity = made.alice.activity("hi")
        made.desk.down = True
        assert await made.alice.send(activity) == (503, "")
        made.desk.down = False
        assert await made.alice.send(activity) == (202, "")
        assert len(made.desk.turns) == 1


async def test_a_delivery_repeated_is_one_turn() -> None:
    """The retry after fifteen seconds has the same id; another layer's has a new one."""
    async with scene() as made:
        activity = made.alice.activity("top issuers?")
        for id_ in (activity["id"], activity["id"], "1700000000999", "1700000000998"):
            assert (await made.alice.send({**activity, "id": id_}))[0] == 202
        assert len(made.desk.turns) == 1


async def test_a_delivery_repeated_at_another_replica_is_one_turn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new id, long after the first came: while the question is being answered. Then it may be asked again."""
    monkeypatch.setattr(reception, "OVERLAP", 0.0)
    async with scene() as made, mounted(made.peer, made.store) as other:
        first = made.alice.activity("top issuers?")
        await made.alice.send(first)
        for number, one in enumerate((made, other)):
            assert await one.alice.send({**first, "id": f"170000000099{number}"}) == (202, "")
        assert (len(made.desk.turns), len(other.desk.turns)) == (1, 0)
        await made.answer(HELLO)
        await other.alice.send({**first, "id": "1700000000997"})
        assert len(other.desk.turns) == 1


async def test_the_same_words_of_somebody_else_are_another_question() -> None:
    """Held off is only the same person's."""
    async with scene() as made:
        await made.alice.say("top issuers?", CHANNEL)
        await made.bob.say("top issuers?", CHANNEL)
        assert len(made.desk.turns) == 2


async def test_a_full_inbox_is_told_in_the_conversation() -> None:
    """The asker hears why their question was not taken, and may ask again."""
    async with scene() as made:
        made.desk.receipt = Receipt("busy", place=7)
        await made.alice.say("top issuers?", GROUP)
        assert made.desk.turns == []
        assert len(made.peer.texts(GROUP)) == 1
        made.desk.receipt = Receipt("accepted")
        await made.alice.say("top issuers?", GROUP)
        assert len(made.desk.turns) == 1


async def test_a_guest_is_turned_away() -> None:
    """Only members of the organisation ask, unless the settings say otherwise."""
    async with scene() as made:
        made.peer.roles["29:bob"] = "guest"
        await made.bob.say("top issuers?", GROUP)
        await made.alice.say("top issuers?", GROUP)
        assert [turn.user.id for turn, _ in made.desk.turns] == [made.alice.id]
        assert "members of this organisation" in made.peer.texts(GROUP)[0]


MISSING: dict[str, dict[str, Any]] = {
    "TEAMS_APP_ID": {"app_id": ""},
    "TEAMS_TENANT_ID": {"tenant_id": ""},
    "TEAMS_APP_PASSWORD": {"app_password": ""},
    "TEAMS_APP_TYPE": {"app_type": "Single-Tenant"},
}


@pytest.mark.parametrize("name", MISSING)
def test_it_does_not_start_without(name: str) -> None:
    """A setting without which anybody could ask is named."""
    whole = TeamsOptions("app", "secret", tenant_id=TENANT)
    with pytest.raises(ValueError, match=name):
        replace(whole, **MISSING[name])


async def test_development_takes_unsigned_activities_from_this_machine_alone() -> None:
    """Without an app id only loopback may speak, and no proxy on its behalf."""
    peer = await Peer().start()
    desk, platform = Desk(), TeamsPlatform(TeamsOptions(development=True), MemoryStore())
    app = web.Application()
    platform.mount(app, desk)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/teams/messages"
    made = {"type": "message", "id": "1", "channelId": "msteams", "text": "hi", "serviceUrl": "http://127.0.0.1:9/"}
    made |= {"from": {"id": "u", "aadObjectId": "a"}, "conversation": {"id": "c"}, "recipient": {"id": "b"}}
    async with aiohttp.ClientSession() as http:
        by_proxy, by_page = {"X-Forwarded-For": "10.0.0.9"}, {"Origin": "https://evil.example"}
        by_name = {"Host": "evil.example:3978"}  # a name that was made to lead here
        for headers, expected in ((by_proxy, 403), (by_page, 403), (by_name, 403), ({}, 202)):
            async with http.post(url, json=made, headers=headers) as answer:
                assert answer.status == expected
        made["serviceUrl"] = "http://10.0.0.9/"
        async with http.post(url, json=made) as answer:
            assert answer.status == 403
    assert len(desk.turns) == 1
    await runner.cleanup()
    await platform.close()
    await peer.stop()
