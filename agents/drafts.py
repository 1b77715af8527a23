"""Who writes the SQL: Genie in its space, or a chat model. Without it neither could step in for the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import BaseModel

from agents.domain import Column, DataProduct, Draft, Progress, Question, SaidByGenie, Table
from agents.errors import BadQuery, NotFound, Refused, Stopped, Unavailable
from agents.judgement import judge
from agents.language import fold
from agents.ports import Report
from agents.state import Context

_COLUMNS = 80  # of one table, shown to a model
_TEXT = 200  # characters of one description


@dataclass(frozen=True, slots=True)
class Brief:
    """What an author of SQL is given. `tables` are all that may be read, fixed before any of their text is."""

    context: Context
    report: Report
    question: Question
    product: DataProduct
    tables: tuple[Table, ...]
    conversation: str = ""  # Genie's, with this asker in this product's space
    last_question: str = ""
    last_sql: str = ""
    refined: str = ""  # filter values edited by hand since, which Genie's conversation does not know of


@dataclass(frozen=True, slots=True)
class Missing:
    """The tables do not hold what is asked for; `words` of the question that are found nowhere."""

    words: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Genie could not be asked or could not answer."""

    error: Unavailable | Refused | NotFound | BadQuery


Outcome: TypeAlias = Draft | SaidByGenie | Missing | Failed


async def ask_genie(brief: Brief, words: str = "") -> Draft | SaidByGenie | Failed:
    """Genie's draft for the asker's own words, which is what its conversation goes on with."""
    analyst = brief.context.analyst
    if analyst is None:
        return Failed(NotFound("no analyst is configured"))
    brief.report(Progress("genie", "asking_genie", brief.product.name))
    said, user = words or _own_words(brief), brief.context.turn.user
    try:
        return await analyst.ask(user, brief.product.space, said, conversation=brief.conversation, report=brief.report)
    except Stopped:
        raise
    except (Unavailable, Refused, NotFound, BadQuery) as error:
        return Failed(error)


def _own_words(brief: Brief) -> str:
    words = brief.question.words or brief.question.text
    return f"{words} ({brief.refined})" if brief.refined and brief.question.follow_up else words


class Written(BaseModel):
    """The query."""

    sql: str = ""
    missing: str = ""


async def ask_model(brief: Brief, refused: tuple[Draft, BadQuery] | None = None) -> Draft | Missing | None:
    """The model's draft, or what it says is in no table; None when there is no model or no use in it."""
    if brief.context.model is None:
        return None
    brief.report(Progress("genie", "repairing" if refused else "writing_sql"))
    given = _given(brief) | ({"refused": {"sql": refused[0].sql, "why": refused[1].hint}} if refused else {})
    written = await judge(brief.context, "genie", given, Written)
    if written is None:
        return None
    sql = written.sql.strip().rstrip(";").strip()
    return Draft(sql, author="model") if sql else Missing(_quoted(written.missing, brief.question))


def _quoted(words: str, question: Question) -> str:
    """The model's words only if the asker said them: anything else it may have read in a description."""
    return words if words and fold(words) in fold(question.text) else ""


def _given(brief: Brief) -> dict[str, object]:
    given: dict[str, object] = {
        "question": brief.question.text,
        "today": brief.context.turn.at.date().isoformat(),
        "tables": _shown(brief.tables),
    }
    if brief.question.follow_up and brief.last_sql:
        given["previous"] = {"question": brief.last_question, "sql": brief.last_sql}
    return given


def _shown(tables: Sequence[Table]) -> list[dict[str, object]]:
    return [
        {
            "name": str(table.ref),
            "description": table.description[:_TEXT],
            "columns": [_column_shown(column) for column in table.columns[:_COLUMNS]],
            "joins": [f"{column} = {other}.{theirs}" for column, other, theirs in table.joins],
        }
        for table in tables
    ]


def _column_shown(column: Column) -> dict[str, str]:
    facts = {"name": column.name, "type": column.type, "unit": column.unit, "description": column.description[:_TEXT]}
    return {key: fact for key, fact in facts.items() if fact}
