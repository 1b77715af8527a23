"""Posts and edits, plainer where Slack wants it plainer. Without it one refused block would lose an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from adapters.slack.address import Address, Spot
from adapters.slack.message import Message, Plainness
from adapters.slack.web import Answered, Rejected, Web
from agents.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

EVENT = "findata_turn"
QUIET = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
TOO_MUCH = frozenset({
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "only_one_table_allowed",
    "unsupported_block", "block_mismatch", "invalid_arguments", "invalid_attachments", "invalid_chunks",
})  # fmt: skip
LOST = frozenset({
    "message_not_found", "edit_window_closed", "cant_update_message", "streaming_state_conflict",
})  # fmt: skip

Drawing = Callable[[Plainness], Message]


def gone(error: Rejected) -> NotFound | Unavailable:
    """As the conversation knows it: the place is gone, or it may work later."""
    return NotFound(str(error)) if error.gone else Unavailable(str(error), retry_after=2.0)


class Delivery:
    """Posts and edits. Every method raises NotFound when the place is gone, and Unavailable."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def post(self, address: Address, drawing: Drawing, mark: str) -> Spot:
        """A new message in the thread; where we may not post, in the asker's own conversation with us."""
        try:
            return await self._post(address, address.channel, address.thread, drawing, mark)
        except Rejected as error:
            if not error.gone or address.direct:
                raise gone(error) from error
        channel = await self.direct(address)
        try:
            return await self._post(address, channel, "", drawing, mark)
        except Rejected as error:
            raise gone(error) from error

    async def direct(self, address: Address) -> str:
        """The channel in which we talk to the asker alone."""
        try:
            opened = await self._web.call(address.team, "conversations.open", users=address.user)
        except Rejected as error:
            raise NotFound(str(error)) from error
        return str(opened["channel"]["id"])

    async def edit(self, address: Address, spot: Spot, drawing: Drawing, mark: str, *, repost: bool = True) -> Spot:
        """The message as it is to be from now on; posted again where it cannot be edited any more, if `repost`."""
        try:
            await self._plainer(
                drawing,
                lambda body: self._web.call(
                    address.team, "chat.update", channel=spot.channel, ts=spot.ts, **body, **_marked(mark)
                ),
            )
        except Rejected as error:
            if error.error not in LOST or not repost:
                raise gone(error) from error
            return await self.post(address, drawing, mark)
        return spot

    async def find(self, address: Address, channel: str, thread: str, mark: str) -> Spot | None:
        """Our message of this turn, by the mark that it carries."""
        if not thread:
            return None
        try:
            told = await self._web.call(
                address.team, "conversations.replies", channel=channel, ts=thread, limit=200, include_all_metadata=True
            )
        except Rejected:
            return None
        ours = [one for one in told.get("messages", ()) if _mark_of(one) == mark]
        return Spot("message", channel, str(ours[-1]["ts"])) if ours else None

    async def _post(self, address: Address, channel: str, thread: str, drawing: Drawing, mark: str) -> Spot:
        posted = await self._plainer(
            drawing,
            lambda body: self._web.call(
                address.team,
                "chat.postMessage",
                channel=channel,
                thread_ts=thread or None,
                **body,
                **QUIET,
                **_marked(mark),
            ),
        )
        return Spot("message", str(posted.get("channel") or channel), str(posted["ts"]))

    async def _plainer(self, drawing: Drawing, send: Callable[[Mapping[str, object]], object]) -> Answered:
        """Sends the message, one step plainer each time that Slack refuses its blocks."""
        for plainness in Plainness:
            message = drawing(plainness)
            try:
                return await send({"text": message.text, "blocks": list(message.blocks)})  # type: ignore[misc,no-any-return]
            except Rejected as error:
                if plainness is Plainness.TEXT or error.error not in TOO_MUCH:
                    raise
                kinds = ", ".join(dict.fromkeys(block["type"] for block in message.blocks))
                log.warning("%s: one step plainer than %s (%s)", error, plainness.name, kinds)
        raise AssertionError("unreachable")


def _marked(mark: str) -> dict[str, object]:
    return {"metadata": {"event_type": EVENT, "event_payload": {"turn": mark}}} if mark else {}


def _mark_of(message: Mapping[str, object]) -> str:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    return str(payload.get("turn", "")) if isinstance(payload, Mapping) else ""
