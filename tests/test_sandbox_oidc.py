"""The OAuth server, used by the SDK's own OAuth client, M2M credentials and federation."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from databricks.sdk import oauth
from databricks.sdk import oidc as sdk_oidc
from databricks.sdk.oauth import Consent, OAuthClient, SessionCredentials

from sandbox.databricks import oidc
from sandbox.databricks.oidc_clients import Client, Issuer, Registry
from sandbox.databricks.oidc_grants import EXCHANGE, JWT_TYPE
from tests.sandbox_peer import Village, config, serving, without_environment

CALLBACK = "http://127.0.0.1:9/oauth/callback"
ISSUER = "https://login.example.org/tenant"


@dataclass
class Place:
    """A running OAuth server."""

    url: str
    village: Village
    registry: Registry


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    without_environment(monkeypatch)
    village, registry = Village(), Registry()
    village.people.add("robot", "Robot", service=True)
    registry.clients["robot"] = Client(id="robot", secret="robot-secret", service_principal="robot")
    registry.clients["web"] = Client(id="web", secret="web-secret", redirects=("https://bot.example.org/back",))
    async with serving(village.tokens, oidc.routes(village, registry)) as url:
        yield Place(url, village, registry)


def oauth_client(place: Place, scopes: tuple[str, ...] = ("all-apis", "offline_access"), **options: Any) -> OAuthClient:
    return OAuthClient.from_host(
        place.url, client_id="findata", redirect_url=CALLBACK, scopes=list(scopes), client_secret=None, **options
    )


async def consent(place: Place, scopes: tuple[str, ...] = ("all-apis", "offline_access")) -> Consent:
    client = await asyncio.to_thread(oauth_client, place, scopes)
    return client.initiate_consent()


async def browse(consent_url: str, **changes: str) -> tuple[int, dict[str, str]]:
    """Opens the consent page, sends its form and answers the status and what came back in the redirect."""
    async with aiohttp.ClientSession() as session:
        page = await (await session.get(consent_url)).text()
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        form = {name: value.replace("&amp;", "&") for name, value in fields.items()} | changes
        where = consent_url.split("?")[0]
        async with session.post(where, data=form, allow_redirects=False) as answer:
            query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
            return answer.status, {name: values[0] for name, values in query.items()}


async def signed_in(place: Place, user: str = "ana@example.org") -> SessionCredentials:
    asked = await consent(place)
    _, back = await browse(asked.authorization_url, user=user)
    return await asyncio.to_thread(asked.exchange, back["code"], back["state"])


async def test_a_person_signs_in(place: Place) -> None:
    """Consent, code and PKCE exchange give a token that is the chosen person's."""
    credentials = await signed_in(place, "bob@example.org")
    person = place.village.tokens.who(credentials.token().access_token)
    assert person is not None
    assert person.name == "bob@example.org"
    assert credentials.token().refresh_token


async def test_the_consent_page_lists_people_and_escapes(place: Place) -> None:
    """Every persona can be picked, services cannot, and what the request brought is text."""
    asked = await consent(place)
    url = asked.authorization_url + "&login_hint=bob@example.org&extra=%22%3E%3Cscript%3E"
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Accept-Language": "fr-FR"}) as answer:
        page = await answer.text()
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Qui êtes-vous" in page
    assert 'value="ana@example.org"' in page
    assert re.search(r'value="bob@example.org" required checked', page)
    assert "robot" not in page
    assert "<script" not in page


async def test_denied(place: Place) -> None:
    """Refusing sends the browser back with access_denied and the state."""
    asked = await consent(place)
    status, back = await browse(asked.authorization_url, deny="1", user="ana@example.org")
    assert (status, back["error"]) == (302, "access_denied")
    assert back["state"] == asked.as_dict()["state"]


async def test_a_code_works_once(place: Place) -> None:
    """The second use of a code is refused."""
    asked = await consent(place)
    _, back = await browse(asked.authorization_url, user="ana@example.org")
    await asyncio.to_thread(asked.exchange, back["code"], back["state"])
    with pytest.raises(ValueError, match="invalid_grant"):
        await asyncio.to_thread(asked.exchange, back["code"], back["state"])


