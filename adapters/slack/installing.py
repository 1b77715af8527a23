"""Installs into further workspaces. Without it every workspace would need a deployment of its own."""

from __future__ import annotations

import hashlib
import hmac
import html
import logging
import secrets
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError

from adapters.slack.options import SlackOptions
from adapters.slack.scopes import SCOPES
from adapters.slack.workspaces import Install, Workspaces
from agents.errors import Unavailable

log = logging.getLogger(__name__)

STATE_SECONDS = 600
COOKIE = "findata-slack-install"


class Installing:
    """/slack/install sends an admin to Slack, /slack/oauth_redirect takes what Slack sends back.

    The state is in a cookie of that browser alone and signed by us, so that nobody can be made to finish an install
    that somebody else began.
    """

    def __init__(self, options: SlackOptions, workspaces: Workspaces) -> None:
        self._options, self._workspaces = options, workspaces

    def mount(self, app: web.Application) -> None:
        """Adds both routes."""
        app.router.add_get("/slack/install", self.begin)
        app.router.add_get("/slack/oauth_redirect", self.end)

    async def begin(self, request: web.Request) -> web.Response:
        """To Slack's consent page."""
        state = secrets.token_urlsafe(24)
        query = {"client_id": self._options.client_id, "scope": ",".join(SCOPES), "state": state}
        query |= {"redirect_uri": self._back} if self._back else {}
        answer = web.Response(status=302, headers={"Location": f"{self._consent}?{urlencode(query)}"})
        secure = self._options.public_url.startswith("https://")
        answer.set_cookie(
            COOKIE,
            self._sealed(state),
            max_age=STATE_SECONDS,
            httponly=True,
            secure=secure,
            samesite="Lax",
            path="/slack",
        )
        return answer

    async def end(self, request: web.Request) -> web.Response:
        """Keeps the token. 400 for a state that this browser did not begin with, 502 when Slack does not confirm."""
        state, code = request.query.get("state", ""), request.query.get("code", "")
        if not state or not hmac.compare_digest(self._sealed(state).encode(), request.cookies.get(COOKIE, "").encode()):
            return _page(400, "This install was not begun in this browser. Open /slack/install again.")
        if not code:
            return _page(400, "The install was cancelled.")
        install = await self._confirmed(code)
        if install is None:
            return _page(502, "Slack did not confirm the install. Open /slack/install again.")
        try:
            await self._workspaces.installed(install)
        except Unavailable:
            return _page(503, "The install could not be stored. Open /slack/install again.")
        answer = _page(200, "findata is installed. Mention it in a channel, or write to it directly.")
        answer.del_cookie(COOKIE, path="/slack")
        return answer

    async def _confirmed(self, code: str) -> Install | None:
        client = self._workspaces.web.client("")
        sent = {"client_id": self._options.client_id, "client_secret": self._options.client_secret, "code": code[:500]}
        sent |= {"redirect_uri": self._back} if self._back else {}
        try:
            told = await client.api_call("oauth.v2.access", data=sent)
        except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("an install was not confirmed: %s", type(error).__name__)
            return None
        team, token = (told.get("team") or {}).get("id"), told.get("access_token")
        if not team or not token:
            return None  # an organisation-wide install names no workspace
        return Install(str(team), str(token), str(told.get("bot_user_id", "")), "", str(told.get("app_id", "")))

    @property
    def _consent(self) -> str:
        base = self._options.api_url.rstrip("/").removesuffix("/api")
        return f"{base}/oauth/v2/authorize"

    @property
    def _back(self) -> str:
        return f"{self._options.public_url.rstrip('/')}/slack/oauth_redirect" if self._options.public_url else ""

    def _sealed(self, state: str) -> str:
        return hmac.new(
            self._options.client_secret.encode(), state.encode("utf-8", "replace"), hashlib.sha256
        ).hexdigest()


def _page(status: int, text: str) -> web.Response:
    body = f"<!doctype html><meta charset=utf-8><title>findata</title><p>{html.escape(text)}</p>"
    return web.Response(status=status, text=body, content_type="text/html")
