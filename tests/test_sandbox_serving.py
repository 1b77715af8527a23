"""The scripted model endpoint, called by unmodified chat clients."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import httpx
import openai
import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import OutputParserException
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from sandbox.databricks import serving
from tests.sandbox_peer import Village, client
from tests.sandbox_peer import serving as served

ENDPOINT = "databricks-claude-3-7-sonnet"
Play = Callable[[dict[str, Any]], Awaitable[ChatOpenAI]]


class Verdict(BaseModel):
    """What the model must fill."""

    intent: str
    confident: bool


@tool
def search(words: str) -> str:
    """Searches the marketplace."""
    return f"found {words}"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    village = Village()
    async with served(village.tokens, serving.routes(village)) as address:
        yield address


@pytest.fixture
async def play(url: str) -> Play:
    """Sends a script and answers a client that calls the endpoint."""

    async def start(script: dict[str, Any]) -> ChatOpenAI:
        async with control() as session, session.post(f"{url}/sandbox/serving/script", json=script) as answer:
            assert answer.status == 200, await answer.text()
        return model(url)

    return start


def control() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(headers={"Authorization": "Bearer sandbox-ana"})


def model(url: str, **options: Any) -> ChatOpenAI:
    settings = {"temperature": 0, "max_retries": 0, "timeout": 5, "api_key": "sandbox-ana"} | options
    return ChatOpenAI(base_url=f"{url}/serving-endpoints", model=ENDPOINT, **settings)


async def test_plain_answer(play: Play) -> None:
    """Replies come in the order of the script, with usage."""
    chat = await play({"replies": [{"content": "one"}, {"content": "two"}]})
    first, second = await chat.ainvoke("a"), await chat.ainvoke("b")
    assert (first.content, second.content) == ("one", "two")
    assert first.usage_metadata is not None
    assert first.usage_metadata["total_tokens"] > 0


async def test_sync_invoke(play: Play) -> None:
    """The blocking client works as well."""
    chat = await play({"otherwise": {"content": "hello"}})
    assert (await asyncio.to_thread(chat.invoke, "hi")).content == "hello"


async def test_rules_pick_by_what_was_asked(play: Play) -> None:
    """A rule answers the question it was written for, at most as often as it says."""
    rules = [{"when": "wind", "where": "user", "times": 1, "reply": {"content": "blows"}}]
    chat = await play({"rules": rules, "otherwise": {"content": "calm"}})
    said = [(await chat.ainvoke(text)).content for text in ("sun", "the WIND", "the wind")]
    assert said == ["calm", "blows", "calm"]


async def test_stream_joins_to_the_whole_text(play: Play) -> None:
    """Streamed text arrives in several pieces that join to the scripted text."""
    text = "La consommation totale est de douze millions."
    chat = await play({"otherwise": {"content": text}})
    pieces = [piece.content async for piece in chat.astream("?")]
    assert "".join(map(str, pieces)) == text
    assert len([piece for piece in pieces if piece]) > 2


async def test_tool_call_plain_and_streamed(play: Play) -> None:
    """A tool call arrives with its arguments, in one piece and in bits."""
    call = {"name": "search", "arguments": {"words": "énergie verte en France"}}
    chat = (await play({"otherwise": {"tool_calls": [call]}})).bind_tools([search])
    plain = await chat.ainvoke("?")
    chunks = [chunk async for chunk in chat.astream("?")]
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk  # type: ignore[assignment]
    for answer in (plain, whole):
        assert [(one["name"], one["args"]) for one in answer.tool_calls] == [("search", call["arguments"])]


@pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
async def test_structured_output(play: Play, method: Any) -> None:
    """The same scripted data satisfies each way of asking for structured output."""
    chat = await play({"otherwise": {"data": {"intent": "ask", "confident": True}}})
    got = await chat.with_structured_output(Verdict, method=method).ainvoke("answer in json")
    assert got == Verdict(intent="ask", confident=True)


async def test_agent_loop_with_a_tool(play: Play) -> None:
    """LangChain's own agent calls the tool and ends with the model's words."""
    rules = [
        {"after_tool": False, "reply": {"tool_calls": [{"name": "search", "arguments": {"words": "wind"}}]}},
        {"after_tool": True, "when": "found wind", "reply": {"content": "Three products."}},
    ]
    agent = create_agent(await play({"rules": rules}), [search])
    result = await agent.ainvoke({"messages": [("user", "wind?")]})
    assert result["messages"][-1].content == "Three products."


async def test_endless_tool_loop_and_unknown_tool(play: Play) -> None:
    """A model may go on calling tools for ever, and tools that nobody offered."""
    chat = await play({"otherwise": {"tool_calls": [{"name": "launch_rocket"}]}})
    for _ in range(5):
        assert (await chat.bind_tools([search]).ainvoke("?")).tool_calls[0]["name"] == "launch_rocket"


async def test_broken_arguments(play: Play) -> None:
    """Arguments that are no JSON arrive as an invalid tool call."""
    chat = await play({"otherwise": {"tool_calls": [{"name": "search", "arguments": '{"words": '}]}})
    answer = await chat.bind_tools([search]).ainvoke("?")
    assert answer.tool_calls == []
    assert answer.invalid_tool_calls[0]["name"] == "search"


async def test_structured_output_of_nonsense(play: Play) -> None:
    """Words instead of the wanted JSON are the client's to notice."""
    chat = await play({"otherwise": {"content": "certainly! {intent: ask"}})
    with pytest.raises((OutputParserException, ValueError)):
        await chat.with_structured_output(Verdict, method="json_mode").ainvoke("json")


