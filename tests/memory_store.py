"""A store of bytes without a server behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.errors import Unavailable


@dataclass
class MemoryStore:
    """Implements adapters.replying.Store; lives do not end."""

    held: dict[str, bytes] = field(default_factory=dict)
    down: bool = False

    async def get(self, key: str) -> bytes | None:
        """What was put."""
        self._up()
        return self.held.get(key)

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Kept."""
        self._up()
        assert seconds > 0
        self.held[key] = value

    async def delete(self, key: str) -> bool:
        """True when there was one."""
        self._up()
        return self.held.pop(key, None) is not None

    def _up(self) -> None:
        if self.down:
            raise Unavailable("store")
