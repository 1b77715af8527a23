"""In-memory stand-ins for the agents' ports, each with what it was sent: so that the graph can be tested alone."""

# ruff: noqa: D102 - what a method does is said once, in agents/ports.py

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from agents.domain import (
    Action,
    Ask,
    Column,
    Conversation,
    DataProduct,
    Draft,
    Family,
    Hit,
    Lifecycle,
    SaidByGenie,
    SqlResult,
    Table,
    TableRef,
    Turn,
    User,
)
from agents.errors import BotError, NotFound
from agents.language import content_of, fold
from agents.ports import Narrowing, Report

ALICE = User("console", "local", "alice", "Alice", "fr-FR")
BOB = User("console", "local", "bob", "Bob", "en-GB")
THREAD = Conversation("console", "local", "terminal", "1")
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


def turn(said: str | Action, *, number: int = 1, user: User = ALICE, conversation: Conversation = THREAD) -> Turn:
    """One message of a thread; a text is asked."""
    return Turn(f"t{number}", conversation, user, Ask(said) if isinstance(said, str) else said, NOON)


def table(name: str, *columns: str | Column, schema: str = "sales", **facts: Any) -> Table:
    """A table of catalog `mesh`; a column given as "name type" is plain."""
    parsed = tuple(c if isinstance(c, Column) else Column(c.split()[0], c.split()[1]) for c in columns)
    return Table(TableRef("mesh", schema, name), parsed, **facts)


def product(id_: str, *tables: Table, **facts: Any) -> DataProduct:
    """An active, aggregated product owned by team `id_`-team."""
    base = DataProduct(
        id_, id_, "Energy", Family.AGGREGATED, Lifecycle.ACTIVE, owner=f"{id_}-team", contact=f"#{id_}", tables=tables
    )
    return replace(base, **facts)


@dataclass
class FakeMarketplace:
    """Scores a product by how many of the asked words its texts hold. `scores` overrules: product id → score."""

    products: Sequence[DataProduct] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    delay: float = 0.0
    field: str = "text"  # where words are said to be found

    async def search(
        self, user: User, words: str, *, limit: int = 8, narrowing: Narrowing | None = None
    ) -> tuple[Hit, ...]:
        self.sent.append(words)
        await asyncio.sleep(self.delay)
        found = [hit for p in self.products if (hit := self._hit(p, words)) and _fits(p, narrowing)]
        return tuple(sorted(found, key=lambda hit: -hit.score)[:limit])

    def _hit(self, one: DataProduct, words: str) -> Hit | None:
        texts = [one.id, one.name, one.description, one.domain, *(c.name for t in one.tables for c in t.columns)]
        held = {part for text in texts for word in content_of(text) for part in (word, *re.split(r"[-_]", word))}
        why = tuple((word, self.field) for word in content_of(words) if word in held)
        score = self.scores.get(one.id, float(len(why)))
        return Hit(one, score, why) if why or not words else None

    async def get(self, user: User, product_id: str) -> DataProduct:
        for one in self.products:
            if one.id == product_id:
                return one
        raise NotFound(product_id)

    async def named_in(self, user: User, words: str) -> tuple[DataProduct, ...]:
        named = [
            one for one in self.products if re.search(rf"(?<![\w-]){re.escape(fold(one.id))}(?![\w-])", fold(words))
        ]
        return tuple(sorted(named, key=lambda one: -len(one.id)))

    async def publishing(self, user: User, table: TableRef) -> tuple[DataProduct, ...]:
        return tuple(p for p in self.products if any(t.ref.key == table.key for t in p.tables))


def _fits(one: DataProduct, narrowing: Narrowing | None) -> bool:
    return narrowing is None or narrowing.family in (None, one.family)