async def test_empty_answer(play: Play) -> None:
    """An empty answer is an answer."""
    assert (await (await play({"otherwise": {"content": ""}})).ainvoke("?")).content == ""


async def test_throttled(play: Play) -> None:
    """429 carries Retry-After."""
    chat = await play({"otherwise": {"status": 429, "headers": {"Retry-After": "7"}}})
    with pytest.raises(openai.RateLimitError) as caught:
        await chat.ainvoke("?")
    assert caught.value.response.headers["Retry-After"] == "7"


async def test_throttled_once_then_answered(play: Play, url: str) -> None:
    """The client's own retry gets the next reply."""
    await play({"replies": [{"status": 429, "headers": {"Retry-After": "0"}}, {"content": "at last"}]})
    assert (await model(url, max_retries=1).ainvoke("?")).content == "at last"


async def test_server_error(play: Play) -> None:
    """500 is an error of the endpoint."""
    with pytest.raises(openai.InternalServerError):
        await (await play({"otherwise": {"status": 500}})).ainvoke("?")


async def test_garbage_instead_of_json(play: Play) -> None:
    """Bytes that are no JSON make the client fail, not the endpoint."""
    chat = await play({"otherwise": {"raw": "<html>oops"}})
    with pytest.raises((json.JSONDecodeError, TypeError, AttributeError, openai.OpenAIError)):
        await chat.ainvoke("?")


async def test_slow_endpoint_meets_the_clients_timeout(play: Play, url: str) -> None:
    """A reply that takes longer than the client waits is a timeout."""
    await play({"otherwise": {"content": "late", "delay": 20}})
    started = time.monotonic()
    with pytest.raises(openai.APITimeoutError):
        await model(url, timeout=0.2).ainvoke("?")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("stream", [True, False])
async def test_cut_connection(play: Play, stream: bool) -> None:
    """A connection that breaks in the middle is an error, streamed or not."""
    chat = await play({"otherwise": {"content": "a rather long answer", "cut_after": 2}})
    asking = _drained(chat.astream("?")) if stream else chat.ainvoke("?")
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        await asking


async def _drained(pieces: AsyncIterator[object]) -> None:
    async for _ in pieces:
        pass


async def test_without_a_script_there_is_no_model(url: str) -> None:
    """The demo has no model: 404, as for an endpoint that was never made."""
    with pytest.raises(openai.NotFoundError):
        await model(url).ainvoke("?")


async def test_unknown_token(url: str) -> None:
    """Somebody without a token of this workspace is refused."""
    with pytest.raises(openai.AuthenticationError):
        await model(url, api_key="nobody").ainvoke("?")


async def test_an_exhausted_script_says_so(play: Play) -> None:
    """More calls than the test planned for are an error with a clear sentence."""
    with pytest.raises(openai.BadRequestError, match="no reply left"):
        await (await play({"replies": []})).ainvoke("?")


async def test_a_wrong_script_is_refused(url: str) -> None:
    """A misspelt field or a broken pattern is refused by name."""
    for script, word in (({"replis": []}, "replis"), ({"rules": [{"when": "(", "reply": {}}]}, "regular expression")):
        async with control() as session, session.post(f"{url}/sandbox/serving/script", json=script) as answer:
            assert answer.status == 400
            assert word in (await answer.json())["message"]


async def test_requests_are_recorded(play: Play, url: str) -> None:
    """What was asked, by whom, can be read until the script is deleted."""
    await (await play({"otherwise": {"content": "ok"}})).ainvoke("how much?")
    async with control() as session:
        recorded = await (await session.get(f"{url}/sandbox/serving/requests")).json()
        (one,) = recorded["requests"]
        assert (one["user"], one["body"]["messages"][-1]["content"]) == ("ana@example.org", "how much?")
        await session.delete(f"{url}/sandbox/serving/script")
        assert (await (await session.get(f"{url}/sandbox/serving/requests")).json()) == {"requests": []}


async def test_invocations_and_listing(play: Play, url: str) -> None:
    """The SDK lists the endpoint and the direct invocation path answers."""
    await play({"endpoint": "other", "otherwise": {"content": "direct"}})
    workspace = await client(url, "sandbox-ana")
    endpoints = await asyncio.to_thread(lambda: list(workspace.serving_endpoints.list()))
    assert [endpoint.name for endpoint in endpoints] == ["other"]
    body = {"messages": [{"role": "user", "content": "?"}]}
    async with control() as session, session.post(f"{url}/serving-endpoints/other/invocations", json=body) as answer:
        assert (await answer.json())["choices"][0]["message"]["content"] == "direct"
