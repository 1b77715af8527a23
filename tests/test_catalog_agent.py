"""The Unity Catalog agent: what this asker may see, told apart from "no rows", in the contract's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.domain import Answer, Apology, Column, Draft, Figures, ProductDescription, Table, TableRef
from agents.errors import NotConnected, Unavailable
from tests.fakes import ALICE, BOB, FakeAnalyst, FakeCatalog, ScriptedModel, product, table
from tests.scenes import ENGLISH, GAS, GREEN, QUESTION, SQL, USAGE, WIND, Scene


@pytest.mark.parametrize("how", ["closed", "hidden"])
async def test_a_product_that_may_not_be_read_is_not_an_empty_one(how: str) -> None:
    """No readable table: an apology with owner and contact, and nothing is asked of Genie or the warehouse."""
    closed = {"bob": ("green_energy_consumption",)}
    catalog = FakeCatalog((GREEN,), closed=closed) if how == "closed" else FakeCatalog((GREEN,), hidden=closed)
    scene = Scene(catalog=catalog)
    reply = await scene.say(ENGLISH, BOB)
    assert isinstance(reply, Apology)
    assert reply.reason == "refused_product"
    assert reply.names["owner"] == "energy-usage-team"
    assert reply.names["contact"] == "#energy-usage"
    assert reply.names["url"] == "http://127.0.0.1/energy-usage"
    assert scene.warehouse.sent == []
    assert isinstance(scene.analyst, FakeAnalyst)
    assert scene.analyst.sent == []
    assert isinstance(await scene.say(ENGLISH, ALICE), Answer)


async def test_a_product_without_tables_says_so() -> None:
    """Nothing declared is not the same as nothing allowed."""
    reply = await Scene(products=(replace(USAGE, tables=()),)).say(QUESTION)
    assert isinstance(reply, Apology)
    assert reply.reason == "no_tables"


async def test_only_readable_tables_may_be_queried() -> None:
    """SQL over a table that this asker may not read is refused by the guard, however it was written."""
    both = product("mixed", GREEN, WIND, description="total green energy consumption france", space="s")
    genie = FakeAnalyst({"s": [Draft("SELECT * FROM mesh.energy.wind_parks")]})
    scene = Scene(
        products=(both,), analyst=genie, catalog=FakeCatalog((GREEN, WIND), closed={"alice": ("wind_parks",)})
    )
    reply = await scene.say(ENGLISH)
    assert isinstance(reply, Apology)
    assert reply.reason == "bad_query"
    assert scene.warehouse.sent == []


async def test_the_contracts_words_complete_the_catalogues_columns() -> None:
    """Which columns exist is the catalogue's to say; labels, units and synonyms come from the contract."""
    promised = table(
        "green_energy_consumption",
        Column("consumption_mwh", "x", label="Consommation", unit="MWh", synonyms=(("fr", "conso"),)),
        Column("gone", "int"),
        schema="energy",
    )
    seen = table(
        "green_energy_consumption",
        Column("CONSUMPTION_MWH", "decimal(18,3)", "as stored"),
        Column("new", "int"),
        schema="energy",
        rows=7,
    )
    scene = Scene(products=(replace(USAGE, tables=(promised,)),), catalog=FakeCatalog((seen,)))
    reply = await scene.say("quelles colonnes dans energy-usage ?")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, ProductDescription)
    (only,) = reply.body.tables
    assert only.rows == 7
    assert only.columns == (
        Column("CONSUMPTION_MWH", "decimal(18,3)", "as stored", "Consommation", "MWh", (("fr", "conso"),)),
        Column("new", "int"),
    )


@pytest.mark.parametrize("error", [Unavailable("down", retry_after=30), NotConnected("link first")])
async def test_a_description_does_without_the_catalogue(error: Unavailable | NotConnected) -> None:
    """Who owns a product is known from the marketplace even while Unity Catalog cannot be asked."""
    scene = Scene(catalog=FakeCatalog((GREEN,), fails=[error, error]))
    reply = await scene.say("who owns energy-usage?")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, ProductDescription)
    assert [t.ref.name for t in reply.body.tables] == ["green_energy_consumption"]


async def test_figures_do_not_do_without_the_catalogue() -> None:
    """A passing failure is tried once more; one that stays comes out."""
    scene = Scene(catalog=FakeCatalog((GREEN,), fails=[Unavailable("blip")]))
    assert isinstance(await scene.say(QUESTION), Answer)
    scene.catalog.fails = [Unavailable("down"), Unavailable("down")]
    with pytest.raises(Unavailable):
        await scene.say(QUESTION)
    scene.catalog.fails = [NotConnected("link first")]
    with pytest.raises(NotConnected):
        await scene.say(QUESTION)


MANY = tuple(Table(TableRef("mesh", "big", f"t{n}"), (Column("x", "int"),), f"table {n}") for n in range(40))


@pytest.mark.parametrize(("picked", "shown"), [(["mesh.big.t7"], 1), (["mesh.hr.salaries"], 12), ([], 12)])
async def test_a_model_picks_among_many_tables_but_adds_none(picked: list[str], shown: int) -> None:
    """Only tables that are given can be picked; nothing usable leaves the first ones."""
    prompts: list[str] = []

    def script(messages: list[object], tools: tuple[str, ...]) -> dict[str, object]:
        prompts.append(str(messages[-1]))
        return (
            {"tables": picked}
            if tools == ("Needed",)
            else {"sql": "SELECT x FROM mesh.big.t7" if shown == 1 else "SELECT x FROM mesh.big.t0"}
        )

    wide = product("wide", *MANY, description="wide numbers")
    scene = Scene(products=(wide,), catalog=FakeCatalog((*MANY, GAS)), analyst=None, model=ScriptedModel(script=script))
    reply = await scene.say("what is the total of the wide numbers?")
    assert isinstance(reply, Answer)
    assert isinstance(reply.body, Figures)
    assert prompts[1].count("mesh.big.t") == shown
    assert "salaries" not in prompts[1]
    assert SQL not in scene.warehouse.sent
