"""Every message the bot can produce is one that Slack accepts, and nothing in it is anything but text."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from fastjsonschema import JsonSchemaException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.replying import Kept
from adapters.slack import chips
from adapters.slack.home import page
from adapters.slack.message import Controls, Plainness, draw
from adapters.slack.notebook import Recent
from adapters.slack.placeholder import working
from adapters.slack.text import heard, literal, mrkdwn
from adapters.wording import Chart, Series, Span, Spoken, cut, say
from agents.domain import (
    STEPS,
    Apology,
    Ask,
    Conversation,
    Filter,
    Progress,
)
from tests.any_replies import NASTY, TEXTS, URLS, replies
from tests.slack_node import kinds, valid
from tests.slack_peer import Peer, message, running
from tests.slack_peer_blocks import CALL, wrong_with, wrong_with_blocks, wrong_with_view
from tests.slack_peer_replies import asked

CONTROLS = Controls("q_0123456789abcdef0123", share=True, link="https://findata.example.org/link")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies(), st.sampled_from([Controls(), CONTROLS]))
def test_slack_accepts_every_reply_at_every_step_of_plainness(reply, controls) -> None:
    """Structure, lengths and counts, for wide tables, 10,000 rows, empty cells, emoji, and 40,000 characters of SQL."""
    spoken = say(reply)
    for plainness in Plainness:
        message = draw(spoken, controls, plainness)
        body = {"text": message.text, "blocks": list(message.blocks)}
        assert wrong_with(body) == []
        json.dumps(body, ensure_ascii=False).encode()  # no lone surrogate reaches the wire
        assert len(json.dumps(body)) < 60_000


NOT_TYPED = {"data_visualization"}
"""Blocks that the vendor documents, and whose types its SDK does not have yet."""


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies())
def test_every_block_is_of_a_type_of_the_vendors(reply) -> None:
    """A second opinion on structure, from the types of Slack's SDK: no unknown key, no wrong value, none missing."""
    for plainness in Plainness:
        for block in draw(say(reply), CONTROLS, plainness).blocks:
            if block["type"] not in NOT_TYPED:
                valid(kinds()[block["type"]])(block)


def test_views_are_of_the_vendors_types() -> None:
    """The Home tab, full and empty, and the filters' form; and a wrong view is seen."""
    recents = tuple(Recent(text, "c", "C", "1", ((text, "https://mesh.example.org"),)) for text in NASTY)
    for listed in (recents, ()):
        valid("HomeView")({"type": "home", "blocks": page("fr", listed, "asker@example.com")})
    day = Filter("day", "between", ("2025-01-01", "2025-01-31"))
    kept = Kept(
        "q_1", "t", "U", Conversation("slack", "T", "C", "1"), Ask("x"), "en",
        filters=(day, Filter("country", "=", ("France",))), labels=("day", "country"),
    )  # fmt: skip
    view = chips.form(kept, "{}")
    valid("ModalView")(view)
    with pytest.raises(JsonSchemaException):
        valid("ModalView")(view | {"colour": "blue"})


LINK = re.compile(r"<(https?://[^|<> ]+)\|[^<>|]+>")


@given(TEXTS, TEXTS)
def test_text_in_mrkdwn_is_only_ever_text(one, other) -> None:
    """Once our own links are taken out no bracket is left, and no mark is read as one."""
    text = f"{one}\n{other}"
    assert "<" not in mrkdwn(text)
    assert not re.search(r"(?<!\u200b)[*_~`]", mrkdwn(text))
    spoken = Spoken("en", (Span(one), Span(other, url="https://mesh.example.org/p"), Span(one, strong=True)))
    said = LINK.sub("", draw(spoken, Controls(), Plainness.TEXT).text)
    assert "<" not in said
    assert set(LINK.findall(draw(spoken, Controls(), Plainness.TEXT).text)) <= {"https://mesh.example.org/p"}


@given(st.text(max_size=80), st.integers(1, 90))
def test_text_is_cut_to_its_limit(text, most) -> None:
    """Never longer, never changed when it fits."""
    assert len(cut(text, most)) <= most
    assert cut(text, 80) == text


def test_comparisons_in_sql_are_left_alone() -> None:
    """Only what would call somebody is broken up."""
    assert literal("a < b AND c <> 'd'") == "a < b AND c <> 'd'"
    assert literal("'<!channel>'") != "'<!channel>'"


def test_what_people_write_comes_back_as_they_wrote_it() -> None:
    """Slack's escapes are undone; links and mentions become words; only our own mention is dropped."""
    said = "<@U0BOT> sales &gt; 5 of <https://x.org|x.org> for <@U9|bob> in <#C1|general> &amp; <mailto:a@b.c|a@b.c>"
    assert heard(said, "U0BOT") == "sales > 5 of x.org for @bob in #general & a@b.c"


