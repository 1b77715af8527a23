"""Microsoft Teams as a chat platform."""

from adapters.teams.options import TeamsOptions
from adapters.teams.platform import TeamsPlatform

__all__ = ["TeamsOptions", "TeamsPlatform"]
