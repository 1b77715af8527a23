"""The warehouse over Thrift, as the unmodified databricks-sql-connector speaks it: sessions and operations."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as generated

from sandbox.databricks import thrift_metadata
from sandbox.databricks.column_types import read_parameter
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.information_schema import InformationSchema
from sandbox.databricks.principals import Principal
from sandbox.databricks.statement_parameters import Parameters
from sandbox.databricks.statements import Statement
from sandbox.databricks.thrift_results import OK, Operation, failed
from sandbox.databricks.workspace import Workspace

ttypes: Any = generated  # the generated classes carry no types

_PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8  # the first with native parameters
_FIRST_WAIT = 0.5  # a client can cancel only once it has the handle
_POLL_WAIT = 0.1  # clients poll without any sleep, and their cancel waits for the poll's answer
_INVALID = ttypes.TStatusCode.INVALID_HANDLE_STATUS
_KIND = ttypes.TOperationType


@dataclass(slots=True)
class Session:
    """One open connection of one user."""

    owner: str
    warehouse: str
    catalog: str = ""
    schema: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Connections:
    """Sessions and operations of everybody, by the guid of their handles."""

    workspace: Workspace
    sessions: dict[bytes, Session] = field(default_factory=dict)
    operations: dict[bytes, Operation] = field(default_factory=dict)

    def forget_idle(self) -> None:
        """Sessions that nobody used for long, and operations whose statements are gone."""
        horizon = time.monotonic() - self.workspace.knobs.session_life
        for guid in [guid for guid, session in self.sessions.items() if session.used < horizon]:
            del self.sessions[guid]
        for guid, operation in list(self.operations.items()):
            statement = operation.statement
            if statement is not None and self.workspace.statements.unsigned(statement.id) is None:
                del self.operations[guid]


def _handle(statement: Statement | None = None) -> Any:
    """A statement's handle carries its id, by which the query history knows it."""
    guid = uuid.UUID(statement.id) if statement else uuid.uuid4()
    return ttypes.THandleIdentifier(guid=guid.bytes, secret=uuid.uuid4().bytes)


