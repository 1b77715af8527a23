"""Where an asker's JWT for token federation comes from: a service of the company's that knows who is who in chat.

Without it federation would need every chat platform to hand us its users' sign-ins, which Slack never does.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import aiohttp

from agents.domain import User
from agents.errors import NotConnected, Unavailable

SECONDS = aiohttp.ClientTimeout(total=10, connect=3)
LARGEST = 32 * 1024  # bytes of an answer
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


class AssertionService:
    """Asks `url` by POST with {platform, tenant, user}, `key` as bearer; 200 answers {"assertion": JWT}, 404 nobody.

    Raises ValueError where `url` would carry sign-ins in the clear.
    """

    def __init__(self, url: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("sign-ins must not travel in the clear: the address has to begin with https://")
        self._url, self._key = url, key

    async def __call__(self, user: User) -> str:
        """The JWT. Raises NotConnected where the service knows nobody of that name, Unavailable."""
        asked = {"platform": user.platform, "tenant": user.tenant, "user": user.id}
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=SECONDS, trust_env=True) as session,
                session.post(self._url, json=asked, headers=headers, allow_redirects=False) as answer,
            ):
                return await _assertion(answer, user)
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise Unavailable(f"assertion service: {type(error).__name__}") from error


async def _assertion(answer: aiohttp.ClientResponse, user: User) -> str:
    if answer.status in (403, 404):
        raise NotConnected(f"the assertion service knows no {user.key}")
    if answer.status != 200 or (answer.content_length or 0) > LARGEST:
        raise Unavailable(f"assertion service: {answer.status}")
    told = await answer.json(content_type=None)
    assertion = told.get("assertion") if isinstance(told, dict) else None
    if not isinstance(assertion, str) or not COMPACT.fullmatch(assertion):
        raise Unavailable("assertion service: no JWT in its answer")
    return assertion
