"""Imports the vendor's packages, without what they bring along and we never use.

databricks-sql-connector imports pandas with its first line, and uses it only for results as data frames, which we
switch off: 1.3 s of CPU and 40 MB for nothing, in every replica and before every first answer.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


class _Later(ModuleType):
    """Stands in for a package until something of it is wanted; then it is imported and answers for itself."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def later(name: str) -> None:
    """Imports the package when it is first used, not when it is first named. Nothing when it is there already."""
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None:
        return
    stand_in = _Later(name)
    stand_in.__spec__ = spec
    sys.modules[name] = stand_in


def import_all() -> None:
    """The SDK and the SQL connector: three seconds of CPU once, to be spent before anybody waits."""
    later("pandas")
    importlib.import_module("adapters.databricks.sdk")
    importlib.import_module("adapters.databricks.thrift")
    importlib.import_module("databricks.sql.backend.thrift_backend")  # else the first connection would import it
