"""Whose rights a question is answered with, by settings: one choice, and never a fall-back from one to another."""

from __future__ import annotations

from adapters.databricks.assertions import AssertionService
from adapters.databricks.client import Workspace
from adapters.databricks.consent import Linking, UserOAuth
from adapters.databricks.identity import Credentials, Federation, ServicePrincipal, StaticToken
from adapters.databricks.oauth import Application, AuthorizationServer
from adapters.databricks.stores import ExpiringStore
from adapters.databricks.vault import Vault
from agents.domain import User
from bot.settings import Settings, WrongUsage
from bot.signin import CALLBACK, SignIn
from bot.visitors import LinkedVisitors, Visitors

OPERATOR = User("console", "local", "operator")
"""Whoever runs a command at a terminal."""


def credentials(settings: Settings, store: ExpiringStore) -> Credentials:
    """Raises WrongUsage when the chosen way needs more than is set."""
    block = settings.databricks
    if block.identity == "token":
        return StaticToken(block.token.get_secret_value())
    server = AuthorizationServer(block.host)
    application = Application(block.client_id, block.client_secret.get_secret_value())
    if block.identity == "service-principal":
        return ServicePrincipal(server, application)
    if block.identity == "federation":
        return Federation(server, _assertions(settings), application)
    linking = Linking(application, public_url(settings) + CALLBACK)
    return UserOAuth(server, linking, store, vault(settings))


def operator(settings: Settings, store: ExpiringStore) -> Credentials:
    """Whose rights the operator's own commands use: their token where one is set, else the bot's own identity.

    Raises WrongUsage where each asker has an identity of their own and the operator has given none.
    """
    if token := settings.databricks.token.get_secret_value():
        return StaticToken(token)
    if settings.databricks.identity == "service-principal":
        return credentials(settings, store)
    raise WrongUsage(
        f"DATABRICKS_TOKEN is missing: with DATABRICKS_IDENTITY={settings.databricks.identity} this command needs a "
        "personal access token of yours (the running bot never uses it)"
    )


def crawler(settings: Settings, rights: Credentials) -> Credentials:
    """Whose rights the marketplace's metadata is read with: a service principal's, or the one identity there is.

    Raises WrongUsage where each asker has their own and no service principal is set.
    """
    block = settings.marketplace
    if block.client_id:
        application = Application(block.client_id, block.client_secret.get_secret_value())
        return ServicePrincipal(AuthorizationServer(settings.databricks.host), application)
    if rights.as_asker:
        raise WrongUsage(
            "MARKETPLACE_CLIENT_ID is missing: MARKETPLACE_BACKEND=databricks reads metadata as a service principal"
        )
    return rights


def visitors(settings: Settings, workspace: Workspace, store: ExpiringStore) -> Visitors:
    """Whose browser it is: known where each asker links an identity of their own."""
    if not isinstance(workspace.credentials, UserOAuth):
        return Visitors()
    secure = public_url(settings).startswith("https://")
    return LinkedVisitors(workspace.credentials, workspace, store, secure=secure)


def sign_in(settings: Settings, workspace: Workspace, store: ExpiringStore) -> SignIn | None:
    """The pages where askers link their identities; None where there is nothing to link."""
    rights, errands = workspace.credentials, visitors(settings, workspace, store)
    if not isinstance(rights, UserOAuth) or not isinstance(errands, LinkedVisitors):
        return None
    by_code, base = settings.databricks.confirm_link == "code", public_url(settings)
    return SignIn(rights, store, vault(settings), base, by_code=by_code, errands=errands)


def public_url(settings: Settings) -> str:
    """How browsers reach us, without a slash at the end. Raises WrongUsage."""
    if not settings.server.public_url:
        raise WrongUsage("FINDATA_PUBLIC_URL is missing: how browsers and the chat platforms reach us")
    return str(settings.server.public_url).rstrip("/")


def vault(settings: Settings) -> Vault:
    """Seals what is stored. Raises WrongUsage without keys, or with one that is malformed."""
    keys = [key.get_secret_value() for key in settings.server.secret_keys]
    if not keys:
        raise WrongUsage("FINDATA_SECRET_KEYS is missing: it encrypts askers' tokens; `python -m bot key` makes one")
    try:
        return Vault(keys)
    except ValueError as error:
        raise WrongUsage(
            "FINDATA_SECRET_KEYS: one of the keys is not a Fernet key; `python -m bot key` makes one"
        ) from error


def _assertions(settings: Settings) -> AssertionService:
    block = settings.databricks
    if not block.assertion_url:
        raise WrongUsage(
            "DATABRICKS_ASSERTION_URL is missing: DATABRICKS_IDENTITY=federation asks it for each asker's JWT"
        )
    return AssertionService(str(block.assertion_url), block.assertion_key.get_secret_value())
