"""Forged, stale, foreign and malformed requests at the Teams door: none passes, none makes a 500, nothing goes out."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from adapters.teams import TeamsPlace, TeamsPlatform
from agents.ports import Receipt
from tests.memory_store import MemoryStore
from tests.teams_peer import APP, CHANNEL, GROUP, ISSUER, TENANT, Key, Peer
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


def unsigned(made: Scene) -> str:
    return jwt.encode(
        {"aud": APP, "iss": "https://api.botframework.com", "exp": time.time() + 60}, "", algorithm="none"
    )


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
    "a critical header nobody knows": (
        401,
        token(lambda m: m.peer.keys[0].token(m.peer.service_url, headers={"crit": ["x"]})),
    ),
    # from it, and not for us, or no longer valid
    "wrong issuer": (401, signed(iss="https://sts.windows.net/")),
    "no issuer": (401, signed(iss=None)),
    "wrong audience": (401, signed(aud=OTHER)),
    "no audience": (401, signed(aud=None)),
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
    "a lone surrogate in an id": (
        400,
        body(b'{"type":"message","id":"\\ud800","channelId":"msteams","conversation":{"id":"x"}}'),
    ),
    "too large": (413, body(b" " * 300_000)),
}


@pytest.fixture(scope="module")
def key() -> Key:
    """One key for all: making one takes a moment."""
    return Key()


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_forged_or_malformed_is_refused(name: str, key: Key) -> None:
    """Refused with the right status, nothing is stored and nothing leaves."""
    expected, make = FORGED[name]
    async with scene() as made:
        made.peer.keys = [key]
        content, bearer = make(made)
        status, told = await made.alice.send(content, token=bearer)
        assert (status, told) == (expected, "")
        assert made.desk.turns == []
        assert made.store.held == {}
        assert made.peer.calls == []
        assert made.peer.tokens == 0


def test_there_are_enough_of_them() -> None:
    """The list cannot shrink unseen."""
    assert len(FORGED) >= 28


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
        verifier = made.platform._shell._authentication._verifier
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
    whole = TeamsPlace("app", "secret", tenant_id=TENANT)
    with pytest.raises(ValueError, match=name):
        replace(whole, **MISSING[name])


async def test_development_takes_unsigned_activities_from_this_machine_alone() -> None:
    """Without an app id only loopback may speak, and no proxy on its behalf."""
    peer = await Peer().start()
    desk, platform = Desk(), TeamsPlatform(TeamsPlace(development=True), MemoryStore())
    app = web.Application()
    platform.mount(app, desk)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/teams/messages"
    made = {"type": "message", "id": "1", "channelId": "msteams", "text": "hi", "serviceUrl": "http://127.0.0.1:9/"}
    made |= {"from": {"id": "u", "aadObjectId": "a"}, "conversation": {"id": "c"}, "recipient": {"id": "b"}}
    async with aiohttp.ClientSession() as http:
        for headers, expected in (({"X-Forwarded-For": "10.0.0.9"}, 403), ({}, 202)):
            async with http.post(url, data=json.dumps(made), headers=headers) as answer:
                assert answer.status == expected
        made["serviceUrl"] = "http://10.0.0.9/"
        async with http.post(url, data=json.dumps(made)) as answer:
            assert answer.status == 403
    assert len(desk.turns) == 1
    await runner.cleanup()
    await platform.close()
    await peer.stop()
