"""The Bot Connector over one shared session: limits, retries, and no host that is not allowed.

Without it the SDK would open a connection for every send, repeat what must not be repeated, and trust any address.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.teams.credentials import Credentials
from adapters.teams.limits import Limiter
from adapters.teams.options import TeamsOptions
from agents.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

TRIES = 4
LONGEST_PAUSE = 10.0
PATIENCE, SHORT = aiohttp.ClientTimeout(total=15), aiohttp.ClientTimeout(total=5)
UPLOAD = aiohttp.ClientTimeout(total=60)
AGAIN = {
    "POST": frozenset({429}),  # a message that may have arrived is not sent again
    "PUT": frozenset({429, 412, 500, 502, 503, 504}),
    "DELETE": frozenset({429, 412, 500, 502, 503, 504}),
    "GET": frozenset({429, 500, 502, 503, 504}),
}


class Rejected(Exception):
    """Teams refuses this message as it is. `code` and `text` are Teams' own."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code[:60]}")
        self.status, self.code, self.text = status, code, text


class Unsure(Unavailable):
    """A message was sent and it is not known whether it arrived."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the connector."""

    status: int
    body: Mapping[str, Any]
    retry_after: float


class Wire:
    """Sends to service URLs that the place allows.

    What is `fleeting`, such as a step, is tried once and for a short time: the answer waits behind it.
    """

    def __init__(
        self, http: aiohttp.ClientSession, options: TeamsOptions, credentials: Credentials, limiter: Limiter
    ) -> None:
        self._http, self._options, self._credentials, self._limiter = http, options, credentials, limiter

    async def send(
        self, service_url: str, conversation: str, activity: Mapping[str, Any], *, fleeting: bool = False
    ) -> str:
        """Posts it; answers its id, which later chunks of a stream have none of. Raises as `_call`."""
        path = "/activities" + _targeted(activity)
        body = await self._call("POST", service_url, conversation, path, activity, fleeting=fleeting)
        return str(body.get("id") or "")

    async def update(
        self, service_url: str, conversation: str, id_: str, activity: Mapping[str, Any], *, fleeting: bool = False
    ) -> str:
        """Replaces what stands there; doing it twice shows it once."""
        path = f"/activities/{quote(id_, safe='')}{_targeted(activity)}"
        body = await self._call("PUT", service_url, conversation, path, activity, fleeting=fleeting)
        return str(body.get("id") or id_)

    async def delete(self, service_url: str, conversation: str, id_: str) -> None:
        """Takes it away."""
        await self._call("DELETE", service_url, conversation, f"/activities/{quote(id_, safe='')}")

    async def member(self, service_url: str, conversation: str, user: str) -> Mapping[str, Any]:
        """What Teams knows of somebody in a conversation."""
        return await self._call("GET", service_url, conversation, f"/members/{quote(user, safe='')}")

    async def members(self, service_url: str, conversation: str, most: int) -> Mapping[str, Any]:
        """Who is in it, as `members`; with `continuationToken` where they are more than `most`."""
        return await self._call("GET", service_url, conversation, f"/pagedmembers?pageSize={most}")

    async def direct(self, service_url: str, tenant: str, bot: str, user: str) -> str:
        """The asker's own conversation with us; the same one each time. Raises Rejected where we are not installed."""
        parameters = {
            "isGroup": False,
            "bot": {"id": bot},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        body = await self._call("POST", service_url, "", "", parameters)
        if not isinstance(body.get("id"), str):
            raise Unavailable("the connector gave no conversation")
        return str(body["id"])

    async def upload(self, url: str, content: bytes) -> None:
        """A file, whole, into somebody's own storage; our token stays here. Raises NotFound or Unavailable."""
        if not self._options.may_upload(url):
            raise NotFound("an upload address that is not allowed")
        span = {"Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}", "Content-Type": "text/csv"}
        try:
            async with self._http.put(url, data=content, headers=span, timeout=UPLOAD, allow_redirects=False) as answer:
                if answer.status not in (200, 201):
                    raise Unavailable(f"the storage: {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"the storage did not answer: {type(error).__name__}") from error

    # ── one call ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _call(
        self,
        method: str,
        service_url: str,
        conversation: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        fleeting: bool = False,
    ) -> Mapping[str, Any]:
        """Raises Rejected, NotFound (the place is gone), Unsure (after a POST), Unavailable."""
        if not self._options.may_call(service_url):
            raise NotFound("a service URL that is not allowed")
        url = f"{service_url.rstrip('/')}/v3/conversations"
        url += f"/{quote(conversation, safe='')}{path}" if conversation else ""
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") if body is not None else None
        for tried in itertools.count():
            if conversation and method != "GET":
                await self._limiter.admit(conversation, fleeting=fleeting)
            answered = await self._once(method, url, sent, SHORT if fleeting else PATIENCE)
            if answered.status < 300:
                return answered.body
            if answered.status not in AGAIN[method] or fleeting or tried == TRIES - 1:
                _refuse(method, answered)
            await asyncio.sleep(_pause(answered, tried))
        raise AssertionError("unreachable")

    async def _once(self, method: str, url: str, body: bytes | None, patience: aiohttp.ClientTimeout) -> Answered:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        token = await self._credentials.token()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._http.request(
                method, url, data=body, headers=headers, timeout=patience, allow_redirects=False
            ) as answer:
                raw = await answer.read()
                return Answered(answer.status, _object(raw), _seconds(answer.headers.get("Retry-After", "")))
        except aiohttp.ClientConnectorError as error:
            if method == "POST":
                raise Unavailable("the connector cannot be reached") from error
            return Answered(503, {}, 0.0)
        except (aiohttp.ClientError, TimeoutError) as error:
            if method == "POST":
                raise Unsure(f"the connector did not answer: {type(error).__name__}") from error
            return Answered(504, {}, 0.0)


def _refuse(method: str, answered: Answered) -> None:
    detail = answered.body.get("error")
    detail = detail if isinstance(detail, Mapping) else {}
    status, code = answered.status, str(detail.get("code") or "")
    if status in (404, 410):
        raise NotFound(f"the connector: {status} {code[:60]}")
    if status in (429, 401) or (status >= 500 and method != "POST"):
        raise Unavailable(f"the connector: {status} {code[:60]}", retry_after=answered.retry_after)
    if status >= 500 or status in (408, 412):
        raise Unsure(f"the connector: {status} {code[:60]}")
    raise Rejected(status, code, str(detail.get("message") or "")[:300])


def _pause(answered: Answered, tried: int) -> float:
    """What Teams asks for, else longer each time, with some chance so that replicas do not march in step."""
    asked = answered.retry_after or 0.5 * 2**tried
    return float(min(LONGEST_PAUSE, asked) * random.uniform(1.0, 1.2))  # noqa: S311  jitter is no secret


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() and len(text) < 5 else 0.0


def _object(raw: bytes) -> Mapping[str, Any]:
    """The body when it is a JSON object; a proxy's page of HTML is none."""
    try:
        found = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _targeted(activity: Mapping[str, Any]) -> str:
    recipient = activity.get("recipient")
    return "?isTargetedActivity=true" if isinstance(recipient, Mapping) and recipient.get("isTargeted") else ""
