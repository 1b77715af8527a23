"""Who may see and do what, down to rows and columns. Without it every asker would read every product."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.databricks.metastore import Metastore, key
from sandbox.databricks.principals import Principal

Kind = Literal["METASTORE", "CATALOG", "SCHEMA", "TABLE", "FUNCTION", "VOLUME"]
METASTORE = "metastore"

_EVERYTHING = "ALL_PRIVILEGES"
_NEVER_IMPLIED = {"MANAGE", "EXTERNAL_USE_SCHEMA"}  # ALL PRIVILEGES does not hold these


@dataclass(frozen=True, slots=True)
class Privilege:
    """A privilege somebody has, and on what it was granted."""

    name: str
    principal: str
    on_kind: Kind
    on_name: str


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Who is named in `allowed` (users or groups, lower case) sees only rows with one of their values in the column."""

    table: str
    column: str
    allowed: Mapping[str, tuple[str, ...]]
    function: str = ""  # as the catalogue shows it
    policy: str = ""  # the name of the policy by tag that sets it, which the table's document does not show

    def values_for(self, asker: Principal) -> tuple[str, ...] | None:
        """The values this asker may see; None when the filter does not concern them."""
        mine = [values for name, values in self.allowed.items() if name.lower() in asker.identities]
        return None if not mine else tuple(sorted({value for values in mine for value in values}))


@dataclass(frozen=True, slots=True)
class Mask:
    """Everybody outside the group reads `instead` (a SQL literal) in this column."""

    table: str
    column: str
    unless: str
    instead: str = "NULL"
    function: str = ""


@dataclass(slots=True)
class Grants:
    """Privileges are granted on something and hold for all that is inside it."""

    metastore: Metastore
    _given: dict[tuple[Kind, str], dict[str, set[str]]] = field(default_factory=dict)
    _filters: dict[str, list[RowFilter]] = field(default_factory=dict)
    _masks: dict[str, list[Mask]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    version: int = 0

    def give(self, kind: Kind, name: str, principal: str, privileges: Iterable[str]) -> None:
        """Grants privileges (spelt with underscores) to a user, group or service principal."""
        with self._lock:
            self._given.setdefault((kind, key(name)), {}).setdefault(principal, set()).update(privileges)
            self.version += 1

    def take(self, kind: Kind, name: str, principal: str, privileges: Iterable[str]) -> None:
        """Revokes privileges; what was never granted is no error."""
        with self._lock:
            held = self._given.get((kind, key(name)), {})
            for holder in [holder for holder in held if holder.lower() == principal.lower()]:
                held[holder] -= set(privileges)
                if not held[holder]:
                    del held[holder]
            self.version += 1

    def let_read(self, principal: str, table: str) -> None:
        """Everything that reading this table (catalog.schema.table) takes."""
        catalog, schema, _ = table.split(".")
        self.give("CATALOG", catalog, principal, ["USE_CATALOG"])
        self.give("SCHEMA", f"{catalog}.{schema}", principal, ["USE_SCHEMA"])
        self.give("TABLE", table, principal, ["SELECT"])

    def filter_rows(self, rule: RowFilter) -> None:
        """Adds a row filter; several on one table must all let a row through."""
        with self._lock:
            self._filters.setdefault(key(rule.table), []).append(rule)
            self.version += 1

    def mask_column(self, rule: Mask) -> None:
        """Adds a column mask."""
        with self._lock:
            self._masks.setdefault(key(rule.table), []).append(rule)
            self.version += 1

    def filters_on(self, table: str) -> tuple[RowFilter, ...]:
        """The table's row filters."""
        return tuple(self._filters.get(key(table), ()))

    def masks_on(self, table: str) -> tuple[Mask, ...]:
        """The table's column masks."""
        return tuple(self._masks.get(key(table), ()))

    def direct(self, kind: Kind, name: str) -> dict[str, tuple[str, ...]]:
        """What was granted on exactly this: principal -> privileges."""
        with self._lock:
            return {who: tuple(sorted(what)) for who, what in self._given.get((kind, key(name)), {}).items()}

    def effective(self, kind: Kind, name: str) -> Iterator[Privilege]:
        """What was granted on this and on everything around it."""
        for on_kind, on_name in self._around(kind, name):
            for principal, privileges in self.direct(on_kind, on_name).items():
                for privilege in privileges:
                    yield Privilege(privilege, principal, on_kind, on_name)

    def has(self, asker: Principal, privilege: str, kind: Kind, name: str) -> bool:
        """True when the asker holds the privilege, by name, by group, by ownership or from further up."""
        if asker.admin or self.owns(asker, kind, name):
            return True
        wanted = {privilege} if privilege in _NEVER_IMPLIED else {privilege, _EVERYTHING}
        mine = asker.identities
        return any(
            holder.lower() in mine and not wanted.isdisjoint(held)
            for around in self._around(kind, name)
            for holder, held in tuple(self._given.get((around[0], key(around[1])), {}).items())
        )

    def owns(self, asker: Principal, kind: Kind, name: str) -> bool:
        """True for the owner of this or of something around it."""
        return any(self._owner(*around).lower() in asker.identities for around in self._around(kind, name))

    def usable(self, asker: Principal, privilege: str, kind: Kind, name: str) -> bool:
        """True when the asker may use a table or function: the privilege, and the way to it."""
        catalog, schema, _ = name.split(".")
        return (
            self.has(asker, privilege, kind, name)
            and self.has(asker, "USE_CATALOG", "CATALOG", catalog)
            and self.has(asker, "USE_SCHEMA", "SCHEMA", f"{catalog}.{schema}")
        )

    def readable(self, asker: Principal, table: str) -> bool:
        """True when the asker may SELECT from this table."""
        return key(table) in self.metastore.tables and self.usable(asker, "SELECT", "TABLE", table)

    def visible(self, asker: Principal, kind: Kind, name: str) -> bool:
        """True when the asker may know of it: BROWSE, or any privilege on it or inside it."""
        if self.has(asker, "BROWSE", kind, name):
            return True
        mine, inside = asker.identities, key(name) + "."
        with self._lock:
            given = [
                (at, holders) for at, holders in self._given.items() if at[1] == key(name) or at[1].startswith(inside)
            ]
            return any(holder.lower() in mine for at, holders in given if self._same(kind, at) for holder in holders)

    def browse_only(self, asker: Principal, kind: Kind, name: str) -> bool:
        """True when the asker sees the metadata and nothing more."""
        if kind == "TABLE":
            return not self.usable(asker, "SELECT", kind, name)
        if kind == "FUNCTION":
            return not self.usable(asker, "EXECUTE", kind, name)
        return not self.has(asker, "USE_CATALOG" if kind == "CATALOG" else "USE_SCHEMA", kind, name)

    @staticmethod
    def _same(kind: Kind, at: tuple[Kind, str]) -> bool:
        return at[0] == kind or at[1].count(".") > {"CATALOG": 0, "SCHEMA": 1}.get(kind, 2)

    def _owner(self, kind: Kind, name: str) -> str:
        found = self.metastore.shelf(kind).get(key(name))
        return str(found.owner) if found else ""

    @staticmethod
    def _around(kind: Kind, name: str) -> list[tuple[Kind, str]]:
        if kind == "METASTORE":
            return [("METASTORE", METASTORE)]
        parts = name.split(".")
        around: list[tuple[Kind, str]] = [(kind, name)] if len(parts) == 3 else []
        if len(parts) >= 2:
            around.append(("SCHEMA", ".".join(parts[:2])))
        return [*around, ("CATALOG", parts[0]), ("METASTORE", METASTORE)]
