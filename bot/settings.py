"""The only reader of the environment: one block for each outside system, and an absent block means that it is off.

Every name stands in `.env.example` with its meaning; `python -m bot check` says what is missing and how to mend it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.wrong_settings import told

ENV_FILE = Path(".env")
_ADDRESS = re.compile(r"(https?://)?[\w.-]+(:\d+)?/?")


def _block(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=prefix, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True)


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Listed = BeforeValidator(_split)
Privacy = Literal["restricted", "unknown", "always", "never"]  # which answers in a channel go to the asker alone


class WrongUsage(Exception):
    """What was set or typed cannot be worked with: the text names it and the fix. A command ends in exit code 2."""


class Databricks(BaseSettings):
    """The workspace. `identity` decides whose rights a question is answered with."""

    model_config = _block("DATABRICKS_")

    host: str = ""
    warehouse_id: str = ""
    identity: Literal["user", "federation", "service-principal", "token"] = "user"
    token: SecretStr = SecretStr("")  # identity "token", and the operator's own commands: never for a shared bot
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    confirm_link: Literal["code", "browser"] = "code"  # identity "user": what proves that who agreed is who asked
    assertion_url: HttpUrl | None = None  # identity "federation": answers an asker's JWT, see adapters/databricks
    assertion_key: SecretStr = SecretStr("")
    metadata_schema: str = "main.findata"  # where `functions install` puts its tables and functions
    genie_per_minute: int = Field(default=5, ge=1)  # Genie's free tier allows 5 questions a minute and workspace
    genie_seconds: float = Field(default=150.0, gt=0)
    threads: int = Field(default=64, ge=1)
    connections: int = Field(default=64, ge=1)

    @property
    def on(self) -> bool:
        """Is a workspace configured?"""
        return bool(self.host)

    @model_validator(mode="after")
    def _complete(self) -> Databricks:
        if self.on and not _ADDRESS.fullmatch(self.host):
            raise ValueError(
                "DATABRICKS_HOST must be the workspace's address, such as DATABRICKS_HOST=https://adb-1.2.azuredatabricks.net"
            )
        if self.on and not self.warehouse_id:
            raise ValueError("DATABRICKS_WAREHOUSE_ID is missing: the id at the end of the warehouse's HTTP path")
        if self.on and self.identity == "token" and not self.token.get_secret_value():
            raise ValueError("DATABRICKS_TOKEN is missing: DATABRICKS_IDENTITY=token needs a personal access token")
        if self.on and self.identity != "token" and not self.client_id:
            raise ValueError(f"DATABRICKS_CLIENT_ID is missing: DATABRICKS_IDENTITY={self.identity} needs an OAuth app")
        return self


class Model(BaseSettings):
    """The chat model: a serving endpoint of the workspace, or any OpenAI-compatible URL. `none` switches it off."""

    model_config = _block("MODEL_")

    endpoint: str = "databricks-claude-3-7-sonnet"
    url: HttpUrl | None = None
    api_key: SecretStr = SecretStr("")
    seconds: float = Field(default=30.0, gt=0)
    calls_per_turn: int = Field(default=6, ge=0)

    @property
    def on(self) -> bool:
        """Is a model to be asked?"""
        return self.endpoint.lower() not in ("", "none", "off")


class Marketplace(BaseSettings):
    """Where data products are described."""

    model_config = _block("MARKETPLACE_")

    backend: Literal["files", "databricks", "entropy"] = "files"
    folder: Path | None = None
    url: HttpUrl | None = None
    api_key: SecretStr = SecretStr("")
    client_id: str = ""  # backend "databricks": the service principal that reads the metadata
    client_secret: SecretStr = SecretStr("")
    environment: str = ""  # which of a contract's servers is meant, such as "prod"
    product_url: str = ""  # of a product's page, with {id} in it
    refresh_seconds: float = Field(default=300.0, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> Marketplace:
        if self.folder and not self.folder.is_dir():
            raise ValueError(f"MARKETPLACE_FOLDER is not a folder: {self.folder}")
        if self.backend == "entropy" and not self.url:
            raise ValueError("MARKETPLACE_URL is missing: MARKETPLACE_BACKEND=entropy needs the address of its API")
        if self.product_url and "{id}" not in self.product_url:
            raise ValueError(
                "MARKETPLACE_PRODUCT_URL must contain {id}, such as https://mesh.example.org/products/{id}"
            )
        return self


class Redis(BaseSettings):
    """Where conversations live. Without a URL an embedded Valkey keeps them in `data`."""

    model_config = _block("REDIS_")

    url: SecretStr = SecretStr("")
    data: Path = Path(".findata/valkey")
    prefix: str = "findata"
    days: int = Field(default=30, ge=1)  # a conversation is forgotten so long after its last turn
    replicas: int = Field(default=0, ge=0)  # replicas that must hold a question before it counts as received

    @model_validator(mode="after")
    def _possible(self) -> Redis:
        if self.replicas and "+cluster://" in self.url.get_secret_value():
            raise ValueError("REDIS_REPLICAS does nothing for a cluster: leave it at 0")
        return self


class Slack(BaseSettings):
    """The Slack app; on when a signing secret (HTTP) or an app token (Socket Mode) is set."""

    model_config = _block("SLACK_")

    signing_secret: SecretStr = SecretStr("")
    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    api_url: HttpUrl = HttpUrl("https://slack.com/api/")
    clicks: Literal["asker", "thread"] = "asker"
    privacy: Privacy = "unknown"

    @property
    def on(self) -> bool:
        """Is a Slack app configured?"""
        return bool(self.signing_secret.get_secret_value() or self.app_token.get_secret_value())


class Teams(BaseSettings):
    """The Teams bot; on when an app id is set."""

    model_config = _block("TEAMS_")

    app_id: str = ""
    app_password: SecretStr = SecretStr("")
    app_type: Literal["SingleTenant", "UserAssignedMSI", "MultiTenant"] = "SingleTenant"
    tenant_id: str = ""
    tenants: Annotated[
        tuple[str, ...], NoDecode, Listed
    ] = ()  # allowed tenants, comma separated; empty: tenant_id alone
    guests: bool = False  # may people of other organisations, invited into ours, ask?
    clicks: Literal["asker", "thread"] = "asker"
    privacy: Privacy = "unknown"
    development: bool = False  # accept unsigned activities, on loopback only

    @property
    def on(self) -> bool:
        """Is a Teams bot configured?"""
        return bool(self.app_id) or self.development


class Server(BaseSettings):
    """Where we listen and how much a turn may take."""

    model_config = _block("FINDATA_")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: HttpUrl | None = None  # how people's browsers and the platforms reach us
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode, Listed] = ()  # Fernet keys, newest first, comma separated
    turn_seconds: float = Field(default=180.0, gt=0)
    rows: int = Field(default=10_000, ge=1)  # at most fetched of one answer
    queue: int = Field(default=1_000, ge=1)  # turns waiting before a new one hears "busy"
    turns_per_minute: int = Field(default=20, ge=0)  # of one asker; 0: as many as they like
    workers: int = Field(default=32, ge=1)  # turns that one replica runs at the same time
    drain_seconds: float = Field(default=25.0, ge=0)
    language: Literal["fr", "en", ""] = ""  # for askers whose words and platform do not say which they read
    otlp_endpoint: HttpUrl | None = None  # an OpenTelemetry collector that takes OTLP over HTTP; none: no traces
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


@dataclass(frozen=True, slots=True)
class Settings:
    """All blocks."""

    databricks: Databricks
    model: Model
    marketplace: Marketplace
    redis: Redis
    slack: Slack
    teams: Teams
    server: Server


BLOCKS: dict[str, type[BaseSettings]] = {
    "databricks": Databricks,
    "model": Model,
    "marketplace": Marketplace,
    "redis": Redis,
    "slack": Slack,
    "teams": Teams,
    "server": Server,
}


def load() -> Settings:
    """Reads environment and `.env`. Raises WrongUsage with one line for each setting that is wrong."""
    read: dict[str, Any] = {}
    wrong: list[str] = []
    for name, block in BLOCKS.items():
        try:
            read[name] = block()
        except ValidationError as error:
            wrong += told(error, block)
    if wrong:
        raise WrongUsage("\n".join(wrong))
    return Settings(**read)


def pointed_at(
    settings: Settings, host: str, token: str, warehouse_id: str, marketplace: Path, product_pages: str
) -> Settings:
    """The same settings with another workspace and marketplace: what `make demo` answers from."""
    databricks = settings.databricks.model_copy(
        update={"host": host, "token": SecretStr(token), "warehouse_id": warehouse_id, "identity": "token"}
    )
    catalogue = settings.marketplace.model_copy(
        update={"backend": "files", "folder": marketplace, "product_url": product_pages.rstrip("/") + "/products/{id}"}
    )
    model = settings.model if settings.model.url else settings.model.model_copy(update={"endpoint": "none"})
    return replace(settings, databricks=databricks, marketplace=catalogue, model=model)


def locale() -> str:
    """The terminal's, such as fr_FR.UTF-8; empty where it has none."""
    return next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")


def strict_serialisation() -> None:
    """Nothing importable is ever revived from stored bytes. langgraph reads this once, at its first import."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
