"""Chat completions as an OpenAI-compatible endpoint sends them, whole and in stream pieces.

Without this page the scripted model could not be read by unmodified clients.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from sandbox.databricks.serving_script import Reply, ToolCall, arguments_text, text_of, tools_of

Document: TypeAlias = dict[str, object]
PIECE = 12
"""Characters per stream piece: short, so that clients must join."""


class Function(TypedDict):
    """What is called; `arguments` is JSON text."""

    name: str
    arguments: str


class Call(TypedDict):
    """A tool call of a message."""

    id: str
    type: str
    function: Function


@dataclass(frozen=True, slots=True)
class _Said:
    """A reply in the shape that the request asked for."""

    content: object
    calls: tuple[Call, ...]
    reason: str

    @property
    def message(self) -> Document:
        """The assistant's message."""
        said: Document = {"role": "assistant", "content": self.content}
        return said | ({"tool_calls": list(self.calls)} if self.calls else {})


def _said(reply: Reply, body: Mapping[str, object]) -> _Said:
    calls = list(reply.tool_calls)
    content: object = reply.content
    if reply.data is not None:
        tool = _forced_tool(body)
        if tool:
            calls.append(ToolCall(name=tool, arguments=reply.data))
        else:
            content = json.dumps(reply.data, ensure_ascii=False)
    made = tuple(_call(number, call) for number, call in enumerate(calls))
    return _Said(content, made, reply.finish_reason or ("tool_calls" if calls else "stop"))


def _forced_tool(body: Mapping[str, object]) -> str:
    """The tool through which the client wants structured data; empty when it wants JSON text."""
    if isinstance(body.get("response_format"), dict):
        return ""
    choice = body.get("tool_choice")
    function = choice.get("function") if isinstance(choice, dict) else None
    if isinstance(function, dict):
        return str(function.get("name"))
    names = tools_of(body)
    return names[0] if len(names) == 1 else ""


def _call(number: int, call: ToolCall) -> Call:
    identity = f"call_{uuid.uuid4().hex[:12]}_{number}"
    return {"id": identity, "type": "function", "function": {"name": call.name, "arguments": arguments_text(call)}}


def usage(reply: Reply, body: Mapping[str, object]) -> dict[str, int]:
    """Token counts as scripted, else one token for four characters."""
    if reply.usage:
        return reply.usage
    sent = body.get("messages")
    prompt = sum(len(text_of(one)) for one in sent if isinstance(one, dict)) // 4 if isinstance(sent, list) else 0
    completion = len(json.dumps(reply.model_dump(include={"content", "data", "tool_calls"}))) // 4
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def head(model: str) -> Document:
    """What every completion and every piece of it starts with."""
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}


def whole(model: str, reply: Reply, body: Mapping[str, object]) -> Document:
    """A completion in one piece."""
    said = _said(reply, body)
    choice = {"index": 0, "message": said.message, "finish_reason": said.reason}
    return {**head(model), "object": "chat.completion", "choices": [choice], "usage": usage(reply, body)}


def pieces(model: str, reply: Reply, body: Mapping[str, object]) -> Iterator[Document]:
    """The same completion as stream pieces: role, text or tool calls bit by bit, reason, usage."""
    said = _said(reply, body)
    start = {**head(model), "object": "chat.completion.chunk"}

    def piece(delta: Document, finish: str | None = None) -> Document:
        return {**start, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield piece({"role": "assistant", "content": ""})
    content = said.content
    for bit in _cut(content) if isinstance(content, str) else [content] if content else []:
        yield piece({"content": bit})
    for number, call in enumerate(said.calls):
        for delta in _call_pieces(number, call):
            yield piece({"tool_calls": [delta]})
    yield piece({}, said.reason)
    yield {**start, "choices": [], "usage": usage(reply, body)}


def _call_pieces(number: int, call: Call) -> Iterator[Document]:
    """The name first with empty arguments, then the arguments in bits that are joined by index."""
    name, arguments = call["function"]["name"], call["function"]["arguments"]
    yield {"index": number, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}
    for bit in _cut(arguments):
        yield {"index": number, "function": {"arguments": bit}}


def _cut(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
