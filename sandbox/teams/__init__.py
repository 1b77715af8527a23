"""A Teams to click through on a laptop: Microsoft's Agents Playground, fetched and kept on this machine."""
