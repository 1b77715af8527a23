"""Words that nothing is called by: the asker hears which values exist, and no query is run to find them out."""

from __future__ import annotations

from adapters.wording import plain, say
from agents.apologies import sorry
from agents.domain import Answer, Column, SmallTalk, Table, TableRef
from agents.nearby import instead_of, not_read

COUNTRY = Column(
    "country",
    "string",
    label="Country",
    synonyms=(("fr", "pays"),),
    values=(("Germany", (("fr", "Allemagne"), ("en", "Germany"))), ("Spain", (("fr", "Espagne"),)), ("France", ())),
)
SOURCE = Column(
    "source", "string", label="Source", values=(("wind", (("fr", "éolien"),)), ("solar", (("fr", "solaire"),)))
)
USAGE = Column("consumption_mwh", "decimal(18,3)", label="Consumption", synonyms=(("fr", "consommation"),))
TABLES = (Table(TableRef("energy", "renewables", "mix"), (SOURCE, COUNTRY, USAGE)),)


def names(columns) -> list[tuple[str, list[str]]]:
    return [(column.name, [stored for stored, _ in column.values]) for column in columns]


def test_only_words_that_were_asked_repeated_and_are_called_nothing_count() -> None:
    """What Genie adds of its own is not the asker's, and what a column or value is called was understood."""
    said = "I found consommation for Allemagne, but not Japon nor Mars."
    assert not_read("consommation au Japon et en Allemagne", said, TABLES) == ("Japon",)
    assert not_read("consommation en Allemagne", "Something went wrong.", TABLES) == ()
    assert not_read("consommation par trimestre", "Not understood: trimestre", TABLES) == ()


def test_values_spelt_alike_come_alone() -> None:
    """Esapgne is Espagne; nobody needs the list of all countries then."""
    assert names(instead_of(["Esapgne"], TABLES)) == [("country", ["Spain"])]


def test_a_proper_noun_is_met_with_proper_nouns_alone() -> None:
    """Japon is no energy source: what sources there are has nothing to do with it."""
    assert [column.name for column in instead_of(["Japon"], TABLES)] == ["country"]
    assert [column.name for column in instead_of(["pertes", "Japon"], TABLES)] == ["country"]


def test_a_common_word_that_looks_like_no_value_is_met_with_none() -> None:
    """Pertes is neither a country nor a source, and may be a figure that is not there: no list would help."""
    assert instead_of(["pertes"], TABLES) == ()
    assert names(instead_of(["solaires"], TABLES)) == [("source", ["solar"])]


def test_the_first_word_of_a_question_is_capital_by_its_place() -> None:
    """Pertes du réseau: no proper noun; Japon behind it is one."""
    assert not_read("Pertes au Japon", "Not understood: pertes, Japon", TABLES) == ("pertes", "Japon")


def test_without_words_or_listed_values_nothing_is_offered() -> None:
    """Contracts that list no values leave the sentence as it was."""
    assert instead_of([], TABLES) == ()
    assert instead_of(["électricité", "dire"], TABLES) == ()
    assert instead_of(["Japon"], (Table(TableRef("a", "b", "c"), (USAGE,)),)) == ()


def test_the_values_are_told_in_the_askers_language() -> None:
    """Beside Genie's own words, and in the apology for what is in no table."""
    instead = instead_of(["Japon"], TABLES)
    talk = say(Answer("fr", SmallTalk("said", "Je n'ai pas compris : Japon.", instead=instead)))
    assert plain(talk.notes[0]) == "Valeurs qui existent pour «\u00a0pays\u00a0»\u00a0: Allemagne, Espagne, France."
    apology = say(sorry("en", "not_in_tables", None, instead, words="Japan"))
    assert plain(apology.notes[0]) == "Values that exist for “country”: Germany, Spain, France."


def test_a_long_list_is_cut() -> None:
    """A line names so many values that it is still read."""
    many = Column("city", "string", values=tuple((f"Town {number}", ()) for number in range(40)))
    said = plain(say(Answer("en", SmallTalk("said", "?", instead=(many,)))).notes[0])
    assert said.endswith("Town 14…")
