"""Reads questions about the tables of one Genie space: words in, SQL out, or what stands in the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sandbox.brain import language as languages
from sandbox.brain import thread, wording
from sandbox.brain.assembly import Assembly
from sandbox.brain.choosing import Unclear, Unread
from sandbox.brain.echo import Echo
from sandbox.brain.follow_up import FollowUp, starts_as_follow_up, year_of
from sandbox.brain.gathered import gather
from sandbox.brain.grammar import Grammar
from sandbox.brain.items import Item
from sandbox.brain.joins import Joins
from sandbox.brain.language import Language
from sandbox.brain.lexicon import Lexicon
from sandbox.brain.marks import Marked, Marker
from sandbox.brain.outcome import Before, Outcome, Understood
from sandbox.brain.query import Query
from sandbox.brain.schema import Ref, Schema
from sandbox.brain.sql import SqlWriter
from sandbox.brain.sql_names import Unjoinable
from sandbox.brain.suggest import suggestions
from sandbox.brain.tokens import Token, spell_out, tokenize
from sandbox.mesh import Column, Table

_SAID_AGAIN = frozenset({"agg", "same"})  # only a follow-up may say these alone
_ASKED = frozenset({"measure", "column", "noun", "table", "grain_column", "rank", "having", "existence", "condition"})
_PARTLY = 0.9  # a name of which only a part is said
_LONGEST = 1000  # characters; more is not a question


class Brain:
    """Knows the tables of one space. Immutable once built, so any number of threads may ask it."""

    def __init__(
        self,
        tables: Sequence[Table],
        values: Callable[[Table, Column], Sequence[str]],
        today: date,
        language_hint: str = "",
    ) -> None:
        """`values` gives the distinct values of a text column as stored; `today` anchors "last month"."""
        self._schema = Schema(tables, values)
        self._joins = Joins(self._schema)
        self._lexicon = Lexicon(self._schema)
        self._grammar = Grammar(self._schema)
        self._today = today
        self._hint = language_hint

    def read(self, words: str, before: Before = None) -> Outcome:
        """What the question asks, perhaps as a change of the question `before` it, or as the rest of one left open."""
        return thread.read(self, words, before)

    def says(self, words: str) -> frozenset[str]:
        """The kinds of what is said, such as period, value or per."""
        tokens = tokenize(spell_out(words.strip())[:_LONGEST])
        marked = Marker(tokens, languages.tell(tokens, self._hint), self._today, self._lexicon).marked()
        return frozenset(item.kind for item in marked.items)

    def read_after(self, words: str, before: Understood | None) -> Outcome:
        """One message by itself, or as a change of what was understood before."""
        text = spell_out(words.strip())
        tokens = tokenize(text[: _LONGEST + 1])
        language = languages.tell(tokens, before.language if before else self._hint)
        if len(text) > _LONGEST or not tokens:
            return wording.not_a_question(language, len(text) > _LONGEST)
        return self._read(text, tokens, language, before)

    def _read(self, text: str, tokens: Sequence[Token], language: Language, before: Understood | None) -> Outcome:
        marked = Marker(tokens, language, self._today, self._lexicon).marked()
        items = self._grammar.read(marked.items, language)
        try:
            query = self._query(items, before, lambda: self._said_after(tokens, language, before))
            understood = self._understood(query, items, marked, language)
        except Unread as error:
            return wording.not_read(self._schema, language, error.texts or (text,))
        except Unjoinable as error:
            return wording.not_joined(self._schema, language, str(error))
        except Unclear as error:
            return wording.asks_back(self._schema, language, text, tokens, error)
        return replace(understood, suggestions=() if before else self._suggestions(query, language, text))

    def _suggestions(self, query: Query, language: Language, text: str) -> tuple[str, ...]:
        """At most two, each of them seen to be understood."""
        found = suggestions(self._schema, self._joins, query, language, text)
        return tuple(itertools.islice((one for one in found if self._is_read(one, language)), 2))

    def _is_read(self, text: str, language: Language) -> bool:
        marked = Marker(tokenize(spell_out(text)), language, self._today, self._lexicon).marked()
        try:
            SqlWriter(
                self._schema, self._joins, self._query(self._grammar.read(marked.items, language), None, tuple)
            ).sql()
        except (Unread, Unclear, Unjoinable):
            return False
        return True

    def _said_after(self, tokens: Sequence[Token], language: Language, before: Understood | None) -> tuple[Item, ...]:
        """The same words after an earlier question: a month is of the year that was spoken of."""
        year = year_of(before.query) if before else None
        marked = Marker(tokens, language, self._today, self._lexicon, year).marked()
        return self._grammar.read(marked.items, language)

    def _query(
        self, items: Sequence[Item], before: Understood | None, said_after: Callable[[], Sequence[Item]]
    ) -> Query:
        """A question of its own where it is one; else a change of the question before."""
        if lost := [item for item in items if item.kind == "unknown"]:
            raise Unread(*(item.text for item in lost))
        if before is None:
            return self._begun(items)
        if starts_as_follow_up(items):
            return self._changed(said_after(), before)
        try:
            return Assembly(self._schema, self._joins, gather(items)).query()
        except (Unread, Unclear) as alone:
            try:
                return self._changed(said_after(), before)
            except Unread:
                raise alone from None

    def _begun(self, items: Sequence[Item]) -> Query:
        """A question with nothing before it. What sounds like a change must say when: another question has said it."""
        query = Assembly(self._schema, self._joins, gather(self._with_figure(items))).query()
        dated = any(one.operator in {"period", "not period"} for one in query.conditions)
        listed = any(self._schema.is_measure(ref) for ref in query.columns)
        if starts_as_follow_up(items) and not dated and (listed or (query.measures and self._schema.times(query.base))):
            raise Unread()
        return query

    def _with_figure(self, items: Sequence[Item]) -> Sequence[Item]:
        """As in "CO2 by country": where nothing is asked for, the one figure that has the word in its name."""
        topics = [item for item in items if item.kind == "topic"]
        if not topics or not any(item.kind == "group" for item in items) or any(item.kind in _ASKED for item in items):
            return items
        named = [{m for m in item.meanings if m.kind == "column" and self._schema.is_measure(m.ref)} for item in topics]
        figures = tuple(set.intersection(*named))
        if len(figures) != 1:
            return items
        column = replace(topics[0], kind="column", meanings=(replace(figures[0], weight=_PARTLY),))
        return [column if item is topics[0] else item for item in items if item is topics[0] or item not in topics]

    def _changed(self, items: Sequence[Item], before: Understood) -> Query:
        return FollowUp(self._schema, self._joins, gather(items, _SAID_AGAIN), before.query).query()

    def _understood(self, query: Query, items: Sequence[Item], marked: Marked, language: Language) -> Understood:
        writer = SqlWriter(self._schema, self._joins, query)
        sql, tables = writer.sql(), writer.tables
        self._check_topics(query, items, tables)
        echo = Echo(self._schema, language)
        title = echo.subject(query)
        return Understood(
            sql, echo.text(query, marked.respelled), language, title[:1].upper() + title[1:], tables, (), query
        )

    def _check_topics(self, query: Query, items: Sequence[Item], tables: Sequence[str]) -> None:
        """Words that only occur in names must occur in the names of what is used."""
        used = _refs(query)
        for item in items:
            if item.kind == "topic" and not any(
                m.ref in used if m.kind == "column" else m.table in tables for m in item.meanings
            ):
                raise Unread(item.text)


def _refs(query: Query) -> set[Ref]:
    found = {*query.columns, *(group.ref for group in query.groups), *(one.ref for one in query.conditions)}
    return found | {measure.ref for measure in query.measures if measure.ref}
