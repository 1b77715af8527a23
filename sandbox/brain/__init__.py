"""Questions in French and English turned into SQL without any model: what the local Genie runs on."""

from sandbox.brain.brain import Brain
from sandbox.brain.outcome import AsksBack, NotRead, Understood

__all__ = ["AsksBack", "Brain", "NotRead", "Understood"]
