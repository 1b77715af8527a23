"""Unity Catalog's objects as its REST API words them: CatalogInfo, SchemaInfo, TableInfo, FunctionInfo."""

from __future__ import annotations

from sandbox.databricks.column_types import of_text, type_json
from sandbox.databricks.grants import Grants
from sandbox.databricks.metastore import Catalog, Parameter, Relation, Routine, Schema
from sandbox.databricks.principals import Principal
from sandbox.mesh import Column, ForeignKey

Document = dict[str, object]

METASTORE_ID = "0a5d6f8e-3b1c-4c55-9f0e-5a1f7d0c2b11"


def millis(seconds: float) -> int:
    """Milliseconds since 1970."""
    return int(seconds * 1000)


def _made(owner: str, created: float, updated: float) -> Document:
    times = {"created_at": millis(created), "updated_at": millis(updated)}
    return {"owner": owner, "created_by": owner, "updated_by": owner, "metastore_id": METASTORE_ID, **times}


def catalog_info(entry: Catalog, browse_only: bool) -> Document:
    """CatalogInfo."""
    kind = {"catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN", "securable_type": "CATALOG"}
    names = {"name": entry.name, "full_name": entry.name, "comment": entry.comment or None}
    return {**names, **kind, "browse_only": browse_only, **_made(entry.owner, entry.created, entry.created)}


def schema_info(entry: Schema, browse_only: bool) -> Document:
    """SchemaInfo."""
    names = {"name": entry.name, "catalog_name": entry.catalog, "full_name": entry.full_name}
    made = _made(entry.owner, entry.created, entry.created)
    return {**names, "comment": entry.comment or None, "browse_only": browse_only, "properties": {}, **made}


def table_info(relation: Relation, grants: Grants, *, browse_only: bool, columns: bool = True) -> Document:
    """TableInfo, with its columns unless they are not wanted."""
    table = relation.table
    document: Document = {
        "name": table.name,
        "catalog_name": table.catalog,
        "schema_name": table.schema,
        "full_name": table.full_name,
        "table_id": relation.id,
        "table_type": "MANAGED",
        "data_source_format": "DELTA",
        "comment": table.comment or None,
        "properties": dict(relation.properties),
        "table_constraints": _constraints(relation),
        "browse_only": browse_only,
        **_made(relation.owner, relation.created, relation.updated),
    }
    if columns:
        masks = {mask.column.lower(): mask.function for mask in grants.masks_on(table.full_name)}
        document["columns"] = [
            _column(position, column, masks.get(column.name.lower(), ""))
            for position, column in enumerate(table.columns)
        ]
    rules = [rule for rule in grants.filters_on(table.full_name) if not rule.policy]
    if rules:
        document["row_filter"] = {"function_name": rules[0].function, "input_column_names": [rules[0].column]}
    return document


def _column(position: int, column: Column, mask: str) -> Document:
    kind = of_text(column.type)
    document: Document = {
        "name": column.name,
        "position": position,
        "type_name": kind.name,
        "type_text": kind.text,
        "type_json": type_json(column.name, column.type, nullable=column.nullable, comment=column.comment),
        "nullable": column.nullable,
        "comment": column.comment or None,
    }
    if kind.precision is not None:
        document |= {"type_precision": kind.precision, "type_scale": kind.scale}
    if mask:
        document["mask"] = {"function_name": mask}
    return document


def _constraints(relation: Relation) -> list[Document]:
    table = relation.table
    primary = {"name": f"{table.name}_pk", "child_columns": list(table.primary_key)}
    listed: list[Document] = [{"primary_key_constraint": primary}] if table.primary_key else []
    return listed + [
        {"foreign_key_constraint": _foreign(table.name, i, it)} for i, it in enumerate(table.foreign_keys, 1)
    ]


def _foreign(table: str, number: int, foreign: ForeignKey) -> Document:
    columns = {"child_columns": list(foreign.columns), "parent_columns": list(foreign.parent_columns)}
    return {"name": f"{table}_fk{number}", "parent_table": foreign.parent, **columns}


def function_info(routine: Routine) -> Document:
    """FunctionInfo. Without parameters there is no `input_params`: clients stumble over an empty list."""
    kind = of_text(routine.type)
    outputs = ", ".join(f"{column.name} {column.type.upper()}" for column in routine.columns)
    document: Document = {
        "name": routine.name,
        "catalog_name": routine.catalog,
        "schema_name": routine.schema,
        "full_name": routine.full_name,
        "function_id": routine.id,
        "comment": routine.comment or None,
        "data_type": "TABLE_TYPE" if routine.columns else kind.name,
        "full_data_type": f"({outputs})" if routine.columns else kind.text.upper(),
        "routine_body": "SQL",
        "routine_definition": routine.definition,
        "is_deterministic": True,
        "is_null_call": False,
        "security_type": "DEFINER",
        "sql_data_access": "READS_SQL_DATA",
        "parameter_style": "S",
        "specific_name": routine.name,
        **_made(routine.owner, routine.created, routine.created),
    }
    if routine.parameters:
        document["input_params"] = {"parameters": _parameters(routine.parameters, "PARAM")}
    if routine.columns:
        document["return_params"] = {"parameters": _parameters(routine.columns, "COLUMN")}
    return document


def _parameters(parameters: tuple[Parameter, ...], kind: str) -> list[Document]:
    return [_parameter(position, parameter, kind) for position, parameter in enumerate(parameters)]


def _parameter(position: int, parameter: Parameter, kind: str) -> Document:
    shape = of_text(parameter.type)
    document: Document = {
        "name": parameter.name,
        "type_text": shape.text,
        "type_name": shape.name,
        "type_json": type_json(parameter.name, parameter.type, comment=parameter.comment),
        "position": position,
        "parameter_mode": "IN",
        "parameter_type": kind,
        "comment": parameter.comment or None,
    }
    if shape.precision is not None:
        document |= {"type_precision": shape.precision, "type_scale": shape.scale}
    if parameter.default is not None:
        document["parameter_default"] = parameter.default
    return document


def privilege_rows(grants: Grants, kind: str, name: str, principal: str) -> dict[str, list[Document]]:
    """Principal -> its effective privileges, each with where it comes from."""
    held: dict[str, list[Document]] = {}
    for privilege in grants.effective(kind, name):  # type: ignore[arg-type]
        if principal and privilege.principal.lower() != principal.lower():
            continue
        row: Document = {"privilege": privilege.name}
        if privilege.on_kind != kind:
            row |= {"inherited_from_name": privilege.on_name, "inherited_from_type": privilege.on_kind}
        held.setdefault(privilege.principal, []).append(row)
    return held


def identity_document(person: Principal) -> Document:
    """SCIM's user: what `current_user.me()` answers."""
    given, _, family = person.display.partition(" ")
    groups = [{"display": name, "value": str(2000 + index)} for index, name in enumerate(person.groups)]
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": str(person.id),
        "userName": person.name,
        "displayName": person.display,
        "active": True,
        "name": {"givenName": given, "familyName": family},
        "emails": [] if person.service else [{"value": person.name, "primary": True, "type": "work"}],
        "groups": groups,
    }
