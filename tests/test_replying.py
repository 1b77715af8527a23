"""What every chat platform does alike around a reply: what is kept of it, who may see it, what is heard before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from adapters.replying import Audience, Kept, Privacy
from adapters.replying.addressing import StoredAddress
from adapters.replying.discretion import aside, secret, signin_page, told
from adapters.replying.keeping import Keeping, handle, kept_of
from adapters.replying.receiving import language_of_turn, ordered, refusal
from adapters.wording import say
from agents.domain import (
    Answer,
    Apology,
    Ask,
    Column,
    Conversation,
    Explanation,
    Figures,
    Forget,
    Progress,
    Reply,
    ReplyTo,
    Sensitivity,
    SmallTalk,
    Table,
    Turn,
    User,
)
from agents.ports import Receipt
from tests.green_energy import COUNTRY, FRANCE, MWH, PRODUCT, REF, WHICH, by_month, months
from tests.memory_store import MemoryStore

TALK = Conversation("slack", "T", "C", "1")
TURN = Turn("t1", TALK, User("slack", "T", "U"), Ask("green energy?"), datetime(2026, 1, 1, tzinfo=UTC))


def found(sensitivity: Sensitivity = Sensitivity.INTERNAL) -> Figures:
    """Three months in France."""
    return by_month(months(3), (FRANCE,), sensitivity)


ANSWER = Answer("en", found(), ("And in Germany?",))
SECRET = Answer("en", found(Sensitivity.RESTRICTED))


def kept(reply: Reply, turn: Turn = TURN) -> Kept:
    """What is kept of it."""
    return kept_of(reply, say(reply), turn)


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_of_an_answer_holds_no_rows_and_no_sql() -> None:
    """Filters with the words for them, suggestions, Genie's message; whose it is and where."""
    named = replace(COUNTRY, values=(("France", (("fr", "France"),)), ("Germany", (("fr", "Allemagne"),))))
    held = kept(Answer("fr", replace(found(), tables=(Table(REF, (named, MWH)),)), ("Et en Allemagne ?",)))
    assert (held.id, held.turn, held.user, held.conversation, held.action) == (
        handle("t1"), "t1", "U", TALK, TURN.action,
    )  # fmt: skip
    assert (held.kind, held.filters, held.labels, held.suggestions) == (
        "figures", (FRANCE,), ("country",), ("Et en Allemagne ?",),
    )  # fmt: skip
    assert held.names == ((("France", "France"), ("Germany", "Allemagne")),)
    assert held.genie == ("space", "talk", "words")
    assert "SELECT" not in repr(held)
    assert "3000" not in repr(held)


def test_what_is_kept_of_a_question_back_are_its_options() -> None:
    """A button carries their place in the list, or their key."""
    held = kept(WHICH)
    assert (held.kind, held.options) == ("clarification", (("k1", "Energy usage"), ("k2", "Wind parks")))


async def test_only_the_latest_of_its_kind_counts() -> None:
    """In its conversation; a word of thanks is no such thing, and another platform's store of notes is its own."""
    store = MemoryStore()
    notes, others = Keeping(store, "slack"), Keeping(store, "teams")
    first, second = kept(ANSWER), kept(ANSWER, replace(TURN, id="t2"))
    for one in (first, second, kept(Answer("en", SmallTalk("thanks")), replace(TURN, id="t3"))):
        await notes.keep(one)
    assert [await notes.current(one) for one in (first, second)] == [False, True]
    assert await notes.latest("figures", TALK) == second
    assert await notes.kept(first.id) == first
    assert await others.kept(first.id) is None
    assert await others.latest("figures", TALK) is None


async def test_a_choice_is_spent_once() -> None:
    """By the first of several; kept again it can be made again."""
    notes, asked = Keeping(MemoryStore(), "teams"), kept(WHICH)
    await notes.keep(asked)
    assert [await notes.spend(asked) for _ in range(2)] == [True, False]
    await notes.keep(asked)
    assert await notes.spend(asked)


async def test_what_cannot_be_read_was_never_kept() -> None:
    """An older version's, or rubbish."""
    store = MemoryStore({f"slack:kept:{handle('t1')}": b'{"id": 1}'})
    assert await Keeping(store, "slack").kept(handle("t1")) is None


async def test_the_last_conversation_of_a_person_in_a_place_is_known() -> None:
    """Whatever its key holds; of another person, place or platform it is another."""
    notes, talk = Keeping(MemoryStore(), "slack"), Conversation("slack", "T", "C/1", "/U")
    await notes.spoke("T:C", "U", TALK)
    await notes.spoke("T:C", "U", talk)
    assert await notes.last("T:C", "U") == talk
    assert await notes.last("T:C", "V") is None
    assert await notes.last("T:D", "U") is None


async def test_a_mark_says_what_was_done() -> None:
    """Until it is taken back."""
    notes = Keeping(MemoryStore(), "slack")
    assert await notes.marked("told") == ""
    await notes.mark("told")
    await notes.mark("shown", "C/1.2", days=2)
    assert (await notes.marked("told"), await notes.marked("shown")) == ("1", "C/1.2")
    await notes.unmark("told")
    assert await notes.marked("told") == ""


# ── who may see it ────────────────────────────────────────────────────────────────────────────────────────────────────

