"""The rows behind a Genie answer: read, run again once they expired, or downloaded in full.

Without it an answer would be SQL text alone.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.databricks.genie_answering import Answering, run
from sandbox.databricks.genie_conversations import Message, Query
from sandbox.databricks.rest import Refusal, missing
from sandbox.databricks.statement_results import statement_document
from sandbox.databricks.statements import Statement
from sandbox.databricks.workspace import Workspace

WAIT = 10.0
"""Seconds that execute-query waits for its rows before it answers PENDING or RUNNING."""


@dataclass(slots=True)
class Results:
    """Results and downloads; each belongs to the asker of its message."""

    workspace: Workspace
    message: Callable[[web.Request], Message]
    answering: Answering
    _downloads: dict[str, tuple[str, str, Statement]] = field(default_factory=dict)  # id -> signature, message, run

    async def read(self, request: web.Request) -> web.Response:
        """GET …/query-result of a message, or of one of its attachments."""
        message, query = self._query(request)
        self.answering.expire(message)
        if message.status == "QUERY_RESULT_EXPIRED":
            raise Refusal(400, "INVALID_STATE", "The query result has expired. Run execute-query to get it again.")
        if query.statement is None:
            raise missing("The query result")
        return _response(query.statement)

    async def execute(self, request: web.Request) -> web.Response:
        """POST …/execute-query: the same SQL again, as the asker."""
        message, query = self._query(request)
        if message.status not in ("COMPLETED", "QUERY_RESULT_EXPIRED"):
            raise Refusal(400, "INVALID_STATE", f"A message that is {message.status} has no query to execute.")
        statement = query.statement = run(self.workspace, message, query)
        await asyncio.wait({asyncio.wrap_future(statement.done)}, timeout=WAIT)
        if statement.state == "SUCCEEDED":
            message.renew()
        return _response(statement)

    async def prepare_download(self, request: web.Request) -> web.Response:
        """POST …/downloads: the whole result, beyond the rows that the API shows."""
        message, query = self._query(request)
        statement = run(self.workspace, message, query, row_limit=None)
        signature = secrets.token_urlsafe(16)
        self._downloads[statement.id] = (signature, message.id, statement)
        return web.json_response({"download_id": statement.id, "download_id_signature": signature})

    async def download(self, request: web.Request) -> web.Response:
        """GET …/downloads/{download}?download_id_signature=: poll until its state is SUCCEEDED."""
        message, _ = self._query(request)
        found = self._downloads.get(request.match_info["download"])
        given = request.query.get("download_id_signature", "")
        if found is None or found[1] != message.id or not hmac.compare_digest(found[0].encode(), given.encode()):
            raise missing("The download")
        return _response(found[2])

    def _query(self, request: web.Request) -> tuple[Message, Query]:
        message = self.message(request)
        attachment = request.match_info.get("attachment")
        if message.query is None or (attachment and attachment != message.query.id):
            raise missing(f"Query attachment '{attachment or ''}' of message '{message.id}'")
        return message, message.query

    def routes(self, message: str) -> list[web.RouteDef]:
        """Under the path of a message; the first three are the deprecated forms."""
        attachment = message + "/attachments/{attachment}"
        return [
            web.get(message + "/query-result", self.read),
            web.get(message + "/query-result/{attachment}", self.read),
            web.post(message + "/execute-query", self.execute),
            web.get(attachment + "/query-result", self.read),
            web.post(attachment + "/execute-query", self.execute),
            web.post(attachment + "/downloads", self.prepare_download),
            web.get(attachment + "/downloads/{download}", self.download),
        ]


def _response(statement: Statement) -> web.Response:
    return web.json_response({"statement_response": statement_document(statement)})
