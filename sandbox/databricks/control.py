"""Pages that no real workspace has: knobs, faults and made-up users, for demos and tests from another process."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from aiohttp import web

from sandbox.databricks.knobs import Fault, Knobs
from sandbox.databricks.principals import ACCOUNT_USERS
from sandbox.databricks.rest import asker, body, forbidden, invalid
from sandbox.databricks.workspace import Workspace

_TURNED = {field.name for field in fields(Knobs)} - {"faults", "today"}
_KINDS = (429, 500, 503, "drop", "slow")


class ControlPages:
    """Only admins may turn anything."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def knobs(self, _request: web.Request) -> web.Response:
        """GET /sandbox/knobs; the day as ISO 8601."""
        today = self.workspace.knobs.today
        return web.json_response(asdict(self.workspace.knobs) | {"today": today and today.isoformat()})

    async def turn(self, request: web.Request) -> web.Response:
        """PATCH /sandbox/knobs {"statement_delay": 2.0, …}."""
        _admins_only(request)
        for name, value in (await body(request)).items():
            if name not in _TURNED or isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise invalid(f"'{name}' cannot be set to {value!r}; knobs are {', '.join(sorted(_TURNED))}.")
            setattr(self.workspace.knobs, name, value)
        return await self.knobs(request)

    async def faults(self, request: web.Request) -> web.Response:
        """PUT /sandbox/faults {"faults": [{"path", "kind", "times"?, "seconds"?, "method"?}]}: replaces all faults."""
        _admins_only(request)
        wanted = (await body(request)).get("faults")
        if not isinstance(wanted, list):
            raise invalid("'faults' must be a list.")
        self.workspace.knobs.faults[:] = [_fault(it) for it in wanted]
        return await self.knobs(request)

    async def users(self, request: web.Request) -> web.Response:
        """POST /sandbox/users {"name", "groups"?, "reads"?, "rows"?: {table: [column, [values]]}}: its token."""
        _admins_only(request)
        document = await body(request)
        name = document.get("name")
        if not isinstance(name, str) or not name:
            raise invalid("A user needs a name.")
        groups, reads = document.get("groups"), document.get("reads") or []
        rows = {table: (rule[0], rule[1]) for table, rule in (document.get("rows") or {}).items()}
        unknown = [table for table in (*reads, *rows) if table.lower() not in self.workspace.metastore.tables]
        if unknown:
            raise invalid(f"There is no table {unknown[0]}.")
        member = [ACCOUNT_USERS] if groups is None else groups
        user = self.workspace.add_user(name, groups=member, reads=reads, rows=rows)
        return web.json_response({"user_name": user.name, "token": f"sandbox-{user.name.split('@')[0]}"})


def _admins_only(request: web.Request) -> None:
    if not asker(request).admin:
        raise forbidden("Only admins may do this.")


def _fault(document: Any) -> Fault:
    if (
        not isinstance(document, dict)
        or document.get("kind") not in _KINDS
        or not str(document.get("path", "")).startswith("/")
    ):
        raise invalid(f"A fault needs a path and a kind of {_KINDS}.")
    return Fault(
        **{name: document[name] for name in ("path", "kind", "times", "seconds", "method") if name in document}
    )


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = ControlPages(workspace)
    return [
        web.get("/sandbox/knobs", pages.knobs),
        web.patch("/sandbox/knobs", pages.turn),
        web.put("/sandbox/faults", pages.faults),
        web.post("/sandbox/users", pages.users),
    ]
