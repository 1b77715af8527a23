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
    Entity,
    ResourceResponse,
)
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from msrest.exceptions import DeserializationError  # type: ignore[attr-defined]

from adapters.teams.activity import Malformed, Raw
from adapters.teams.address import Address
from adapters.teams.verifier import Verifier
from adapters.teams.wire import Wire

AUDIENCE = "https://api.botframework.com"

Logic = Callable[[], Awaitable[None]]


def _lift_omissions() -> None:
    """The SDK drops what its models do not name: streams, AI labels and citations would vanish without an error."""
    Entity.enable_additional_properties_sending()
    ChannelAccount.enable_additional_properties_sending()


class Shell:
    """Activities in and out through botbuilder's adapter. `verifier` is None in development: nothing is signed."""

    def __init__(self, wire: Wire, verifier: Verifier | None, app_id: str) -> None:
        _lift_omissions()
        self._wire, self._app_id = wire, app_id
        self._authentication = _Authentication(wire, verifier)
        self._adapter = _Adapter(self._authentication)

    async def hear(self, raw: Raw, header: str, logic: Logic) -> None:
        """Runs `logic` as a turn of the SDK. Raises Forged, KeysMissing, Malformed and what `logic` raises."""
        admitted = await self._authentication.admit(raw, header)
        try:
            activity = Activity().deserialize(raw)
        except (DeserializationError, AttributeError, TypeError, ValueError, KeyError) as error:
            raise Malformed("not an activity") from error

        async def turn(_: TurnContext) -> None:
            await logic()

        await self._adapter.process_activity(admitted, activity, turn)

    async def send(self, address: Address, activity: dict[str, Any]) -> str:
        """Posts it there. Raises as Wire.send."""
        sent = ""

        async def turn(context: TurnContext) -> None:
            nonlocal sent
            response = await context.send_activity(Activity().deserialize(activity))
            sent = (response.id if response else "") or ""

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)
        return sent

    async def update(self, address: Address, id_: str, activity: dict[str, Any]) -> None:
        """Replaces what stands there. Raises as Wire.update."""

        async def turn(context: TurnContext) -> None:
            await context.update_activity(Activity().deserialize({**activity, "id": id_}))

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)

    async def delete(self, address: Address, id_: str) -> None:
        """Takes it away. Raises as Wire.delete."""

        async def turn(context: TurnContext) -> None:
            await context.delete_activity(id_)

        await self._adapter.continue_conversation(_reference(address), turn, self._app_id)

    async def direct(self, address: Address) -> str:
        """The asker's own conversation with us. Raises as Wire.direct."""
        return await self._wire.direct(address.service_url, address.tenant, address.bot, address.user)


def _reference(address: Address) -> ConversationReference:
    user = {"id": address.user} | ({"isTargeted": True} if address.targeted else {})
    return ConversationReference(
        channel_id="msteams",
        service_url=address.service_url,
        conversation=ConversationAccount(id=address.conversation, conversation_type=address.scope),
        bot=ChannelAccount(id=address.bot),
        user=ChannelAccount().deserialize(user),
    )


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

    async def send_to_conversation(self, conversation: str, activity: Activity) -> ResourceResponse:
        return ResourceResponse(id=await self._wire.send(self._url, conversation, activity.serialize()))

    async def reply_to_activity(self, conversation: str, reply_to: str, activity: Activity) -> ResourceResponse:
        return ResourceResponse(id=await self._wire.send(self._url, conversation, activity.serialize(), reply_to))

    async def update_activity(self, conversation: str, id_: str, activity: Activity) -> ResourceResponse:
        return ResourceResponse(id=await self._wire.update(self._url, conversation, id_, activity.serialize()))

    async def delete_activity(self, conversation: str, id_: str) -> None:
        await self._wire.delete(self._url, conversation, id_)
