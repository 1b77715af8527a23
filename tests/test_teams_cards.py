"""Every message the bot can produce is one that Teams takes and draws, and nothing in it is anything but text."""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from adapters.replying import discretion, filters
from adapters.replying.keeping import kept_of
from adapters.teams import elements
from adapters.teams.entities import Sources
from adapters.teams.markdown import escaped, marked, safe_url
from adapters.teams.message import Controls, Plainness, card_of, carded, fitting, text_message, working
from adapters.teams.pictures import chart
from adapters.teams.welcome import welcome
from adapters.wording import Chart, Series, Span, say
from agents.domain import (
    STEPS,
    Answer,
    Ask,
    Conversation,
    Explanation,
    Figures,
    Option,
    ProductDescription,
    Reply,
    Turn,
    User,
)
from tests.any_replies import KINDS, NASTY, TEXTS, URLS, replies
from tests.green_energy import WHICH
from tests.teams_peer import GROUP, button, buttons
from tests.teams_peer_cards import nodes, wrong_with_card, wrong_with_message
from tests.teams_replies import ANSWER, FAILED, MANY, figures
from tests.teams_scene import scene

ID = "q_0123456789abcdef0123"


def controls(reply: Reply, id_: str = ID) -> Controls:
    """As an answer has them."""
    body = reply.body if isinstance(reply, Answer) else None
    products = (
        body.products
        if isinstance(body, Figures | Explanation)
        else (body.product,)
        if isinstance(body, ProductDescription)
        else ()
    )
    conversation = Conversation("teams", "T", "C")
    turn = Turn("t", conversation, User("teams", "T", "U"), Ask("x"), datetime(2026, 1, 1, tzinfo=UTC))
    fields = filters.fields(kept_of(reply, say(reply), turn))
    link = discretion.signin_page(reply) or "https://findata.example.org/link"
    return Controls(id_, fields, link, Sources(products), isinstance(reply, Answer), isinstance(reply, Answer))


ANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", KINDS)
def test_teams_takes_every_reply_at_every_step_of_plainness(kind: str) -> None:
    """The vendor's models and our own rules, for wide tables, 10,000 rows, emoji, and 40,000 characters of SQL."""

    @ANY
    @given(replies([kind]), st.sampled_from(["", ID]), st.booleans())
    def taken(reply: Reply, id_: str, alone: bool) -> None:
        spoken, made = say(reply), replace(controls(reply, id_), alone=alone)
        for plainness in Plainness:
            assert wrong_with_message(text_message(spoken, made, plainness)) == []
            card, _ = fitting(spoken, made, plainness)
            if card is not None:
                assert wrong_with_message(carded(card, made, spoken.language)) == []

    taken()


PARTS = {
    "AdaptiveCard", "TextBlock", "Container", "ActionSet", "Table", "TableRow", "TableCell", "CodeBlock",
    "Chart.Line", "Chart.VerticalBar", "Chart.VerticalBar.Grouped", "Input.Text", "Input.Date", "Input.ChoiceSet",
    "Action.Execute", "Action.Submit", "Action.OpenUrl", "Action.ToggleVisibility",
}  # fmt: skip
VERBS = {"choose", "explain", "refine", "suggest", "retry", "csv"}


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_the_replies_that_are_made_up_reach_every_part_of_a_card() -> None:
    """What is never made up is never tried: every element and every button that a reply can have is there."""
    seen: set[str] = set()

    def all_seen(reply: Reply) -> bool:
        for node in nodes(card_of(say(reply), controls(reply))):
            seen.update(str(node[name]) for name in ("type", "verb") if name in node)
        return seen >= PARTS | VERBS

    many = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    with suppress(NoSuchExample):
        find(replies(), all_seen, settings=many)
    assert seen >= PARTS | VERBS, (PARTS | VERBS) - seen
    assert {one for one in seen if one[0].isupper()} <= PARTS


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("1. item")
@example("\t=")
@example("https://evil.example.org/a_b")
def test_text_from_outside_is_only_ever_text(text: str) -> None:
    """No mark is read as one, nothing is an address, a call or a function, and what is read is what was written."""
    shown = escaped(text)
    assert "<" not in shown
    assert "://" not in shown
    assert "{{" not in shown
    assert not re.search(r"[*_\[\]()#~`|!]", re.sub(r"\\.", "", shown))
    assert not re.search(r"^\s*(?:[-+=>]|\d+[.)])", shown, re.MULTILINE)


