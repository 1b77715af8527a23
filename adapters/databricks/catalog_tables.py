"""Unity Catalog's table documents as our Tables. Texts are untrusted: control characters out, cut to length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.domain import Column, Table, TableRef

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.catalog import ColumnInfo, ForeignKeyConstraint, TableInfo

COMMENT_LIMIT = 2_000
ROWS = "spark.sql.statistics.numRows"  # kept by ANALYZE TABLE and predictive optimization
COMMITTED = "delta.lastCommitTimestamp"  # milliseconds since the epoch
_WHO = re.compile(r"\b(?:current_user|session_user|user|is_member|is_account_group_member)\s*\(", re.IGNORECASE)


def table_of(info: TableInfo, ref: TableRef) -> Table:
    """A table as this document shows it; `ref` is the name it was asked for by."""
    properties = info.properties or {}
    return Table(
        ref=ref,
        columns=tuple(_column(column) for column in info.columns or ()),
        description=_clean(info.comment),
        readable=not info.browse_only,
        joins=tuple(_joins(info)),
        rows=_whole(properties, ROWS),
        fresh_as_of=_moment(properties),
        filtered=bool(info.row_filter) or bool(_WHO.search(info.view_definition or "")),
    )


def _column(info: ColumnInfo) -> Column:
    return Column(info.name or "", (info.type_text or "").lower(), _clean(info.comment), masked=bool(info.mask))


def _joins(info: TableInfo) -> Iterator[tuple[str, TableRef, str]]:
    for constraint in info.table_constraints or ():
        key: ForeignKeyConstraint | None = constraint.foreign_key_constraint
        parts = key.parent_table.split(".") if key else []
        if key and len(parts) == 3:
            parent = TableRef(*parts)
            yield from ((own, parent, its) for own, its in zip(key.child_columns, key.parent_columns, strict=False))


def _whole(properties: Mapping[str, str], name: str) -> int | None:
    value = properties.get(name, "")
    return int(value) if value.isdecimal() else None


def _moment(properties: Mapping[str, str]) -> datetime | None:
    milliseconds = _whole(properties, COMMITTED)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (OverflowError, OSError, ValueError):
        return None


def _clean(text: str | None) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text or "").strip()[:COMMENT_LIMIT]


def limited_by_policy(client: WorkspaceClient, ref: TableRef) -> bool:
    """Whether a policy by tag (ABAC) may limit what some read of a table; only who owns or may MANAGE it is told."""
    policies = client.policies.list_policies("TABLE", str(ref), include_inherited=True)
    return any(str(policy.policy_type).endswith(("ROW_FILTER", "COLUMN_MASK")) for policy in policies)


def filtered(client: WorkspaceClient, ref: TableRef) -> frozenset[str | None]:
    """The masked columns of a table in lower case, and None if its rows are filtered: not everybody sees all of it."""
    info = client.tables.get(str(ref))
    masked = {(column.name or "").lower() for column in info.columns or () if column.mask}
    return frozenset(masked | {None}) if info.row_filter else frozenset(masked)
