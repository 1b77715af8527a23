"""Unity Catalog over REST: what the asker may know of catalogs, schemas, tables, functions and tags."""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.databricks.grants import Kind
from sandbox.databricks.metastore import Relation, key
from sandbox.databricks.rest import asker, invalid, missing, page
from sandbox.databricks.statistics import Statistics
from sandbox.databricks.unity_documents import catalog_info, function_info, schema_info, table_info
from sandbox.databricks.workspace import Workspace

_BASE = "/api/2.1/unity-catalog"


class UnityCatalogPages:
    """Each list holds what the asker may know of; the rest does not exist for them."""

    def __init__(self, workspace: Workspace) -> None:
        self.store, self.grants = workspace.metastore, workspace.grants
        self.workspace, self.statistics = workspace, Statistics(workspace.engine)

    def _sees(self, request: web.Request, kind: Kind, name: str, *, browse: bool = True) -> bool:
        """With `browse` off (include_browse=false) only what can be used is seen."""
        if not self.grants.visible(asker(request), kind, name):
            return False
        return browse or not self._browse_only(request, kind, name)

    def _browse_only(self, request: web.Request, kind: Kind, name: str) -> bool:
        return self.grants.browse_only(asker(request), kind, name)

    async def catalogs(self, request: web.Request) -> web.Response:
        """GET /catalogs."""
        browse = _browsing(request)
        entries = [it for it in self.store.catalogs.values() if self._sees(request, "CATALOG", it.name, browse=browse)]
        listed = [catalog_info(it, self._browse_only(request, "CATALOG", it.name)) for it in entries]
        return web.json_response(page(request, "catalogs", listed))

    async def catalog(self, request: web.Request) -> web.Response:
        """GET /catalogs/{name}."""
        name = request.match_info["name"]
        entry = self.store.catalogs.get(key(name))
        if entry is None or not self._sees(request, "CATALOG", name):
            raise missing(f"Catalog '{name}'")
        return web.json_response(catalog_info(entry, self._browse_only(request, "CATALOG", name)))

    async def schemas(self, request: web.Request) -> web.Response:
        """GET /schemas?catalog_name=."""
        catalog = self._catalog_asked(request)
        entries = [it for it in self.store.schemas.values() if key(it.catalog) == catalog]
        seen = [it for it in entries if self._sees(request, "SCHEMA", it.full_name, browse=_browsing(request))]
        listed = [schema_info(it, self._browse_only(request, "SCHEMA", it.full_name)) for it in seen]
        return web.json_response(page(request, "schemas", listed))

    async def schema(self, request: web.Request) -> web.Response:
        """GET /schemas/{catalog.schema}."""
        name = request.match_info["name"]
        entry = self.store.schemas.get(key(name))
        if entry is None or not self._sees(request, "SCHEMA", name):
            raise missing(f"Schema '{name}'")
        return web.json_response(schema_info(entry, self._browse_only(request, "SCHEMA", name)))

    async def tables(self, request: web.Request) -> web.Response:
        """GET /tables?catalog_name=&schema_name=."""
        where = key(self._catalog_asked(request), _asked(request, "schema_name"))
        if where not in self.store.schemas or not self._sees(request, "SCHEMA", where):
            raise missing(f"Schema '{where}'")
        columns = request.query.get("omit_columns", "").lower() != "true"
        found = [it for it in self.store.tables.values() if key(it.table.catalog, it.table.schema) == where]
        seen = [it for it in found if self._sees(request, "TABLE", it.full_name, browse=_browsing(request))]
        listed = [self._table(request, relation, columns=columns) for relation in seen]
        return web.json_response(page(request, "tables", listed))

    async def table(self, request: web.Request) -> web.Response:
        """GET /tables/{full name}."""
        relation = self._relation(request, request.match_info["name"])
        document = self._table(request, relation)
        measured = await self.workspace.in_pool(self.statistics.of, relation.table)
        return web.json_response(document | {"properties": {**relation.properties, **measured}})

    async def exists(self, request: web.Request) -> web.Response:
        """GET /tables/{full name}/exists."""
        name = request.match_info["name"]
        known = key(name) in self.store.tables and self._sees(request, "TABLE", name)
        return web.json_response({"table_exists": known})

    async def summaries(self, request: web.Request) -> web.Response:
        """GET /table-summaries?catalog_name=&schema_name_pattern=&table_name_pattern= (SQL LIKE patterns)."""
        catalog = self._catalog_asked(request)
        found = [it for it in self.store.tables.values() if key(it.table.catalog) == catalog and _matches(request, it)]
        seen = [it for it in found if self._sees(request, "TABLE", it.full_name)]
        listed = [{"full_name": it.full_name, "table_type": "MANAGED"} for it in seen]
        return web.json_response(page(request, "tables", listed))

    async def functions(self, request: web.Request) -> web.Response:
        """GET /functions?catalog_name=&schema_name=."""
        where = key(self._catalog_asked(request), _asked(request, "schema_name"))
        found = [it for it in self.store.routines.values() if key(it.catalog, it.schema) == where]
        seen = [it for it in found if self._sees(request, "FUNCTION", it.full_name)]
        return web.json_response(page(request, "functions", [function_info(it) for it in seen]))

    async def function(self, request: web.Request) -> web.Response:
        """GET /functions/{full name}."""
        name = request.match_info["name"]
        routine = self.store.routines.get(key(name))
        if routine is None or not self._sees(request, "FUNCTION", name):
            raise missing(f"Function '{name}'")
        return web.json_response(function_info(routine))

    async def tags(self, request: web.Request) -> web.Response:
        """GET /entity-tag-assignments/{type}/{name}/tags of tables and columns."""
        kind, name = request.match_info["type"].rstrip("s"), request.match_info["name"]
        listed = [
            {"entity_type": request.match_info["type"], "entity_name": name, "tag_key": tag, "tag_value": value}
            for tag, value in self._tags(request, kind, name)
        ]
        return web.json_response(page(request, "tag_assignments", listed))

    def _tags(self, request: web.Request, kind: str, name: str) -> tuple[tuple[str, str], ...]:
        if kind == "table":
            return self._relation(request, name).table.tags
        if kind == "column":
            table, _, column = name.rpartition(".")
            self._relation(request, table)
            found = self.store.column(table, column)
            if found is None:
                raise missing(f"Column '{name}'")
            return found.tags
        return ()

    async def volumes(self, request: web.Request) -> web.Response:
        """GET /volumes: there are none."""
        return web.json_response(page(request, "volumes", []))

    def _relation(self, request: web.Request, name: str) -> Relation:
        relation = self.store.tables.get(key(name))
        if relation is None or not self._sees(request, "TABLE", name):
            raise missing(f"Table '{name}'")
        return relation

    def _table(self, request: web.Request, relation: Relation, *, columns: bool = True) -> dict[str, object]:
        browse_only = self._browse_only(request, "TABLE", relation.full_name)
        return table_info(relation, self.grants, browse_only=browse_only, columns=columns)

    def _catalog_asked(self, request: web.Request) -> str:
        name = _asked(request, "catalog_name")
        if name not in self.store.catalogs or not self._sees(request, "CATALOG", name):
            raise missing(f"Catalog '{name}'")
        return name