def test_what_is_escaped_reads_as_it_was_written() -> None:
    """Undone as a Markdown reader undoes it, the words are back."""
    for text in (
        "12\u202f480\u202f000\u00a0MWh",
        "green_energy_2025 (MWh)",
        "a < b & c > d",
        "50 % *net* [1] #2",
        "l'été à 20 °C — oui !",
    ):
        assert html.unescape(re.sub(r"\\(.)", r"\1", escaped(text))) == text


@given(TEXTS, st.sampled_from(URLS))
def test_the_only_links_are_to_pages_that_were_built_for_it(text: str, url: str) -> None:
    """A link of ours has an address that a browser should open, and words that cannot end it."""
    made = marked((Span(text, url=url), Span(text, strong=True), Span(text, code=True)))
    found = re.findall(r"(?<!\\)\]\(([^)]*)\)", made)
    assert set(found) <= {"https://mesh.example.org/p/1"}
    assert safe_url(url) in ("", "https://mesh.example.org/p/1")


def test_the_answer_is_drawn_in_full() -> None:
    """Chart, rows, SQL behind its toggle with a copy button, small print, product, filters, Explain, suggestions."""
    spoken, made = say(ANSWER), controls(ANSWER)
    card = card_of(spoken, made)
    assert card is not None
    kinds = [one["type"] for one in card["body"]]
    assert {"Chart.Line", "Table", "Container", "ActionSet"} <= set(kinds)
    line = next(one for one in card["body"] if one["type"] == "Chart.Line")
    assert line["data"][0]["values"][0] == {"x": "2025-01-01", "y": 1000.0}
    table = next(one for one in card["body"] if one["type"] == "Table")
    assert len(table["rows"]) == 11
    box = next(one for one in card["body"] if one.get("id") == "sqlbox")
    assert not box["isVisible"]
    assert box["items"][0]["type"] == "CodeBlock"
    assert box["items"][0]["codeSnippet"] == ANSWER.body.result.sql
    titles = [one["title"] for one in card["actions"]]
    assert titles == [
        "Link my Databricks identity",
        "Show the SQL",
        "Open the data product",
        "Change filters",
        "Explain",
        "Rows as CSV",
    ]
    assert [one["title"] for one in buttons(card) if one.get("verb") == "suggest"] == ["And in Germany?", "By country?"]
    assert "10 of 12 rows" in json.dumps(card)


