"""The functions that we ship as LangChain tools: what a model uses to look further than the search did."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.databricks.client import Workspace
from adapters.databricks.installation import FUNCTIONS
from adapters.databricks.live_values import LiveValues
from adapters.databricks.visible_rows import VisibleRows
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import User
from agents.errors import NotFound
from agents.ports import Catalog

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

TTL, MOST = 600.0, 500  # seconds and askers for which tools are kept


class FunctionTools:
    """Tools by asker: each acts with that asker's rights and is never handed to another."""

    def __init__(self, workspace: Workspace, warehouse: SqlWarehouse, catalog: Catalog, schema: str) -> None:
        self._workspace, self._warehouse = workspace, warehouse
        self._visible, self._live = VisibleRows(catalog), LiveValues(workspace, catalog, warehouse)
        self._schema = schema
        self._made: OrderedDict[str, tuple[float, dict[str, BaseTool]]] = OrderedDict()

    async def tools(self, user: User, names: Sequence[str] = FUNCTIONS) -> list[BaseTool]:
        """These functions as tools, to be run by `ainvoke`.

        Raises NotFound when they are not installed or not granted to this asker, Unavailable, NotConnected.
        """
        until, made = self._made.get(user.key, (0.0, {}))
        if until < time.monotonic():
            loop = asyncio.get_running_loop()
            made = await asyncio.to_thread(self._make, user, loop)
            self._made[user.key] = (time.monotonic() + TTL, made)
            while len(self._made) > MOST:
                self._made.popitem(last=False)
        return [made[name] for name in names if name in made]

    def _make(self, user: User, loop: asyncio.AbstractEventLoop) -> dict[str, BaseTool]:
        from unitycatalog.ai.langchain.toolkit import UCFunctionToolkit

        from adapters.databricks.function_client import WarehouseFunctionClient

        client = WarehouseFunctionClient(self._workspace, self._warehouse, self._visible, self._live, user, loop)
        wanted = [f"{self._schema}.{name}" for name in FUNCTIONS]
        try:
            toolkit = UCFunctionToolkit(function_names=wanted, client=client)
        except PermissionError as error:
            raise NotFound(str(error), reason="no_functions") from error
        return {name: _forgiving(tool, name) for name, tool in zip(FUNCTIONS, toolkit.tools, strict=True)}


def _forgiving(tool: BaseTool, name: str) -> BaseTool:
    tool.name = name  # the full name is cut to 64 characters from the left and says nothing more to a model
    tool.handle_validation_error = True  # a wrong argument is for the model to read, not a crash
    tool.handle_tool_error = True
    return tool
