"""What every chat platform does alike around a reply: who may see it, what its buttons stand for, its rows as a file.

Platforms may not import each other. Without this package each would hold a copy of its own, and the copies would drift.
"""

from adapters.replying.audience import Audience, Rights
from adapters.replying.discretion import Privacy
from adapters.replying.keeping import Kept, Store
from adapters.replying.rating import Rate, Rating

__all__ = ["Audience", "Kept", "Privacy", "Rate", "Rating", "Rights", "Store"]
