"""What the scripted model says. Without it every test of the model path would need a real model, or a canned one.

A script is JSON, sent to the control route of `serving`: a list of replies that are used up in order, rules that pick a
reply by what was asked, and a reply for everything else. Each reply is one of:

    {"content": "text"}                        plain text (or a list of content blocks, or "" for an empty answer)
    {"data": {...}}                            structured output, in whichever way the client asked for it
    {"tool_calls": [{"name", "arguments"}]}    arguments as an object, or as text to send broken JSON
    {"status": 429, "headers": {...}}          an error, with `error_code` and `message`
    {"raw": "…"}                               exactly these bytes with status 200, e.g. garbage instead of JSON

and may carry `delay` (seconds before the first byte), `pace` (seconds between stream pieces), `cut_after` (pieces after
which the connection breaks), `finish_reason` and `usage`.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class ToolCall(BaseModel):
    """A call of a tool, known to the client or not."""

    model_config = ConfigDict(extra="forbid")
    name: str
    arguments: dict[str, JsonValue] | str = Field(default_factory=dict)


class Reply(BaseModel):
    """One answer of the scripted model."""

    model_config = ConfigDict(extra="forbid")
    content: str | list[dict[str, JsonValue]] | None = None
    data: dict[str, JsonValue] | None = None
    tool_calls: list[ToolCall] = Field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = Field(default_factory=dict)
    error_code: str = ""
    message: str = ""
    raw: str | None = None
    delay: float = Field(default=0.0, ge=0)
    pace: float = Field(default=0.0, ge=0)
    cut_after: int | None = Field(default=None, ge=0)
    finish_reason: str = ""
    usage: dict[str, int] = Field(default_factory=dict)


class Rule(BaseModel):
    """A reply for the requests in which `when` is found (a regular expression, case ignored).

    `where`: the last message, the last user message, the system message, or any message. `tool`: only if this tool is
    offered. `after_tool`: only if a tool's result is (true) or is not (false) among the messages. `times`: 0 = always.
    """

    model_config = ConfigDict(extra="forbid")
    when: str = ""
    where: Literal["last", "user", "system", "any"] = "any"
    tool: str = ""
    after_tool: bool | None = None
    times: int = Field(default=0, ge=0)
    reply: Reply


class Script(BaseModel):
    """What one endpoint says."""

    model_config = ConfigDict(extra="forbid")
    endpoint: str = "databricks-claude-3-7-sonnet"
    replies: list[Reply] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    otherwise: Reply | None = None


def text_of(message: Mapping[str, object]) -> str:
    """The words of one chat message, whether its content is text or a list of blocks."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, dict))


def _messages(body: Mapping[str, object]) -> list[dict[str, object]]:
    messages = body.get("messages")
    return [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []


def tools_of(body: Mapping[str, object]) -> list[str]:
    """The names of the tools that the request offers."""
    tools = body.get("tools")
    functions = [tool.get("function") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    return [str(function.get("name")) for function in functions if isinstance(function, dict)]


def _searched(rule: Rule, messages: list[dict[str, object]]) -> str:
    if rule.where == "last":
        messages = messages[-1:]
    elif rule.where == "user":
        messages = [one for one in messages if one.get("role") == "user"][-1:]
    elif rule.where == "system":
        messages = [one for one in messages if one.get("role") in {"system", "developer"}]
    return "\n".join(text_of(one) for one in messages)


def _fits(rule: Rule, body: Mapping[str, object]) -> bool:
    messages = _messages(body)
    if rule.tool and rule.tool not in tools_of(body):
        return False
    has_result = any(one.get("role") == "tool" for one in messages)
    if rule.after_tool is not None and rule.after_tool != has_result:
        return False
    return re.search(rule.when, _searched(rule, messages), re.IGNORECASE) is not None


@dataclass(slots=True)
class Endpoint:
    """A serving endpoint and what is left of its script."""

    script: Script
    left: deque[Reply] = field(default_factory=deque)
    used: list[int] = field(default_factory=list)

    @classmethod
    def playing(cls, script: Script) -> Endpoint:
        """A fresh endpoint at the start of the script. Raises re.error for a rule whose pattern is none."""
        for rule in script.rules:
            re.compile(rule.when)
        return cls(script, deque(script.replies), [0] * len(script.rules))

    def reply(self, body: Mapping[str, object]) -> Reply:
        """The first rule that fits, else the next reply of the list, else the one for everything else."""
        for number, rule in enumerate(self.script.rules):
            spent = rule.times and self.used[number] >= rule.times
            if not spent and _fits(rule, body):
                self.used[number] += 1
                return rule.reply
        if self.left:
            return self.left.popleft()
        return self.script.otherwise or Reply(
            status=400, error_code="INVALID_STATE", message="The script of this endpoint has no reply left."
        )


def arguments_text(call: ToolCall) -> str:
    """A tool call's arguments as JSON text, or the text as scripted, which may be broken on purpose."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)
