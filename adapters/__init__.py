"""The outside world: one folder an outside system, one file a port."""
