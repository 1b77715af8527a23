"""The chat model through langchain-openai against the local Databricks' serving endpoints."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any, TypeAlias

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from adapters.model import Key, build_chat_model, chat_model, close, serving_url
from agents.domain import User
from tests.databricks_peer import ANALYST, GERMANY, Peer, asked_of_models, databricks, script

ENDPOINT = "databricks-claude-3-7-sonnet"
Make: TypeAlias = Callable[..., BaseChatModel]
ASKER: ContextVar[User] = ContextVar("asker")


class Verdict(BaseModel):
    """Whether something holds."""

    holds: bool


@tool
def products(words: str) -> str:
    """Finds products."""
    return words


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """`chat_model` for the endpoint, and closed afterwards."""
    made: list[BaseChatModel] = []

    def model(peer: Peer, key: Key, **more: Any) -> BaseChatModel:
        made.append(chat_model(ENDPOINT, serving_url(peer.url), key, **more))
        return made[-1]

    yield model
    for one in made:
        await close(one)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with databricks() as made:
        yield made


def key_of(peer: Peer, user: User) -> Key:
    async def key() -> str:
        return (await peer.workspace.credentials.token(user)).value

    return key


async def test_the_endpoint_is_asked_as_documented(peer: Peer) -> None:
    """Temperature 0, the length under the name that Databricks documents, and the asker's own token."""
    await script(peer, otherwise={"content": "Bonjour"})
    model = await build_chat_model(ENDPOINT, serving_url(peer.url), key_of(peer, ANALYST), tokens=50)
    assert (await model.ainvoke("Salut")).content == "Bonjour"
    [request] = await asked_of_models(peer)
    assert request["user"] == "analyst@example.org"
    assert {name: request["body"].get(name) for name in ("model", "temperature", "max_tokens")} == {
        "model": ENDPOINT,
        "temperature": 0,
        "max_tokens": 50,
    }
    assert "max_completion_tokens" not in request["body"]
    await close(model)


async def test_each_request_is_its_askers(peer: Peer, make: Make) -> None:
    """One model object shared by all signs each request with the token of the task that asks."""
    await script(peer, otherwise={"content": "yes", "delay": 0.05})

    async def key() -> str:
        return (await peer.workspace.credentials.token(ASKER.get())).value

    model = make(peer, key)

    async def ask(user: User) -> None:
        ASKER.set(user)
        await model.ainvoke(f"I am {user.id}")

    await asyncio.gather(*(asyncio.create_task(ask(user)) for user in (ANALYST, GERMANY) * 5))
    requests = await asked_of_models(peer)
    assert len(requests) == 10
    for request in requests:
        assert request["body"]["messages"][0]["content"] == f"I am {request['user'].split('@')[0]}"


async def test_tools_structured_output_and_streaming_work(peer: Peer, make: Make) -> None:
    """The three ways in which agents talk to the model."""
    model = make(peer, key_of(peer, ANALYST))
    calls = [{"name": "products", "arguments": {"words": "wind"}}]
    replies = [{"tool_calls": calls}, {"data": {"holds": True}}, {"content": "one two three"}]
    await script(peer, replies=replies)
    called = await model.bind_tools([products]).ainvoke("wind?")
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("products", {"words": "wind"})]
    judge = model.with_structured_output(Verdict, method="function_calling")
    assert await judge.ainvoke("does it?") == Verdict(holds=True)
    assert "".join([str(piece.content) async for piece in model.astream([HumanMessage("count")])]) == "one two three"


async def test_retry_after_is_respected(peer: Peer, make: Make) -> None:
    """A throttled request is sent again once the time that the endpoint asked for is over."""
    await script(peer, replies=[{"status": 429, "headers": {"Retry-After": "1"}}, {"content": "now"}])
    model = make(peer, key_of(peer, ANALYST))
    begun = time.monotonic()
    assert (await model.ainvoke("?")).content == "now"
    assert 1.0 <= time.monotonic() - begun < 10.0


async def test_a_slow_answer_ends_at_its_time(peer: Peer, make: Make) -> None:
    """The time-out is that of one request."""
    await script(peer, otherwise={"content": "late", "delay": 20})
    model = make(peer, key_of(peer, ANALYST), seconds=0.3, retries=0)
    begun = time.monotonic()
    with pytest.raises(openai.APITimeoutError):
        await model.ainvoke("?")
    assert time.monotonic() - begun < 15


async def test_no_identity_means_no_request(peer: Peer, make: Make) -> None:
    """Without an asker's token nothing reaches the endpoint under anybody's name."""
    await script(peer, otherwise={"content": "yes"})

    async def nobody() -> str:
        return (await peer.workspace.credentials.token(User("slack", "t", "nobody"))).value

    model = make(peer, nobody, retries=0)
    with pytest.raises(Exception, match="no token"):  # whatever the library wraps it in
        await model.ainvoke("?")
    assert await asked_of_models(peer) == []


def test_importing_the_adapters_imports_no_vendor_package() -> None:
    """Seconds of CPU are spent when a client is built, not when a module is read."""
    heavy = ("databricks.sdk", "databricks.sql", "langchain_openai", "unitycatalog", "pandas", "pyarrow")
    modules = (
        "client",
        "identity",
        "consent",
        "catalog",
        "genie",
        "warehouse",
        "function_tools",
        "installation",
        "check",
    )
    imports = "; ".join(f"import adapters.databricks.{module}" for module in modules)
    code = f"import sys, adapters.model; {imports}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
