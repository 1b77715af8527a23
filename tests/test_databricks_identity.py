"""Whose rights: each way to come by a token, through the local Databricks' authorization server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.databricks.consent import Consent, Linking, UserOAuth
from adapters.databricks.identity import Federation, ServicePrincipal, Token
from adapters.databricks.oauth import Application, AuthorizationServer, Grant
from adapters.databricks.stores import MemoryExpiringStore
from adapters.databricks.vault import Vault
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import User
from agents.errors import NotConnected, Unavailable
from tests.databricks_peer import ANALYST, SALES, Peer, databricks, ignore, register

CALLBACK = "http://127.0.0.1:1/databricks/callback"
KEYS = [Fernet.generate_key().decode() for _ in range(2)]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


def linking(peer: Peer, store: MemoryExpiringStore, *, keys: list[str] = KEYS) -> UserOAuth:
    """One replica's way to the askers' tokens."""
    linked = Linking(Application("findata"), CALLBACK)
    return UserOAuth(AuthorizationServer(peer.url), linked, store, Vault(keys))


async def consent(url: str, person: str) -> tuple[str, str]:
    """Signs in as this person and agrees. Answers (state, code) as the callback gets them."""
    form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | {"user": person}
    page = url.split("?", 1)[0]
    async with aiohttp.ClientSession() as session, session.post(page, data=form, allow_redirects=False) as answer:
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return query["state"][0], query["code"][0]


async def link(oauth: UserOAuth, user: User, person: str) -> None:
    """The whole way from the button to the stored token."""
    await oauth.keep(await oauth.redeem(*await consent(await oauth.begin(user), person)))


async def test_an_asker_links_their_own_identity(peer: Peer) -> None:
    """After consent the workspace knows the chat user as the person who agreed, and only that chat user."""
    oauth = linking(peer, MemoryExpiringStore())
    workspace = peer.as_others(oauth)
    with pytest.raises(NotConnected):
        await workspace.whom(ANALYST)
    await link(oauth, ANALYST, "germany@example.org")
    assert await workspace.whom(ANALYST) == "germany@example.org"
    with pytest.raises(NotConnected):
        await workspace.whom(User("console", "t2", ANALYST.id))
    workspace.close()


async def test_a_consent_link_is_good_once(peer: Peer) -> None:
    """The same answer of the consent page, delivered twice at once, counts once."""
    oauth = linking(peer, MemoryExpiringStore())
    state, code = await consent(await oauth.begin(ANALYST), "analyst@example.org")
    results = await asyncio.gather(*(oauth.redeem(state, code) for _ in range(2)), return_exceptions=True)
    assert {type(result) for result in results} == {Consent, NotConnected}


async def test_a_made_up_state_links_nobody(peer: Peer) -> None:
    """A code without the link that we gave out is worth nothing."""
    oauth = linking(peer, MemoryExpiringStore())
    _, code = await consent(await oauth.begin(ANALYST), "analyst@example.org")
    with pytest.raises(NotConnected):
        await oauth.redeem("made-up", code)


async def test_a_token_is_renewed_once_for_all_replicas(peer: Peer) -> None:
    """Ten askings on two replicas with a token about to run out bring one renewal, and the link survives rotation."""
    peer.platform.knobs.token_life = 60.0
    store = MemoryExpiringStore()
    replicas = [linking(peer, store) for _ in range(2)]
    await link(replicas[0], ANALYST, "analyst@example.org")
    peer.platform.knobs.token_life = 3600.0
    tokens = await asyncio.gather(*(replicas[n % 2].token(ANALYST) for n in range(10)))
    assert len({token.value for token in tokens}) == 1
    assert tokens[0].good_for(3000)
    renewed = await replicas[1].token(ANALYST, refused=tokens[0].value)
    assert renewed.value != tokens[0].value


async def test_a_question_goes_on_when_the_token_was_refused(peer: Peer) -> None:
    """A token revoked early is renewed within the question, for REST and for SQL alike."""
    oauth = linking(peer, MemoryExpiringStore())
    await link(oauth, ANALYST, "analyst@example.org")
    workspace = peer.as_others(oauth)
    warehouse = SqlWarehouse(workspace)
    sql = f"SELECT COUNT(*) AS n FROM {SALES}"
    await warehouse.run(ANALYST, sql, turn_id="", conversation="c", row_limit=1, report=ignore)
    peer.platform.tokens.revoke((await oauth.token(ANALYST)).value)
    result = await warehouse.run(ANALYST, sql, turn_id="", conversation="c", row_limit=1, report=ignore)
    assert result.rows == ((4,),)
    await warehouse.close()
    workspace.close()


async def test_a_link_that_cannot_be_renewed_is_forgotten(peer: Peer) -> None:
    """When the workspace refuses the refresh token the asker is told to link again."""
    store, vault = MemoryExpiringStore(), Vault(KEYS)
    note = {"access_token": "old", "expires_at": time.time(), "refresh_token": "unknown"}
    await store.put(f"token/{ANALYST.key}", vault.seal(note), seconds=60)
    with pytest.raises(NotConnected):
        await linking(peer, store).token(ANALYST)
    assert await store.get(f"token/{ANALYST.key}") is None


async def test_unlinking_forgets_the_token(peer: Peer) -> None:
    """After it the asker is unknown again."""
    store = MemoryExpiringStore()
    oauth = linking(peer, store)
    await link(oauth, ANALYST, "analyst@example.org")
    assert await oauth.forget(ANALYST)
    assert not await oauth.forget(ANALYST)
    with pytest.raises(NotConnected):
        await oauth.token(ANALYST)


async def test_what_is_stored_is_sealed_and_keys_rotate(peer: Peer) -> None:
    """No token can be read in the store; a new first key still opens what the old one sealed; without it, nothing."""
    store = MemoryExpiringStore()
    await link(linking(peer, store, keys=KEYS[:1]), ANALYST, "analyst@example.org")
    token = await linking(peer, store, keys=KEYS[:1]).token(ANALYST)
    sealed = await store.get(f"token/{ANALYST.key}")
    assert sealed is not None
    assert token.value.encode() not in sealed
    assert (await linking(peer, store, keys=[KEYS[1], KEYS[0]]).token(ANALYST)).value == token.value
    with pytest.raises(NotConnected):
        await linking(peer, store, keys=[KEYS[1]]).token(ANALYST)


async def test_a_service_principal_acts_for_everybody_and_says_so(peer: Peer) -> None:
    """Whoever asks, the workspace sees the service principal, and the mode knows that it is not the asker."""
    await register(peer, "clients", {"id": "svc", "secret": "s3", "service_principal": "crawler"})
    rights = ServicePrincipal(AuthorizationServer(peer.url), Application("svc", "s3"))
    workspace = peer.as_others(rights)
    assert await workspace.whom(ANALYST) == await workspace.whom(User("slack", "t", "x")) == "crawler"
    assert not rights.as_asker
    workspace.close()


async def test_a_wrong_secret_means_nobody(peer: Peer) -> None:
    """A service principal that is refused does not become anybody else."""
    rights = ServicePrincipal(AuthorizationServer(peer.url), Application("svc", "wrong"))
    with pytest.raises(NotConnected):
        await rights.token(ANALYST)


async def test_a_companys_sign_in_is_exchanged(peer: Peer) -> None:
    """The identity provider's JWT of a person becomes that person's token; another signature becomes nothing."""
    key, forged = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    await register(peer, "issuers", {"url": "https://idp.example.org", "key": public})
    signing = [key]

    async def assertion(user: User) -> str:
        claims = {
            "iss": "https://idp.example.org",
            "aud": "databricks",
            "sub": f"{user.id}@example.org",
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        }
        return jwt.encode(claims, signing[0], algorithm="RS256")

    workspace = peer.as_others(Federation(AuthorizationServer(peer.url), assertion))
    assert await workspace.whom(ANALYST) == "analyst@example.org"
    signing[0] = forged
    with pytest.raises(NotConnected):
        await workspace.whom(User("teams", "t1", "germany"))
    workspace.close()


async def test_an_authorization_server_that_is_down_is_unavailable() -> None:
    """Not reaching it is no reason to tell the asker to link again."""
    with pytest.raises(Unavailable):
        await AuthorizationServer("http://127.0.0.1:9").endpoints()


def test_tokens_do_not_show_in_logs() -> None:
    """Whatever is printed of them, the secret is not."""
    shown = f"{Token('s3cr3t')} {Grant('s3cr3t', 0.0, 's3cr3t')} {Application('id', 's3cr3t')!r}"
    assert "s3cr3t" not in shown
