"""databricks-sdk, fenced in: its client acts for whoever the current call is for, and its errors become ours.

Importing this module costs about two seconds of CPU: only client.py does, in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import RealClock
from databricks.sdk.config import Config
from databricks.sdk.credentials_provider import CredentialsProvider, CredentialsStrategy
from databricks.sdk.errors import (
    BadRequest,
    PermissionDenied,
    ResourceConflict,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors import NotFound as Missing
from databricks.sdk.errors.base import DatabricksError
from requests import Session

from agents.errors import BotError, NotConnected, NotFound, Refused, Unavailable

TOKEN: ContextVar[str] = ContextVar("databricks_token")  # no default: a call for nobody must fail
REPEATABLE: ContextVar[bool] = ContextVar("databricks_repeatable")

LONGEST_PAUSE = 3.0  # seconds; anything longer is waited for in our own code, where it can be told and stopped
RETRY_SECONDS, HTTP_SECONDS = 30, 70  # in this order a request that timed out is never sent again


class AskersToken(CredentialsStrategy):
    """Signs each request with the token of the call it belongs to."""

    def auth_type(self) -> str:
        """Any text of our own keeps the SDK from looking for credentials itself."""
        return "asker"

    def __call__(self, cfg: Config) -> CredentialsProvider:
        """The SDK asks this for the headers of every single request."""
        return lambda: {"Authorization": f"Bearer {TOKEN.get()}"}


class FailFast(RealClock):
    """Refuses to sleep long, or at all where a second request would start a second thing."""

    def sleep(self, seconds: float) -> None:
        """Sleeps, or raises TimeoutError, whose context is the error that asked for the pause."""
        if seconds > LONGEST_PAUSE or not REPEATABLE.get(False):
            raise TimeoutError("not repeated")
        super().sleep(seconds)


def workspace_client(host: str, connections: int) -> WorkspaceClient:
    """One client for everybody. Asks the host about itself once, which may block for as long as the host does."""
    config = Config(
        host=host,
        auth_type="asker",
        credentials_strategy=AskersToken(),
        config_file="/nonexistent/databrickscfg",
        max_connection_pools=connections,
        retry_timeout_seconds=RETRY_SECONDS,
        http_timeout_seconds=HTTP_SECONDS,
        debug_headers=False,
        clock=FailFast(),
        product="findata",
        product_version="0.1.0",
    )
    client = WorkspaceClient(config=config)
    _read_environment_once(client.api_client._api_client._session, host)
    return client


def _read_environment_once(session: Session, host: str) -> None:
    """Proxies and certificates as the environment has them now: requests would read all of it before every request.

    A workspace that speaks http shares the connections that the SDK keeps for https.
    """
    known = session.merge_environment_settings(host, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = known["proxies"], known["verify"], False
    session.mount("http://", session.get_adapter("https://"))


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the SDK raises into the errors of agents/errors.py; 401 becomes NotConnected."""
    try:
        yield
    except DatabricksError as error:
        raise _ours(error) from error
    except TimeoutError as error:
        cause = error.__context__ or error.__cause__
        raise (_ours(cause) if isinstance(cause, DatabricksError) else Unavailable("timed out")) from error
    except OSError as error:
        raise Unavailable(type(error).__name__) from error


def _ours(error: DatabricksError) -> BotError:
    # The text of a 401 or 403 carries the client's configuration: only the code goes into the log.
    detail = f"{type(error).__name__} {error.error_code or ''}".strip()
    match error:
        case Unauthenticated():
            return NotConnected(detail)
        case PermissionDenied():
            return Refused(detail)
        case Missing():
            return NotFound(detail)
        case TooManyRequests():
            return Unavailable(detail, retry_after=float(error.retry_after_secs or 1))
        case BadRequest() | ResourceConflict():
            return BotError(detail)
        case _:
            return Unavailable(detail, retry_after=float(error.retry_after_secs or 0))
