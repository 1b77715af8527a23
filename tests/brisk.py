"""Pauses meant for services far away, shortened: the local ones answer at once, and tests would mostly wait.

Modules that import the fixture `brisk` run with it. What is decided by these pauses is tested where they are as usual.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="module", autouse=True)
def brisk() -> Iterator[None]:
    """Genie is looked at often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.databricks.genie.QUICKEST", 0.02)
        patch.setattr("adapters.databricks.genie.EXPECTED", 0.02)
        yield


@contextmanager
def soon_again() -> Iterator[None]:
    """What is down is asked again as many times as usual, one right after the other."""
    from databricks.sdk.clock import RealClock

    hurried = SimpleNamespace(time=time.time, sleep=lambda seconds: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RealClock, "sleep", lambda clock, seconds: None)
        patch.setattr("databricks.sql.auth.retry.time", hurried)  # while statements are sent and looked at
        patch.setattr("databricks.sql.backend.thrift_backend.time", hurried)
        patch.setattr("urllib3.util.retry.time", hurried)
        patch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
        yield
