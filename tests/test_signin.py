"""Linking an identity from chat: the whole way through a browser, and everything that must not work."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from adapters.databricks.vault import Vault
from adapters.redis.client import Clients
from adapters.wording import plain, say
from agents.domain import Answer, Apology, ProductDescription, ProductList, Reply, ReplyTo, SmallTalk, User
from agents.errors import Unavailable
from bot import logs
from bot.confirmation import code_in
from bot.signin import CALLBACK, CONNECT
from sandbox.launch import LaunchedSandbox, launched
from tests.brisk import brisk
from tests.findata_peer import ENERGY, KEY, Bot, figures, findata
from tests.redis_peer import clients, valkey
from tests.signin_browser import Browser, query

__all__ = ["brisk", "clients", "valkey"]  # fixtures

pytestmark = pytest.mark.xdist_group("signin")  # one local Databricks for all

ANA = User("fake", "acme", "U-ana", "Ana <b>Lyst</b>", "fr-FR")
MODEL = {"endpoint": "databricks-claude-3-7-sonnet"}
GRETA = User("fake", "acme", "U-greta", "Greta", "fr-FR")


@pytest.fixture(scope="module")
def place() -> Iterator[LaunchedSandbox]:
    """A local Databricks whose tokens live a minute: less than is wanted of one, so that each is renewed when used."""
    with launched(None, "--token-life", "60", "--genie-seconds", "0.1") as started:
        yield started


@pytest.fixture
async def bot(place: LaunchedSandbox, valkey: str, clients: Clients) -> AsyncIterator[Bot]:
    async with findata(place, valkey, databricks={"identity": "user"}) as running:
        yield running


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, at the level that tells most."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure("json", "DEBUG")
    written = io.StringIO()
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    root.handlers[:], root.level = before, level
    for package in logs.OWN:
        logging.getLogger(package).setLevel(logging.NOTSET)


def link_in(reply: Reply) -> str:
    """The address in an apology."""
    assert isinstance(reply, Apology), reply
    assert reply.reason == "not_connected"
    return reply.names["url"]


def told(reply: Reply) -> list[str]:
    """What is read, line by line."""
    spoken = say(reply)
    return [plain(spoken.headline), *(plain(note) for note in spoken.notes)]


def linked(reply: Reply) -> bool:
    return isinstance(reply, Answer) and reply.body == SmallTalk("linked")


def is_no_code(reply: Reply) -> bool:
    return isinstance(reply, Apology) and reply.reason == "stale_code"


async def model(place: LaunchedSandbox, method: str, path: str, document: object = None) -> Any:
    """Tells the sandbox's model what to say, or asks what it heard."""
    headers = {"Authorization": "Bearer sandbox-admin"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{place.host}/sandbox/serving/{path}", json=document) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def tokens(bot: Bot, user: User) -> dict[str, object]:
    """What is stored of this person's, opened with our key."""
    sealed = await bot.app.parts.store.get(f"token/{user.key}")
    assert sealed is not None
    return dict(Vault([KEY]).open(sealed) or {})


async def test_a_question_resumes_by_itself_once_its_asker_has_linked(bot: Bot, log: io.StringIO) -> None:
    """Asked, linked, answered in the same place with the asker's own rights, renewed when due; no secret in the log."""
    link = link_in(await bot.ask(ENERGY, "q1", GRETA))
    async with Browser() as browser:
        status, page = await browser.links(link, "germany@example.org")
    assert (status, "Encore un pas" in page) == (200, True)
    assert linked(await bot.confirm(page, "c1", GRETA))
    answer = figures(await bot.reply_to("q1~linked"))
    assert answer.result.as_whom == "germany@example.org"
    before = await tokens(bot, GRETA)
    again = figures(await bot.ask("et en Allemagne ?", "q2", GRETA))
    after = await tokens(bot, GRETA)
    assert again.result.as_whom == "germany@example.org"
    assert before["access_token"] != after["access_token"]
    secret = [*before.values(), *after.values(), query(link)["ticket"]]
    secret += [value for url in browser.seen for name, value in query(url).items() if name in ("code", "state")]
    assert [value for value in map(str, secret) if value in log.getvalue()] == []
    assert "linked fake/acme/U-greta" in log.getvalue()


async def test_rows_that_a_filter_hides_are_not_said_not_to_exist(bot: Bot) -> None:
    """Greta's rights show Germany alone: of France she hears that she may not see it, and of whom to ask."""
    link = link_in(await bot.ask(ENERGY, "q1", GRETA))
    async with Browser() as browser:
        _, page = await browser.links(link, "germany@example.org")
    assert linked(await bot.confirm(page, "c1", GRETA))
    french = await bot.reply_to("q1~linked")
    assert [table.filtered for table in figures(french).tables] == [True]
    assert told(french)[0].startswith("Aucune donnée visible pour France")
    assert f"demandez à {figures(french).products[0].owner}." in told(french)[1]
    german = await bot.ask(ENERGY.replace("France", "Allemagne"), "q2", GRETA)
    assert figures(german).result.rows
    assert "lignes limitées selon les droits d'accès" in plain(say(german).context)


async def test_two_people_of_one_thread_see_what_each_may_see(bot: Bot) -> None:
    """The same question in the same thread is answered with the rights of whoever asked."""
    question = ENERGY.replace("France", "Allemagne")
    async with Browser() as one, Browser() as other:
        for browser, user, name in ((one, GRETA, "newcomer"), (other, ANA, "analyst")):
            link = link_in(await bot.ask(question, f"q-{name}", user))
            _, page = await browser.links(link, f"{name}@example.org")
            assert linked(await bot.confirm(page, f"c-{name}", user))
    ana = figures(await bot.reply_to("q-analyst~linked"))
    assert ana.result.as_whom == "analyst@example.org"
    nora = await bot.reply_to("q-newcomer~linked")
    assert isinstance(nora, Apology) or figures(nora).result.as_whom == "newcomer@example.org"


async def test_everything_asked_before_linking_is_answered(bot: Bot) -> None:
    """Two questions wait; the link of either brings both answers, and the other link still says who is asked for."""
    first = link_in(await bot.ask(ENERGY, "q1", ANA, "t1"))
    second = link_in(await bot.ask(ENERGY.replace("France", "Espagne"), "q2", ANA, "t2"))
    assert first != second
    async with Browser() as browser:
        _, page = await browser.links(second, "analyst@example.org")
    assert linked(await bot.confirm(page, "c1", ANA))
    for turn in ("q1", "q2"):
        assert figures(await bot.reply_to(f"{turn}~linked")).result.rows


async def test_people_who_have_not_linked_do_not_cost_others_the_model(
    place: LaunchedSandbox, valkey: str, clients: Clients
) -> None:
    """The model cannot be asked without a token of theirs; that is no reason to leave it alone."""
    async with findata(place, valkey, databricks={"identity": "user"}, model=MODEL) as bot:
        for number in range(5):
            await bot.ask("mon chef veut un truc sur le vent", f"q{number}", ANA, f"t{number}")
        context = bot.app.conversations._dependencies.context_for(bot.turn("x", "x", ANA))
        assert context.breaker.failures == 0


VAGUE, UNHEARD_OF = "et alors ?", "où en est le bidule des schtroumpfs ?"


@pytest.fixture
async def thinker(place: LaunchedSandbox, valkey: str, clients: Clients) -> AsyncIterator[Bot]:
    """A findata whose model takes the vague question for one about itself and makes nothing of any other."""
    meant = {"question": VAGUE, "language": "fr", "intent": "chat", "topic": "help", "follow_up": False}
    called = {"tool_calls": [{"name": "Understanding", "arguments": meant}]}
    script = {"rules": [{"when": '"et alors', "where": "user", "reply": called}], "otherwise": {"content": "?"}}
    await model(place, "POST", "script", script)
    async with findata(place, valkey, databricks={"identity": "user"}, model=MODEL) as running:
        yield running
    await model(place, "DELETE", "script")


async def test_what_only_the_model_can_read_waits_for_the_link(thinker: Bot) -> None:
    """Not "I did not understand" for want of a link: the question resumes, and nothing of the first try is remembered.

    Who has linked and is not understood even so hears that.
    """
    link_in(await thinker.ask(UNHEARD_OF, "q1", ANA, "t1"))
    link = link_in(await thinker.ask(VAGUE, "q2", ANA, "t2"))
    async with Browser() as browser:
        _, page = await browser.links(link, "analyst@example.org")
    assert linked(await thinker.confirm(page, "c1", ANA))
    resumed = await thinker.reply_to("q2~linked")
    assert isinstance(resumed, Answer)
    assert resumed.body == SmallTalk("help")
    unheard_of = await thinker.reply_to("q1~linked")
    assert isinstance(unheard_of, Apology)
    assert unheard_of.reason == "no_product"
    asked = await model(thinker.place, "GET", "requests")
    [vague] = [text for one in asked["requests"] if VAGUE in (text := json.dumps(one["body"], ensure_ascii=False))]
    assert vague.count(VAGUE) == 2, "the message, and it alone as the history"


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("quels data products parlent d'éolien ?", ProductList),
        ("qui est responsable de energy-usage ?", ProductDescription),
        ("aide", SmallTalk),
        ("merci !", SmallTalk),
        ("SELECT * FROM t", SmallTalk),
    ],
)
async def test_what_needs_nobodys_rights_is_answered_without_a_link(thinker: Bot, question: str, body: type) -> None:
    """Looking around comes before linking, with a model as without."""
    reply = await thinker.ask(question, "q1", ANA)
    assert isinstance(reply, Answer), reply
    assert isinstance(reply.body, body)


