"""The names and bounds of the queue: what its parts and its scripts must agree on.

All keys of a lane carry one hash tag, so that every script works in cluster mode:
  seen:<turn>           conversation while it waits or runs, then done:<fence> (string with TTL)
  inbox:<conversation>  waiting turns; the head is the one that runs (list)
  run:<conversation>    fence, attempt, placeholder, reply of the running turn; waits: for a place at its replica (hash)
  ready                 one entry per conversation with turns; a pending entry is a lease (stream, one group)
  scheduled, counts, stops (hashes), rate:<asker> (string with TTL), audit, dead (capped streams)
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.redis.envelope import line
from agents.domain import User


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is queued, how fast one person may ask, how long a silent replica keeps its turns. Times in seconds."""

    waiting: int = 1000
    per_conversation: int = 20
    per_minute: float = 20.0  # turns of one asker; 0 for no limit
    burst: int = 10
    lease: float = 15.0
    remember: int = 24 * 3600  # for how long a second delivery of a post is recognised
    replicas: int = 0  # Redis replicas that must hold a turn, its beginning and its placeholder before we go on
    audit: int = 100_000  # lines kept


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of a lane's keys, and this process's name in its group."""

    tag: str
    consumer: str = ""
    group: str = "w"

    @classmethod
    def of(cls, prefix: str, lane: str, consumer: str = "") -> Keys:
        """The names of one lane."""
        return cls(f"{{{prefix}:{lane}}}", consumer)

    def seen(self, turn_id: str) -> str:
        """Where a turn stands, for as long as it may be delivered again."""
        return f"{self.tag}:seen:{line(turn_id)}"

    def inbox(self, conversation: str) -> str:
        """The turns of a conversation that wait."""
        return f"{self.tag}:inbox:{conversation}"

    def run(self, conversation: str) -> str:
        """The turn of a conversation that runs."""
        return f"{self.tag}:run:{conversation}"

    def rate(self, user: User) -> str:
        """How much this person has asked lately."""
        return f"{self.tag}:rate:{user.key}"

    def ending(self, conversation: str, turn: str) -> list[str]:
        """What the end of a turn touches, in the order of done.lua; `turn`: its id as one line, as it was stored."""
        running = [
            self.run(conversation),
            self.inbox(conversation),
            self.scheduled,
            self.ready,
            self.counts,
            self.stops,
        ]
        return [*running, f"{self.tag}:seen:{turn}", self.audit, self.dead]

    @property
    def ready(self) -> str:
        """Conversations that have something to run."""
        return f"{self.tag}:ready"

    @property
    def scheduled(self) -> str:
        """Conversations that have an entry in `ready`."""
        return f"{self.tag}:scheduled"

    @property
    def counts(self) -> str:
        """Turns that wait, and the last fence number."""
        return f"{self.tag}:counts"

    @property
    def stops(self) -> str:
        """Turns whose asker has pressed Stop."""
        return f"{self.tag}:stops"

    @property
    def channel(self) -> str:
        """Where a Stop is announced."""
        return f"{self.tag}:stop"

    @property
    def audit(self) -> str:
        """Who asked what when."""
        return f"{self.tag}:audit"

    @property
    def dead(self) -> str:
        """Turns that were given up."""
        return f"{self.tag}:dead"