def test_the_sentence_carries_label_source_use_and_thumbs() -> None:
    """The text that the card stands under is labelled, cites the product, says how it may be used and can be rated."""
    message = text_message(say(ANSWER), controls(ANSWER))
    entity = message["entities"][0]
    assert entity["additionalType"] == ["AIGeneratedContent"]
    assert entity["citation"][0]["appearance"]["url"] == "https://mesh.example.org/products/energy-usage"
    assert entity["usageInfo"]["name"] == "Internal"
    assert message["text"].endswith(" [1]")
    assert message["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert "|" not in message["text"]


def test_no_button_carries_more_than_opaque_ids() -> None:
    """Neither SQL nor words nor filters are believed when they come back: they are not even sent."""
    for reply in (ANSWER, WHICH, MANY, FAILED):
        card = card_of(say(reply), controls(reply))
        for one in buttons(card):
            if one["type"] == "Action.Execute":
                assert set(one["data"]) <= {"q", "n"}
                assert one["fallback"]["type"] == "Action.Submit"


def test_many_options_become_a_menu() -> None:
    """A few are buttons, thirty are a list to choose from."""
    few, many = card_of(say(WHICH), controls(WHICH)), card_of(say(MANY), controls(MANY))
    assert len([one for one in buttons(few) if one.get("verb") == "choose"]) == 2
    menu = next(one for one in (many or {})["body"] if one["type"] == "Input.ChoiceSet")
    assert len(menu["choices"]) == 30
    assert button(many, "choose")["data"] == {"q": ID}


def test_a_step_down_leaves_out_more_each_time() -> None:
    """No chart, then five rows, then no rows, then no card; the last text says what the card would have."""
    spoken, made = say(ANSWER), controls(ANSWER)
    drawn = {step: json.dumps(card_of(spoken, made, step)) for step in Plainness}
    assert "Chart.Line" in drawn[Plainness.NATIVE]
    assert "Chart.Line" not in drawn[Plainness.NO_CHART]
    assert drawn[Plainness.FEW_ROWS].count("TableRow") == 6
    assert "TableRow" not in drawn[Plainness.NO_TABLE]
    assert drawn[Plainness.TEXT] == "null"
    assert (
        "energy\\\\-team" in json.dumps(text_message(spoken, made, Plainness.TEXT)["text"])
        or "energy-team" in (text_message(spoken, made, Plainness.TEXT)["text"])
    )


def test_a_card_too_large_is_made_smaller_before_it_is_sent() -> None:
    """Teams counts UTF-16; what it would refuse never leaves."""
    wide = tuple(("x😀" * 60, 1) for _ in range(30))
    spoken = say(Answer("en", figures(wide)))
    huge = replace(spoken, sql="😀_" * 40_000, notes=tuple((Span("😀*" * 2000),) for _ in range(12)))
    card, step = fitting(huge, Controls(ID), Plainness.NATIVE)
    assert step is not Plainness.NATIVE
    assert card is None or wrong_with_message(carded(card, Controls(ID), "en")) == []


def test_charts_say_what_old_clients_show_and_draw_no_gap_as_a_figure() -> None:
    """Gaps and infinities are left out; nothing to draw is no chart; names along the axis are bars."""
    holed = Chart("line", "t", ("2025-01", "2025-02"), (Series("s", (None, float("inf"))),))
    assert chart(holed, "none") is None
    named = Chart("bar", "t", ("a", "b"), (Series("s", (1.0, None)), Series("u", (2.0, 3.0))), "MWh")
    drawn = chart(named, "none")
    assert drawn is not None
    assert drawn["type"] == "Chart.VerticalBar.Grouped"
    assert drawn["data"][0]["values"] == [{"x": "a", "y": 1.0}]
    assert (drawn["title"], drawn["yAxisTitle"]) == ("t", "MWh")
    assert drawn["fallback"]["text"] == "none"


def test_small_cards_are_valid_too() -> None:
    """The placeholder at every step, and the welcome."""
    for text in [*STEPS, *NASTY]:
        assert wrong_with_card(working("fr", ID, text)) == []
    for language in ("fr", "en"):
        for scope in ("personal", "groupChat", "channel"):
            assert wrong_with_card(welcome(language, scope)) == []


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
async def test_cards_that_are_answered_to_a_click_are_valid_too(locale: str) -> None:
    """The dialog over somebody's message, and the card that says what was chosen; whatever is in them."""
    async with scene() as made:
        made.alice.locale = locale
        for text in NASTY:
            payload = {"messagePayload": {"id": "1", "body": {"contentType": "html", "content": text}}}
            asked = payload | {"commandId": "ask"}
            status, body = await made.alice.invoke("composeExtension/fetchTask", asked, GROUP)
            assert (status, wrong_with_card(body["task"]["value"]["card"]["content"])) == (200, [])
        for at, text in enumerate(("Wind *parks*", "<at>all</at>", "", "x" * 5000, "\ud800")):
            where = f"19:group-{at}@thread.v2"
            await made.alice.say("which?", where)
            await made.answer(replace(WHICH, options=(Option("k1", text), Option("k2", "b"))))
            body = await made.alice.press(button(made.peer.cards(where), "choose"), where)
            assert wrong_with_card(body["value"]) == []


def test_the_validator_sees_what_is_wrong() -> None:
    """A check that passes everything would prove nothing."""
    bad = (
        {"type": "Chart.Pie3D"},
        {"type": "TextBlock", "text": "x", "colour": "red"},
        {"type": "TextBlock", "text": ""},
        {"type": "CodeBlock", "codeSnippet": "x", "language": "sql", "fallback": elements.text("x")},
        {"type": "CodeBlock", "codeSnippet": "x", "language": "Sql"},
        {"type": "Chart.VerticalBar", "data": [{"x": "a", "y": "ten"}], "fallback": elements.text("x")},
        {"type": "ActionSet", "actions": [elements.toggle("x", "nowhere")]},
        {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "x", "url": "javascript:alert(1)"}]},
    )
    for one in bad:
        assert wrong_with_card(elements.card([one])) != [], one
    assert wrong_with_message({"type": "message", "text": "x" * 50_000}) != []
