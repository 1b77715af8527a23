"""Unity Catalog's metadata as each asker sees it. Without it the bot would speak of tables not meant for the asker."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from adapters.databricks.catalog_tables import table_of
from adapters.databricks.catalog_tags import Tags, read_tags
from adapters.databricks.client import Workspace
from adapters.databricks.warehouse import SqlWarehouse
from agents.domain import Column, Table, TableRef, User
from agents.errors import BotError, NotFound, Refused

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

log = logging.getLogger(__name__)

REMEMBERED = 20_000  # tables, over all askers
WITHHELD = 0.1  # share of the life of what was shown
TAG_PATIENCE = 2.0  # seconds; a warehouse that is asleep must not hold metadata up


Key: TypeAlias = tuple[str, bytes, tuple[str, str, str]]
"""Asker, digest of the token they act with, table: whoever links another account starts with nothing remembered."""


class UnityCatalog:
    """The Catalog port, remembering what each asker was shown for `ttl` seconds.

    With a warehouse column tags are read as well, where it answers at once.
    """

    def __init__(self, workspace: Workspace, *, warehouse: SqlWarehouse | None = None, ttl: float = 120.0) -> None:
        self._workspace, self._warehouse, self._ttl = workspace, warehouse, ttl
        self._seen: OrderedDict[Key, tuple[float, Table | None]] = OrderedDict()
        if warehouse:
            warehouse.when_outdated(self.invalidate)

    async def tables(self, user: User, refs: Sequence[TableRef]) -> tuple[Table, ...]:
        """See agents.ports.Catalog."""
        if self._warehouse:
            self._warehouse.prepare(user)
        rights = (user.key, hashlib.sha256((await self._workspace.credentials.token(user)).value.encode()).digest())
        known = {ref: entry[1] for ref in refs if (entry := self._remembered((*rights, ref.key)))}
        missing = list(dict.fromkeys(ref for ref in refs if ref not in known))
        if missing:
            fresh = dict(zip(missing, await self._read(user, missing), strict=True))
            for ref, table in fresh.items():
                self._remember((*rights, ref.key), table)
            known |= fresh
        return tuple(table for ref in refs if (table := known[ref]))

    def invalidate(self, user: User | None = None) -> None:
        """Forgets what this asker was shown, or what everybody was: grants or tables have changed.

        The warehouse says so when it refuses what was shown.
        """
        for key in [key for key in self._seen if user is None or key[0] == user.key]:
            del self._seen[key]

    async def _read(self, user: User, refs: Sequence[TableRef]) -> list[Table | None]:
        tags = asyncio.ensure_future(self._tags(user, refs))
        try:
            tables = await asyncio.gather(*(self._table(user, ref) for ref in refs))
            tagged = await tags
        finally:
            tags.cancel()
        return [_tagged(table, tagged) if table else None for table in tables]

    async def _table(self, user: User, ref: TableRef) -> Table | None:
        """None for what is not there and for what may not be seen: Unity Catalog makes no difference either."""

        def get(client: WorkspaceClient) -> Table:
            return table_of(client.tables.get(str(ref), include_browse=True), ref)

        try:
            return await self._workspace.call(user, get)
        except (NotFound, Refused):
            return None

    async def _tags(self, user: User, refs: Sequence[TableRef]) -> Tags:
        if not self._warehouse:
            return {}
        try:
            if not await self._warehouse.awake(user):
                return {}
            async with asyncio.timeout(TAG_PATIENCE):
                return await read_tags(self._warehouse, user, refs)
        except (BotError, TimeoutError) as error:
            log.info("column tags are left out: %s", error)
            return {}

    def _remembered(self, key: Key) -> tuple[float, Table | None] | None:
        entry = self._seen.get(key)
        return entry if entry and entry[0] > time.monotonic() else None

    def _remember(self, key: Key, table: Table | None) -> None:
        # What was withheld is looked for again soon: somebody may just have been given access.
        life = self._ttl if table and table.readable else self._ttl * WITHHELD
        self._seen[key] = (time.monotonic() + life, table)
        self._seen.move_to_end(key)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def _tagged(table: Table, tags: Tags) -> Table:
    own = tags.get(table.ref.key, {})
    return replace(
        table, columns=tuple(_with_tags(column, own.get(column.name.lower(), ())) for column in table.columns)
    )


def _with_tags(column: Column, tags: tuple[str, ...]) -> Column:
    return replace(column, tags=tags) if tags else column
