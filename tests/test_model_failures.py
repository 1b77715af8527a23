"""The real chat client against an endpoint that fails in every way it can: the agents go on without the model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from adapters.model import chat_model, close
from agents.domain import Answer, Figures
from tests.scenes import ENGLISH, Scene

CALL = {"id": "c", "type": "function", "function": {"name": "Understanding", "arguments": "{garbage"}}
MESSAGE = {"role": "assistant", "content": None, "tool_calls": [CALL]}
GARBAGE_CALL = {
    "id": "x", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "tool_calls", "message": MESSAGE}],
}  # fmt: skip


@dataclass
class Endpoint:
    """Answers every request the same way."""

    url: str = ""
    status: int = 200
    body: str = ""
    asked: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Counts and answers."""
        self.asked += 1
        kind = "application/json" if self.body.startswith(("{", "[", "n")) else "text/html"
        return web.Response(status=self.status, text=self.body, content_type=kind)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A server on loopback."""
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/chat/completions", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def key() -> str:
    """A made-up token."""
    return "made-up"


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Scene]:
    """A conversation whose model is served there."""
    model = chat_model("m", url, key, seconds=5, retries=0)
    yield Scene(model=model)
    await close(model)


@pytest.mark.parametrize(("status", "body"), [
    (200, "<html>"), (200, "null"), (200, "{}"), (200, "[]"), (200, "{"), (200, '{"choices": null}'),
    (200, '{"choices": []}'), (200, '{"choices": [{"message": null}]}'), (200, json.dumps(GARBAGE_CALL)),
    (200, '{"error": {"message": "boom"}}'), (400, "x"), (401, "x"), (403, "x"), (404, "x"), (429, "x"), (500, "x"),
    (503, "x"),
])  # fmt: skip
async def test_a_failing_endpoint_costs_understanding_and_no_answer(endpoint: Endpoint, status: int, body: str) -> None:
    """An unsure message goes the model-free way, whatever the endpoint sends back."""
    endpoint.status, endpoint.body = status, body
    async with asking(endpoint.url) as scene:
        reply = await scene.say("green energy consumption France")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert endpoint.asked == 1
    assert scene.breaker.failures == 1


async def test_an_endpoint_that_is_not_there(endpoint: Endpoint) -> None:
    """Connection refused is no different."""
    async with asking("http://127.0.0.1:9") as scene:
        assert isinstance(await scene.say("green energy consumption France"), Answer)
        assert isinstance(await scene.say(ENGLISH), Answer)
    assert endpoint.asked == 0
