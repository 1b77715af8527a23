"""What a message is read with: a question before it that was answered, asked back, not read, or failed."""

from __future__ import annotations

import pytest

from sandbox.brain import AsksBack, Before, NotRead, Open, Understood, unanswered
from sandbox.brain.outcome import Outcome
from tests.brain_tables import CONSUMPTION, OUTAGES, PLANTS, PRODUCTION, Space

FIRST = "consommation totale en France en septembre 2025"


@pytest.fixture(scope="module")
def usage() -> Space:
    """The table of the worked example."""
    return Space(CONSUMPTION)


@pytest.fixture(scope="module")
def plants() -> Space:
    """Plants, what they produce and when they do not."""
    return Space(PLANTS, PRODUCTION, OUTAGES)


def said(space: Space, *turns: str, before: Before = None) -> Outcome:
    """What comes of the last of several turns, as Genie keeps their thread."""
    outcome: Outcome | None = None
    for turn in turns:
        outcome = space.brain.read(turn, before)
        before = outcome if isinstance(outcome, Understood) else outcome.left or before
    assert outcome is not None
    return outcome


def sql(outcome: Outcome) -> str:
    """The statement of what must be understood."""
    assert isinstance(outcome, Understood), outcome
    return outcome.sql


@pytest.mark.parametrize("change", ["par mois", "et en Espagne ?", "en moyenne", "GWh", "only Germany"])
def test_a_change_after_a_question_that_was_not_read_changes_no_older_one(usage: Space, change: str) -> None:
    """Nobody asks for the older figure any more: it would be another question's."""
    assert isinstance(said(usage, FIRST, "quelle est la consommation de licornes en 2024 ?", change), NotRead)


def test_a_change_that_was_not_read_leaves_the_question_as_it_was(usage: Space) -> None:
    """Who is told that a word of a change is unknown goes on with the question before it."""
    assert sql(said(usage, FIRST, "par licorne", "et en Allemagne ?")) == sql(said(usage, FIRST, "et en Allemagne ?"))


def test_a_question_asked_back_is_what_a_change_waits_for(plants: Space) -> None:
    """Until it is settled nothing older is changed; once it is, the change keeps all that was said."""
    first, asked, option = "production en 2024", "durée moyenne de juin 2025", "prix moyen en juin 2025"
    back = plants.brain.read(first)
    assert isinstance(back, Understood)
    left = Open(asked, options=(option,))
    assert not isinstance(said(plants, "par mois", before=left), Understood)
    assert sql(said(plants, option, "par centrale", before=left)) == sql(said(plants, option, "par centrale"))


def test_an_unread_word_may_be_replaced(plants: Space) -> None:
    """The rest of the question stays: what it says of time and place."""
    assert sql(said(plants, "licorne totale en septembre 2025", "production")) == sql(
        said(plants, "production totale en septembre 2025")
    )


def test_words_that_lose_what_was_asked_are_no_answer(usage: Space) -> None:
    """A figure of all times in the place of one of 2024 would be another question's."""
    assert isinstance(said(usage, "licornes et bananes en 2024 en Allemagne", "consommation totale"), NotRead)


def test_a_whole_question_after_one_not_read_is_its_own(usage: Space) -> None:
    """Asked otherwise and in full, it is answered as if it were the first."""
    assert sql(said(usage, "licornes en 2024", "quelle est la consommation en Allemagne en 2025 ?")) == sql(
        said(usage, "quelle est la consommation en Allemagne en 2025 ?")
    )
    assert sql(said(usage, "licornes en 2024", "consommation en 2025")) == sql(said(usage, "consommation en 2025"))


def test_a_second_period_does_not_join_the_first(usage: Space) -> None:
    """Of "in 2024" and then "and in 2025" the later one counts: never both together."""
    assert isinstance(said(usage, "licornes en 2024", "et en 2025 ?"), NotRead)
    assert isinstance(said(usage, "licornes en France", "et en Allemagne ?"), NotRead)


def test_a_question_whose_statement_failed_is_what_is_changed(usage: Space) -> None:
    """It was understood: only its rows did not come."""
    older = said(usage, "consommation moyenne en Espagne en 2024")
    assert isinstance(older, Understood)
    outcome = said(usage, "et en Allemagne ?", before=unanswered(FIRST, older))
    assert sql(outcome) == sql(said(usage, FIRST, "et en Allemagne ?"))


def test_what_fails_twice_is_open_once(usage: Space) -> None:
    """The same words sent again add nothing to the question."""
    assert unanswered(FIRST, unanswered(FIRST, None)) == Open(FIRST)
    assert isinstance(usage.brain.read(FIRST, Open(FIRST)), Understood)


def test_a_complaint_about_sql_asks_nothing(usage: Space) -> None:
    """It is not read, and what was understood is still what a follow-up changes."""
    complaint = "The SQL could not be run. Column `x` cannot be resolved. Please write it differently."
    assert isinstance(said(usage, FIRST, complaint), NotRead)
    assert sql(said(usage, FIRST, complaint, "et en Allemagne ?")) == sql(said(usage, FIRST, "et en Allemagne ?"))


@pytest.mark.parametrize("words", ["et la consommation ?", "and the consumption in France?", "same in GWh"])
def test_a_change_of_nothing_must_say_when(usage: Space, words: str) -> None:
    """Said of a question that this thread does not know, it is not one of all times."""
    assert isinstance(usage.brain.read(words), NotRead | AsksBack)
    assert isinstance(usage.brain.read("et la consommation en France en 2024 ?"), Understood)


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("par mois (Allemagne)", ("et en Allemagne ?", "par mois")),
        ("et en Espagne ? (Allemagne)", ("et en Espagne ?",)),
        ("par pays (2025-08)", ("en août 2025", "par pays")),
        ("par mois (from 2025-03 to 2025-05, Germany)", ("de mars à mai 2025", "et en Allemagne ?", "par mois")),
    ],
)
def test_a_remark_in_brackets_comes_first(usage: Space, words: str, same: tuple[str, ...]) -> None:
    """What was edited by hand holds, unless the words behind which it is noted say otherwise."""
    assert usage.rows(sql(said(usage, FIRST, words))) == usage.rows(sql(said(usage, FIRST, *same)))
