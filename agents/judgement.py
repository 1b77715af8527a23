"""Asking a chat model for a judgement: within the turn's budget, and with None for whatever goes wrong.

Without it each agent would have its own idea of what to do when the model is down, slow or talks nonsense.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.exceptions import LangChainException
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from pydantic import BaseModel, ValidationError

from agents.budget import Spend
from agents.errors import BotError, NotConnected, Stopped
from agents.prompts import prompt
from agents.state import Context

_log = logging.getLogger(__name__)

Shape = TypeVar("Shape", bound=BaseModel)
Result = TypeVar("Result")

_LOOP_CALLS = 3  # model calls of one tool loop
_LEAST = 2  # calls left for a loop to begin: one for it, one for what comes after
_TOOL_CALLS = 6
_FAILURES = (
    LangChainException,  # the model's own failures, in langchain-core's words
    BotError,  # a tool's
    TimeoutError,
    *(ValueError, TypeError, LookupError, AttributeError),  # garbage, as clients and parsers trip over it
)
_TEXT = 60_000  # characters of one prompt's data


async def judge(context: Context, name: str, given: Mapping[str, object], shape: type[Shape]) -> Shape | None:
    """One structured call with prompts/<name>.md and `given` as JSON.

    None when there is no model, nothing left to spend, or no sensible answer: then the caller goes the model-free way.
    """
    model = context.model
    if model is None:
        return None
    asking = model.bind_tools([shape], tool_choice=shape.__name__)

    async def call() -> Shape:
        return _shaped(await asking.ainvoke(_messages(name, given), _metered(context.spend)), shape)

    return await _sensibly(context, call)


async def explore(context: Context, name: str, given: Mapping[str, object], shape: type[Shape]) -> Shape | None:
    """The same with the asker's tools: langchain's agent calls them until it can answer or its limits are reached.

    One call of the budget is kept for what comes after. None as for `judge`, and when there are no tools.
    """
    if context.model is None or not context.tools or context.spend.left(context.budget) < _LEAST:
        return None

    async def loop() -> Shape:
        agent = _agent(context, name, shape, min(_LOOP_CALLS, context.spend.left(context.budget) - 1))
        said = {"messages": [HumanMessage(_data(given))]}
        answer = (await agent.ainvoke(said, _metered(context.spend))).get("structured_response")
        return shape.model_validate(answer)  # None when the loop ended without one

    return await _sensibly(context, loop)


def _agent(context: Context, name: str, shape: type[BaseModel], calls: int) -> Any:
    # Imported here: without a model, or with one that never asks for more, nobody pays for langchain's agents.
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware, ToolCallLimitMiddleware
    from langchain.agents.structured_output import ToolStrategy

    limits: list[Any] = [
        ModelCallLimitMiddleware(run_limit=calls, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=_TOOL_CALLS, exit_behavior="continue"),
    ]
    return create_agent(
        context.model or "",
        list(context.tools),
        system_prompt=prompt(name),
        middleware=limits,
        response_format=ToolStrategy(shape),
        checkpointer=False,  # what tools brought is catalogue text and cells: never remembered
    )


async def _sensibly(context: Context, call: Callable[[], Awaitable[Result]]) -> Result | None:
    """The call's result, or None when it is of no use. A client retries by itself, with the Retry-After it is given."""
    if not context.spend.left(context.budget) or not context.breaker.allows():
        return None
    try:
        result = await _timed(context, call)
    except Stopped:
        raise
    except NotConnected as error:
        context.spend.unlinked = error  # the model is well, and others may ask it
        return None
    except _FAILURES as error:
        context.breaker.failed()
        _log.warning("no usable judgement: %s", type(error).__name__)
        return None
    context.breaker.succeeded()
    return result


async def _timed(context: Context, call: Callable[[], Awaitable[Result]]) -> Result:
    began = time.monotonic()
    try:
        async with asyncio.timeout(context.spend.seconds_left(context.budget)):
            return await call()
    finally:
        context.spend.seconds += time.monotonic() - began


def _messages(name: str, given: Mapping[str, object]) -> list[BaseMessage]:
    return [SystemMessage(prompt(name)), HumanMessage(_data(given))]


def _data(given: Mapping[str, object]) -> str:
    return json.dumps(given, ensure_ascii=False, default=str)[:_TEXT]


def _shaped(answer: BaseMessage, shape: type[Shape]) -> Shape:
    """The structured answer of a message: its tool call, or the JSON object in its text. Raises ValueError."""
    if isinstance(answer, AIMessage):
        for call in answer.tool_calls:
            if call["name"] == shape.__name__:
                return shape.model_validate(call["args"])
    text = answer.text
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0 or end < begin:
        raise ValueError("neither a tool call nor JSON")
    try:
        return shape.model_validate_json(text[begin : end + 1])
    except ValidationError as error:
        raise ValueError("JSON of another shape") from error


def _metered(spend: Spend) -> RunnableConfig:
    """The meter beside whoever listens to the turn already: callbacks that are given replace those of the node."""
    return merge_configs({"callbacks": ensure_config().get("callbacks")}, {"callbacks": [_Meter(spend)]})


class _Meter(AsyncCallbackHandler):
    """Counts calls when they are made, so that a failing one counts too, and tokens as the endpoint reports them."""

    def __init__(self, spend: Spend) -> None:
        self._spend = spend

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self._spend.calls += 1

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        for generations in response.generations:
            for generation in generations:
                message = getattr(generation, "message", None)
                usage = message.usage_metadata if isinstance(message, AIMessage) else None
                self._spend.tokens += usage["total_tokens"] if usage else 0
