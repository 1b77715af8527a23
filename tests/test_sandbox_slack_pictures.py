"""Charts and tables as a local Slack shows them: true to the figures, well-formed whatever is in them."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack import pictures
from sandbox.slack.drawing import simple

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.floats(-1e12, 1e12, allow_subnormal=False)


def chart(kind: str, *columns: list[float], name: str = "s") -> dict[str, Any]:
    """A chart block with one label a value."""
    labels = [f"label {at}" for at in range(len(columns[0]))]
    series = [
        {"name": f"{name}{n}", "data": [{"label": at, "value": v} for at, v in zip(labels, column, strict=True)]}
        for n, column in enumerate(columns)
    ]
    drawn = {"type": kind, "series": series, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "Green energy", "chart": drawn}


def parsed(block: Mapping[str, Any]) -> ElementTree.Element:
    """The picture of an image block."""
    kind, _, coded = block["image_url"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(coded))  # noqa: S314 - we have just written it


def texts(picture: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SVG}text")]


@given(st.lists(VALUES, min_size=1, max_size=20), st.booleans())
def test_an_axis_holds_every_value_in_a_few_round_steps(values: list[float], zero: bool) -> None:
    """Bars stand on zero; no value lies outside; few lines."""
    low, high, step = pictures.scale(values, zero=zero)
    slack = step * 1e-6
    assert low - slack <= min(values)
    assert max(values) <= high + slack
    assert 1 <= round((high - low) / step) <= 2 * pictures.STEPS
    assert not zero or low <= 0 <= high


def test_higher_values_stand_higher() -> None:
    """In a line as in bars; one mark for each value of each series."""
    _, line = simple([chart("line", [1.0, 3.0, 2.0])])
    heights = [float(one.get("cy", "")) for one in parsed(line).iter(f"{SVG}circle")]
    assert sorted(range(3), key=lambda at: -heights[at]) == [0, 2, 1]
    _, bars = simple([chart("bar", [1.0, -3.0], [2.0, 4.0])])
    drawn = [one for one in parsed(bars).iter(f"{SVG}rect") if one.get("rx") == "2"]
    tall = [float(one.get("height", "")) for one in drawn]
    assert sorted(range(4), key=lambda at: tall[at]) == [0, 2, 1, 3]
    assert {"s0", "s1"} <= set(texts(parsed(bars)))


@given(st.text(max_size=20), st.text(max_size=20))
def test_text_of_the_data_is_only_ever_text(one: str, other: str) -> None:
    """Neither a cell nor a label ends an element or begins another."""
    rows = [[{"text": one}, {"text": "a"}], [{"text": other}, {"text": "<script>x</script>&"}]]
    [shown] = simple([{"type": "table", "rows": rows, "column_settings": [{"align": "right"}]}])
    assert len(texts(parsed(shown))) == 4
    assert not list(parsed(shown).iter(f"{SVG}script"))
    _, drawn = simple([chart("bar", [1.0], [2.0], name=one)])
    assert not list(parsed(drawn).iter(f"{SVG}script"))


def test_figures_keep_the_blanks_between_their_thousands() -> None:
    """Narrow ones, which do not count as printable."""
    [shown] = simple([{"type": "table", "rows": [[{"text": "MWh"}], [{"text": "14\u202f114\u00a0713"}]]}])
    assert texts(parsed(shown)) == ["MWh", "14\u202f114\u00a0713"]


def test_a_long_name_in_sql_goes_on_in_the_next_line() -> None:
    """After a dot, where it is the same SQL; short names and strings stay whole."""
    sql = "SELECT t.a, 'x.y' FROM energy.renewables.green_energy_consumption"
    code = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": sql}]}
    [shown] = simple([{"type": "rich_text", "elements": [code]}])
    lines = shown["text"]["text"].replace("`", "").replace("\u00a0", " ").split("\n")
    assert lines == ["SELECT t.a, 'x.y' FROM energy.renewables.", "    green_energy_consumption"]


def test_a_table_too_wide_for_a_thread_is_text() -> None:
    """In a fixed width, where it can be scrolled."""
    rows = [[{"text": "x" * 30} for _ in range(6)] for _ in range(3)]
    [shown] = simple([{"type": "table", "rows": rows}])
    assert shown["type"] == "section"


def test_figures_on_an_axis_are_short() -> None:
    """Thousands, millions, and what is smaller as it is."""
    assert [pictures.short(value) for value in (14_207_734.9, 2500.0, 0.25, -3e9)] == ["14.21M", "2.5k", "0.25", "-3G"]
