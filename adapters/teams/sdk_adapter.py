"""The only file that knows the SDK. Without it botbuilder's shapes and habits would spread through the adapter.

The SDK's adapter runs each turn; who may speak, and how things are sent, it is told by our own classes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import (
    Activity,
    CallerIdConstants,
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    ResourceResponse,
)
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from adapters.teams.activity import Raw
from adapters.teams.address import Address
from adapters.teams.verifier import Verifier
from adapters.teams.wire import Wire

AUDIENCE = "https://api.botframework.com"

Logic = Callable[[], Awaitable[None]]


class SdkAdapter:
    """Activities in and out through botbuilder's adapter. `verifier` is None in development: nothing is signed."""

    def __init__(self, wire: Wire, verifier: Verifier | None, app_id: str) -> None:
        self._wire, self._app_id = wire, app_id
        self._authentication = _Authentication(wire, verifier)
        self._adapter = _Adapter(self._authentication)

    async def hear(self, raw: Raw, header: str, logic: Logic) -> None:
        """Runs `logic` as a turn of the SDK. Raises Forged, KeysMissing and what `logic` raises."""
        admitted = await self._authentication.admit(raw, header)

        async def turn(_: TurnContext) -> None:
            await logic()

        await self._adapter.process_activity(admitted, _incoming(raw), turn)

    async def send(self, address: Address, activity: dict[str, Any], *, fleeting: bool = False) -> str:
        """Posts it there. Raises as Wire.send."""
        sent = ""

        async def turn(context: TurnContext) -> None:
            nonlocal sent
            response = await context.send_activity(_Outgoing(activity, fleeting=fleeting))
            sent = (response.id if response else "") or ""

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)
        return sent

    async def update(self, address: Address, id_: str, activity: dict[str, Any], *, fleeting: bool = False) -> None:
        """Replaces what stands there. Raises as Wire.update."""

        async def turn(context: TurnContext) -> None:
            await context.update_activity(_Outgoing(activity, id_, fleeting=fleeting))

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)

    async def delete(self, address: Address, id_: str) -> None:
        """Takes it away. Raises as Wire.delete."""

        async def turn(context: TurnContext) -> None:
            await context.delete_activity(id_)

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)

    async def direct(self, address: Address) -> str:
        """The asker's own conversation with us. Raises as Wire.direct."""
        return await self._wire.direct(address.service_url, address.tenant, address.bot, address.user)


def _incoming(raw: Raw) -> Activity:
    """What the SDK's pipeline looks at; the rest is read by us, from the activity as it came."""
    return Activity(
        type=str(raw.get("type")),
        id=str(raw.get("id") or ""),
        channel_id=str(raw.get("channelId")),
        service_url=str(raw.get("serviceUrl") or ""),
        conversation=ConversationAccount(id=str(raw["conversation"]["id"])),
    )


def _reference(address: Address) -> ConversationReference:
    return ConversationReference(
        channel_id="msteams",
        service_url=address.service_url,
        conversation=ConversationAccount(id=address.conversation, conversation_type=address.scope),
        bot=ChannelAccount(id=address.bot),
        user=ChannelAccount(id=address.user, role="targeted" if address.targeted else None),
    )


class _Outgoing(Activity):  # type: ignore[misc]
    """A message as we drew it. The SDK addresses it, and neither copies nor serialises it.

    Its own models drop what they do not name: streams, AI labels and citations would vanish without an error.
    """

    def __init__(self, drawn: dict[str, Any], id_: str | None = None, *, fleeting: bool = False) -> None:
        super().__init__(type=drawn["type"], id=id_)
        self.drawn, self.fleeting = drawn, fleeting

    def __deepcopy__(self, memo: object) -> _Outgoing:
        return _Outgoing(self.drawn, self.id, fleeting=self.fleeting)

    def addressed(self) -> dict[str, Any]:
        """The message with where it goes, as the connector takes it."""
        recipient: dict[str, Any] = {"id": self.recipient.id}
        recipient |= {"isTargeted": True} if self.recipient.role == "targeted" else {}
        conversation = {"id": self.conversation.id, "conversationType": self.conversation.conversation_type}
        return {
            **self.drawn,
            **({"id": self.id} if self.id else {}),
            "channelId": self.channel_id,
            "serviceUrl": self.service_url,
            "from": {"id": self.from_property.id},
            "recipient": recipient,
            "conversation": conversation,
        }


class _Adapter(CloudAdapterBase):  # type: ignore[misc]
    """The SDK's adapter without its web server."""


class _Authentication(BotFrameworkAuthentication):  # type: ignore[misc]
    """Everything that the SDK's adapter asks of authentication; the rest it never calls."""

    def __init__(self, wire: Wire, verifier: Verifier | None) -> None:
        self._wire, self._verifier = wire, verifier

    async def admit(self, raw: Raw, header: str) -> AuthenticateRequestResult:
        """Raises Forged or KeysMissing."""
        result = AuthenticateRequestResult()
        result.claims_identity = await self._claims(str(raw.get("channelId")), str(raw.get("serviceUrl") or ""), header)
        result.audience = AUDIENCE
        result.caller_id = CallerIdConstants.public_azure_channel
        result.connector_factory = _Connectors(self._wire)
        return result

    async def _claims(self, channel: str, service_url: str, header: str) -> ClaimsIdentity:
        if self._verifier is None:
            return ClaimsIdentity({}, True, "anonymous")
        return ClaimsIdentity(await self._verifier.verify(header, channel, service_url), True)

    async def authenticate_request(self, activity: Activity, auth_header: str) -> AuthenticateRequestResult:
        return await self.admit({"channelId": activity.channel_id, "serviceUrl": activity.service_url}, auth_header)

    async def authenticate_streaming_request(self, *_: object) -> AuthenticateRequestResult:
        raise PermissionError("no web sockets")

    async def authenticate_channel_request(self, auth_header: str) -> ClaimsIdentity:
        raise PermissionError("no skills")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return _Connectors(self._wire)

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        return None

    def create_bot_framework_client(self) -> None:
        raise NotImplementedError("no skills")

    def get_originating_audience(self) -> str:
        return AUDIENCE


class _Connectors(ConnectorFactory):  # type: ignore[misc]
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def create(self, service_url: str, audience: str) -> _Connector:
        return _Connector(self._wire, service_url)


class _Connector:
    """The SDK's ConnectorClient as far as its adapter uses it: itself, and what it calls `conversations`."""

    def __init__(self, wire: Wire, service_url: str) -> None:
        self._wire, self._url = wire, service_url
        self.conversations = self

    async def send_to_conversation(self, conversation: str, activity: _Outgoing) -> ResourceResponse:
        drawn, fleeting = activity.addressed(), activity.fleeting
        return ResourceResponse(id=await self._wire.send(self._url, conversation, drawn, fleeting=fleeting))

    async def reply_to_activity(self, conversation: str, reply_to: str, activity: _Outgoing) -> ResourceResponse:
        """The SDK makes up what it replies to; the conversation's id already says the thread."""
        return await self.send_to_conversation(conversation, activity)

    async def update_activity(self, conversation: str, id_: str, activity: _Outgoing) -> ResourceResponse:
        drawn, fleeting = activity.addressed(), activity.fleeting
        return ResourceResponse(id=await self._wire.update(self._url, conversation, id_, drawn, fleeting=fleeting))

    async def delete_activity(self, conversation: str, id_: str) -> None:
        await self._wire.delete(self._url, conversation, id_)
