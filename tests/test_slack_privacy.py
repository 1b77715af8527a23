"""Who sees a reply in Slack: the channel, or its asker alone, by what it reveals and by policy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from agents.apologies import sorry
from agents.asking import which_product
from agents.domain import (
    Answer,
    Apology,
    Explanation,
    Hit,
    Intent,
    ProductDescription,
    ProductList,
    Progress,
    Question,
    Sensitivity,
    SmallTalk,
    TableRef,
    User,
)
from agents.errors import Unavailable
from tests.green_energy import PRODUCT, TABLE, WHICH
from tests.slack_peer import ASKER, BOT, CHANNEL, OTHER, Bot, Peer, mention, message, running
from tests.slack_peer_replies import ANSWER, answered, asked, buttons, figures, finished

FOUND = Progress("marketplace", "found", "Energy usage")


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with Peer().serving() as peer, running(peer) as made:
        yield made
        assert peer.wrong == []


async def test_a_restricted_answer_goes_to_the_asker_alone(bot) -> None:
    """The thread gets a stub; doing it again changes nothing; the talk goes on where the answer is."""
    secret = Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
    turn, to = await asked(bot)
    placeholder = await bot.platform.open(to, turn)
    for _ in range(2):
        await bot.platform.finish(to, placeholder, secret, turn)
    [stub], [apart] = bot.peer.shown(), bot.peer.shown(f"D-{ASKER}")
    assert "the person who asked alone" in stub["text"]
    assert "2025-09" not in str(stub)
    assert "2025-09" in str(apart)
    follow = message("and in Germany?", channel=f"D-{ASKER}", ts="1700000300.0", thread_ts=apart["ts"])
    further, _ = await asked(bot, follow)
    assert further.conversation == turn.conversation


SECRET_PRODUCT = replace(PRODUCT, sensitivity=Sensitivity.RESTRICTED)
REVEALING = {
    "description": Answer("en", ProductDescription(SECRET_PRODUCT, (TABLE,), "columns")),
    "list": Answer("en", ProductList((Hit(PRODUCT, 1.0), Hit(SECRET_PRODUCT, 0.9)), "energy")),
    "how it was made": Answer("en", Explanation("SELECT 1", figures().reading, (SECRET_PRODUCT,))),
    "Genie's words": Answer("en", SmallTalk("said", "Energy usage holds France.", SECRET_PRODUCT)),
    "values to choose from": replace(WHICH, about="genie", text="Which country?", restricted=True),
    "apology": Apology("en", "refused_product", {"product": "Energy usage"}, restricted=True),
}


@pytest.mark.parametrize("name", REVEALING)
async def test_whatever_names_a_restricted_product_goes_to_the_asker_alone(bot, name) -> None:
    """Its name, its columns and its values too: the thread gets a stub and no button of it."""
    stub = await answered(bot, REVEALING[name])
    [apart] = bot.peer.shown(f"D-{ASKER}")
    told = ("Energy usage", "France", "Which country?", "Kept: country")
    assert [word for word in told if word in str(stub)] == []
    assert buttons(stub) == []
    assert any(word in str(apart) for word in told)


async def test_a_choice_of_a_restricted_product_goes_on_where_it_was_asked(bot) -> None:
    """Pressed in the direct message it is answered there, in the talk that began in the channel."""
    await answered(bot, REVEALING["values to choose from"])
    [apart] = bot.peer.shown(f"D-{ASKER}")
    await bot.press(apart, "choose_1", channel=f"D-{ASKER}")
    now = await finished(bot, ANSWER)
    assert (now["ts"], len(bot.peer.shown())) == (apart["ts"], 1)
    assert len({turn.conversation for turn, _ in bot.inbox.turns}) == 1


async def test_always_keeps_the_values_of_a_choice_apart_too() -> None:
    """Who may see them is as unknown as for rows; a greeting stays where it was."""
    async with Peer().serving() as peer, running(peer, privacy="always") as bot:
        assert "Wind parks" not in str(await answered(bot, WHICH))
        greeted = await answered(bot, Answer("en", SmallTalk("hello")), mention("hello", ts="1700000007.0"))
        assert "alone" not in greeted["text"]


@pytest.mark.parametrize(("privacy", "alone"), [("always", True), ("never", False)])
async def test_policy_decides_what_a_channel_sees(privacy, alone) -> None:
    """Always: rows never stand in a channel. Never: the channel's members are trusted with everything."""
    reply = ANSWER if alone else Answer("en", figures(sensitivity=Sensitivity.RESTRICTED))
    async with Peer().serving() as peer, running(peer, privacy=privacy) as bot:
        shown = await answered(bot, reply)
        assert ("2025-09" not in str(shown)) is alone


class Granted:
    """Implements Rights: colleagues read what the asker does."""

    shared = False

    async def alike(self, user: User, tables: Sequence[TableRef]) -> bool:
        """Those whose name begins as OTHER's may."""
        return user.id.startswith(OTHER)


