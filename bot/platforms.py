"""The chat platforms that are configured, each imported only then: a bot for Slack need not load what Teams needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aiohttp import web

from adapters.databricks.rights import ReadingRights
from adapters.redis.limits import RedisRates
from adapters.redis.store import RedisStore
from adapters.replying import Rating
from agents.domain import User
from agents.errors import BotError
from agents.ports import Inbox, Platform
from bot.identities import vault, visitors
from bot.settings import Settings, WrongUsage
from bot.wiring import Parts

if TYPE_CHECKING:
    from adapters.slack import SlackOptions
    from adapters.teams import TeamsOptions


class Chat(Platform, Protocol):
    """A platform that people reach over the network."""

    def mount(self, app: web.Application, inbox: Inbox) -> None:
        """Adds its ways in to our server."""

    async def close(self) -> None:
        """Closes it again; nothing is shown after this."""


@runtime_checkable
class Dialling(Protocol):
    """A platform that we call, and not only it us."""

    async def start(self, inbox: Inbox) -> None:
        """Opens what it keeps open, such as Slack's socket; nothing where none is configured."""


class Feedback:
    """What platforms want done for a person besides answering."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def rate(self, user: User, rating: Rating) -> None:
        """Tells Genie what was thought of its SQL; nothing where it wrote none. Raises what Genie raises."""
        if rating.message:
            await self._parts.genie.rate(user, rating.space, rating.conversation, rating.message, good=rating.good)

    async def identity(self, user: User) -> str:
        """The Databricks identity whose rights this person's questions use; empty while there is none."""
        try:
            return await self._parts.workspace.whom(user)
        except BotError:
            return ""


def configured(settings: Settings, parts: Parts) -> list[Chat]:
    """Raises WrongUsage when none is, or when one of them needs more than is set."""
    chats: list[Chat] = []
    if settings.slack.on:
        chats.append(_slack(settings, parts))
    if settings.teams.on:
        chats.append(_teams(settings, parts))
    if not chats:
        raise WrongUsage(
            "No chat platform is configured: set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN, or TEAMS_APP_ID"
        )
    return chats


def _slack(settings: Settings, parts: Parts) -> Chat:
    from adapters.slack import SlackPlatform

    place, feedback = slack_place(settings), Feedback(parts)
    seal = vault(settings) if place.client_id else None
    store = RedisStore(parts.clients.front, prefix=settings.redis.prefix)  # fails fast: Slack waits for its 200
    rights = ReadingRights(parts.workspace)
    return SlackPlatform(place, store, vault=seal, rate=feedback.rate, identity=feedback.identity, rights=rights)


def slack_place(settings: Settings) -> SlackOptions:
    """The app as the adapter wants it. Raises WrongUsage."""
    from adapters.slack import SlackOptions

    block = settings.slack
    if not block.bot_token.get_secret_value() and not block.client_id:
        raise WrongUsage("SLACK_BOT_TOKEN is missing: or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for several teams")
    return SlackOptions(
        signing_secret=block.signing_secret.get_secret_value(),
        bot_token=block.bot_token.get_secret_value(),
        app_token=block.app_token.get_secret_value(),
        client_id=block.client_id,
        client_secret=block.client_secret.get_secret_value(),
        api_url=str(block.api_url),
        clicks=block.clicks,
        privacy=block.privacy,
        public_url=str(settings.server.public_url or "").rstrip("/"),
    )


def _teams(settings: Settings, parts: Parts) -> Chat:
    from adapters.teams import TeamsPlatform

    front, prefix = parts.clients.front, settings.redis.prefix  # fails fast: Teams waits for its 202
    store, rates = RedisStore(front, prefix=prefix), RedisRates(front, prefix=prefix)
    rate, rights, people = Feedback(parts).rate, ReadingRights(parts.workspace), None
    if settings.server.public_url:
        people = visitors(settings, parts.workspace, parts.store)
    return TeamsPlatform(teams_place(settings), store, rate=rate, rates=rates, rights=rights, visitors=people)


def teams_place(settings: Settings) -> TeamsOptions:
    """The bot as the adapter wants it. Raises WrongUsage."""
    from adapters.teams import TeamsOptions

    block = settings.teams
    try:
        return TeamsOptions(
            app_id=block.app_id,
            app_password=block.app_password.get_secret_value(),
            app_type=block.app_type,
            tenant_id=block.tenant_id,
            tenants=block.tenants,
            guests=block.guests,
            clicks=block.clicks,
            privacy=block.privacy,
            development=block.development,
            public_url=str(settings.server.public_url or "").rstrip("/"),
        )
    except ValueError as error:
        raise WrongUsage(str(error)) from error