async def test_a_link_works_once(bot: Bot) -> None:
    """Spent by the button and not by looking, since chat platforms open links to preview them."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser("en-GB") as browser:
        for _ in range(3):
            assert (await browser.get(link))[0] == 200
        form = await browser.form_of(link)
        assert (await browser.send(link, form))[0] == 303
        status, page = await browser.send(link, form)
        assert (status, "no longer valid" in page) == (410, True)
        assert (await browser.get(link))[0] == 410


async def test_an_answer_of_the_consent_page_works_once(bot: Bot) -> None:
    """A replayed callback links nothing."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser() as browser:
        back = await browser.agreed(await browser.consent_page(link), "analyst@example.org")
        assert (await browser.get(back))[0] == 200
        status, page = await browser.get(back)
        assert (status, "plus valable" in page) == (410, True)


async def test_nobody_ends_what_another_browser_began(bot: Bot) -> None:
    """A consent page sent on to somebody else would give its sender that person's rights."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser() as attacker, Browser() as victim:
        consent = await attacker.consent_page(link)
        back = await victim.agreed(consent, "hr-analyst@example.org")
        status, page = await victim.get(back)
        assert (status, "pas le vôtre" in page) == (403, True)
    assert await bot.app.parts.store.get(f"token/{ANA.key}") is None


async def test_whoever_talks_a_colleague_into_their_link_gets_nothing(bot: Bot) -> None:
    """The colleague alone sees the code, and it links neither of the two when the colleague sends it."""
    link = link_in(await bot.ask(ENERGY, "q1", GRETA))
    async with Browser() as colleague:
        _, page = await colleague.links(link, "hr-analyst@example.org")
    assert is_no_code(await bot.ask("relier AAAA-2222", "c1", GRETA))
    assert is_no_code(await bot.confirm(page, "c2", ANA))
    for user in (GRETA, ANA):
        assert await bot.app.parts.store.get(f"token/{user.key}") is None
    assert bot.shown.reply("q1~linked") is None


async def test_a_code_sent_again_says_the_same_and_does_nothing_more(bot: Bot, clients: Clients) -> None:
    """A replica that dies before "linked" is said leaves the message to another one.

    Nothing is asked twice, a token renewed since stays, no token is held any longer, and nobody else's code it is.
    """
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser("en") as browser:
        _, page = await browser.links(link, "analyst@example.org")
    assert linked(await bot.confirm(page, "c1", ANA))
    assert figures(await bot.reply_to("q1~linked")).result.as_whom == "analyst@example.org"
    renewed, shown = await tokens(bot, ANA), len(bot.shown.order)
    assert linked(await bot.confirm(page, "c2", ANA))
    assert is_no_code(await bot.confirm(page, "c3", GRETA))
    assert is_no_code(await bot.ask("link AAAA-2222", "c4", ANA))
    assert (await tokens(bot, ANA), len(bot.shown.order)) == (renewed, shown + 3)
    sealed = await bot.app.parts.store.get(f"confirm/{ANA.key}")
    assert sealed is not None
    assert set(Vault([KEY]).open(sealed) or {}) == {"code"}
    [key] = [key async for key in clients.worker.scan_iter("*confirm*") if ANA.key.encode() in key]
    assert 0 < await clients.worker.ttl(key) <= 600


async def test_who_dies_between_linking_and_asking_again_leaves_it_to_the_next(bot: Bot) -> None:
    """The consent is in force, the message with the code comes again, and the question is answered."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser() as browser:
        _, page = await browser.links(link, "analyst@example.org")
    found = re.search(r"relier (\S{9})", page)
    assert found
    assert bot.app.sign_in is not None
    assert bot.app.sign_in._held is not None
    assert await bot.app.sign_in._held.keep(ANA, found[1])
    assert linked(await bot.confirm(page, "c1", ANA))
    assert figures(await bot.reply_to("q1~linked")).result.as_whom == "analyst@example.org"


