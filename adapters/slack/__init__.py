"""Slack: mentions, direct messages, threads, `/findata`, buttons and the Home tab, drawn with what Slack has itself."""

from adapters.slack.place import Rating, SlackPlace, Store
from adapters.slack.platform import SlackPlatform

__all__ = ["Rating", "SlackPlace", "SlackPlatform", "Store"]
