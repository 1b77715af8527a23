"""Is this activity from the Bot Framework and for us? Without it anybody could ask with anybody's rights."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

log = logging.getLogger(__name__)

ISSUER = "https://api.botframework.com"
LEEWAY = 300.0  # seconds that two clocks may differ
KEPT_SECONDS, MOST_KEPT = 300.0, 1_000
REFETCH_SECONDS = 60.0  # a key id that we do not know asks for the keys again, at most so often
KEYS_SECONDS = 24 * 3600.0
PATIENCE = aiohttp.ClientTimeout(total=5)

Claims = dict[str, Any]
Key = tuple[RSAPublicKey, frozenset[str]]


class Forged(PermissionError):
    """Not from the Bot Framework, not for us, or no longer valid: answer 401 and tell nothing."""


class KeysMissing(Exception):
    """The keys cannot be fetched just now: nobody is known to have forged anything, so answer 503."""


@dataclass(frozen=True, slots=True)
class _Passed:
    until: float
    claims: Claims
    endorsed: frozenset[str]


class Verifier:
    """Checks tokens with the service's published keys. `clock` gives epoch seconds."""

    def __init__(
        self, http: aiohttp.ClientSession, app_id: str, metadata_url: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._http, self._app_id, self._url, self._clock = http, app_id, metadata_url, clock
        self._keys: dict[str, Key] = {}
        self._tried = self._fetched = float("-inf")
        self._lock = asyncio.Lock()
        self._passed: dict[bytes, _Passed] = {}

    async def verify(self, header: str, channel: str, service_url: str) -> Claims:
        """The token's claims. Raises Forged, or KeysMissing when the keys cannot be had."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > 8192:
            raise Forged("no bearer token")
        passed = await self._known(token)
        if channel not in passed.endorsed:
            raise Forged("the key does not speak for this channel")
        if not service_url or passed.claims.get("serviceurl") != service_url:
            raise Forged("the token is for another service URL")
        return passed.claims

    async def _known(self, token: str) -> _Passed:
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        passed = self._passed.get(digest)
        if passed is None or passed.until <= self._clock():
            passed = await self._examined(token)
            if len(self._passed) >= MOST_KEPT:
                self._passed.clear()
            self._passed[digest] = passed
        return passed

    async def _examined(self, token: str) -> _Passed:
        key, endorsed = await self._key(_key_id(token))
        try:
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
            until = min(float(claims["exp"]), self._clock() + KEPT_SECONDS)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise Forged(type(error).__name__) from error
        return _Passed(until, claims, endorsed)

    async def _key(self, key_id: str) -> Key:
        if key_id not in self._keys or self._clock() > self._fetched + KEYS_SECONDS:
            await self._refresh(key_id)
        if not self._keys:
            raise KeysMissing
        if key_id not in self._keys:
            raise Forged("unknown key")
        return self._keys[key_id]

    async def _refresh(self, key_id: str) -> None:
        async with self._lock:
            now = self._clock()
            fresh = key_id in self._keys and now <= self._fetched + KEYS_SECONDS
            if fresh or now < self._tried + REFETCH_SECONDS:
                return
            self._tried = now
            try:
                self._keys = await self._published()
                self._fetched = now
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning("the Bot Framework's keys could not be fetched: %s", type(error).__name__)

    async def _published(self) -> dict[str, Key]:
        document = await self._get(self._url)
        keys = (await self._get(document["jwks_uri"]))["keys"]
        return {key["kid"]: _read(key) for key in keys if key.get("kty") == "RSA"}

    async def _get(self, url: str) -> Any:
        async with self._http.get(url, timeout=PATIENCE, allow_redirects=False) as answer:
            answer.raise_for_status()
            return json.loads(await answer.read())


def _read(key: dict[str, Any]) -> Key:
    public = RSAAlgorithm.from_jwk(json.dumps({name: key[name] for name in ("kty", "n", "e")}))
    if not isinstance(public, RSAPublicKey):
        raise TypeError("a private key is published")
    return public, frozenset(key.get("endorsements") or ())


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Forged(type(error).__name__) from error
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(key_id, str):
        raise Forged("no key")
    return key_id