@pytest.mark.parametrize("count", [2, 20, 21, 60])
@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_chart_is_drawn_by_slack_or_by_text(count, kind) -> None:
    """Twenty points natively, and the title says which; a gap or an infinity is never drawn as a figure."""
    labels = tuple(f"A rather long label number {n}" for n in range(count))
    values = tuple(float(n) for n in range(count))
    chart = Chart(kind, "A title that is longer than the fifty characters it may have", labels, (Series("s", values),))
    drawn = draw(Spoken("en", (Span("x"),), chart=chart), Controls()).blocks[1]
    assert drawn["type"] == "data_visualization"
    assert [point["value"] for point in drawn["chart"]["series"][0]["data"]] == list(
        values[-20:] if kind == "line" else values[:20]
    )
    assert (f"20 / {count}" in drawn["title"]) is (count > 20)
    holed = replace(chart, series=(Series("s", (*values[:-2], None, float("inf")) if count < 21 else (None,) * count),))
    for plainness in (Plainness.NATIVE, Plainness.SIMPLE):
        message = draw(Spoken("en", (Span("x"),), chart=holed), Controls(), plainness)
        assert message.blocks[1]["type"] == "rich_text"
        assert wrong_with({"text": message.text, "blocks": list(message.blocks)}) == []


def test_small_things_are_valid_too() -> None:
    """The placeholder in every step, the Home tab full and empty."""
    for text in [*STEPS, *NASTY]:
        message = working("fr", "slack:T:C:1", text)
        assert wrong_with({"text": message.text, "blocks": list(message.blocks)}) == []
    recents = tuple(Recent(text, "c", "C", "1", ((text, "https://mesh.example.org"),)) for text in NASTY)
    for language in ("fr", "en"):
        assert wrong_with_view({"type": "home", "blocks": page(language, recents, "<!channel>")}) == []
        assert wrong_with_view({"type": "home", "blocks": page(language, (), "")}) == []


@given(st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(URLS)), max_size=8), TEXTS, st.sampled_from(["fr", "en"]))
def test_the_home_tab_is_valid_whatever_was_asked(asked, identity, language) -> None:
    """Questions, products and identities of any text, with pages of any address."""
    recents = tuple(Recent(text, "c", "C", "1", ((name, url),)) for text, name, url in asked)
    view = {"type": "home", "blocks": page(language, recents, identity)}
    assert wrong_with_view(view) == []
    json.dumps(view, ensure_ascii=False).encode()


async def test_tasks_and_whispers_are_valid_whatever_is_said() -> None:
    """What Genie says of its work, and what a stream's tasks are called; nobody is called by either."""
    async with Peer().serving() as peer, running(peer) as bot:
        turn, to = await asked(bot, message("green energy?"))
        placeholder = await bot.platform.open(to, turn)
        for text in NASTY:
            await bot.platform.progress(to, placeholder, Progress("genie", "genie_status", text), "fr")
        await bot.platform.finish(to, placeholder, Apology("fr", "no_product"), turn)
        told = [one for method in ("chat.startStream", "chat.appendStream") for one in peer.sent(method)]
        titles = [chunk["title"] for call in told for chunk in call["chunks"]]
        assert len(titles) > len(NASTY)
        assert all(1 <= len(title) <= 256 and not CALL.search(title) for title in titles)
        assert peer.wrong == []


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(["=", "in", "between", "<=", "like", "!="]))
def test_the_filters_form_is_valid(values, operator) -> None:
    """For whatever values the data holds; sent back untouched it changes nothing that fits its fields."""
    kept = Kept(
        "q_1", "t", "U", Conversation("slack", "T", "C", "1"), Ask("x"), "en",
        filters=tuple(Filter("col", operator, tuple(values)) for _ in range(3)), labels=tuple(values[:1] * 3),
    )  # fmt: skip
    view = chips.form(kept, "{}")
    assert wrong_with_view(view) == []


def test_the_validator_sees_what_is_wrong() -> None:
    """A check that passes everything would prove nothing."""
    cell = {"type": "raw_text", "text": "x"}
    bad = [
        {"type": "table", "rows": [[cell], [cell, cell]]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 10_001}]]},
        {"type": "rich_text", "elements": []},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "actions", "elements": []},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": ""}]},
        {"type": "markdown", "text": "x"},
    ]
    for block in bad:
        assert wrong_with_blocks([block], most=50, allowed={block["type"]} - {"markdown"}), block
    assert wrong_with({"text": "", "blocks": []})
    assert wrong_with({"text": "x", "blocks": [{"type": "divider"}] * 51})
