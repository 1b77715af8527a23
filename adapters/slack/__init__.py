"""Slack: mentions, direct messages, threads, `/findata`, buttons and the Home tab, drawn with what Slack has itself."""

from adapters.slack.options import SlackOptions
from adapters.slack.platform import SlackPlatform

__all__ = ["SlackOptions", "SlackPlatform"]