async def test_without_codes_the_browser_is_enough(place: LaunchedSandbox, valkey: str, clients: Clients) -> None:
    """By setting: then consent alone links and brings the answer."""
    databricks = {"identity": "user", "confirm_link": "browser"}
    async with findata(place, valkey, databricks=databricks) as bot, Browser() as browser:
        link = link_in(await bot.ask(ENERGY, "q1", ANA))
        status, page = await browser.links(link, "analyst@example.org")
        assert (status, "est relié à Databricks" in page) == (200, True)
        assert figures(await bot.reply_to("q1~linked")).result.as_whom == "analyst@example.org"
        assert is_no_code(await bot.ask("link AAAA-2222", "c1", ANA))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("link ABCD-EFGH", "ABCD-EFGH"),
        ("  Relier abcd-ef23. ", "ABCD-EF23"),
        ("link `ABCD-EFGH`", "ABCD-EFGH"),
        ("link electric", ""),
        ("please link ABCD-EFGH", ""),
        ("link ABCD-EFGH to my account", ""),
        ("link" + " " * 90 + "ABCD-EFGH", ""),
        ("ABCD-EFGH", ""),
    ],
)
def test_a_code_is_a_message_of_its_own(text: str, code: str) -> None:
    """Nothing that could be a question is taken for one."""
    assert code_in(text) == code