@dataclass(frozen=True, slots=True)
class Service:
    """Answers the calls of one asker; a foreign handle is an invalid one."""

    connections: Connections
    asker: Principal
    warehouse: str

    # The method names are those of TCLIService.
    async def OpenSession(self, request: Any) -> Any:  # noqa: N802
        """A session with the initial catalog and schema, if given."""
        self.connections.forget_idle()
        home = request.initialNamespace
        session = Session(self.asker.name, self.warehouse, tags=_tags(request.configuration))
        if home is not None:
            session.catalog, session.schema = home.catalogName or "", home.schemaName or ""
        handle = ttypes.TSessionHandle(sessionId=_handle(), serverProtocolVersion=_PROTOCOL)
        self.connections.sessions[handle.sessionId.guid] = session
        return ttypes.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=_PROTOCOL,
            sessionHandle=handle,
            initialNamespace=home,
            canUseMultipleCatalogs=True,
            configuration={},
        )

    async def CloseSession(self, request: Any) -> Any:  # noqa: N802
        """Forgets the session."""
        if self._session(request) is not None:
            del self.connections.sessions[request.sessionHandle.sessionId.guid]
        return ttypes.TCloseSessionResp(status=OK)

    async def ExecuteStatement(self, request: Any) -> Any:  # noqa: N802
        """Starts a statement; with direct results wanted it waits a little for them."""
        session = self._session(request)
        if session is None:
            return ttypes.TExecuteStatementResp(status=failed("Invalid SessionHandle", code=_INVALID))
        try:
            parameters = _parameters(request.parameters or [])
        except SqlFailure as failure:
            return ttypes.TExecuteStatementResp(status=failed(str(failure), failure.state))
        statement = self.connections.workspace.start_sql(
            self.asker,
            request.statement,
            parameters=parameters,
            catalog=session.catalog,
            schema=session.schema,
            row_limit=request.resultRowLimit or None,
            warehouse=session.warehouse,
            tags=session.tags | _tags(request.confOverlay),
        )
        operation = Operation(self.asker.name, statement)
        return await self._answer(ttypes.TExecuteStatementResp, operation, request, _KIND.EXECUTE_STATEMENT)

    async def GetOperationStatus(self, request: Any) -> Any:  # noqa: N802
        """The state, after a short wait while it is not final."""
        operation = self._operation(request)
        if operation is None:
            return ttypes.TGetOperationStatusResp(status=failed("Invalid OperationHandle", code=_INVALID))
        await _over(operation, _POLL_WAIT)
        return operation.status()

    async def GetResultSetMetadata(self, request: Any) -> Any:  # noqa: N802
        """The schema of a result."""
        operation = self._operation(request)
        if operation is None:
            return ttypes.TGetResultSetMetadataResp(status=failed("Invalid OperationHandle", code=_INVALID))
        return operation.metadata()

    async def FetchResults(self, request: Any) -> Any:  # noqa: N802
        """The next page of rows."""
        operation = self._operation(request)
        if operation is None:
            return ttypes.TFetchResultsResp(status=failed("Invalid OperationHandle", code=_INVALID))
        return operation.page(request.maxRows, with_metadata=True)

    async def CancelOperation(self, request: Any) -> Any:  # noqa: N802
        """Ends a statement."""
        operation = self._operation(request)
        if operation is not None:
            operation.cancel()
        return ttypes.TCancelOperationResp(status=OK)

    async def CloseOperation(self, request: Any) -> Any:  # noqa: N802
        """Ends a statement and forgets its handle."""
        operation = self._operation(request)
        if operation is not None:
            operation.cancel()
            del self.connections.operations[request.operationHandle.operationId.guid]
        return ttypes.TCloseOperationResp(status=OK)

    async def GetCatalogs(self, request: Any) -> Any:  # noqa: N802
        """cursor.catalogs()."""
        return await self._list(ttypes.TGetCatalogsResp, request, _KIND.GET_CATALOGS, thrift_metadata.catalogs)

    async def GetSchemas(self, request: Any) -> Any:  # noqa: N802
        """cursor.schemas()."""
        return await self._list(ttypes.TGetSchemasResp, request, _KIND.GET_SCHEMAS, thrift_metadata.schemas)

    async def GetTables(self, request: Any) -> Any:  # noqa: N802
        """cursor.tables()."""
        return await self._list(ttypes.TGetTablesResp, request, _KIND.GET_TABLES, thrift_metadata.tables)

    async def GetColumns(self, request: Any) -> Any:  # noqa: N802
        """cursor.columns()."""
        return await self._list(ttypes.TGetColumnsResp, request, _KIND.GET_COLUMNS, thrift_metadata.columns)

    async def _list(self, response: Any, request: Any, kind: int, make: Any) -> Any:
        if self._session(request) is None:
            return response(status=failed("Invalid SessionHandle", code=_INVALID))
        engine = self.connections.workspace.engine
        views = InformationSchema(engine.metastore, engine.grants, self.asker)
        rows: pa.Table = await self.connections.workspace.in_pool(make, views, request)
        return await self._answer(response, Operation(self.asker.name, rows=rows), request, kind)

    async def _answer(self, response: Any, operation: Operation, request: Any, kind: int) -> Any:
        """The handle, and with it the whole result when it is wanted and ready."""
        handle = ttypes.TOperationHandle(
            operationId=_handle(operation.statement), operationType=kind, hasResultSet=True
        )
        self.connections.operations[handle.operationId.guid] = operation
        direct = None
        if request.getDirectResults:  # an asynchronous execution sends none
            await _over(operation, _FIRST_WAIT)
            direct = self._direct(operation, handle, request.getDirectResults.maxRows) if operation.over else None
        return response(status=OK, operationHandle=handle, directResults=direct)

    def _direct(self, operation: Operation, handle: Any, most: int) -> Any:
        direct = ttypes.TSparkDirectResults(operationStatus=operation.status())
        if operation.state == "SUCCEEDED":
            direct.resultSetMetadata, direct.resultSet = operation.metadata(), operation.page(most)
            if not direct.resultSet.hasMoreRows:
                direct.closeOperation = ttypes.TCloseOperationResp(status=OK)
                self.connections.operations.pop(handle.operationId.guid, None)
        return direct

    def _session(self, request: Any) -> Session | None:
        session = self.connections.sessions.get(request.sessionHandle.sessionId.guid)
        if session is None or session.owner != self.asker.name:
            return None
        session.used = time.monotonic()
        return session

    def _operation(self, request: Any) -> Operation | None:
        operation = self.connections.operations.get(request.operationHandle.operationId.guid)
        return operation if operation and operation.owner == self.asker.name else None


async def _over(operation: Operation, seconds: float) -> None:
    if operation.statement is not None and not operation.over:
        await asyncio.wait({asyncio.wrap_future(operation.statement.done)}, timeout=seconds)


def _parameters(given: list[Any]) -> Parameters:
    values = [read_parameter(it.type or "STRING", it.value.stringValue if it.value else None) for it in given]
    if given and given[0].name:
        return {it.name: value for it, value in zip(given, values, strict=True)}
    return values


_TAG = re.compile(r"((?:[^\\:,]|\\.)+)(?::((?:[^\\,]|\\.)*))?", re.DOTALL)


def _tags(configuration: dict[str, str] | None) -> dict[str, str]:
    r"""QUERY_TAGS of a session or statement: "key:value,key", with \ before a colon, comma or \ that is meant."""
    found = {name.lower(): value for name, value in (configuration or {}).items()}
    pairs = _TAG.findall(found.get("query_tags", ""))[:20]
    return {_meant(name).strip(): _meant(value).strip() for name, value in pairs}


def _meant(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
