"""What Unity Catalog knows: catalogs, schemas, tables, functions with comments and tags. DuckDB holds only the rows."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.mesh import Column, Mesh, Product, Table

OWNER = "data-platform@example.org"


def key(*parts: str) -> str:
    """Names are compared without regard to case."""
    return ".".join(parts).lower()


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog and where its metadata comes from."""

    name: str
    comment: str = ""
    owner: str = OWNER
    created: float = field(default_factory=time.time)
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of a catalog."""

    catalog: str
    name: str
    comment: str = ""
    owner: str = OWNER
    created: float = field(default_factory=time.time)
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str:
        """catalog.schema."""
        return f"{self.catalog}.{self.name}"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as the catalogue keeps it: what its contract says, and who owns it since when."""

    table: Table
    owner: str = OWNER
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    properties: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def full_name(self) -> str:
        """catalog.schema.table."""
        return self.table.full_name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter or an output column of a function; `default` is SQL text, None when there is none."""

    name: str
    type: str
    comment: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Routine:
    """A SQL function. `columns` are those of a table function, else `type` is what it returns."""

    catalog: str
    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    definition: str
    type: str = ""
    columns: tuple[Parameter, ...] = ()
    comment: str = ""
    owner: str = OWNER
    created: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def full_name(self) -> str:
        """catalog.schema.function."""
        return f"{self.catalog}.{self.schema}.{self.name}"


class Metastore:
    """Looked up by lower-case full name; written under a lock, read without one."""

    def __init__(self) -> None:
        self.catalogs: dict[str, Catalog] = {}
        self.schemas: dict[str, Schema] = {}
        self.tables: dict[str, Relation] = {}
        self.routines: dict[str, Routine] = {}
        self.version = 0  # counts changes: what was derived from an older one is stale
        self._lock = threading.RLock()

    @classmethod
    def of(cls, mesh: Mesh) -> Metastore:
        """Everything that the mesh's contracts describe."""
        store = cls()
        for product in mesh.products:
            for table in product.tables:
                store.add_table(_relation(product, table), replace_it=False)
        return store

    def add_catalog(self, name: str, comment: str = "", owner: str = OWNER) -> None:
        """Adds a catalog unless it is there."""
        with self._lock:
            self.catalogs.setdefault(key(name), Catalog(name, comment, owner))
            self.version += 1

    def add_schema(self, catalog: str, name: str, comment: str = "", owner: str = OWNER) -> None:
        """Adds a schema, and its catalog, unless they are there."""
        with self._lock:
            self.add_catalog(catalog)
            self.schemas.setdefault(key(catalog, name), Schema(catalog, name, comment, owner))

    def add_table(self, relation: Relation, *, replace_it: bool = True) -> None:
        """Adds or (unless told not to) replaces a table."""
        table = relation.table
        with self._lock:
            self.add_schema(table.catalog, table.schema)
            if replace_it or key(table.full_name) not in self.tables:
                self.tables[key(table.full_name)] = relation

    def add_routine(self, routine: Routine) -> None:
        """Adds or replaces a function."""
        with self._lock:
            self.add_schema(routine.catalog, routine.schema)
            self.routines[key(routine.full_name)] = routine

    def touch(self, full_name: str) -> None:
        """The rows of this table changed now."""
        with self._lock:
            relation = self.tables[key(full_name)]
            self.tables[key(full_name)] = replace(relation, updated=time.time())

    def drop(self, kind: str, full_name: str) -> None:
        """Removes a TABLE, FUNCTION or (with all that is in it) SCHEMA."""
        with self._lock:
            self.version += 1
            shelves: tuple[dict[str, Any], ...] = (self.shelf(kind),)
            if kind == "SCHEMA":
                shelves = (self.schemas, self.tables, self.routines)
            for shelf in shelves:
                for name in [name for name in shelf if f"{name}.".startswith(key(full_name) + ".")]:
                    del shelf[name]

    def shelf(self, kind: str) -> dict[str, Any]:
        """Everything of one kind (CATALOG, SCHEMA, TABLE, FUNCTION) by lower-case full name; all have an `owner`."""
        shelves: dict[str, dict[str, Any]] = {"CATALOG": self.catalogs, "SCHEMA": self.schemas}
        shelves |= {"TABLE": self.tables, "FUNCTION": self.routines}
        return shelves.get(kind, {})

    def column(self, full_name: str, name: str) -> Column | None:
        """One column of a table."""
        relation = self.tables.get(key(full_name))
        columns = relation.table.columns if relation else ()
        return next((column for column in columns if column.name.lower() == name.lower()), None)


def _relation(product: Product, table: Table) -> Relation:
    properties = {"data_product.id": product.id, "data_product.domain": product.domain}
    return Relation(table, owner=product.owner or OWNER, properties=properties)
