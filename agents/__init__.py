"""The thinking: five agents, the words they share, and what they need from outside."""