async def test_another_verifier_is_refused(place: Place) -> None:
    """Whoever stole the code lacks the verifier; the code is spent nevertheless."""
    asked, other = await consent(place), await consent(place)
    _, back = await browse(asked.authorization_url, user="ana@example.org")
    thief = Consent.from_dict(asked.as_dict() | {"verifier": other.as_dict()["verifier"]}, client_secret=None)
    for one in (thief, asked):
        with pytest.raises(ValueError, match="invalid_grant"):
            await asyncio.to_thread(one.exchange, back["code"], back["state"])


async def test_pkce_is_required(place: Place) -> None:
    """Without a challenge there is no code."""
    asked = await consent(place)
    url = re.sub(r"&code_challenge=[^&]+", "", asked.authorization_url)
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
        assert answer.status == 302
        assert "error=invalid_request" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("client_id", "redirect", "allowed"),
    [
        ("findata", "http://localhost:8080/back", True),
        ("findata", "https://evil.example.org/back", False),
        ("findata", "https://127.0.0.1.evil.example.org/", False),
        ("web", "https://bot.example.org/back", True),
        ("web", "https://bot.example.org/back/more", False),
        ("nobody", "http://localhost:8080/back", False),
    ],
)
async def test_where_a_browser_may_be_sent(place: Place, client_id: str, redirect: str, allowed: bool) -> None:
    """Only registered and loopback addresses are redirected to; others get a page, not a redirect."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect,
        "response_type": "code",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "state": "s",
        "user": "ana@example.org",
    }
    async with aiohttp.ClientSession() as session:
        answer = await session.post(f"{place.url}/oidc/v1/authorize", data=query, allow_redirects=False)
        assert answer.status == (302 if allowed else 400)
        assert ("Location" in answer.headers) == allowed


async def test_refresh_rotates(place: Place) -> None:
    """A refresh gives a new pair; the old refresh token is dead."""
    credentials = await signed_in(place)
    old = credentials.token().refresh_token
    form = {"grant_type": "refresh_token", "refresh_token": old, "client_id": "findata"}
    status, first = await post_token(place, form)
    assert status == 200
    assert first["refresh_token"] != old
    assert place.village.tokens.who(first["access_token"]) is not None
    status, second = await post_token(place, form)
    assert (status, second["error"]) == (400, "invalid_grant")


async def test_the_sdk_refreshes_by_itself(place: Place) -> None:
    """A token of short life is renewed by the SDK's session credentials, more than once."""
    place.village.knobs.token_life = 1.0
    credentials = await signed_in(place)
    seen = set()
    for _ in range(3):
        seen.add((await asyncio.to_thread(credentials.token)).access_token)
    assert len(seen) == 3


async def test_expired_tokens_are_unknown(place: Place) -> None:
    """An access token ends when its life does."""
    place.village.knobs.token_life = 0.0
    credentials = await signed_in(place)
    token = await asyncio.to_thread(credentials.token)
    assert place.village.tokens.who(token.access_token) is None


async def test_no_refresh_token_without_offline_access(place: Place) -> None:
    """Who did not ask for offline access gets none."""
    asked = await consent(place, ("all-apis",))
    _, back = await browse(asked.authorization_url, user="ana@example.org")
    credentials = await asyncio.to_thread(asked.exchange, back["code"], back["state"])
    assert not credentials.as_dict()["token"].get("refresh_token")


