"""information_schema as each asker may see it. DuckDB's own would list every table to everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sandbox.databricks.arrow_columns import numbers, strings, table
from sandbox.databricks.column_types import of_text
from sandbox.databricks.grants import Grants, Kind
from sandbox.databricks.metastore import Metastore, Relation, Routine
from sandbox.databricks.principals import Principal

Row = dict[str, object]

# view -> the column that names the catalog
CATALOG_COLUMN = {
    "catalogs": "catalog_name",
    "schemata": "catalog_name",
    "tables": "table_catalog",
    "columns": "table_catalog",
    "views": "table_catalog",
    "catalog_tags": "catalog_name",
    "schema_tags": "catalog_name",
    "table_tags": "catalog_name",
    "column_tags": "catalog_name",
    "catalog_privileges": "catalog_name",
    "schema_privileges": "catalog_name",
    "table_privileges": "table_catalog",
    "routine_privileges": "routine_catalog",
    "routines": "routine_catalog",
    "parameters": "specific_catalog",
    "routine_columns": "specific_catalog",
    "table_constraints": "table_catalog",
    "key_column_usage": "table_catalog",
}

_NUMBERS = {"ordinal_position", "numeric_precision", "numeric_scale", "position_in_unique_constraint"}
_MOMENTS = {"created", "last_altered"}


def registered(view: str) -> str:
    """The name under which the view is registered with the statement's own cursor."""
    return f"_information_schema_{view}"


@dataclass(frozen=True, slots=True)
class InformationSchema:
    """The views of one asker."""

    metastore: Metastore
    grants: Grants
    asker: Principal

    def view(self, name: str) -> pa.Table:
        """The rows of one view of CATALOG_COLUMN."""
        fields, rows = _VIEWS[name]
        columns = [*fields.split()]
        listed = [dict.fromkeys(columns) | row for row in rows(self)]
        return table({column: _values(column, [row[column] for row in listed]) for column in columns})

    def relations(self) -> Iterator[Relation]:
        """Tables that the asker may know of."""
        known = tuple(self.metastore.tables.values())
        return (relation for relation in known if self._sees("TABLE", relation.full_name))

    def functions(self) -> Iterator[Routine]:
        """Functions that the asker may know of."""
        known = tuple(self.metastore.routines.values())
        return (routine for routine in known if self._sees("FUNCTION", routine.full_name))

    def _sees(self, kind: Kind, name: str) -> bool:
        return self.grants.visible(self.asker, kind, name)

    def catalogs(self) -> Iterator[Row]:
        """One row a catalog."""
        for entry in tuple(self.metastore.catalogs.values()):
            if self._sees("CATALOG", entry.name):
                yield {"catalog_name": entry.name, "catalog_owner": entry.owner, "comment": entry.comment}

    def schemata(self) -> Iterator[Row]:
        """One row a schema."""
        for entry in tuple(self.metastore.schemas.values()):
            if self._sees("SCHEMA", entry.full_name):
                names = {"catalog_name": entry.catalog, "schema_name": entry.name}
                yield {**names, "schema_owner": entry.owner, "comment": entry.comment}

    def tables(self) -> Iterator[Row]:
        """One row a table."""
        for relation in self.relations():
            kind = {"table_type": "MANAGED", "is_insertable_into": "YES", "data_source_format": "DELTA"}
            about = {"table_owner": relation.owner, "comment": relation.table.comment or None}
            yield {
                **_table(relation),
                **kind,
                **about,
                "created": _moment(relation.created),
                "last_altered": _moment(relation.updated),
            }

    def columns(self) -> Iterator[Row]:
        """One row a column; ordinal_position counts from 0, as the platform does it."""
        for relation in self.relations():
            for position, column in enumerate(relation.table.columns):
                kind = of_text(column.type)
                yield {
                    **_table(relation),
                    "column_name": column.name,
                    "ordinal_position": position,
                    "is_nullable": "YES" if column.nullable else "NO",
                    "data_type": kind.name,
                    "full_data_type": kind.text,
                    "numeric_precision": kind.precision,
                    "numeric_scale": kind.scale,
                    "comment": column.comment or None,
                }

    def table_tags(self) -> Iterator[Row]:
        """One row a tag of a table."""
        for relation in self.relations():
            for name, value in relation.table.tags:
                yield {**_tagged(relation), "tag_name": name, "tag_value": value}

    def column_tags(self) -> Iterator[Row]:
        """One row a tag of a column."""
        for relation in self.relations():
            for column in relation.table.columns:
                for name, value in column.tags:
                    yield {**_tagged(relation), "column_name": column.name, "tag_name": name, "tag_value": value}

    def privileges(self, kind: Kind, names: Iterable[str], columns: tuple[str, ...]) -> Iterator[Row]:
        """One row a privilege on something visible, inherited ones too."""
        for name in names:
            if not self._sees(kind, name):
                continue
            parts: Row = dict(zip(columns, name.split("."), strict=True))
            for held in self.grants.effective(kind, name):
                origin = "NONE" if held.on_kind == kind else held.on_kind
                yield {
                    **parts,
                    "grantee": held.principal,
                    "privilege_type": held.name.replace("_", " "),
                    "inherited_from": origin,
                }

    def routines(self) -> Iterator[Row]:
        """One row a function."""
        for routine in self.functions():
            yield {
                **_routine(routine),
                "routine_catalog": routine.catalog,
                "routine_schema": routine.schema,
                "routine_name": routine.name,
                "routine_type": "FUNCTION",
                "data_type": "TABLE_TYPE" if routine.columns else of_text(routine.type).name,
                "routine_body": "SQL",
                "routine_definition": routine.definition,
                "comment": routine.comment or None,
                "routine_owner": routine.owner,
            }

    def parameters(self) -> Iterator[Row]:
        """One row a parameter of a function."""
        for routine in self.functions():
            for position, parameter in enumerate(routine.parameters):
                kind = of_text(parameter.type)
                names = {"parameter_name": parameter.name, "ordinal_position": position, "parameter_mode": "IN"}
                types = {"data_type": kind.name, "full_data_type": kind.text, "parameter_default": parameter.default}
                yield {**_routine(routine), **names, **types, "comment": parameter.comment or None}

    def routine_columns(self) -> Iterator[Row]:
        """One row an output column of a table function."""
        for routine in self.functions():
            for position, column in enumerate(routine.columns):
                kind = of_text(column.type)
                names = {"column_name": column.name, "ordinal_position": position}
                yield {
                    **_routine(routine),
                    **names,
                    "data_type": kind.name,
                    "full_data_type": kind.text,
                    "comment": column.comment or None,
                }

    def constraints(self) -> Iterator[Row]:
        """One row a primary or foreign key."""
        for relation in self.relations():
            for name, kind, _ in keys_of(relation):
                yield {**_table(relation), "constraint_name": name, "constraint_type": kind, "enforced": "NO"}

    def key_columns(self) -> Iterator[Row]:
        """One row a column of a key."""
        for relation in self.relations():
            for name, _, columns in keys_of(relation):
                for position, column in enumerate(columns, start=1):
                    yield {
                        **_table(relation),
                        "constraint_name": name,
                        "column_name": column,
                        "ordinal_position": position,
                    }


