"""Whether others than the asker read the same in a table. Without it a channel would read with one member's rights."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from adapters.databricks.catalog_tables import table_of
from adapters.databricks.client import Workspace
from agents.domain import TableRef, User
from agents.errors import NotConnected, NotFound, Refused

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

REMEMBERED = 20_000

Key: TypeAlias = tuple[str, bytes, tuple[str, str, str]]
"""Person, digest of the token they would act with, table."""


class ReadingRights:
    """Asks Unity Catalog as each person, and remembers what it said for `ttl` seconds.

    No statement runs and no session is opened: these people have asked for nothing.
    """

    def __init__(self, workspace: Workspace, *, ttl: float = 120.0) -> None:
        self._workspace, self._ttl = workspace, ttl
        self._seen: OrderedDict[Key, tuple[float, bool]] = OrderedDict()

    @property
    def shared(self) -> bool:
        """Do all questions use one identity?"""
        return not self._workspace.credentials.as_asker

    async def alike(self, user: User, tables: Sequence[TableRef]) -> bool:
        """Has this person linked an identity that may read all of these, none of which shows each reader another part?

        Raises Unavailable.
        """
        try:
            token = await self._workspace.credentials.token(user)
            digest = hashlib.sha256(token.value.encode()).digest()
            return all(await asyncio.gather(*(self._known(user, digest, ref) for ref in tables)))
        except (NotConnected, NotFound, Refused):
            return False

    async def _known(self, user: User, digest: bytes, ref: TableRef) -> bool:
        key = (user.key, digest, ref.key)
        until, same = self._seen.get(key, (0.0, False))
        if until < time.monotonic():
            same = await self._asked(user, ref)
            self._seen[key] = (time.monotonic() + self._ttl, same)
            self._seen.move_to_end(key)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return same

    async def _asked(self, user: User, ref: TableRef) -> bool:
        """A row filter or a masked column makes of one table a different one for each who reads it."""

        def get(client: WorkspaceClient) -> bool:
            table = table_of(client.tables.get(str(ref), include_browse=True), ref)
            return table.readable and not table.filtered and not any(column.masked for column in table.columns)

        try:
            return await self._workspace.call(user, get)
        except (NotFound, Refused):
            return False