VALUES = (Column("country", "string", values=(("France", ()),)),)
LINK = Apology("en", "not_connected", {"url": "https://findata.example.org/link"})
OPEN: dict[str, Reply] = {"a greeting": Answer("en", SmallTalk("hello")), "a refusal": Apology("en", "no_product")}
REVEALING: dict[str, Reply] = {
    "rows": ANSWER,
    "how they came about": Answer("en", Explanation("SELECT 1", found().reading, (PRODUCT,))),
    "choices": WHICH,
    "a question of Genie's": replace(WHICH, options=(), about="genie", text="France or Germany?"),
    "Genie's words": Answer("en", SmallTalk("said", "12 GWh in France.")),
    "values that exist": Answer("en", SmallTalk("unclear", instead=VALUES)),
    "values after an apology": Apology("en", "not_in_tables", instead=VALUES),
}


async def unlisted() -> None:
    """Members of whom nothing is known."""


NOBODY = Audience(TURN.user, None, unlisted)


async def hidden(reply: Reply, *policies: Privacy) -> list[bool]:
    """From the others in a channel, under each policy."""
    return [await aside(reply, say(reply), one, NOBODY, direct=False) for one in policies]


@pytest.mark.parametrize("name", REVEALING)
async def test_under_always_whatever_reveals_data_is_for_its_asker(name: str) -> None:
    """Otherwise only what names a restricted product is."""
    assert await hidden(REVEALING[name], "restricted", "always", "never") == [False, True, False]


@pytest.mark.parametrize("name", OPEN)
async def test_what_reveals_nothing_stays_where_it_was_asked(name: str) -> None:
    """Under every policy."""
    assert await hidden(OPEN[name], "restricted", "always", "never") == [False, False, False]


async def test_a_restricted_product_is_for_its_asker_unless_nothing_is() -> None:
    """Where they are alone with us there is nobody to hide it from; it is a secret there all the same."""
    assert await hidden(SECRET, "restricted", "always", "never") == [True, True, False]
    assert not await aside(SECRET, say(SECRET), "always", NOBODY, direct=True)
    assert await secret(SECRET, say(SECRET), "restricted", NOBODY)


async def test_a_page_to_sign_in_at_is_for_one_person_under_every_policy() -> None:
    """No other apology has one."""
    assert await hidden(LINK, "restricted", "always", "never") == [True, True, True]
    assert signin_page(replace(LINK, reason="refused")) == signin_page(ANSWER) == ""


@pytest.mark.parametrize(
    ("privacy", "direct", "named"), [("restricted", False, False), ("never", False, True), ("always", True, True)]
)
def test_progress_in_a_channel_names_no_product(privacy: Privacy, direct: bool, named: bool) -> None:
    """Its name may be more than the members may know; what names none is said as it is."""
    _, said = told(Progress("marketplace", "found", "Salaries"), "en", privacy, direct=direct)
    assert ("Salaries" in said) is named
    assert said
    assert told(Progress("genie", "running"), "en", privacy, direct=direct) == ("Genie", "runs the query")


# ── what is heard and said before ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("stop", "stop"), ("STOP !", "stop"), ("/stop", "stop"), ("stop it, please", "stop"), ("Arrête-toi.", "stop"),
        ("arrêter", "stop"), ("annulez s'il vous plaît", "stop"), ("cancel", "stop"), ("forget", "forget"),
        ("Forget this conversation", "forget"), ("please forget everything", "forget"), ("oublie", "forget"),
        ("Oublie cette conversation, stp !", "forget"), ("oubliez tout", "forget"), ("", ""), ("forget it", ""),
        ("stop losses in 2025", ""), ("when did production stop?", ""), ("oublie la France", ""), ("stopped", ""),
        ("x" * 200 + " stop", ""), ("forgetstop", ""), ("please", ""),
    ],
)  # fmt: skip
def test_an_order_is_the_whole_message(text: str, order: str) -> None:
    """Words within a question are no order."""
    assert ordered(text) == order


def test_the_language_before_a_question_is_understood_is_that_of_its_words() -> None:
    """Of an act without words it is the person's."""
    french = replace(TURN.user, locale="fr-FR")
    assert language_of_turn(replace(TURN, user=french, action=Ask("What is the consumption?"))) == "en"
    assert language_of_turn(replace(TURN, user=french, action=Forget())) == "fr"


def test_why_a_turn_was_not_taken_says_when_to_come_again() -> None:
    """In whole seconds, or by how many wait before it."""
    assert refusal(Receipt("too_fast", wait=0.2), "en") == Apology("en", "too_fast", {"wait": "1"}, retry=True)
    assert refusal(Receipt("busy", place=7), "fr") == Apology("fr", "busy", {"place": "7"}, retry=True)


@dataclass(frozen=True, slots=True)
class Place(StoredAddress):
    """An address as platforms have them."""

    platform: ClassVar[str] = "slack"
    channel: str
    thread: str = ""
    aside: bool = False


@pytest.mark.parametrize("place", [Place("C"), Place("C", "1.2", True), Place("C", "1")])
def test_an_address_survives_as_plain_strings(place: Place) -> None:
    """Flags too; what is empty is left out; what is missing is told."""
    to = place.reply_to()
    assert all(isinstance(text, str) and text for text in to.address.values())
    assert (to.platform, Place.of(to)) == ("slack", place)
    with pytest.raises(TypeError):
        Place.of(ReplyTo("slack"))
