"""Unity Catalog functions, run on the SQL warehouse as the asker, in the shape that UCFunctionToolkit expects.

The toolkit's stock client needs Spark Connect and another compute; this one has what the product has anyway. It is
synchronous because the toolkit is: its tools run in a thread and reach back into the event loop from there. Importing
it costs a second and more: only function_tools.py does, in a thread.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from databricks.sdk.service.catalog import FunctionInfo
from unitycatalog.ai.core.base import BaseFunctionClient, FunctionExecutionResult
from unitycatalog.ai.core.paged_list import PagedList

from adapters.databricks.client import Workspace
from adapters.databricks.live_values import LiveValues
from adapters.databricks.visible_rows import Rows, VisibleRows
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import User
from agents.errors import BadQuery, BotError, NotFound, Refused

T = TypeVar("T")

PATIENCE = 60.0  # seconds for one call
MOST_ROWS, MOST_SIGNS = 200, 20_000  # of a result, as a model reads it


class WarehouseFunctionClient(BaseFunctionClient):  # type: ignore[misc]  # the toolkit has no types
    """One asker's. `loop` is the running event loop, in which the workspace and the warehouse live."""

    def __init__(
        self,
        workspace: Workspace,
        warehouse: SqlWarehouse,
        visible: VisibleRows,
        live: LiveValues,
        user: User,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._live = live
        self._workspace, self._warehouse, self._visible, self._user = workspace, warehouse, visible, user
        self._loop = loop
        self._known: dict[str, FunctionInfo] = {}

    def get_function(self, function_name: str, **kwargs: Any) -> FunctionInfo:
        """The function's signature. Raises PermissionError, the one error that the toolkit understands."""
        if function_name not in self._known:
            get = self._workspace.call(self._user, lambda client: client.functions.get(function_name))
            try:
                info = self._waited(get)
            except (NotFound, Refused) as error:
                raise PermissionError(f"{function_name} is not there for this user") from error
            if info.input_params is not None and not info.input_params.parameters:
                info.input_params = None  # an empty list breaks the toolkit
            self._known[function_name] = info
        return self._known[function_name]

    def list_functions(
        self, catalog: str, schema: str, max_results: int | None = None, page_token: str | None = None, **kwargs: Any
    ) -> PagedList:
        """All functions of a schema that the asker may see."""
        listed = self._workspace.call(self._user, lambda client: list(client.functions.list(catalog, schema)))
        return PagedList(self._waited(listed), None)

    def execute_function(
        self, function_name: str, parameters: dict[str, Any] | None = None, **kwargs: Any
    ) -> FunctionExecutionResult:
        """Runs it; calls run side by side, where the toolkit's own would hold one lock over them all."""
        info = self.get_function(function_name)
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        try:
            self.validate_input_params(info.input_params, given)
        except ValueError as error:
            return FunctionExecutionResult(error=str(error))  # the model left something out and should read so
        return self._execute_uc_function(info, given)

    def _execute_uc_function(
        self, function_info: FunctionInfo, parameters: dict[str, Any], **kwargs: Any
    ) -> FunctionExecutionResult:
        sql = _call(function_info, parameters)
        try:
            names, rows = self._waited(self._warehouse.query(self._user, sql, parameters, rows=MOST_ROWS + 1))
            if not _table(function_info):
                return FunctionExecutionResult(format="SCALAR", value=_scalar(rows[0][0] if rows else None))
            return _csv(names, self._waited(self._seen(function_info, parameters, names, rows)))
        except BadQuery as error:
            return FunctionExecutionResult(error=error.hint or "the call was rejected")
        except BotError as error:
            return FunctionExecutionResult(error=type(error).__name__)  # its text is for the log

    async def _seen(self, info: FunctionInfo, given: Mapping[str, object], names: Sequence[str], rows: Rows) -> Rows:
        """What of the rows is the asker's to see, and their own look at values that are kept for nobody."""
        seen = await self._visible.of(self._user, names, rows)
        return seen or (await self._live.of(self._user, given) if info.name == "column_values" else seen)

    def _waited(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it in the event loop, from a thread that is not the loop's own."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, PATIENCE), self._loop).result()

    def _validate_param_type(self, value: Any, param_info: Any) -> None:
        """The tool's own schema has checked the type, and the warehouse will again."""

    def get_function_source(self, function_name: str) -> str:
        """The function's SQL."""
        return self.get_function(function_name).routine_definition or ""

    def to_dict(self) -> dict[str, Any]:
        """Kept in every tool's configuration: nothing of ours belongs there."""
        return {}

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("functions are only read and run here")

    create_function = create_python_function = create_wrapped_function = _refuse
    delete_function = get_function_as_callable = _refuse


def _table(info: FunctionInfo) -> bool:
    return info.data_type is not None and info.data_type.value == "TABLE_TYPE"


def _call(info: FunctionInfo, given: Mapping[str, object]) -> str:
    """Arguments by name and bound, so that the server fills in those left out."""
    declared = info.input_params.parameters if info.input_params else ()
    arguments = ", ".join(f"`{it.name}` => :{it.name}" for it in declared or () if it.name in given)
    name = ".".join(f"`{part.replace('`', '``')}`" for part in str(info.full_name).split("."))
    return f"SELECT * FROM {name}({arguments})" if _table(info) else f"SELECT {name}({arguments}) AS output"  # noqa: S608


def _scalar(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else json.dumps(value, default=str)


def _csv(names: tuple[str, ...], rows: Rows) -> FunctionExecutionResult:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(rows[:MOST_ROWS])
    text = out.getvalue()
    cut = len(rows) > MOST_ROWS or len(text) > MOST_SIGNS
    return FunctionExecutionResult(format="CSV", value=text[:MOST_SIGNS], truncated=cut)
