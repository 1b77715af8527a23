"""How rows leave over REST: as JSON text, or as links to Arrow or CSV. Without it there would be no results."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import hmac
import io
import json
import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from sandbox.databricks.column_types import of_arrow
from sandbox.databricks.failures import SqlFailure
from sandbox.databricks.statements import Statement

Document = dict[str, object]

_CHUNK_ROWS = 50_000
_INLINE_BYTES = 25 * 2**20
_LINK_LIFE = 15 * 60.0


@dataclass(slots=True)
class Delivery:
    """How one statement's rows are wanted. `url`: where the server listens; `byte_limit`: more is cut off."""

    url: str = ""
    disposition: str = "INLINE"
    format: str = "JSON_ARRAY"
    byte_limit: int | None = None
    signature: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _expires: float = field(default_factory=lambda: time.time() + _LINK_LIFE)

    def rows(self, statement: Statement) -> tuple[pa.Table, bool]:
        """The rows to deliver, and whether some were cut off."""
        rows = statement.result if statement.result is not None else pa.table({})
        if self.byte_limit is None or rows.nbytes <= self.byte_limit:
            return rows, statement.truncated
        share = self.byte_limit / rows.nbytes
        return rows.slice(0, int(rows.num_rows * share)), True

    def chunks(self, rows: pa.Table) -> int:
        """How many pieces the rows come in."""
        return 1 if self.disposition == "INLINE" else -(-rows.num_rows // _CHUNK_ROWS)

    def signed(self, signature: str) -> bool:
        """True for the link's own signature while it lasts."""
        return hmac.compare_digest(signature.encode(), self.signature.encode()) and time.time() < self._expires

    def chunk(self, statement: Statement, index: int) -> Document:
        """ResultData of one chunk: rows inline, or a link to them."""
        rows, _ = self.rows(statement)
        if self.disposition == "INLINE":
            return _inline(rows)
        return {"external_links": [self._link(statement, rows, index)]} if rows.num_rows else {}

    def download(self, statement: Statement, index: int) -> bytes:
        """One chunk in its format."""
        rows, _ = self.rows(statement)
        part = rows.slice(index * _CHUNK_ROWS, _CHUNK_ROWS)
        return {"ARROW_STREAM": _arrow, "CSV": _csv, "JSON_ARRAY": _json}[self.format](part)

    def _link(self, statement: Statement, rows: pa.Table, index: int) -> Document:
        self._expires = time.time() + _LINK_LIFE
        part = rows.slice(index * _CHUNK_ROWS, _CHUNK_ROWS)
        expires = dt.datetime.fromtimestamp(self._expires, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        link = f"{self.url}/_external/{statement.id}/{index}/{self.signature}"
        document = {**self.span(rows, index), "byte_count": part.nbytes, "external_link": link, "expiration": expires}
        if index + 1 < self.chunks(rows):
            follow = f"/api/2.0/sql/statements/{statement.id}/result/chunks/{index + 1}"
            document |= {"next_chunk_index": index + 1, "next_chunk_internal_link": follow}
        return document

    def span(self, rows: pa.Table, index: int) -> Document:
        """Where a chunk begins and how many rows it has."""
        size = rows.num_rows if self.disposition == "INLINE" else _CHUNK_ROWS
        start = index * size
        return {"chunk_index": index, "row_offset": start, "row_count": max(0, min(size, rows.num_rows - start))}


def statement_document(statement: Statement, delivery: Delivery | None = None) -> Document:
    """StatementResponse: state, and once SUCCEEDED the manifest and the first chunk."""
    delivery = delivery or Delivery()
    status: Document = {"state": statement.state}
    if statement.error is not None and statement.state == "FAILED":
        status["error"] = {"error_code": "BAD_REQUEST", "message": str(statement.error)}
        status["sql_state"] = statement.error.state
    document: Document = {"statement_id": statement.id, "status": status}
    if statement.state != "SUCCEEDED":
        return document
    rows, truncated = delivery.rows(statement)
    if delivery.disposition == "INLINE" and rows.nbytes > _INLINE_BYTES:
        text = "Inline byte limit exceeded. Use the EXTERNAL_LINKS disposition."
        raise SqlFailure("RESULT_TOO_LARGE", text, "54000")
    return document | {"manifest": _manifest(rows, delivery, truncated), "result": delivery.chunk(statement, 0)}


def _manifest(rows: pa.Table, delivery: Delivery, truncated: bool) -> Document:
    count = delivery.chunks(rows)
    return {
        "format": delivery.format,
        "schema": {"column_count": rows.num_columns, "columns": [_column(i, it) for i, it in enumerate(rows.schema)]},
        "total_chunk_count": count,
        "total_row_count": rows.num_rows,
        "total_byte_count": rows.nbytes,
        "truncated": truncated,
        "chunks": [{**delivery.span(rows, index), "byte_count": rows.nbytes // count} for index in range(count)],
    }


def _column(position: int, column: pa.Field[Any]) -> Document:
    kind = of_arrow(column.type)
    name = {"TIMESTAMP_NTZ": "TIMESTAMP", "VARIANT": "STRING"}.get(kind.name, kind.name)
    document: Document = {"name": column.name, "position": position, "type_name": name, "type_text": kind.text.upper()}
    if kind.precision is not None:
        document |= {"type_precision": kind.precision, "type_scale": kind.scale}
    return document


def _inline(rows: pa.Table) -> Document:
    texts = [[cell_text(value) for value in column.to_pylist()] for column in rows.columns]
    listed = [list(row) for row in zip(*texts, strict=True)]
    return {"chunk_index": 0, "row_offset": 0, "row_count": rows.num_rows, "data_array": listed}


def cell_text(value: object) -> str | None:
    """A value as JSON_ARRAY writes it: text, or null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=cell_text, ensure_ascii=False)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _arrow(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue()


def _csv(rows: pa.Table) -> bytes:
    sink = io.StringIO()
    write = csv.writer(sink)
    write.writerow(rows.column_names)
    write.writerows([cell_text(value) for value in row.values()] for row in rows.to_pylist())
    return sink.getvalue().encode()


def _json(rows: pa.Table) -> bytes:
    dump = partial(json.dumps, ensure_ascii=False)
    return dump([[cell_text(value) for value in row.values()] for row in rows.to_pylist()]).encode()
