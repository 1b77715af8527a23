"""Newer blocks in terms of older ones. Without it a peer that knows only those would show a person their names.

Tables, charts and folded parts become text in a fixed width; what people press stays what they press.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Block = Mapping[str, Any]

BAR = 10  # blocks of the longest bar: a thread is narrow
TEXT = 2900  # characters of one section
MARKS = {"complete": ":white_check_mark:", "in_progress": ":hourglass_flowing_sand:", "error": ":warning:"}


def simple(blocks: Sequence[Block]) -> list[Block]:
    """The same message in sections, contexts and actions."""
    return [drawn for block in blocks for drawn in _simple(block)]


def _simple(block: Block) -> Iterator[Block]:
    match block.get("type"):
        case "rich_text":
            yield _section("".join(_part(part) for part in block["elements"]))
        case "table":
            yield _section(_fixed(_rows(block["rows"])))
        case "data_visualization":
            yield _section(f"*{_escaped(block['title'])}*\n{_fixed(_bars(block['chart']))}")
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
        return _fixed("".join(run["text"] for run in part["elements"]).split("\n"))
    return "".join(_run(run) for run in part["elements"])


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


def _rows(rows: Sequence[Sequence[Block]]) -> list[str]:
    cells = [[str(cell["text"]).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _bars(chart: Block) -> list[str]:
    lines = []
    for series in chart["series"]:
        longest = max((abs(point["value"]) for point in series["data"]), default=0) or 1
        width = max(len(point["label"]) for point in series["data"])
        for point in series["data"]:
            bar = "█" * max(1, round(BAR * abs(point["value"]) / longest))
            lines.append(f"{point['label'].ljust(width)}  {bar} {point['value']:,.10g}")
    return lines


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
