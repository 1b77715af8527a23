"""Ends a process with the one that started it. Without it a demo that is killed would leave programs running."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PDEATHSIG = 1  # PR_SET_PDEATHSIG


def die_with_parent() -> None:
    """Asks Linux for SIGTERM when our parent ends; elsewhere nothing. Exits when it has ended already."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)
