"""The Genie conversation API: spaces, conversations, messages, results, feedback, as the SDK's `w.genie` calls them.

Without it questions in words could not be put to this workspace.
"""

from __future__ import annotations

from aiohttp import web

from sandbox.databricks.genie_answering import Answering
from sandbox.databricks.genie_control import Control
from sandbox.databricks.genie_conversations import Conversation, Conversations, Message
from sandbox.databricks.genie_documents import Document, conversation_document, message_document, space_document
from sandbox.databricks.genie_reading import Readings
from sandbox.databricks.genie_results import Results
from sandbox.databricks.genie_spaces import Space, Spaces
from sandbox.databricks.genie_troubles import Trouble, Troubles, throttled
from sandbox.databricks.rest import Refusal, asker, body, invalid, missing, page, text
from sandbox.databricks.workspace import Workspace

QUESTION_LIMIT = 20_000
RATINGS = ("POSITIVE", "NEGATIVE", "NONE")


class Genie:
    """The pages that chat clients call."""

    def __init__(self, workspace: Workspace, readings: Readings) -> None:
        self._workspace = workspace
        self.spaces = Spaces(workspace.mesh, workspace.readable)
        self.conversations = Conversations()
        self.troubles = Troubles()
        self.answering = Answering(workspace, readings)

    # ── spaces ──

    async def list_spaces(self, request: web.Request) -> web.Response:
        """GET /api/2.0/genie/spaces."""
        spaces = [self._document(space) for space in self.spaces.shared_with(asker(request))]
        return web.json_response(page(request, "spaces", spaces, "page_size"))

    async def get_space(self, request: web.Request) -> web.Response:
        """GET …/{space}."""
        return web.json_response(self._document(self._space(request)))

    def _document(self, space: Space) -> Document:
        return space_document(space, self._workspace.warehouses.main.id)

    def _space(self, request: web.Request) -> Space:
        space = self.spaces.get(asker(request), request.match_info["space"])
        if space is None:
            raise missing(f"Genie space '{request.match_info['space']}'")
        return space

    # ── questions ──

    async def start(self, request: web.Request) -> web.Response:
        """POST …/{space}/start-conversation {content}: both ids at the top level."""
        space = self._space(request)
        content, trouble = await self._question(request)
        conversation = self.conversations.start(asker(request), space.id, content)
        message = self._ask(space, conversation, content, trouble)
        return web.json_response(
            {
                "conversation_id": conversation.id,
                "message_id": message.id,
                "conversation": conversation_document(conversation),
                "message": message_document(message),
            }
        )

    async def follow(self, request: web.Request) -> web.Response:
        """POST …/conversations/{conversation}/messages {content}."""
        space, conversation = self._space(request), self._conversation(request)
        content, trouble = await self._question(request)
        return web.json_response(message_document(self._ask(space, conversation, content, trouble)))

    async def _question(self, request: web.Request) -> tuple[str, Trouble | None]:
        content = text(await body(request), "content").strip()
        if not content or len(content) > QUESTION_LIMIT:
            raise invalid(f"'content' must be 1 to {QUESTION_LIMIT} characters long.")
        trouble = self.troubles.met_by(content)
        if trouble and trouble.end == "THROTTLE":
            raise throttled(trouble.seconds)
        self.troubles.admit(self._workspace.knobs.genie_per_minute)
        return content, trouble

    def _ask(self, space: Space, conversation: Conversation, content: str, trouble: Trouble | None) -> Message:
        message = conversation.add(content)
        self.answering.begin(space, conversation, message, trouble)
        return message

    # ── conversations and messages ──

    def _conversation(self, request: web.Request) -> Conversation:
        found = request.match_info
        return self.conversations.get(asker(request), found["space"], found["conversation"])

    def message(self, request: web.Request) -> Message:
        """The asker's own message that the path names."""
        found = request.match_info
        return self.conversations.message(asker(request), found["space"], found["conversation"], found["message"])

    async def list_conversations(self, request: web.Request) -> web.Response:
        """GET …/{space}/conversations: the asker's own, the latest first."""
        own = self.conversations.of(asker(request), self._space(request).id)
        rows = [conversation_document(conversation) for conversation in own]
        return web.json_response(page(request, "conversations", rows, "page_size"))

    async def list_messages(self, request: web.Request) -> web.Response:
        """GET …/conversations/{conversation}/messages, oldest first."""
        rows = [message_document(message) for message in self._conversation(request).messages.values()]
        return web.json_response(page(request, "messages", rows, "page_size"))

    async def get_message(self, request: web.Request) -> web.Response:
        """GET …/messages/{message}."""
        message = self.message(request)
        self.answering.expire(message)
        return web.json_response(message_document(message))

    async def delete_conversation(self, request: web.Request) -> web.Response:
        """DELETE …/conversations/{conversation}."""
        conversation = self._conversation(request)
        for message in conversation.messages.values():
            self.answering.drop(message)
        self.conversations.forget(conversation)
        return web.json_response({})

    async def delete_message(self, request: web.Request) -> web.Response:
        """DELETE …/messages/{message}."""
        message = self.message(request)
        self.answering.drop(message)
        self._conversation(request).messages.pop(message.id)
        return web.json_response({})

    async def feedback(self, request: web.Request) -> web.Response:
        """POST …/messages/{message}/feedback {rating, comment?}."""
        message, sent = self.message(request), await body(request)
        rating = text(sent, "rating")
        if rating not in RATINGS:
            raise Refusal(400, "INVALID_PARAMETER_VALUE", f"'rating' must be one of {', '.join(RATINGS)}.")
        comment = text(sent, "comment", "")
        message.feedback = {"rating": rating} | ({"comment": comment} if comment else {})
        return web.json_response({})


def routes(workspace: Workspace, readings: Readings | None = None) -> list[web.RouteDef]:
    """The Genie API of this workspace and its control routes. `readings` may bring another reader than the brain."""
    genie = Genie(workspace, readings or Readings(workspace))
    results, control = Results(workspace, genie.message, genie.answering), Control(genie.troubles, genie.conversations)
    space = "/api/2.0/genie/spaces/{space}"
    conversation = space + "/conversations/{conversation}"
    message = conversation + "/messages/{message}"
    return [
        web.get("/api/2.0/genie/spaces", genie.list_spaces),
        web.get(space, genie.get_space),
        web.post(space + "/start-conversation", genie.start),
        web.get(space + "/conversations", genie.list_conversations),
        web.delete(conversation, genie.delete_conversation),
        web.post(conversation + "/messages", genie.follow),
        web.get(conversation + "/messages", genie.list_messages),
        web.get(message, genie.get_message),
        web.delete(message, genie.delete_message),
        web.post(message + "/feedback", genie.feedback),
        *results.routes(message),
        *control.routes(),
    ]
