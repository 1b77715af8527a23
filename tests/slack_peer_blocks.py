"""What Slack accepts, written down apart from the code that draws: structure, lengths and counts of blocks."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Block = Mapping[str, Any]

KNOWN = {
    "actions", "container", "context", "context_actions", "data_visualization", "divider", "header", "image", "input",
    "rich_text", "section", "table",
}  # fmt: skip
IN_CONTAINER = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table"}
MODAL = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section"}
HOME = {"actions", "context", "container", "divider", "header", "image", "input", "rich_text", "section"}
CALL = re.compile(r"<[!@#]")


def wrong_with(message: Mapping[str, Any]) -> list[str]:
    """Everything that Slack would refuse, or that would call somebody, in a message; empty when it is fine."""
    text = message.get("text")
    faults = [] if isinstance(text, str) and text.strip() else ["no text"]
    faults += [] if len(text or "") <= 4000 else ["text is too long"]
    faults += ["text calls somebody"] if CALL.search(text or "") else []
    return faults + wrong_with_blocks(message.get("blocks") or [], most=50, allowed=KNOWN)


def wrong_with_view(view: Mapping[str, Any]) -> list[str]:
    """The same for a modal or the Home tab."""
    modal = view.get("type") == "modal"
    faults = wrong_with_blocks(view["blocks"], most=100, allowed=MODAL if modal else HOME)
    if modal:
        faults += [f"{key} is too long" for key in ("title", "submit", "close") if len(view[key]["text"]) > 24]
        faults += ["private_metadata is too long"] if len(view.get("private_metadata", "")) > 3000 else []
        faults += ["a form without fields"] if not any(block["type"] == "input" for block in view["blocks"]) else []
    return faults


def wrong_with_blocks(blocks: list[Block], *, most: int, allowed: set[str]) -> list[str]:
    """Per block and over all of them."""
    faults = [] if len(blocks) <= most else [f"{len(blocks)} blocks"]
    for block in blocks:
        kind = block.get("type", "")
        faults += [f"{kind} is not allowed here"] if kind not in allowed else _of[kind](block)
    everything = list(_walk(blocks))
    kinds = Counter(block.get("type") for block in everything)
    faults += ["only_one_table_allowed"] if kinds["table"] > 1 else []
    faults += ["three charts"] if kinds["data_visualization"] > 2 else []
    ids = Counter(
        one["action_id"] for one in everything if "action_id" in one and one.get("type") != "plain_text_input"
    )
    faults += [f"action_id {name} twice" for name, count in ids.items() if count > 1 and name != "value"]
    faults += [f"a string calls somebody: {one!r}" for one in _strings(blocks) if CALL.search(one)]
    return faults


def _walk(node: Any) -> Iterator[Block]:
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list | tuple):
        for one in node:
            yield from _walk(one)


def _strings(node: Any) -> Iterator[str]:
    for block in _walk(node):
        yield from (
            value for key, value in block.items() if isinstance(value, str) and key in ("text", "title", "label")
        )


def _text(text: Any, most: int, *kinds: str) -> list[str]:
    if not isinstance(text, Mapping) or text.get("type") not in (kinds or ("plain_text", "mrkdwn")):
        return [f"not a text object: {text!r}"]
    said = text.get("text")
    if not isinstance(said, str) or not 1 <= len(said) <= most:
        return [f"a text of {len(said or '')} characters, {most} at most"]
    unknown = set(text) - {"type", "text", "emoji", "verbatim"}
    return [f"unknown keys {unknown}"] if unknown else []


def _keys(block: Block, *allowed: str) -> list[str]:
    unknown = set(block) - {"type", "block_id", *allowed}
    return [f"{block['type']}: unknown keys {unknown}"] if unknown else []


def _section(block: Block) -> list[str]:
    return _keys(block, "text", "fields", "accessory", "expand") + _text(block.get("text"), 3000)


def _context(block: Block) -> list[str]:
    found = block.get("elements") or []
    faults = [] if 1 <= len(found) <= 10 else ["context: 1 to 10 elements"]
    return faults + _keys(block, "elements") + [fault for one in found for fault in _text(one, 3000)]


def _header(block: Block) -> list[str]:
    return _keys(block, "text") + _text(block.get("text"), 150, "plain_text")


def _actions(block: Block) -> list[str]:
    found = block.get("elements") or []
    faults = [] if 1 <= len(found) <= 25 else ["actions: 1 to 25 elements"]
    return faults + _keys(block, "elements") + [fault for one in found for fault in _pressed(one)]


def _pressed(one: Block) -> list[str]:
    faults = [] if 1 <= len(one.get("action_id", "")) <= 255 else ["an action_id of 1 to 255 characters"]
    if one.get("type") == "button":
        faults += _keys(one, "action_id", "text", "value", "url", "style") + _text(one.get("text"), 75, "plain_text")
        faults += [] if len(one.get("value", "x")) <= 2000 and one.get("value", "x") else ["a value of 1 to 2000"]
        faults += [] if one.get("style", "primary") in ("primary", "danger") else ["an unknown style"]
        return faults + ([] if one.get("url", "https://").startswith(("http://", "https://")) else ["not a page"])
    if one.get("type") == "static_select":
        options = one.get("options") or []
        faults += [] if 1 <= len(options) <= 100 else ["1 to 100 options"]
        faults += _text(one.get("placeholder"), 150, "plain_text")
        return faults + [fault for option in options for fault in _option(option)]
    return [*faults, f"an unknown element {one.get('type')}"]


def _option(option: Block) -> list[str]:
    faults = _text(option.get("text"), 75, "plain_text", "mrkdwn")
    faults += [] if 1 <= len(option.get("value", "")) <= 150 else ["an option's value of 1 to 150 characters"]
    return faults + (_text(option["description"], 75, "plain_text", "mrkdwn") if "description" in option else [])


def _context_actions(block: Block) -> list[str]:
    found = block.get("elements") or []
    faults = _keys(block, "elements") + ([] if 1 <= len(found) <= 5 else ["context_actions: 1 to 5 elements"])
    for one in found:
        faults += [] if one.get("type") == "feedback_buttons" else ["only thumbs"]
        for key in ("positive_button", "negative_button"):
            faults += _text(one[key].get("text"), 75, "plain_text")
            faults += [] if 1 <= len(one[key].get("value", "")) <= 2000 else ["a thumb's value"]
            faults += [] if 1 <= len(one[key].get("accessibility_label", "x")) <= 75 else ["a thumb's label"]
    return faults


def _rich_text(block: Block) -> list[str]:
    faults = _keys(block, "elements") + ([] if block.get("elements") else ["rich_text: empty"])
    for part in block.get("elements") or []:
        if part.get("type") not in ("rich_text_section", "rich_text_preformatted", "rich_text_list", "rich_text_quote"):
            faults.append(f"rich_text: {part.get('type')}")
        faults += [] if part.get("elements") else ["rich_text: an empty part"]
        for one in part.get("elements") or []:
            faults += _run(one)
    return faults


def _run(one: Block) -> list[str]:
    if one.get("type") not in ("text", "link"):
        return [f"rich_text: {one.get('type')}"]
    faults = [] if isinstance(one.get("text"), str) and one["text"] else ["rich_text: empty text"]
    faults += [] if len(one.get("text", "")) <= 12_000 else ["rich_text: a text too long"]
    if one["type"] == "link":
        faults += [] if one.get("url", "").startswith(("http://", "https://")) else ["rich_text: not a page"]
    unknown = set(one) - {"type", "text", "url", "style"}
    return faults + ([f"rich_text: unknown keys {unknown}"] if unknown else [])


def _table(block: Block) -> list[str]:
    rows = block.get("rows") or []
    faults = _keys(block, "rows", "column_settings")
    faults += [] if 1 <= len(rows) <= 100 else [f"table: {len(rows)} rows"]
    widths = {len(row) for row in rows}
    faults += [] if len(widths) == 1 and 1 <= max(widths) <= 20 else [f"table: widths {widths}"]
    cells = [cell for row in rows for cell in row]
    faults += ["table: an empty cell"] if any(not cell.get("text") for cell in cells) else []
    faults += ["table: not raw_text"] if any(cell.get("type") != "raw_text" for cell in cells) else []
    faults += ["table: over 10,000 characters"] if sum(len(cell.get("text", "")) for cell in cells) > 10_000 else []
    return faults + ([] if len(block.get("column_settings") or []) <= 20 else ["table: too many settings"])


def _data_visualization(block: Block) -> list[str]:
    chart = block.get("chart") or {}
    faults = _keys(block, "title", "chart") + ([] if 1 <= len(block.get("title", "")) <= 50 else ["chart: title"])
    if chart.get("type") not in ("line", "bar", "area"):
        return [*faults, f"chart: {chart.get('type')}"]
    categories, series = chart["axis_config"]["categories"], chart["series"]
    faults += [] if 1 <= len(categories) <= 20 and len(set(categories)) == len(categories) else ["chart: categories"]
    faults += [] if all(1 <= len(name) <= 20 for name in categories) else ["chart: a label"]
    faults += [] if len(chart["axis_config"].get("y_label", "")) <= 50 else ["chart: an axis label"]
    faults += [] if 1 <= len(series) <= 6 and len({one["name"] for one in series}) == len(series) else ["chart: series"]
    for one in series:
        faults += [] if 1 <= len(one["name"]) <= 20 else ["chart: a series' name"]
        faults += [] if [point["label"] for point in one["data"]] == categories else ["chart: points"]
        faults += [] if all(math.isfinite(point["value"]) for point in one["data"]) else ["chart: not finite"]
    return faults


def _container(block: Block) -> list[str]:
    children = block.get("child_blocks") or []
    faults = _keys(block, "title", "is_collapsible", "default_collapsed", "child_blocks")
    faults += _text(block.get("title"), 150, "plain_text") + (
        [] if 1 <= len(children) <= 10 else ["container: children"]
    )
    for child in children:
        kind = child.get("type")
        faults += [f"container: {kind}"] if kind not in IN_CONTAINER else _of[kind](child)
    return faults


def _input(block: Block) -> list[str]:
    element = block.get("element") or {}
    faults = _keys(block, "label", "element", "optional", "hint") + _text(block.get("label"), 2000, "plain_text")
    if element.get("type") == "plain_text_input":
        return faults + ([] if len(element.get("initial_value", "")) <= element.get("max_length", 3000) else ["input"])
    good = element.get("type") == "datepicker" and re.fullmatch(r"\d{4}-\d\d-\d\d", element.get("initial_date", ""))
    return faults + ([] if good else [f"input: {element.get('type')}"])


def _divider(block: Block) -> list[str]:
    return _keys(block)


_of = {
    "actions": _actions, "container": _container, "context": _context, "context_actions": _context_actions,
    "data_visualization": _data_visualization, "divider": _divider, "header": _header, "input": _input,
    "rich_text": _rich_text, "section": _section, "table": _table, "image": _divider,
}  # fmt: skip