async def test_who_refuses_reads_that_nothing_was_linked(bot: Bot) -> None:
    """Access denied is a page, not an error."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser("en") as browser:
        consent = await browser.consent_page(link)
        form = await browser.form_of(consent) | {"deny": "1"}
        _, back = await browser.send(consent.split("?", maxsplit=1)[0], form)
        status, page = await browser.get(back)
    assert (status, "Nothing was linked" in page) == (403, True)


async def test_the_page_names_the_asker_and_runs_nothing(bot: Bot) -> None:
    """Names are text, no script may run, no frame may hold the page, and the link does not leak by Referer."""
    link = link_in(await bot.ask(ENERGY, "q1", ANA))
    async with Browser() as browser:
        _, page = await browser.get(link)
        headers = await browser.head(link)
    assert "Ana &lt;b&gt;Lyst&lt;/b&gt;" in page
    assert "<script" not in page
    assert isinstance(headers, dict)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "asked",
    [
        CONNECT,
        f"{CONNECT}?ticket=",
        f"{CONNECT}?ticket={'A' * 43}",
        f"{CONNECT}?ticket={'A' * 100_00}"[:6000],
        f"{CONNECT}?ticket=%00%ff%fe",
        f"{CONNECT}?ticket=../../token/fake",
        CALLBACK,
        f"{CALLBACK}?state=x&code=y",
        f"{CALLBACK}?state={'A' * 43}&code=y",
        f"{CALLBACK}?state=%3Cscript%3Ealert(1)%3C/script%3E&code=y",
        f"{CALLBACK}?error=access_denied&error_description=%3Cscript%3E&state={'B' * 43}",
        f"{CALLBACK}?state=a&state=b&code=c&code=d",
    ],
)
async def test_nonsense_gets_a_page(bot: Bot, asked: str) -> None:
    """Whatever is asked for, the answer is one of our pages and never a server's error."""
    async with Browser() as browser:
        status, page = await browser.get(bot.url + asked)
        assert status in (400, 403, 410)
        assert "findata" in page
        assert "script" not in page.split("</style>")[1]


