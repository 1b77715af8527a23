"""Newer blocks in terms of older ones. Without it a peer that knows only those would show a person their names.

Charts and tables become pictures, folded parts and very wide tables text; what people press stays what they press.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.slack import pictures

Block = Mapping[str, Any]

TEXT = 2900  # characters of one section
LONG = 32  # characters of a name that a thread has room for
NAME = re.compile(r"((?:[\w`]+\.)+)([\w`]+)")
MARKS = {"complete": ":white_check_mark:", "in_progress": ":hourglass_flowing_sand:", "error": ":warning:"}


def simple(blocks: Sequence[Block]) -> list[Block]:
    """The same message in sections, contexts and actions."""
    return [drawn for block in blocks for drawn in _simple(block)]


def _simple(block: Block) -> Iterator[Block]:
    match block.get("type"):
        case "rich_text":
            yield _section("".join(_part(part) for part in block["elements"]))
        case "table":
            yield _table(block)
        case "data_visualization":
            yield _section(f"*{_escaped(block['title'])}*")
            yield pictures.image(pictures.chart(block["chart"]), block["title"])
        case "container":
            yield {"type": "context", "elements": [{"type": "mrkdwn", "text": f"▸ {_escaped(block['title']['text'])}"}]}
            yield from simple(block["child_blocks"])
        case "context_actions":
            yield {"type": "actions", "elements": [one for thumbs in block["elements"] for one in _thumbs(thumbs)]}
        case _:
            yield block


def tasks(told: Sequence[Block]) -> list[Block]:
    """A stream's tasks as lines."""
    lines = [f"{MARKS.get(task['status'], '·')} {_escaped(task['title'])}" for task in told]
    return [_section("\n".join(lines))]


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:TEXT] or " "}}


def _part(part: Block) -> str:
    if part["type"] == "rich_text_preformatted":
        return _fixed(_narrow("".join(run["text"] for run in part["elements"])).split("\n"))
    return "".join(_run(run) for run in part["elements"])


def _narrow(sql: str) -> str:
    """Long names go on in a new line after their last dot, where SQL allows it: a thread does not break them."""
    return NAME.sub(lambda name: f"{name[1]}\n    {name[2]}" if len(name[0]) > LONG else name[0], sql)


def _run(run: Block) -> str:
    text = _escaped(run.get("text", ""))
    if run["type"] == "link":
        return f"<{_escaped(run['url'])}|{text}>"
    style = run.get("style", {})
    mark = "`" if style.get("code") else "*" if style.get("bold") else ""
    return f"{mark}{text}{mark}" if text.strip() else text


def _thumbs(thumbs: Block) -> Iterator[Block]:
    for number, key in enumerate(("positive_button", "negative_button")):
        thumb = thumbs[key]
        yield {
            "type": "button", "action_id": f"{thumbs['action_id']}_{number}", "text": thumb["text"],
            "value": thumb["value"],
        }  # fmt: skip


def _table(block: Block) -> Block:
    cells = [[str(cell["text"]).replace("\n", " ") for cell in row] for row in block["rows"]]
    right = [one.get("align") == "right" for one in block.get("column_settings", ())]
    drawn = pictures.table(cells, right[: len(cells[0])] + [False] * (len(cells[0]) - len(right)))
    return pictures.image(drawn, " · ".join(cells[0])) if drawn else _section(_fixed(_rows(cells)))


def _rows(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _fixed(lines: Sequence[str]) -> str:
    """Line by line, and unescaped: local-slack knows no marks that span lines, and shows code as it stands."""
    made = ""
    for line in lines:
        shown = f"`{line.replace('`', 'ˋ').replace('  ', 2 * chr(160))}`\n" if line.strip() else "\n"
        if len(made) + len(shown) > TEXT:
            break
        made += shown
    return made.rstrip("\n")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
