"""A whole turn whose model looks further with the Unity Catalog functions: the real clients, from question to rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.databricks.catalog import UnityCatalog
from adapters.databricks.function_tools import FunctionTools
from adapters.databricks.installation import Installation
from adapters.databricks.warehouse import SqlWarehouse
from adapters.marketplace.index import SearchedMarketplace
from adapters.marketplace.listing import Listing, Snapshot
from adapters.model import chat_model, close, serving_url
from agents import graph
from agents.domain import (
    Answer,
    Ask,
    Column,
    Conversation,
    DataProduct,
    Figures,
    Lifecycle,
    Table,
    TableRef,
    Turn,
    User,
)
from agents.state import Context
from tests.databricks_peer import ADMIN, ANALYST, Peer, asked_of_models, databricks, script

# unitycatalog-langchain declares its models in pydantic's old way.
pytestmark = pytest.mark.filterwarnings("ignore:Support for class-based:DeprecationWarning")

SCHEMA = "energy.findata"
NAMES = [f"park_{number}" for number in range(1, 15)]  # more tables than a model is shown at once
SITES = tuple(TableRef("energy", "usage", name) for name in NAMES)
PARKS = DataProduct(
    "parks",
    "Wind parks",
    "generation",
    lifecycle=Lifecycle.ACTIVE,
    description="Output of every wind park, one table each",
    owner="Wind team",
    tables=tuple(Table(ref, (Column("site", "string"), Column("mwh", "int"))) for ref in SITES),
)
ASKED = "how many MWh did the rotors at Borkum deliver?"
SQL = "SELECT SUM(mwh) AS total FROM energy.usage.park_7 WHERE site = 'Borkum'"
CHOOSES, NEEDS = "You choose the data product", "You choose the tables"


class Shop:
    """A backend with one product."""

    name = "shop"

    async def fetch(self, cursor: str) -> Snapshot | None:
        """All there is."""
        return None if cursor else Snapshot((Listing(PARKS),), (), "1", datetime.now(UTC))


def calls(name: str, **arguments: object) -> dict[str, Any]:
    """A reply that calls one tool."""
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


RULES = [
    {"when": CHOOSES, "where": "system", "after_tool": False, "reply": calls("find_products", search="wind output")},
    {"when": "Wind parks", "where": "last", "after_tool": True, "reply": calls("Choice", product="parks")},
    {
        "when": NEEDS,
        "where": "system",
        "after_tool": False,
        "reply": calls("column_values", full_name="energy.usage.park_7", of_column="site"),
    },
    {"when": "Borkum,3", "where": "last", "after_tool": True, "reply": calls("Needed", tables=["energy.usage.park_7"])},
    {"tool": "Written", "reply": calls("Written", sql=SQL)},
]


async def prepared(peer: Peer, warehouse: SqlWarehouse) -> None:
    """Fourteen tables that everybody may read, and the functions, granted to everybody."""
    for number, name in enumerate(NAMES, start=1):
        site = "Borkum" if number == 7 else f"Site {number}"
        rows = f"SELECT '{site}' AS site, mwh FROM VALUES (10), (20), (12) AS t(mwh)"
        await warehouse.query(ADMIN, f"CREATE TABLE energy.usage.{name} AS {rows}")
        await warehouse.query(ADMIN, f"GRANT SELECT ON TABLE energy.usage.{name} TO `account users`")
    await Installation(peer.workspace, warehouse, ADMIN, SCHEMA).install((PARKS,), lambda _: None)
    for grant in ("USE SCHEMA", "EXECUTE"):
        await warehouse.query(ADMIN, f"GRANT {grant} ON SCHEMA {SCHEMA} TO `account users`")


async def answered(peer: Peer, warehouse: SqlWarehouse, user: User) -> tuple[Figures, Context]:
    """The figures of one question of this user's, and what the turn was run with."""
    catalog = UnityCatalog(peer.workspace, warehouse=warehouse)
    tools = await FunctionTools(peer.workspace, warehouse, catalog, SCHEMA).tools(user)
    market = SearchedMarketplace(Shop())
    await market.sync()

    async def key() -> str:
        return (await peer.workspace.credentials.token(user)).value

    model = chat_model("databricks-claude-3-7-sonnet", serving_url(peer.url), key)
    turn = Turn("turn-1", Conversation("console", "t1", "c1", "1"), user, Ask(ASKED), datetime.now(UTC))
    context = Context(turn, market, catalog, warehouse, None, model, tools)
    try:
        found = await graph.build().ainvoke(graph.opening(turn), context=context)
    finally:
        await close(model)
    assert isinstance(found["reply"], Answer), found["reply"]
    assert isinstance(found["reply"].body, Figures), found["reply"]
    return found["reply"].body, context


async def test_models_look_further_with_functions_run_as_the_asker() -> None:
    """The Marketplace agent's model searches products and the Unity Catalog agent's looks values up, then rows come."""
    async with databricks() as peer:
        warehouse = SqlWarehouse(peer.workspace)
        await prepared(peer, warehouse)
        await script(peer, rules=RULES)
        before = len(peer.platform.statements.history())
        figures, context = await answered(peer, warehouse, ANALYST)
        assert figures.result.rows == ((42,),)
        assert [product.id for product in figures.products] == ["parks"]
        assert [table.ref for table in figures.tables] == [SITES[6]]
        assert context.spend.calls <= context.budget.model_calls

        history = peer.platform.statements.history()
        run = list(reversed(history[: len(history) - before]))
        searched = next(at for at, one in enumerate(run) if "`find_products`(" in one.sql)
        looked_up = next(at for at, one in enumerate(run) if "`column_values`(" in one.sql)
        answering = next(at for at, one in enumerate(run) if one.sql == SQL)
        assert searched < looked_up < answering
        assert {one.asker.name for one in run} == {"analyst@example.org"}
        assert run[searched].state == run[looked_up].state == "SUCCEEDED"
        assert {one["user"] for one in await asked_of_models(peer)} == {"analyst@example.org"}
        await warehouse.close()
