"""The filters of an answer as fields, and back: what may be typed, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.replying import Kept
from adapters.replying.filters import LONGEST, MOST, Field, fields, listed, read
from agents.domain import Ask, Conversation, Filter, Language
from tests.any_replies import TEXTS

GERMAN = Filter("country", "=", ("Germany",))
MONTHS = Filter("month", "between", ("2025-01", "2025-09"))
NAMES = (("France", "France"), ("Germany", "Allemagne"), ("Spain", "Espagne"), ("US", "États-Unis"))
FULL, EARLY = "Merci de remplir ce champ.", "La fin précède le début."


def kept(*filters: Filter, names: tuple[tuple[str, str], ...] = NAMES, language: Language = "fr") -> Kept:
    """A reply with these filters; countries have names."""
    return Kept(
        "q_1", "t", "U", Conversation("p", "T", "C"), Ask("x"), language, "figures", filters,
        tuple({"country": "pays", "month": "mois"}.get(one.column, one.column) for one in filters),
        tuple(names if one.column == "country" else () for one in filters),
    )  # fmt: skip


def typed(one: Kept, **changed: str) -> dict[str, str]:
    """All fields as they were except for these."""
    return {field.id: changed.get(field.id, field.value) for field in fields(one)}


def changed(one: Filter, text: str, *, names: tuple[tuple[str, str], ...] = NAMES) -> Filter:
    """The filter with this in its first field, nothing being wrong."""
    held = kept(one, names=names)
    [made], wrong = read(held, typed(held, f0_0=text))
    assert wrong == {}
    return made


def test_a_field_holds_what_the_answer_says() -> None:
    """Names of values in the asker's language, a period in two fields, a list in one, a day to pick."""
    day, other = Filter("day", ">=", ("2025-01-31",)), Filter("country", "not in", ("US", "Spain"))
    nothing = Filter("note", "is null")
    assert fields(kept(GERMAN, MONTHS, nothing, day, other)) == (
        Field("f0_0", "pays (plusieurs\u00a0: séparés par\u202f;)", "Allemagne"),
        Field("f1_0", "mois\u00a0: de", "2025-01"),
        Field("f1_1", "mois\u00a0: à", "2025-09"),
        Field("f3_0", "day ≥", "2025-01-31", is_day=True),
        Field("f4_0", "pays ≠ (plusieurs\u00a0: séparés par\u202f;)", "États-Unis; Espagne"),
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Allemagne", ("Germany",)), ("Germany", ("Germany",)), (" espagne ", ("Spain",)), ("GERMANY", ("Germany",)),
        ("etats-unis", ("US",)), ("us", ("US",)), ("Wakanda", ("Wakanda",)), ("Espagne; Spain", ("Spain",)),
        ("france;Allemagne ; Peru", ("France", "Germany", "Peru")), ('"a;b"; France', ("a;b", "France")),
        ('France; "a;b"', ("France", "a;b")), ('"say ""hi"""', ('say "hi"',)), ('"open', ('"open',)),
    ],
)  # fmt: skip
def test_a_value_is_typed_by_its_name_or_as_it_is_stored(said: str, meant: tuple[str, ...]) -> None:
    """Whatever the case or the accents; several become a choice, quotes hold a semicolon."""
    assert changed(GERMAN, said) == Filter("country", "in" if len(meant) > 1 else "=", meant)


def test_of_two_values_with_one_name_the_filters_own_stays() -> None:
    """And where it has neither, the one that the contract lists first."""
    names = (("DE-1", "Allemagne"), ("DE-2", "Allemagne"), ("FR", "France"))
    own = Filter("country", "in", ("DE-2",))
    assert changed(own, "France; Allemagne", names=names).values == ("FR", "DE-2")
    assert changed(Filter("country", "=", ("FR",)), "Allemagne", names=names).values == ("DE-1",)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(["=", "in", "not in", "!=", "<=", "between", "like"]))
def test_what_is_left_as_it_was_changes_nothing(values: list[str], operator: str) -> None:
    """However long or odd it is, and although clients drop spaces around it and platforms break up marks in it."""
    one = kept(Filter("name", operator, tuple(values)), MONTHS)  # type: ignore[arg-type]
    sent = {id_: f" {text} ".replace("<!", "<\u200b!") for id_, text in typed(one).items()}
    assert read(one, sent) == (one.filters, {})
    made, _ = read(one, typed(one, f1_0="2025-02"))
    assert made == (one.filters[0], Filter("month", "between", ("2025-02", "2025-09")))


@given(st.lists(TEXTS.map(str.strip).filter(str.isprintable).filter(bool), max_size=5, unique=True))
def test_a_list_is_read_as_it_is_written(values: list[str]) -> None:
    """Values with semicolons and quotes in them too."""
    text = listed(values)
    if len(text) <= LONGEST:
        assert changed(Filter("name", "in", ("other",)), f"{text}; more").values == (*values, "more")


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"f0_0": ""}, {"f0_0": FULL}), ({"f0_0": " ; "}, {"f0_0": FULL}), ({"f1_1": " "}, {"f1_1": FULL}),
        ({"f1_0": "", "f1_1": ""}, {"f1_0": FULL, "f1_1": FULL}), ({"f1_0": "2025-10"}, {"f1_1": EARLY}),
        ({"f0_0": "", "f1_0": "2026-01"}, {"f0_0": FULL, "f1_1": EARLY}),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_field(sent: dict[str, str], wrong: dict[str, str]) -> None:
    """Nothing to look for, and a period that ends before it starts."""
    one = kept(GERMAN, MONTHS)
    assert read(one, typed(one, **sent))[1] == wrong


def test_a_field_that_was_not_sent_is_empty() -> None:
    """A client may leave out what holds nothing; it must not mean "as before"."""
    one = kept(GERMAN)
    assert read(one, {})[1] == {"f0_0": FULL}


@pytest.mark.parametrize(
    ("first", "last", "fine"),
    [("9", "10", True), ("10", "9", False), ("2025-01-31", "2025-02-01", True), ("2025-02-01", "2025-01-31", False),
     ("2025-13-45", "2025-13-46", True)],
)  # fmt: skip
def test_the_ends_of_a_period_are_compared_as_what_they_are(first: str, last: str, fine: bool) -> None:
    """Numbers as numbers, days as days; what only looks like a day is text."""
    one = kept(Filter("x", "between", ("0", "1")))
    assert (read(one, {"f0_0": first, "f0_1": last})[1] == {}) is fine


def test_only_so_many_conditions_can_be_edited() -> None:
    """The others stay as they were."""
    one = kept(*(Filter(f"c{at}", "=", ("x",)) for at in range(MOST + 3)))
    assert len(fields(one)) == MOST
    made, _ = read(one, {field.id: "y" for field in fields(one)})
    assert [filter_.values[0] for filter_ in made] == ["y"] * MOST + ["x"] * 3
