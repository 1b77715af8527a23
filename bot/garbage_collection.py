"""Python's garbage collector, told what stays and how often to look.

Without it every question would pay for looking through modules, index and clients, in pauses of up to half a second.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 20  # a turn makes some thousands of objects, few of which are in circles


def freeze_and_tune() -> None:
    """To be called once everything is loaded: what is there now is never looked through again."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()
