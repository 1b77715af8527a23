"""Microsoft Teams as a chat platform."""

from adapters.teams.place import TeamsPlace
from adapters.teams.platform import TeamsPlatform

__all__ = ["TeamsPlace", "TeamsPlatform"]
