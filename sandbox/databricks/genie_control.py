"""Control routes for tests and demos: plan Genie's troubles, read the feedback that arrived.

Without them failures would have to be waited for, and nobody could see a thumb that went down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web
from pydantic import ValidationError

from sandbox.databricks.genie_conversations import Conversations
from sandbox.databricks.genie_troubles import Trouble, Troubles
from sandbox.databricks.rest import body, invalid


@dataclass(frozen=True, slots=True)
class Control:
    """Turns the knobs that are no part of Databricks' own API."""

    troubles: Troubles
    conversations: Conversations

    async def plan(self, request: web.Request) -> web.Response:
        """POST /sandbox/genie/troubles: one Trouble, see genie_troubles."""
        try:
            self.troubles.plan(Trouble.model_validate(await body(request)))
        except ValidationError as error:
            first = error.errors()[0]
            raise invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except re.error as error:
            raise invalid(f"'when' is no regular expression: {error}.") from error
        return web.json_response({"planned": len(self.troubles.planned)})

    async def clear(self, _request: web.Request) -> web.Response:
        """DELETE /sandbox/genie/troubles."""
        self.troubles.planned.clear()
        return web.json_response({})

    async def feedback(self, _request: web.Request) -> web.Response:
        """GET /sandbox/genie/feedback: {"feedback": [{space, message, user, content, rating, comment?}]}."""
        rows = [
            {"space": one.space, "message": one.id, "user": one.asker.name, "content": one.content, **one.feedback}
            for one in self.conversations.messages()
            if one.feedback
        ]
        return web.json_response({"feedback": rows})

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.post("/sandbox/genie/troubles", self.plan),
            web.delete("/sandbox/genie/troubles", self.clear),
            web.get("/sandbox/genie/feedback", self.feedback),
        ]
