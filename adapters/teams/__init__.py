"""Microsoft Teams as a chat platform."""

from adapters.teams.place import Rating, TeamsPlace
from adapters.teams.platform import TeamsPlatform

__all__ = ["Rating", "TeamsPlace", "TeamsPlatform"]
