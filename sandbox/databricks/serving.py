"""Model serving: a scripted chat model behind the OpenAI-compatible endpoints that unmodified chat clients call.

Without a script there is no endpoint and every call is answered 404, as in a workspace that serves no model.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import ValidationError

from sandbox.databricks.rest import Refusal, asker, body, invalid, missing
from sandbox.databricks.serving_completion import Document, pieces, whole
from sandbox.databricks.serving_script import Endpoint, Reply, Script

KEPT_REQUESTS = 1000


@dataclass(slots=True)
class Serving:
    """The endpoints that exist now and what was asked of them."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    requests: deque[Document] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))

    # ── what chat clients call ──

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """POST /serving-endpoints/chat/completions (model in the body) and /serving-endpoints/{name}/invocations."""
        sent = await body(request)
        name = request.match_info.get("name") or str(sent.get("model") or "")
        endpoint = self._endpoint(name)
        if not isinstance(sent.get("messages"), list) or not sent["messages"]:
            raise invalid("Field 'messages' must be a list of at least one message.")
        reply = endpoint.reply(sent)
        self.requests.append({"endpoint": name, "user": asker(request).name, "at": time.time(), "body": sent})
        await asyncio.sleep(reply.delay)
        if reply.raw is not None:
            return web.Response(text=reply.raw, content_type="application/json")
        if reply.status != 200:
            raise _error(reply)
        if sent.get("stream"):
            return await _stream(request, pieces(name, reply, sent), reply)
        if reply.cut_after is not None:
            return await _cut_short(request, json.dumps(whole(name, reply, sent)), reply.cut_after)
        return web.json_response(whole(name, reply, sent))

    def _endpoint(self, name: str) -> Endpoint:
        endpoint = self.endpoints.get(name)
        if endpoint is None:
            raise missing(f"The given endpoint '{name}'")
        return endpoint

    async def listed(self, _request: web.Request) -> web.Response:
        """GET /api/2.0/serving-endpoints."""
        return web.json_response({"endpoints": [_endpoint_document(name) for name in self.endpoints]})

    async def described(self, request: web.Request) -> web.Response:
        """GET /api/2.0/serving-endpoints/{name}."""
        name = request.match_info["name"]
        self._endpoint(name)
        return web.json_response(_endpoint_document(name))

    # ── what tests and benchmarks call ──

    async def play(self, request: web.Request) -> web.Response:
        """POST /sandbox/serving/script: an endpoint starts to exist and plays this script from its start."""
        try:
            script = Script.model_validate(await body(request))
            self.endpoints[script.endpoint] = Endpoint.playing(script)
        except ValidationError as error:
            first = error.errors()[0]
            raise invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except re.error as error:
            raise invalid(f"A rule's pattern is no regular expression: {error}.") from error
        return web.json_response({"endpoint": script.endpoint})

    async def stop(self, _request: web.Request) -> web.Response:
        """DELETE /sandbox/serving/script: no endpoint is left and nothing was asked."""
        self.endpoints.clear()
        self.requests.clear()
        return web.json_response({})

    async def asked(self, _request: web.Request) -> web.Response:
        """GET /sandbox/serving/requests: {"requests": [{endpoint, user, at (Unix seconds), body}]}, oldest first."""
        return web.json_response({"requests": list(self.requests)})


def _error(reply: Reply) -> Refusal:
    codes = {429: "REQUEST_LIMIT_EXCEEDED", 404: "RESOURCE_DOES_NOT_EXIST", 503: "TEMPORARILY_UNAVAILABLE"}
    code = reply.error_code or codes.get(reply.status, "INTERNAL_ERROR" if reply.status >= 500 else "BAD_REQUEST")
    return Refusal(reply.status, code, reply.message or "The model endpoint failed as scripted.", **reply.headers)


async def _stream(request: web.Request, sent: Iterable[Document], reply: Reply) -> web.StreamResponse:
    """Server-sent events; after `cut_after` of them the connection breaks without a word."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **reply.headers})
    await response.prepare(request)
    for number, piece in enumerate(sent):
        if number == reply.cut_after:
            _hang_up(request)
            return response
        await response.write(f"data: {json.dumps(piece)}\n\n".encode())
        await asyncio.sleep(reply.pace)
    await response.write(b"data: [DONE]\n\n")
    return response


async def _cut_short(request: web.Request, text: str, length: int) -> web.StreamResponse:
    """Promises the whole answer and breaks off after `length` bytes."""
    sent = text.encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(sent))})
    await response.prepare(request)
    await response.write(sent[: min(length, len(sent) - 1)])
    _hang_up(request)
    return response


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _endpoint_document(name: str) -> Document:
    state = {"ready": "READY", "config_update": "NOT_UPDATING"}
    return {"name": name, "id": name, "task": "llm/v1/chat", "state": state, "creator": "sandbox"}


def routes(_workspace: object = None) -> list[web.RouteDef]:
    """The serving API and its control routes. The workspace is not asked anything: any known user may query."""
    serving = Serving()
    return [
        web.post("/serving-endpoints/chat/completions", serving.chat),
        web.post("/serving-endpoints/{name}/invocations", serving.chat),
        web.get("/api/2.0/serving-endpoints", serving.listed),
        web.get("/api/2.0/serving-endpoints/{name}", serving.described),
        web.post("/sandbox/serving/script", serving.play),
        web.delete("/sandbox/serving/script", serving.stop),
        web.get("/sandbox/serving/requests", serving.asked),
    ]