def _asked(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise invalid(f"'{name}' is required.")
    return value.lower()


def _browsing(request: web.Request) -> bool:
    return request.query.get("include_browse", "true").lower() != "false"


def _matches(request: web.Request, relation: Relation) -> bool:
    patterns = (request.query.get("schema_name_pattern", "%"), request.query.get("table_name_pattern", "%"))
    names = (relation.table.schema, relation.table.name)
    return all(re.fullmatch(_expression(it), name, re.IGNORECASE) for it, name in zip(patterns, names, strict=True))


def _expression(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(letter) or re.escape(letter) for letter in pattern)


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Where they are."""
    pages = UnityCatalogPages(workspace)
    return [
        web.get(f"{_BASE}/catalogs", pages.catalogs),
        web.get(f"{_BASE}/catalogs/{{name}}", pages.catalog),
        web.get(f"{_BASE}/schemas", pages.schemas),
        web.get(f"{_BASE}/schemas/{{name}}", pages.schema),
        web.get(f"{_BASE}/tables", pages.tables),
        web.get(f"{_BASE}/tables/{{name}}", pages.table),
        web.get(f"{_BASE}/tables/{{name}}/exists", pages.exists),
        web.get(f"{_BASE}/table-summaries", pages.summaries),
        web.get(f"{_BASE}/functions", pages.functions),
        web.get(f"{_BASE}/functions/{{name}}", pages.function),
        web.get(f"{_BASE}/entity-tag-assignments/{{type}}/{{name}}/tags", pages.tags),
        web.get(f"{_BASE}/volumes", pages.volumes),
    ]
