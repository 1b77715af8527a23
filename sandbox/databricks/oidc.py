"""The workspace's OAuth server: discovery, a consent page on which one picks a persona, and the token endpoint.

Without it nobody could link an identity, and "as the asker" could only be shown with tokens copied by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sandbox.databricks.oidc_clients import Client, Issuer, Registry, TokenRefused
from sandbox.databricks.oidc_grants import Grants, Identities, Request
from sandbox.databricks.rest import body, invalid
from sandbox.pages.templates import html

Model = TypeVar("Model", bound=BaseModel)


class Oidc:
    """The OAuth server's pages."""

    def __init__(self, workspace: Identities, registry: Registry) -> None:
        self._people = workspace.people
        self._registry = registry
        self._grants = Grants(workspace, registry)

    async def metadata(self, request: web.Request) -> web.Response:
        """GET /oidc/.well-known/oauth-authorization-server (RFC 8414)."""
        base = f"{request.scheme}://{request.host}/oidc"
        return web.json_response(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/v1/authorize",
                "token_endpoint": f"{base}/v1/token",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            }
        )

    async def ask(self, request: web.Request) -> web.Response:
        """GET /oidc/v1/authorize: who are you, and do you agree?"""
        try:
            asked, client = self._checked(request.query)
        except TokenRefused as refused:
            return _told(request, refused)
        people = [person for person in self._people if not person.service]
        page = html(
            request,
            "consent.html",
            client=client,
            people=people,
            hint=request.query.get("login_hint", ""),
            scopes=asked.scope.split(),
            fields=dict(request.query),
        )
        # The page decides whose rights a program gets: nobody may show it in a frame.
        page.headers["Content-Security-Policy"] += "; frame-ancestors 'none'"
        return page

    async def decide(self, request: web.Request) -> web.Response:
        """POST /oidc/v1/authorize: the fields of the request, and `user` (who agreed) or `deny`."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            asked, _ = self._checked(form)
        except TokenRefused as refused:
            return _told(request, refused)
        person = self._people.named(form.get("user", ""))
        if "deny" in form or person is None or person.service:
            answer = {"error": "access_denied", "error_description": "The user did not agree."}
        else:
            answer = {"code": self._grants.code(asked, person)}
        raise web.HTTPFound(_extended(asked.redirect, answer | {"state": asked.state}))

    def _checked(self, fields: Mapping[str, str]) -> tuple[Request, Client]:
        """Raises TokenRefused until it is sure where the browser may be sent, then HTTPFound with the error."""
        client = self._registry.client(fields.get("client_id", ""))
        redirect, state = fields.get("redirect_uri", ""), fields.get("state", "")
        if not client.may_return_to(redirect):
            raise TokenRefused("invalid_request", "This redirect_uri is not registered for the client.")
        problem = _problem(fields)
        if problem:
            raise web.HTTPFound(_extended(redirect, problem | {"state": state}))
        scope = fields.get("scope", "all-apis")
        return Request(client.id, redirect, fields["code_challenge"], scope, state), client

    async def token(self, request: web.Request) -> web.Response:
        """POST /oidc/v1/token."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            answer = self._grants.answer(form, request.headers.get("Authorization", ""))
        except TokenRefused as refused:
            problem = {"error": refused.error, "error_description": refused.description}
            return web.json_response(problem, status=refused.status)
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    async def register_client(self, request: web.Request) -> web.Response:
        """POST /sandbox/oidc/clients: an OAuth app or a service principal's secret."""
        client = _read(Client, await body(request))
        self._registry.clients[client.id] = client
        return web.json_response({"id": client.id})

    async def trust(self, request: web.Request) -> web.Response:
        """POST /sandbox/oidc/issuers: an account federation policy."""
        issuer = _read(Issuer, await body(request))
        self._registry.issuers[issuer.url] = issuer
        return web.json_response({"url": issuer.url})


def _problem(fields: Mapping[str, str]) -> dict[str, str]:
    if fields.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response_type must be code."}
    if fields.get("code_challenge_method") != "S256" or not fields.get("code_challenge"):
        return {"error": "invalid_request", "error_description": "PKCE with S256 is required."}
    return {}


def _extended(uri: str, query: Mapping[str, str]) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(query)}"


def _told(request: web.Request, refused: TokenRefused) -> web.Response:
    return html(request, "refused.html", status=400, error=refused.error, description=refused.description)


def _read(model: type[Model], document: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def routes(workspace: Identities, registry: Registry | None = None) -> list[web.RouteDef]:
    """The OAuth server of this workspace; everything under /oidc is open to callers without a token."""
    oidc = Oidc(workspace, registry or Registry())
    return [
        web.get("/oidc/.well-known/oauth-authorization-server", oidc.metadata),
        web.get("/oidc/.well-known/openid-configuration", oidc.metadata),
        web.get("/oidc/v1/authorize", oidc.ask),
        web.post("/oidc/v1/authorize", oidc.decide),
        web.post("/oidc/v1/token", oidc.token),
        web.post("/sandbox/oidc/clients", oidc.register_client),
        web.post("/sandbox/oidc/issuers", oidc.trust),
    ]
