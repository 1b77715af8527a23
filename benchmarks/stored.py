"""An inbox that stores each turn durably and runs none: what an acknowledgement costs, and nothing besides."""

from __future__ import annotations

from agents.domain import ReplyTo, Turn, User
from agents.ports import Receipt, Turns


class Stored:
    """Implements ports.Inbox over the real queue; nothing runs the turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def accept(self, turn: Turn, to: ReplyTo) -> Receipt:
        """Stored durably."""
        receipt = await self._turns.put(turn, to)
        assert receipt.outcome in ("accepted", "duplicate"), receipt
        return receipt

    async def stop(self, turn_or_conversation: str, user: User) -> bool:
        """Nothing runs."""
        return False