@dataclass
class FakeCatalog:
    """Everybody sees every table of `tables`, except those `hidden` and, unreadable, those `closed` to a user id."""

    tables_: Sequence[Table] = ()
    hidden: Mapping[str, Sequence[str]] = field(default_factory=dict)
    closed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fails: list[BotError] = field(default_factory=list)
    sent: list[tuple[str, tuple[TableRef, ...]]] = field(default_factory=list)

    async def tables(self, user: User, refs: Sequence[TableRef]) -> tuple[Table, ...]:
        self.sent.append((user.id, tuple(refs)))
        if self.fails:
            raise self.fails.pop(0)
        known = {one.ref.key: one for one in self.tables_}
        seen = [known[ref.key] for ref in refs if ref.key in known and ref.name not in self.hidden.get(user.id, ())]
        return tuple(replace(one, readable=one.ref.name not in self.closed.get(user.id, ())) for one in seen)


Said = Draft | SaidByGenie | BotError


@dataclass
class FakeAnalyst:
    """Answers each space's questions from its list, in order; the last answer is given again."""

    answers: Mapping[str, list[Said]] = field(default_factory=dict)
    sent: list[tuple[str, str, str, str]] = field(default_factory=list)  # user id, space, words, conversation
    rated: list[tuple[str, bool]] = field(default_factory=list)
    delay: float = 0.0

    async def ask(
        self, user: User, space: str, words: str, *, conversation: str = "", report: Report
    ) -> Draft | SaidByGenie:
        self.sent.append((user.id, space, words, conversation))
        await asyncio.sleep(self.delay)
        answers = self.answers.get(space, [])
        said = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else NotFound(space)
        if isinstance(said, BotError):
            raise said
        return replace(said, space=space, conversation=conversation or f"{space}-{user.id}", message="m1")

    async def rate(self, user: User, space: str, conversation: str, message: str, *, good: bool) -> None:
        self.rated.append((message, good))


Rows = Sequence[tuple[object, ...]]


@dataclass
class FakeWarehouse:
    """Answers the first pattern that is found in the SQL, with (columns, rows) or by raising; else one row of 1."""

    answers: Sequence[tuple[str, tuple[Sequence[str], Rows] | BotError]] = ()
    sent: list[str] = field(default_factory=list)
    whom: list[str] = field(default_factory=list)

    async def run(
        self, user: User, sql: str, *, turn_id: str, conversation: str, row_limit: int, report: Report
    ) -> SqlResult:
        self.sent.append(sql)
        self.whom.append(user.id)
        found = next((answer for pattern, answer in self.answers if re.search(pattern, sql)), (["n"], [(1,)]))
        if isinstance(found, BotError):
            raise found
        columns, rows = found
        cut = tuple(tuple(row) for row in rows[:row_limit])
        types = tuple("string" for _ in columns)
        return SqlResult(sql, tuple(columns), types, cut, truncated=len(rows) > row_limit, as_whom=user.id)


Script = Callable[[list[BaseMessage], Sequence[str]], AIMessage | Exception | str | Mapping[str, Any]]
"""(messages, names of the tools bound) → a text, the arguments of a call of the last one, a message, or an error."""


class ScriptedModel(BaseChatModel):
    """A chat model that says what its script says. `sent` holds the messages of every call."""

    script: Any
    delay: float = 0.0
    tools: tuple[str, ...] = ()
    _sent: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def sent(self) -> list[list[BaseMessage]]:
        return self._sent

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Iterable[Any], **kwargs: Any) -> Any:
        from langchain_core.utils.function_calling import convert_to_openai_tool

        bound = self.model_copy(update={"tools": tuple(convert_to_openai_tool(t)["function"]["name"] for t in tools)})
        bound._sent = self._sent
        return bound

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("asked without await")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._sent.append(messages)
        await asyncio.sleep(self.delay)
        return ChatResult(generations=[ChatGeneration(message=self._message(self.script(messages, self.tools)))])

    def _message(self, said: AIMessage | Exception | str | Mapping[str, Any]) -> AIMessage:
        if isinstance(said, Exception):
            raise said
        if isinstance(said, AIMessage):
            return said
        usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
        if isinstance(said, str):
            return AIMessage(said, usage_metadata=usage)
        call = {"name": self.tools[-1], "args": dict(said), "id": f"call-{len(self._sent)}"}
        return AIMessage("", tool_calls=[call], usage_metadata=usage)
