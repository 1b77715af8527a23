"""Result sets as the Thrift client reads them: schema, pages of Arrow batches, states and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as generated

from sandbox.databricks.column_types import of_arrow
from sandbox.databricks.statements import Statement

ttypes: Any = generated  # the generated classes carry no types

OK = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)
_STATES = ttypes.TOperationState
_STATE_OF = {
    "PENDING": _STATES.PENDING_STATE,
    "RUNNING": _STATES.RUNNING_STATE,
    "SUCCEEDED": _STATES.FINISHED_STATE,
    "FAILED": _STATES.ERROR_STATE,
    "CANCELED": _STATES.CANCELED_STATE,
    "CLOSED": _STATES.CLOSED_STATE,
}
_THRIFT_NAMES = {"LONG": "BIGINT", "SHORT": "SMALLINT", "BYTE": "TINYINT", "TIMESTAMP_NTZ": "TIMESTAMP"}
_PAGE_ROWS = 100_000


def failed(message: str, state: str = "HY000", code: int | None = None) -> Any:
    """A refusal; the client raises DatabaseError with this message."""
    return ttypes.TStatus(statusCode=code or ttypes.TStatusCode.ERROR_STATUS, errorMessage=message, sqlState=state)


@dataclass(slots=True)
class Operation:
    """One statement, or one finished list of metadata (`rows`), as its owner pages through it."""

    owner: str
    statement: Statement | None = None
    rows: pa.Table | None = None
    offset: int = 0

    @property
    def state(self) -> str:
        """The statement's state; metadata is ready at once."""
        return self.statement.state if self.statement else "SUCCEEDED"

    @property
    def result(self) -> pa.Table | None:
        """The rows, once there are any."""
        return self.statement.result if self.statement else self.rows

    @property
    def over(self) -> bool:
        """Nothing will change any more."""
        return self.statement is None or self.statement.done.done()

    def cancel(self) -> None:
        """Ends the statement."""
        if self.statement is not None:
            self.statement.cancel()

    def status(self) -> Any:
        """What the client polls for. The message becomes its exception's text."""
        error = self.statement.error if self.statement and self.state == "FAILED" else None
        message = str(error) if error else None
        return ttypes.TGetOperationStatusResp(
            status=OK,
            operationState=_STATE_OF[self.state],
            displayMessage=message,
            errorMessage=message,
            sqlState=error.state if error else None,
            numModifiedRows=self.statement.changed if self.statement else None,
            hasResultSet=True,
        )

    def metadata(self) -> Any:
        """The result's schema. Asked for after a cancel too: refused then, so that the client raises."""
        rows = self.result
        if rows is None or self.state != "SUCCEEDED":
            status = failed("[OPERATION_CANCELED] The operation was canceled. SQLSTATE: HY008", "HY008")
            return ttypes.TGetResultSetMetadataResp(status=status)
        columns = [_column(position, field) for position, field in enumerate(rows.schema, start=1)]
        return ttypes.TGetResultSetMetadataResp(
            status=OK,
            schema=ttypes.TTableSchema(columns=columns),
            resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
            arrowSchema=rows.schema.serialize().to_pybytes(),
            lz4Compressed=False,
            isStagingOperation=False,
        )

    def page(self, most: int | None, *, with_metadata: bool = False) -> Any:
        """The next rows; the client reads the metadata along with every fetch."""
        rows = self.result
        if rows is None or self.state != "SUCCEEDED":
            return ttypes.TFetchResultsResp(status=failed("There is no result to fetch."))
        start = self.offset
        part = rows.slice(start, min(most or _PAGE_ROWS, _PAGE_ROWS))
        self.offset = start + part.num_rows
        batches = [
            ttypes.TSparkArrowBatch(batch=batch.serialize().to_pybytes(), rowCount=batch.num_rows)
            for batch in part.to_batches()
            if batch.num_rows
        ]
        return ttypes.TFetchResultsResp(
            status=OK,
            hasMoreRows=self.offset < rows.num_rows,
            results=ttypes.TRowSet(startRowOffset=start, rows=[], arrowBatches=batches),
            resultSetMetadata=self.metadata() if with_metadata else None,
        )


def _column(position: int, field: pa.Field[Any]) -> Any:
    kind = of_arrow(field.type)
    qualifiers = None
    if kind.precision is not None:
        digits = {"precision": kind.precision, "scale": kind.scale}
        values = {name: ttypes.TTypeQualifierValue(i32Value=value) for name, value in digits.items()}
        qualifiers = ttypes.TTypeQualifiers(qualifiers=values)
    name = _THRIFT_NAMES.get(kind.name, kind.name)
    code = getattr(ttypes.TTypeId, f"{name}_TYPE", ttypes.TTypeId.STRING_TYPE)
    entry = ttypes.TTypeEntry(primitiveEntry=ttypes.TPrimitiveTypeEntry(type=code, typeQualifiers=qualifiers))
    return ttypes.TColumnDesc(columnName=field.name, typeDesc=ttypes.TTypeDesc(types=[entry]), position=position)
