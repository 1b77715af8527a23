"""Slack: mentions, direct messages, threads, `/findata`, buttons and the Home tab, drawn with what Slack has itself."""

from adapters.slack.place import SlackPlace
from adapters.slack.platform import SlackPlatform

__all__ = ["SlackPlace", "SlackPlatform"]