def keys_of(relation: Relation) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(constraint name, PRIMARY KEY or FOREIGN KEY, own columns) of a table."""
    table = relation.table
    if table.primary_key:
        yield f"{table.name}_pk", "PRIMARY KEY", table.primary_key
    for number, foreign in enumerate(table.foreign_keys, start=1):
        yield f"{table.name}_fk{number}", "FOREIGN KEY", foreign.columns


def _table(relation: Relation) -> Row:
    table = relation.table
    return {"table_catalog": table.catalog, "table_schema": table.schema, "table_name": table.name}


def _tagged(relation: Relation) -> Row:
    table = relation.table
    return {"catalog_name": table.catalog, "schema_name": table.schema, "table_name": table.name}


def _routine(routine: Routine) -> Row:
    return {"specific_catalog": routine.catalog, "specific_schema": routine.schema, "specific_name": routine.name}


def _moment(seconds: float) -> int:
    return int(seconds * 1_000_000)


def _values(column: str, values: list[object]) -> Any:
    if column in _MOMENTS:
        return numbers(values, pa.int64()).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="Etc/UTC"))
    return numbers(values) if column in _NUMBERS else strings(values)


_TABLE = "table_catalog table_schema table_name"
_SPECIFIC = "specific_catalog specific_schema specific_name"
_PRIVILEGE = "grantee privilege_type inherited_from"
_TAG = "tag_name tag_value"
_PARAMETER = "ordinal_position parameter_mode parameter_name data_type full_data_type parameter_default comment"
_ROUTINE = "routine_catalog routine_schema routine_name"

_VIEWS: dict[str, tuple[str, Callable[[InformationSchema], Iterable[Row]]]] = {
    "catalogs": ("catalog_name catalog_owner comment", InformationSchema.catalogs),
    "schemata": ("catalog_name schema_name schema_owner comment", InformationSchema.schemata),
    "tables": (
        f"{_TABLE} table_type is_insertable_into table_owner comment created last_altered data_source_format",
        InformationSchema.tables,
    ),
    "columns": (
        f"{_TABLE} column_name ordinal_position is_nullable data_type full_data_type"
        " numeric_precision numeric_scale comment",
        InformationSchema.columns,
    ),
    "views": (f"{_TABLE} view_definition", lambda _: ()),
    "catalog_tags": (f"catalog_name {_TAG}", lambda _: ()),
    "schema_tags": (f"catalog_name schema_name {_TAG}", lambda _: ()),
    "table_tags": (f"catalog_name schema_name table_name {_TAG}", InformationSchema.table_tags),
    "column_tags": (f"catalog_name schema_name table_name column_name {_TAG}", InformationSchema.column_tags),
    "catalog_privileges": (
        f"catalog_name {_PRIVILEGE}",
        lambda it: it.privileges("CATALOG", [x.name for x in it.metastore.catalogs.values()], ("catalog_name",)),
    ),
    "schema_privileges": (
        f"catalog_name schema_name {_PRIVILEGE}",
        lambda it: it.privileges(
            "SCHEMA", [x.full_name for x in it.metastore.schemas.values()], ("catalog_name", "schema_name")
        ),
    ),
    "table_privileges": (
        f"{_TABLE} {_PRIVILEGE}",
        lambda it: it.privileges("TABLE", [x.full_name for x in it.metastore.tables.values()], tuple(_TABLE.split())),
    ),
    "routine_privileges": (
        f"{_ROUTINE} {_PRIVILEGE}",
        lambda it: it.privileges(
            "FUNCTION", [x.full_name for x in it.metastore.routines.values()], tuple(_ROUTINE.split())
        ),
    ),
    "routines": (
        f"{_SPECIFIC} {_ROUTINE} routine_type data_type routine_body routine_definition comment routine_owner",
        InformationSchema.routines,
    ),
    "parameters": (f"{_SPECIFIC} {_PARAMETER}", InformationSchema.parameters),
    "routine_columns": (
        f"{_SPECIFIC} column_name ordinal_position data_type full_data_type comment",
        InformationSchema.routine_columns,
    ),
    "table_constraints": (f"{_TABLE} constraint_name constraint_type enforced", InformationSchema.constraints),
    "key_column_usage": (f"{_TABLE} constraint_name column_name ordinal_position", InformationSchema.key_columns),
}
