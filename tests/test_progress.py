"""What is shown on the way: the latest step, once more in a long wait, and never anything after the end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.replying.discretion import told
from adapters.wording import doing
from agents.domain import Language, Progress, ReplyTo
from bot.progress import STILL_SECONDS, Progresses, _for_ever
from tests.redis_peer import FakePlatform, until

THINKS = Progress("genie", "genie_status", "ASKING_AI")


@dataclass
class Ours:
    """What showing progress asks of a claim."""

    to: ReplyTo = field(default_factory=lambda: ReplyTo("fake"))
    placeholder: str = "m1"
    ours: bool = True

    async def still_ours(self) -> bool:
        """Until another replica has the turn."""
        return self.ours


class Flaky(FakePlatform):
    """Refuses to show the first progress."""

    async def progress(self, to: ReplyTo, placeholder: str, progress: Progress, language: Language) -> None:
        """Throttled once."""
        self._up()
        await super().progress(to, placeholder, progress, language)


def showing(platform: FakePlatform, still: tuple[float, ...]) -> Progresses:
    """Progress of one turn."""
    claim: Any = Ours()
    return Progresses(claim, platform, still)


async def test_a_long_wait_is_said_again_with_what_is_waited_for() -> None:
    """The last step once more at each mark, and at the last gap for ever; nothing after the end."""
    platform = FakePlatform()
    progresses = showing(platform, (0.04, 0.6, 1.2))
    progresses.tell(THINKS, "en")
    await until(lambda: len(platform.told) == 3)
    assert [(one.step, one.detail, one.waited) for one in platform.told] == [
        ("genie_status", "ASKING_AI", waited) for waited in (0, 0, 1)
    ]
    await progresses.stop()
    shown = len(platform.told)
    progresses.tell(THINKS, "en")
    await asyncio.sleep(0)
    assert len(platform.told) == shown


async def test_a_quick_turn_hears_of_no_wait() -> None:
    """Two steps, two lines."""
    platform = FakePlatform()
    progresses = showing(platform, STILL_SECONDS)
    for step in ("searching", "running"):
        progresses.tell(Progress("genie", step), "en")
        await until(lambda step=step: platform.told and platform.told[-1].step == step)
    await progresses.stop()
    assert [one.waited for one in platform.told] == [0, 0]


async def test_every_agent_is_seen_in_its_turn_however_fast_they_are() -> None:
    """Steps told in one go: of each agent the latest, and none is lost to another's."""
    platform = FakePlatform()
    progresses = showing(platform, STILL_SECONDS)
    steps = (
        ("coordinator", "understanding"),
        ("marketplace", "searching"),
        ("marketplace", "found"),
        ("genie", "running"),
    )
    for agent, step in steps:
        progresses.tell(Progress(agent, step), "en")
    await until(lambda: len(platform.told) == 3)
    await progresses.stop()
    assert [one.step for one in platform.told] == ["understanding", "found", "running"]


async def test_progress_that_could_not_be_shown_does_not_silence_what_follows() -> None:
    """A throttled edit is left out; the next one is shown."""
    platform = Flaky(down=1)
    progresses = showing(platform, (0.05, 0.1, 60.0))
    progresses.tell(THINKS, "en")
    await until(lambda: platform.told)
    await progresses.stop()
    assert platform.down == 0


def test_the_asker_hears_at_ten_seconds_at_a_minute_and_every_minute() -> None:
    """What the reference asks for."""
    moments = _for_ever(STILL_SECONDS)
    assert [next(moments) for _ in range(5)] == [10, 60, 120, 180, 240]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "thinks about the query (still waiting after 60 s)"),
        ("fr", "réfléchit à la requête (toujours en attente après 60\u00a0s)"),
    ],
)
def test_a_wait_is_told_in_the_askers_language(language: Language, said: str) -> None:
    """Also where the name of the product is left out."""
    waited = Progress("genie", "genie_status", "ASKING_AI", waited=60)
    assert doing(waited, language) == ("Genie", said)
    named = Progress("genie", "asking_genie", "Salaries", waited=60)
    _, words = told(named, language, "restricted", direct=False)
    assert "60 s" in words.replace("\u00a0", " ")
    assert "Salaries" not in words
