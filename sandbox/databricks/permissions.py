"""Grants and policies over REST: without them nobody could ask who may read what, or let somebody in."""

from __future__ import annotations

from typing import Any, cast, get_args

from aiohttp import web

from sandbox.databricks.grants import Kind, RowFilter
from sandbox.databricks.metastore import OWNER, key
from sandbox.databricks.principals import ACCOUNT_USERS
from sandbox.databricks.rest import asker, body, forbidden, invalid, missing
from sandbox.databricks.unity_documents import METASTORE_ID, privilege_rows
from sandbox.databricks.workspace import Workspace

_BASE = "/api/2.1/unity-catalog"


class PermissionPages:
    """Grants as those who may know them see them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.grants = workspace, workspace.grants

    def _securable(self, request: web.Request) -> tuple[Kind, str]:
        kind, name = request.match_info["type"].upper(), request.match_info["name"]
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
        self._manages(request, kind, name)
        for change in (await body(request)).get("changes") or []:
            if not isinstance(change, dict) or not change.get("principal"):
                raise invalid("Each change needs a principal.")
            self.grants.take(kind, name, str(change["principal"]), _privileges(change, "remove"))
            self.grants.give(kind, name, str(change["principal"]), _privileges(change, "add"))
        return await self.direct(request)

    async def policies(self, request: web.Request) -> web.Response:
        """GET /policies/{type}/{name}: row filters by tag, for owners and those who MANAGE."""
        kind, name = self._securable(request)
        self._manages(request, kind, name)
        rules = self.grants.filters_on(name) if kind == "TABLE" else ()
        return web.json_response({"policies": [_policy(rule) for rule in rules if rule.policy]})

    def _manages(self, request: web.Request, kind: Kind, name: str) -> None:
        person = asker(request)
        if not (self.grants.owns(person, kind, name) or self.grants.has(person, "MANAGE", kind, name)):
            raise forbidden(f"User does not have MANAGE on {kind.title()} '{name}'.")

    async def metastore(self, _request: web.Request) -> web.Response:
        """GET /metastore_summary."""
        return web.json_response({"metastore_id": METASTORE_ID, "name": "sandbox", "owner": OWNER, "cloud": "aws"})


def _policy(rule: RowFilter) -> dict[str, object]:
    return {
        "name": rule.policy,
        "policy_type": "POLICY_TYPE_ROW_FILTER",
        "on_securable_type": "TABLE",
        "on_securable_fullname": rule.table,
        "for_securable_type": "TABLE",
        "to_principals": [ACCOUNT_USERS],
        "row_filter": {"function_name": rule.function},
    }


def _privileges(change: dict[str, Any], what: str) -> list[str]:
    return [str(privilege).upper().replace(" ", "_") for privilege in change.get(what) or []]


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = PermissionPages(workspace)
    return [
        web.get(f"{_BASE}/permissions/{{type}}/{{name}}", pages.direct),
        web.patch(f"{_BASE}/permissions/{{type}}/{{name}}", pages.update),
        web.get(f"{_BASE}/effective-permissions/{{type}}/{{name}}", pages.effective),
        web.get(f"{_BASE}/policies/{{type}}/{{name}}", pages.policies),
        web.get(f"{_BASE}/metastore_summary", pages.metastore),
    ]
