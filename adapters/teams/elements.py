"""The pieces of an Adaptive Card 1.5, with what older clients show instead. Without it charts would vanish there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from adapters.teams.markdown import escaped, literal, one_line, safe_url
from adapters.wording import cut

Element: TypeAlias = dict[str, Any]

TIP = 400  # characters of what is shown when somebody points at a button whose title was cut
FIELD = 1_000  # characters of a line to type in
TITLE, ROW = 45, 50  # characters of a button, and of the buttons side by side: what a card of usual width shows


def card(body: Sequence[Element], actions: Sequence[Element] = ()) -> Element:
    """The whole card, at full width."""
    made: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": list(body),
    }
    return made | ({"actions": list(actions)} if actions else {})


def attachment(made: Element) -> Element:
    """The card as a message carries it."""
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": made}


def text(markdown: str, **style: object) -> Element:
    """A paragraph; `markdown` is escaped already."""
    return {"type": "TextBlock", "text": markdown or " ", "wrap": True, **style}


def small(markdown: str) -> Element:
    """The small print."""
    return text(markdown, isSubtle=True, size="Small")


def hidden(id_: str, items: Sequence[Element]) -> Element:
    """Folded away until its toggle is pressed."""
    return {"type": "Container", "id": id_, "isVisible": False, "items": list(items)}


def code(sql: str) -> Element:
    """SQL with a copy button; monospaced text where the client knows no code block."""
    plain = "\n\n".join(escaped(line) or " " for line in sql.splitlines()) or " "
    return {
        "type": "CodeBlock",
        "codeSnippet": literal(sql) or " ",
        "language": "Sql",
        "startLineNumber": 1,
        "fallback": text(plain, fontType="Monospace"),
    }


def toggle(title: str, target: str) -> Element:
    """Shows and hides, without asking us."""
    return {"type": "Action.ToggleVisibility", "title": _title(title), "targetElements": [target]}


def link(title: str, url: str) -> Element:
    """Opens a page; the caller has made sure that `safe_url` takes it."""
    return {"type": "Action.OpenUrl", "title": _title(title), "url": safe_url(url)}


def press(title: str, verb: str, **data: object) -> Element:
    """A button that asks us. `data` holds opaque ids only; clients without Execute send them as a message."""
    made: Element = {"type": "Action.Execute", "title": _title(title), "verb": verb, "data": dict(data)}
    made |= {"tooltip": whole} if (whole := cut(literal(one_line(title)), TIP)) != made["title"] and whole else {}
    made["fallback"] = {"type": "Action.Submit", "title": made["title"], "data": {**data, "verb": verb}}
    return made


def buttons(actions: Sequence[Element]) -> list[Element]:
    """Buttons within the body, in rows that a narrow card shows too."""
    rows: list[list[Element]] = []
    for action in actions:
        beside = rows[-1] if rows else []
        if beside and sum(len(one["title"]) + 4 for one in (*beside, action)) <= ROW:
            beside.append(action)
        else:
            rows.append([action])
    return [{"type": "ActionSet", "actions": row} for row in rows]


def field(id_: str, label: str, value: str) -> Element:
    """A line to type in."""
    made = cut(literal(one_line(label)), 100) or "–"
    return {"type": "Input.Text", "id": id_, "label": made, "value": cut(literal(value), FIELD), "maxLength": FIELD}


def day(id_: str, label: str, value: str) -> Element:
    """A date to pick, as YYYY-MM-DD."""
    return {"type": "Input.Date", "id": id_, "label": cut(literal(one_line(label)), 100) or "–", "value": value}


def menu(id_: str, options: Sequence[tuple[str, str]]) -> Element:
    """A list to choose one of: (value, title)."""
    choices = [{"title": _title(title), "value": value} for value, title in options]
    return {"type": "Input.ChoiceSet", "id": id_, "style": "compact", "choices": choices, "value": choices[0]["value"]}


def _title(words: str) -> str:
    return cut(literal(one_line(words)), TITLE) or "–"