@pytest.mark.parametrize("page", [1000, 3])
@pytest.mark.parametrize(
    ("there", "alone"),
    [
        ([ASKER, OTHER, BOT], False), ([ASKER, OTHER, BOT, "U09NEW"], True), (None, True),
        ([ASKER, OTHER, BOT, *(f"{OTHER}{n}" for n in range(47))], False),
        ([ASKER, OTHER, BOT, *(f"{OTHER}{n}" for n in range(48))], True),
    ],
)  # fmt: skip
async def test_rows_stand_in_a_channel_whose_members_all_have_the_rights(there, alone, page) -> None:
    """Bots read no figures. Where members may not be listed, or are many, the stub says that it is not known."""
    async with Peer().serving() as peer, running(peer, privacy="unknown", rights=Granted()) as bot:
        peer.people[BOT], peer.page = {"is_bot": True}, page
        peer.crowds |= {CHANNEL: there} if there else {}
        shown = await answered(bot)
        assert ("2025-09" not in str(shown)) is alone
        assert ("I do not know that everybody here may see its data" in shown["text"]) is alone
        assert ("2025-09" in str(peer.shown(f"D-{ASKER}"))) is alone


async def test_a_list_of_members_that_breaks_off_is_no_list() -> None:
    """Those who were not told may be anybody."""
    async with Peer().serving() as peer, running(peer, privacy="unknown", rights=Granted()) as bot:
        peer.crowds[CHANNEL], peer.page = [ASKER, OTHER, "U09NEW"], 2
        peer.fail("conversations.members", "missing_scope", only=lambda asked: "cursor" in asked)
        assert "2025-09" not in str(await answered(bot))


@pytest.mark.parametrize("there", [[ASKER, OTHER], [ASKER, OTHER, "U09NEW"]])
async def test_a_whispered_answer_is_shared_where_it_may_stand(there) -> None:
    """In a channel of people of whom it is not known there is no button for it."""
    async with Peer().serving() as peer, running(peer, privacy="unknown", rights=Granted()) as bot:
        peer.crowds[CHANNEL] = there
        await bot.command("green energy by month?")
        assert ("share" in buttons(await finished(bot, ANSWER))) is (len(there) == 2)


async def test_signing_in_is_for_one_person(bot) -> None:
    """The link is tied to the asker: it does not stand in a channel."""
    link = Apology("en", "not_connected", {"url": "https://findata.example.org/link?state=abc"})
    shown = await answered(bot, link)
    assert "state=abc" not in str(shown)
    assert "state=abc" in str(bot.peer.shown(f"D-{ASKER}"))


async def test_the_answer_to_a_command_is_whispered_once(bot) -> None:
    """Through the response_url, with a button to share it."""
    await bot.command("green energy by month?")
    turn, to = bot.inbox.turns[-1]
    placeholder = await bot.platform.open(to, turn)
    await bot.platform.progress(to, placeholder, FOUND, "en")
    for _ in range(2):
        await bot.platform.finish(to, placeholder, ANSWER, turn)
    [whisper] = bot.peer.whispers
    assert whisper["response_type"] == "ephemeral"
    assert "share" in buttons(whisper)
    assert bot.peer.shown() == []


async def test_a_limited_response_url_is_told_with_its_wait(bot) -> None:
    """So that the answer is whispered later, and not sent elsewhere."""
    await bot.command("green energy by month?")
    turn, to = bot.inbox.turns[-1]
    bot.peer.fail("response_url", status=429, retry_after=7)
    with pytest.raises(Unavailable) as limited:
        await bot.platform.finish(to, "", ANSWER, turn)
    assert limited.value.retry_after == 7
    await bot.platform.finish(to, "", ANSWER, turn)
    assert (len(bot.peer.whispers), bot.peer.shown(f"D-{ASKER}")) == (1, [])


async def test_a_response_url_that_has_run_out_is_no_loss(bot) -> None:
    """After half an hour the answer comes as a direct message."""
    await bot.command("green energy by month?")
    turn, to = bot.inbox.turns[-1]
    bot.peer.fail("response_url", status=404, times=9)
    await bot.platform.finish(to, "", ANSWER, turn)
    assert len(bot.peer.shown(f"D-{ASKER}")) == 1


def test_what_is_asked_back_and_apologised_for_knows_that_it_is_restricted() -> None:
    """One restricted product among several is enough; a product for all is not."""
    question = Question("green energy?", Intent.ASK, "en")
    asked = [which_product(question, found, "t1")["reply"] for found in ([PRODUCT], [PRODUCT, SECRET_PRODUCT])]
    assert [one.restricted for one in asked] == [False, True]
    excuses = [sorry("en", "no_tables", product) for product in (None, PRODUCT, SECRET_PRODUCT)]
    assert [one.restricted for one in excuses] == [False, False, True]
