"""Grants over REST, and requests for access: without them nobody could ask who may read, or ask to be let in."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from aiohttp import web

from sandbox.databricks.grants import Kind
from sandbox.databricks.metastore import OWNER, key
from sandbox.databricks.rest import asker, body, forbidden, invalid, missing
from sandbox.databricks.unity_documents import METASTORE_ID, privilege_rows
from sandbox.databricks.workspace import Workspace

_BASE = "/api/2.1/unity-catalog"
_LONGEST_COMMENT = 200
_MOST_SECURABLES = 30


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Somebody asked for access."""

    asker: str
    securable: str
    permissions: tuple[str, ...]
    comment: str
    at: float = field(default_factory=time.time)


class PermissionPages:
    """Grants and access requests; `requests` is what owners would find in their mail."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.grants = workspace, workspace.grants
        self.requests: list[AccessRequest] = []

    def _securable(self, request: web.Request) -> tuple[Kind, str]:
        return self._checked(request, request.match_info["type"], request.match_info["name"])

    def _checked(self, request: web.Request, kind: str, name: str) -> tuple[Kind, str]:
        kind = kind.upper()
        if kind not in get_args(Kind):
            raise invalid(f"'{kind}' is not a securable type.")
        known = cast("Kind", kind)
        store = self.workspace.metastore
        there = kind == "METASTORE" or key(name) in store.shelf(kind)
        if not there or (kind != "METASTORE" and not self.grants.visible(asker(request), known, name)):
            raise missing(f"{kind.title()} '{name}'")
        return known, name

    def _principals(self, request: web.Request, kind: Kind, name: str) -> str:
        """Whose grants may be shown: everybody's to those who manage it, else the asker's own."""
        person, wanted = asker(request), request.query.get("principal", "")
        if self.grants.owns(person, kind, name) or self.grants.has(person, "MANAGE", kind, name):
            return wanted
        if wanted and wanted.lower() not in person.identities:
            raise forbidden(f"User does not have MANAGE on {kind.title()} '{name}'.")
        return wanted

    async def direct(self, request: web.Request) -> web.Response:
        """GET /permissions/{type}/{name}."""
        kind, name = self._securable(request)
        wanted = self._principals(request, kind, name).lower()
        rows = [
            {"principal": principal, "privileges": list(privileges)}
            for principal, privileges in self.grants.direct(kind, name).items()
            if wanted in ("", principal.lower())
        ]
        return web.json_response({"privilege_assignments": rows})

    async def effective(self, request: web.Request) -> web.Response:
        """GET /effective-permissions/{type}/{name}; for a principal its groups' privileges count too."""
        kind, name = self._securable(request)
        wanted = self._principals(request, kind, name)
        person = self.workspace.people.named(wanted) if wanted else None
        if person is None:
            held = privilege_rows(self.grants, kind, name, wanted)
        else:
            every = privilege_rows(self.grants, kind, name, "")
            mine = [row for who, rows in every.items() if who.lower() in person.identities for row in rows]
            held = {person.name: mine} if mine else {}
        rows = [{"principal": principal, "privileges": privileges} for principal, privileges in held.items()]
        return web.json_response({"privilege_assignments": rows})

    async def update(self, request: web.Request) -> web.Response:
        """PATCH /permissions/{type}/{name}: by owners and those who MANAGE."""
        kind, name = self._securable(request)
        person = asker(request)
        if not (self.grants.owns(person, kind, name) or self.grants.has(person, "MANAGE", kind, name)):
            raise forbidden(f"User does not have MANAGE on {kind.title()} '{name}'.")
        for change in (await body(request)).get("changes") or []:
            if not isinstance(change, dict) or not change.get("principal"):
                raise invalid("Each change needs a principal.")
            self.grants.take(kind, name, str(change["principal"]), _privileges(change, "remove"))
            self.grants.give(kind, name, str(change["principal"]), _privileges(change, "add"))
        return await self.direct(request)

    async def ask(self, request: web.Request) -> web.Response:
        """POST /api/3.0/rfa/requests."""
        answers = []
        for wanted in (await body(request)).get("requests") or []:
            comment = str(wanted.get("comment") or "")
            securables = wanted.get("securable_permissions") or []
            if len(comment) > _LONGEST_COMMENT or not 0 < len(securables) <= _MOST_SECURABLES:
                raise invalid(
                    f"A comment has at most {_LONGEST_COMMENT} characters, a request 1-{_MOST_SECURABLES} securables."
                )
            answers.append({"request_destinations": [self._asked(request, it, comment) for it in securables]})
        return web.json_response({"responses": answers})

    def _asked(self, request: web.Request, wanted: dict[str, Any], comment: str) -> dict[str, object]:
        securable = wanted.get("securable") or {}
        kind, name = self._checked(request, str(securable.get("type", "")), str(securable.get("full_name", "")))
        permissions = tuple(str(it) for it in wanted.get("permissions") or ())
        self.requests.append(AccessRequest(asker(request).name, name, permissions, comment))
        return self._destinations(kind, name)

    async def destinations(self, request: web.Request) -> web.Response:
        """GET /api/3.0/rfa/destinations/{type}/{name}."""
        return web.json_response(self._destinations(*self._securable(request)))

    def _destinations(self, kind: Kind, name: str) -> dict[str, object]:
        relation = self.workspace.metastore.tables.get(key(name))
        owner = relation.owner if relation else OWNER
        address = owner if "@" in owner else f"{owner.lower().replace(' ', '-')}@example.org"
        destination = {"destination_id": address, "destination_type": "EMAIL"}
        securable = {"type": kind, "full_name": name}
        return {"securable": securable, "destinations": [destination], "are_any_destinations_hidden": False}

    async def asked(self, _request: web.Request) -> web.Response:
        """GET /sandbox/access-requests: what owners were asked, for demos and tests."""
        rows = [
            {"user": it.asker, "securable": it.securable, "comment": it.comment, "permissions": it.permissions}
            for it in self.requests
        ]
        return web.json_response({"requests": rows})

    async def metastore(self, _request: web.Request) -> web.Response:
        """GET /metastore_summary."""
        return web.json_response({"metastore_id": METASTORE_ID, "name": "sandbox", "owner": OWNER, "cloud": "aws"})


def _privileges(change: dict[str, Any], what: str) -> list[str]:
    return [str(privilege).upper().replace(" ", "_") for privilege in change.get(what) or []]


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = PermissionPages(workspace)
    return [
        web.get(f"{_BASE}/permissions/{{type}}/{{name}}", pages.direct),
        web.patch(f"{_BASE}/permissions/{{type}}/{{name}}", pages.update),
        web.get(f"{_BASE}/effective-permissions/{{type}}/{{name}}", pages.effective),
        web.get(f"{_BASE}/metastore_summary", pages.metastore),
        web.post("/api/3.0/rfa/requests", pages.ask),
        web.get("/api/3.0/rfa/destinations/{type}/{name}", pages.destinations),
        web.get("/sandbox/access-requests", pages.asked),
    ]