async def post_token(place: Place, form: dict[str, str], **headers: str) -> tuple[int, dict[str, Any]]:
    where = f"{place.url}/oidc/v1/token"
    async with aiohttp.ClientSession() as session, session.post(where, data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_service_principal(place: Place) -> None:
    """The SDK's M2M login gets a token of the service principal, found through host metadata."""
    settings = {"client_id": "robot", "client_secret": "robot-secret", "auth_type": "oauth-m2m"}
    header = await asyncio.to_thread(lambda: config(place.url, **settings).authenticate())
    person = place.village.tokens.who(header["Authorization"].removeprefix("Bearer "))
    assert person is not None
    assert person.service


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "robot", "client_secret": "no"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "findata"}, 400, "unauthorized_client"),
        ({"grant_type": "password", "client_id": "findata"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "client_id": "findata", "code": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_id": "findata", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": EXCHANGE, "subject_token": "x", "subject_token_type": "other"}, 400, "invalid_request"),
        ({"grant_type": EXCHANGE, "subject_token": "x.y.z", "subject_token_type": JWT_TYPE}, 400, "invalid_grant"),
        ({}, 400, "unsupported_grant_type"),
    ],
)
async def test_refusals(place: Place, form: dict[str, str], status: int, error: str) -> None:
    """Each refusal has its RFC 6749 error code."""
    got, answer = await post_token(place, form)
    assert (got, answer["error"]) == (status, error)
    assert answer["error_description"]


async def test_malformed_basic_header(place: Place) -> None:
    """Credentials that are not base64 are a client error."""
    status, answer = await post_token(place, {"grant_type": "client_credentials"}, Authorization="Basic é!")
    assert (status, answer["error"]) == (401, "invalid_client")


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def subject_token(key: rsa.RSAPrivateKey = KEY, **changes: Any) -> str:
    claims = {"iss": ISSUER, "aud": "databricks", "sub": "ana@example.org", "exp": int(time.time()) + 60} | changes
    return jwt.encode(claims, key, algorithm="RS256")


def trust(place: Place) -> None:
    pem = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    place.registry.issuers[ISSUER] = Issuer(url=ISSUER, key=pem.decode())


async def test_federation(place: Place) -> None:
    """The SDK exchanges another provider's JWT for a token of the user it names."""
    trust(place)

    class FromProvider(sdk_oidc.IdTokenSource):
        def id_token(self) -> sdk_oidc.IdToken:
            return sdk_oidc.IdToken(jwt=subject_token())

    source = sdk_oidc.DatabricksOidcTokenSource(
        host=place.url, token_endpoint=f"{place.url}/oidc/v1/token", id_token_source=FromProvider()
    )
    token: oauth.Token = await asyncio.to_thread(source.token)
    person = place.village.tokens.who(token.access_token)
    assert person is not None
    assert person.name == "ana@example.org"


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        (KEY, {"iss": "https://elsewhere.example.org"}),
        (OTHER_KEY, {}),
        (KEY, {"aud": "somebody-else"}),
        (KEY, {"exp": 1}),
        (KEY, {"sub": "stranger@example.org"}),
    ],
)
async def test_federation_refused(place: Place, key: rsa.RSAPrivateKey, changes: dict[str, Any]) -> None:
    """An unknown issuer, a foreign signature, another audience, an old token or an unknown user get nothing."""
    trust(place)
    form = {
        "grant_type": EXCHANGE,
        "subject_token": subject_token(key, **changes),
        "subject_token_type": JWT_TYPE,
    }
    status, answer = await post_token(place, form)
    assert (status, answer["error"]) == (400, "invalid_grant")


async def test_unsigned_subject_token(place: Place) -> None:
    """`alg: none` is no signature."""
    trust(place)
    claims = {"iss": ISSUER, "aud": "databricks", "sub": "ana@example.org", "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, None, algorithm="none")
    form = {"grant_type": EXCHANGE, "subject_token": unsigned, "subject_token_type": JWT_TYPE}
    assert (await post_token(place, form))[1]["error"] == "invalid_grant"


async def test_clients_and_issuers_over_the_control_routes(place: Place) -> None:
    """Tests may register an app and trust a provider over HTTP."""
    async with aiohttp.ClientSession() as session:
        app = {"id": "new", "secret": "s", "service_principal": "robot"}
        assert (await session.post(f"{place.url}/sandbox/oidc/clients", json=app)).status == 200
        wrong = await session.post(f"{place.url}/sandbox/oidc/issuers", json={"url": ISSUER})
        assert (wrong.status, "key" in (await wrong.json())["message"]) == (400, True)
    form = {"grant_type": "client_credentials", "client_id": "new", "client_secret": "s"}
    assert (await post_token(place, form))[0] == 200
