"""Questions in French and English turned into SQL without any model: what the local Genie runs on."""

from sandbox.brain.brain import Brain
from sandbox.brain.outcome import AsksBack, Before, NotRead, Open, Understood
from sandbox.brain.thread import unanswered

__all__ = ["AsksBack", "Before", "Brain", "NotRead", "Open", "Understood", "unanswered"]
