"""Our own token for the connector: cached, renewed early, and an outage of the sign-in only when there is none left."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import aiohttp
import pytest

from adapters.teams import TeamsOptions
from adapters.teams.credentials import ClientSecret, ManagedIdentity, NoCredentials, credentials
from agents.errors import Unavailable
from tests.teams_peer import APP, TENANT, Peer


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def place(url: str, **changes: Any) -> TeamsOptions:
    return TeamsOptions(**{"app_id": APP, "app_password": "secret", "tenant_id": TENANT, "login_url": url, **changes})


async def test_a_token_is_fetched_once_and_renewed_before_it_ends() -> None:
    """Many sends at once wait for one sign-in; the next comes five minutes before the end."""
    peer, clock = await Peer().start(), Clock()
    async with aiohttp.ClientSession() as http:
        made = ClientSecret(http, place(peer.url), clock)
        assert set(await asyncio.gather(*(made.token() for _ in range(20)))) == {"token-1"}
        clock.now = 3290.0
        assert await made.token() == "token-1"
        clock.now = 3301.0
        assert await made.token() == "token-2"
    await peer.stop()


async def test_while_the_old_token_is_good_an_outage_of_the_sign_in_does_not_hurt() -> None:
    """It is tried again, not at every send; without any token it is an outage."""
    peer, clock = await Peer().start(), Clock()
    async with aiohttp.ClientSession() as http:
        made = ClientSecret(http, place(peer.url), clock)
        await made.token()
        await peer.stop()
        clock.now = 3400.0
        assert await made.token() == await made.token() == "token-1"
        clock.now = 3601.0
        with pytest.raises(Unavailable):
            await made.token()


async def test_a_wrong_secret_is_told_without_the_secret() -> None:
    """The reason of the sign-in service, cut, and nothing of ours."""
    peer = await Peer().start()
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unavailable, match="invalid_client") as raised:
            await ClientSecret(http, place(peer.url, app_password="hunter2")).token()
        assert "hunter2" not in str(raised.value)
    await peer.stop()
    assert "hunter2" not in repr(place("", app_password="hunter2"))


async def test_the_settings_decide_where_the_token_comes_from() -> None:
    """A secret, the machine's identity, or nothing in development."""
    async with aiohttp.ClientSession() as http:
        assert isinstance(credentials(http, place("x")), ClientSecret)
        assert isinstance(credentials(http, place("x", app_type="UserAssignedMSI", app_password="")), ManagedIdentity)
        assert isinstance(credentials(http, TeamsOptions(development=True)), NoCredentials)
    assert await NoCredentials().token() == ""


async def test_the_machines_identity_is_asked_in_a_thread_and_its_refusal_is_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MSAL as it answers: a token with its seconds, or an error as a value."""
    answers = [{"access_token": "machine", "expires_in": 600}, {"error": "invalid_request"}]
    asked: list[Any] = []

    def client(identity: object, *, http_client: object) -> object:
        asked.append(identity)
        return SimpleNamespace(acquire_token_for_client=lambda resource: answers.pop(0))

    msal = ModuleType("msal")
    vars(msal).update(
        UserAssignedManagedIdentity=lambda client_id: client_id,
        ManagedIdentityClient=client,
        ManagedIdentityError=ValueError,
    )
    monkeypatch.setitem(sys.modules, "msal", msal)
    clock = Clock()
    made = ManagedIdentity(APP, clock)
    assert await made.token() == "machine"
    clock.now = 700.0
    with pytest.raises(Unavailable, match="invalid_request"):
        await made.token()
    assert asked == [APP]
