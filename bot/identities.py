"""Whose rights a question is answered with, by settings: one choice, and never a fall-back from one to another."""

from __future__ import annotations

from adapters.databricks.consent import Linking, UserOAuth
from adapters.databricks.identity import Credentials, Federation, ServicePrincipal, StaticToken
from adapters.databricks.oauth import Application, AuthorizationServer
from adapters.databricks.vault import Vault
from adapters.redis.client import Clients
from adapters.redis.tokens import RedisTokens
from agents.domain import User
from agents.errors import NotConnected
from bot.settings import MissingSetting, Settings

CALLBACK = "/databricks/callback"


def credentials(found: Settings, clients: Clients) -> Credentials:
    """Raises MissingSetting when the chosen way needs more than is set."""
    block = found.databricks
    if block.identity == "token":
        return StaticToken(block.token.get_secret_value())
    server = AuthorizationServer(block.host)
    application = Application(block.client_id, block.client_secret.get_secret_value())
    if block.identity == "service-principal":
        return ServicePrincipal(server, application)
    if block.identity == "federation":
        return Federation(server, _no_assertion, application)
    return UserOAuth(server, _linking(found, application), RedisTokens(clients.worker), _vault(found))


def _linking(found: Settings, application: Application) -> Linking:
    if not found.server.public_url:
        raise MissingSetting("FINDATA_PUBLIC_URL is missing: askers come back to it from Databricks' consent page")
    return Linking(application, str(found.server.public_url).rstrip("/") + CALLBACK)


def _vault(found: Settings) -> Vault:
    keys = [key.get_secret_value() for key in found.server.secret_keys]
    if not keys:
        raise MissingSetting(
            "FINDATA_SECRET_KEYS is missing: it encrypts askers' tokens; `python -m bot key` makes one"
        )
    return Vault(keys)


async def _no_assertion(user: User) -> str:
    """No platform hands us its sign-in yet."""
    raise NotConnected(f"no sign-in of {user.platform} to exchange")
