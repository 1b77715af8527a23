"""A Slack to click through on a laptop: what a local peer lacks, put before it. It speaks the wire protocol alone."""
