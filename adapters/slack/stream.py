"""Slack's own streaming of progress: a task for each agent. Without it progress would be one changing line."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from adapters.slack.address import Address, Spot
from adapters.slack.text import literal
from adapters.slack.web import Rejected, Web
from adapters.wording import cut, doing, phrase
from agents.domain import Language, Progress
from agents.errors import BotError

log = logging.getLogger(__name__)

LIFE = 270.0
"""Seconds after which we end a stream ourselves: Slack ends it after five minutes, even while it is fed."""
OFF_SECONDS = 3600.0
TASK = 256
NEVER = frozenset({
    "unknown_method", "method_not_supported_for_channel_type", "channel_type_not_supported", "missing_scope",
    "not_allowed_token_type", "feature_not_enabled", "messages_tab_disabled", "team_not_found", "method_deprecated",
})  # fmt: skip


@dataclass(slots=True)
class _Stream:
    began: float
    titles: dict[str, str] = field(default_factory=dict)  # agent → what its task says, in the order of work
    dead: bool = False


class Streams:
    """Starts, feeds and ends streams; says False or None where a plain message must do."""

    def __init__(self, web: Web, *, on: bool = True) -> None:
        self._web, self._on = web, on
        self._off: dict[str, float] = {}
        self._streams: dict[str, _Stream] = {}

    async def start(self, address: Address, language: Language) -> Spot | None:
        """A new stream in the thread, or None: not here, not now, or not in this workspace."""
        if not self._on or not address.thread or self._off.get(address.team, 0.0) > time.monotonic():
            return None
        stream = _Stream(time.monotonic())
        first = " · ".join(doing(Progress("coordinator", "understanding"), language))
        try:
            told = await self._web.call(
                address.team,
                "chat.startStream",
                channel=address.channel,
                thread_ts=address.thread,
                recipient_team_id=address.team,
                recipient_user_id=address.user,
                task_display_mode="plan",
                chunks=[_task(stream, "coordinator", first)],
            )
        except (Rejected, BotError) as error:
            self._refused(address.team, error)
            return None
        spot = Spot("stream", address.channel, str(told["ts"]))
        self._streams[str(spot)] = stream
        return spot

    async def tell(self, address: Address, spot: Spot, agent: str, title: str) -> bool:
        """Updates the agent's task. False: the stream has ended, show progress as an edit."""
        stream = self._streams.get(str(spot))
        if stream is None or stream.dead:
            return False
        if time.monotonic() - stream.began > LIFE:
            await self.stop(address, spot)
            stream.dead = True
            self._streams[str(spot)] = stream
            return False
        chunks = [_done(stream, one) for one in list(stream.titles)[-1:] if one != agent]
        chunks.append(_task(stream, agent, title))
        return await self._append(address, spot, stream, chunks)

    async def stop(self, address: Address, spot: Spot, language: Language = "en") -> None:
        """Ends the stream with every task done; one that Slack has ended before is as good. Raises Unavailable."""
        stream = self._streams.pop(str(spot), None)
        chunks: list[dict[str, object]] = [_done(stream, agent) for agent in stream.titles] if stream else []
        if stream:
            seconds = f"{time.monotonic() - stream.began:.0f}"
            chunks.append({"type": "plan_update", "title": phrase(language, "slack.worked", seconds=seconds)})
        if stream and stream.dead:
            return
        try:
            await self._web.call(
                address.team, "chat.stopStream", channel=spot.channel, ts=spot.ts, chunks=chunks or None
            )
        except Rejected as error:
            log.info("stream was over: %s", error)

    async def _append(self, address: Address, spot: Spot, stream: _Stream, chunks: list[dict[str, object]]) -> bool:
        try:
            await self._web.call(address.team, "chat.appendStream", channel=spot.channel, ts=spot.ts, chunks=chunks)
        except Rejected as error:
            log.info("stream goes on as edits: %s", error)
            stream.dead = True
        except BotError as error:
            log.info("progress was not streamed: %s", error)
        return not stream.dead

    def _refused(self, team: str, error: Exception) -> None:
        log.info("no stream: %s", error)
        if isinstance(error, Rejected) and (error.error in NEVER or not error.error):
            self._off[team] = time.monotonic() + OFF_SECONDS


def _task(stream: _Stream, agent: str, title: str) -> dict[str, object]:
    stream.titles[agent] = cut(literal(title), TASK)
    return {"type": "task_update", "id": agent, "title": stream.titles[agent], "status": "in_progress"}


def _done(stream: _Stream, agent: str) -> dict[str, object]:
    return {"type": "task_update", "id": agent, "title": stream.titles[agent], "status": "complete"}
