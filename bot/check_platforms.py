"""What `check` says about the chat platforms and about ourselves: are we let in where people ask, can they reach us?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from adapters.databricks.check import Finding
from adapters.databricks.oauth import AuthorizationServer
from agents.errors import BotError
from bot import platforms
from bot.identities import public_url, vault
from bot.settings import Settings, WrongUsage

LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Sign-in where askers have identities of their own, then each platform."""
    if settings.databricks.on and settings.databricks.identity == "user":
        yield await _sign_in(settings)
    if settings.server.secret_keys:
        yield _keys(settings)
    if settings.slack.on:
        yield await _slack(settings)
    if settings.teams.on:
        yield await _teams(settings)
    if not (settings.slack.on or settings.teams.on):
        fix = "set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN, or TEAMS_APP_ID; `python -m bot ask` needs neither"
        yield Finding("platforms", False, "none configured", fix)


async def _sign_in(settings: Settings) -> Finding:
    fix = "register FINDATA_PUBLIC_URL/databricks/callback with the OAuth app of DATABRICKS_CLIENT_ID"
    try:
        vault(settings)
        url = urlsplit(public_url(settings))
        await AuthorizationServer(settings.databricks.host).endpoints()
    except (WrongUsage, BotError) as error:
        return Finding("sign-in", False, str(error), fix)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        return Finding("sign-in", False, "FINDATA_PUBLIC_URL is not https", "put a proxy with TLS before the bot")
    return Finding("sign-in", True, f"askers come back to {url.scheme}://{url.netloc}/databricks/callback")


def _keys(settings: Settings) -> Finding:
    try:
        opened = vault(settings)
    except WrongUsage as error:
        return Finding("secret keys", False, str(error), "python -m bot key")
    good = opened.open(opened.seal({"probe": 1})) == {"probe": 1}
    count = len(settings.server.secret_keys)
    return Finding("secret keys", good, f"{count} {'key' if count == 1 else 'keys'}, the first one seals")


async def _slack(settings: Settings) -> Finding:
    from adapters.slack.web import Rejected, Web

    fix = "SLACK_BOT_TOKEN: the xoxb- token of the app's page OAuth & Permissions, installed in your workspace"
    try:
        place = platforms.slack_place(settings)
    except WrongUsage as error:
        return Finding("Slack", False, str(error), fix)
    if not place.bot_token:
        return Finding("Slack", True, "several workspaces: each by its own install at /slack/install")

    async def token(_: str) -> str:
        return place.bot_token

    web = Web(place.api_url, token)
    try:
        told = await web.call("", "auth.test")
    except (Rejected, BotError) as error:
        return Finding("Slack", False, str(error), fix)
    finally:
        await web.close()
    way = "Socket Mode" if place.app_token else "HTTP"
    return Finding("Slack", True, f"{told.get('user', 'the bot')} in {told.get('team', 'a workspace')}, over {way}")


async def _teams(settings: Settings) -> Finding:
    import aiohttp

    from adapters.teams.credentials import credentials

    fix = "TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID must be those of the bot's registration"
    try:
        place = platforms.teams_place(settings)
        async with aiohttp.ClientSession() as http:
            await credentials(http, place).token()
    except (WrongUsage, BotError) as error:
        return Finding("Teams", False, str(error), fix)
    if place.unsigned:
        return Finding("Teams", True, "development: unsigned activities, from this machine only")
    return Finding("Teams", True, f"{place.app_type} {place.app_id}, signs in to the connector")
