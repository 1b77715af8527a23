"""Which Teams bot we are, and what we need from whoever wires us. Without it settings and stores would leak in here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from adapters.replying import Privacy

NAME = "teams"
CONNECTORS = ("smba.trafficmanager.net", "*.botframework.com", "teams.microsoft.com", "teams.microsoft.us")
STORAGES = ("*.sharepoint.com", "*.sharepoint.us")
METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN = "https://login.microsoftonline.com"


@dataclass(frozen=True, slots=True)
class TeamsOptions:
    """The bot's settings. Raises ValueError, naming the setting, when it would have to run without authentication.

    `development` accepts unsigned activities, from loopback only and only while there is no app id. `privacy`: which
    answers in a channel go to the asker alone. `clicks`: who may press an answer's buttons. `guests`: may people of
    other organisations, invited into ours, ask? `hosts`: where replies may be sent, and `storages` where files may be
    saved, `*.` for all below a name.
    """

    app_id: str = ""
    app_password: str = field(default="", repr=False)
    app_type: Literal["SingleTenant", "UserAssignedMSI", "MultiTenant"] = "SingleTenant"
    tenant_id: str = ""
    tenants: tuple[str, ...] = ()
    development: bool = False
    privacy: Privacy = "restricted"
    clicks: Literal["asker", "thread"] = "asker"
    guests: bool = False
    streaming: bool = True
    public_url: str = ""  # how browsers reach us; without it there is no CSV
    pace: float = 1.5  # seconds between two requests of one stream
    per_second: int = 30  # requests that Teams takes of the bot: 50 in one organisation, 30 by its older pages
    hosts: tuple[str, ...] = CONNECTORS
    storages: tuple[str, ...] = STORAGES
    metadata_url: str = METADATA
    login_url: str = LOGIN

    def __post_init__(self) -> None:
        if not self.app_id:
            if not self.development:
                raise ValueError("TEAMS_APP_ID is missing: without it anybody could speak as anybody")
            return
        if self.app_type not in ("SingleTenant", "UserAssignedMSI", "MultiTenant"):
            raise ValueError("TEAMS_APP_TYPE must be SingleTenant, UserAssignedMSI or MultiTenant")
        if not self.allowed_tenants:
            raise ValueError("TEAMS_TENANT_ID is missing: the organisation whose people may ask")
        if self.app_type != "MultiTenant" and not self.tenant_id:
            raise ValueError(f"TEAMS_TENANT_ID is missing: TEAMS_APP_TYPE={self.app_type} signs in to it")
        if self.app_type != "UserAssignedMSI" and not self.app_password:
            raise ValueError("TEAMS_APP_PASSWORD is missing: the bot's client secret")

    @property
    def unsigned(self) -> bool:
        """Development without an app id: activities carry no token, and only this machine may send them."""
        return self.development and not self.app_id

    @property
    def allowed_tenants(self) -> tuple[str, ...]:
        """The organisations whose people may ask; empty, which means any, in development alone."""
        return self.tenants or ((self.tenant_id,) if self.tenant_id else ())

    def may_call(self, service_url: str) -> bool:
        """May a reply, which carries our token, be sent there?"""
        return self._allowed(service_url, self.hosts) and "?" not in service_url

    def may_upload(self, url: str) -> bool:
        """May somebody's rows be saved there?"""
        return self._allowed(url, self.storages)

    def _allowed(self, address: str, hosts: tuple[str, ...]) -> bool:
        try:
            url = urlsplit(address)
            host, _ = url.hostname or "", url.port
        except ValueError:
            return False
        if url.username or url.password or "#" in address or not host:
            return False
        if self.development and loopback(host):
            return url.scheme in ("http", "https")
        return url.scheme == "https" and any(_matches(host, allowed) for allowed in hosts)


def loopback(host: str) -> bool:
    """Is this an address of this very machine?"""
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _matches(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host == allowed[2:] or host.endswith(allowed[1:])
    return host == allowed
