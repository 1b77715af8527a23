"""The chat model: a serving endpoint of the workspace, or anything that speaks OpenAI's chat completions.

langchain-openai takes two seconds of CPU to import and is imported when the model is built, not with this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Key = Callable[[], Awaitable[str]]
"""Answers the token for the request at hand; asked for every request, so that it may be the asker's own."""


def serving_url(host: str) -> str:
    """Where a workspace serves chat completions."""
    return f"{host.rstrip('/')}/serving-endpoints"


def chat_model(
    endpoint: str, url: str, key: Key, *, seconds: float = 30.0, tokens: int = 2_000, retries: int = 2
) -> BaseChatModel:
    """A chat model that answers the same to the same, as far as models do.

    A request that meets 429, 408, 409 or 5xx is sent again at most `retries` times, after the Retry-After it was given.

    Args:
        endpoint: the endpoint's or model's name.
        url: base URL, such as `serving_url(host)`.
        key: the token; there is no synchronous way, so only `ainvoke` and its kin work.
        seconds: for one request, waiting for retries not counted.
        tokens: at most so many are written by the model in one answer.
        retries: how often a failed request is sent again.
    """
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

    return ChatOpenAI(
        # The library's own client would be shared by all models of the process and could not be closed.
        http_async_client=DefaultAsyncHttpxClient(timeout=seconds),
        model=endpoint,
        base_url=url,
        api_key=key,
        temperature=0,
        timeout=seconds,
        max_retries=retries,
        # Sent as `max_tokens`: ChatOpenAI's own argument becomes OpenAI's newer field, which endpoints need not know.
        extra_body={"max_tokens": tokens},
        use_responses_api=False,
        stream_usage=False,
    )


async def close(model: BaseChatModel) -> None:
    """Closes the connections of a model made here."""
    await getattr(model, "http_async_client").aclose()  # noqa: B009 - a field of ChatOpenAI, not of every chat model


async def build_chat_model(
    endpoint: str, url: str, key: Key, *, seconds: float = 30.0, tokens: int = 2_000, retries: int = 2
) -> BaseChatModel:
    """`chat_model`, with the import in a thread so that a running server does not stand still for it."""
    return await asyncio.to_thread(chat_model, endpoint, url, key, seconds=seconds, tokens=tokens, retries=retries)