@pytest.mark.parametrize("body", [b"", b"ticket=", b"ticket=" + b"A" * 43, b"\xff\xfe\x00", b"x" * 100_000])
async def test_a_nonsense_form_gets_a_page(bot: Bot, body: bytes) -> None:
    """A malformed body is a stale link, not a crash."""
    async with aiohttp.ClientSession() as session:
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"):
            async with session.post(bot.url + CONNECT, data=body, headers={"Content-Type": kind}) as answer:
                assert answer.status == 410


async def test_what_waits_is_sealed_and_bounded(bot: Bot, clients: Clients) -> None:
    """Redis holds no word of a question that waits, and five questions of one person at most."""
    for number in range(8):
        await bot.ask(f"{ENERGY} {number}", f"q{number}", ANA, f"t{number}")
    keys = [key async for key in clients.worker.scan_iter("findata:token:*")]
    stored = [value for key in keys if (value := await clients.worker.get(key))]
    assert stored
    assert not any(b"nergie" in value or b"U-ana" in value for value in stored)
    assert bot.app.sign_in is not None
    taken = await bot.app.sign_in.resume(ANA, bot.app.conversations)
    assert taken == 5


class Refusing:
    """An inbox that is down."""

    async def accept(self, turn: object, to: object) -> None:
        """Always."""
        raise Unavailable("down")


async def test_questions_wait_on_while_they_cannot_be_handed_in(bot: Bot) -> None:
    """An outage between linking and asking loses nothing: the next time it is asked, once."""
    await bot.ask(ENERGY, "q1", ANA)
    assert bot.app.sign_in is not None
    with pytest.raises(Unavailable):
        await bot.app.sign_in.resume(ANA, Refusing())  # type: ignore[arg-type]
    assert await bot.app.sign_in.resume(ANA, bot.app.conversations) == 1
    assert await bot.app.sign_in.resume(ANA, bot.app.conversations) == 0


async def test_an_address_that_names_the_turn_names_the_new_one(bot: Bot) -> None:
    """Platforms find their messages by the turn's id, also after linking."""
    seen: list[ReplyTo] = []
    sign_in = bot.app.sign_in
    assert sign_in is not None
    turn = replace(bot.turn(ENERGY, "q1", ANA))
    await sign_in.invite(turn, ReplyTo("fake", {"channel": "C", "turn": "q1"}))

    class Inbox:
        async def accept(self, turn: object, to: ReplyTo) -> object:
            seen.append(to)
            return await bot.app.conversations.accept(bot.turn("aide", "other", ANA), ReplyTo("fake"))

    await sign_in.resume(ANA, Inbox())  # type: ignore[arg-type]
    assert dict(seen[0].address) == {"channel": "C", "turn": "q1~linked"}


async def test_consent_is_told_apart_when_the_workspace_is_down(
    valkey: str, clients: Clients, place: LaunchedSandbox
) -> None:
    """An authorization server that does not answer is a page with 503."""
    async with findata(place, valkey, databricks={"identity": "user"}) as bot:
        link = link_in(await bot.ask(ENERGY, "q1", ANA))
        assert bot.app.sign_in is not None
        server = bot.app.sign_in._oauth._server
        server._host, server._endpoints = "http://127.0.0.1:1", None
        async with Browser() as browser:
            status, page = await browser.send(link, await browser.form_of(link))
        assert (status, "ne répond pas" in page) == (503, True)
    await asyncio.sleep(0)


async def test_a_form_that_cannot_be_unpacked_is_the_browsers_fault(bot: Bot) -> None:
    """Packed and broken: refused with a page, and the link stays good."""
    link = link_in(await bot.ask(ENERGY, "broken-form", ANA))
    headers = {"Content-Encoding": "gzip"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(link, data=b"\x1f\x8b" + b"x" * 100) as answer,
    ):
        assert answer.status == 400
        assert answer.content_type == "text/html"
    async with Browser() as browser:
        assert await browser.consent_page(link)
