"""What a query may read: every table is looked up and checked, filtered and masked before DuckDB hears of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify_tables import qualify_tables

from sandbox.databricks import information_schema, inlining
from sandbox.databricks.column_types import to_duckdb
from sandbox.databricks.expression_types import annotate
from sandbox.databricks.failures import SqlFailure, no_routine, no_table, not_granted, unsupported
from sandbox.databricks.grants import Grants
from sandbox.databricks.metastore import Metastore, key
from sandbox.databricks.principals import People, Principal
from sandbox.databricks.routines_allowed import DENIED, SCALAR_FUNCTIONS

_NAME = re.compile(r"[\w$ -]+")
_AROUND = ("joins", "pivots", "sample", "laterals")  # what may hang on a table and must survive its replacement


@dataclass(slots=True)
class Reading:
    """One statement being read. `used` collects the information_schema views and `tables` the tables it needs.

    `types` of its columns, as in `Plan`.
    """

    metastore: Metastore
    grants: Grants
    people: People
    asker: Principal
    catalog: str
    schema: str
    used: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    types: tuple[str, ...] = ()

    def check(self, tree: exp.Expr, rights: Principal | None = None, depth: int = 0) -> exp.Expr:
        """The query with every name resolved and checked against `rights` (a function's owner, else the asker)."""
        holder = exp.Select(expressions=[tree]) if not isinstance(tree, exp.Query) else tree
        holder = qualify_tables(holder, catalog=self.catalog, db=self.schema, dialect="databricks")
        types = annotate(holder, self.metastore)
        self.types = types if not depth else self.types
        _shorten_columns(holder)
        rights = rights or self.asker
        routines = inlining.Inlining(self, rights, depth)
        for node in reversed([node for node in holder.walk() if isinstance(node, _CHECKED)]):
            if isinstance(node, exp.Table):
                self._table(node, rights, routines)
            else:
                _routine(node, routines)
        return holder if isinstance(tree, exp.Query) else holder.expressions[0]

    def _table(self, table: exp.Table, rights: Principal, routines: inlining.Inlining) -> None:
        if isinstance(table.this, exp.Func):
            routines.table(table)
        elif not table.db:
            if not _is_common_table(table):
                raise no_table(table.name)
        elif table.db.lower() == "information_schema":
            self._information(table)
        else:
            self._relation(table, rights)

    def _relation(self, table: exp.Table, rights: Principal) -> None:
        name = ".".join(part.name for part in table.parts)
        if len(table.parts) != 3 or not all(_NAME.fullmatch(part.name) for part in table.parts):
            raise no_table(name)
        if table.args.get("version") or table.args.get("when"):
            raise unsupported("Time travel is not offered here.")
        self.require(rights, name)
        self.tables.add(key(name))
        guarded = self._guarded(table, name)
        if guarded is not None:
            table.replace(guarded)

    def require(self, rights: Principal, name: str, privilege: str = "SELECT") -> None:
        """Refuses a table that is not there, not known or not granted."""
        if key(name) not in self.metastore.tables or not self.grants.visible(rights, "TABLE", name):
            raise no_table(name)
        if not self.grants.usable(rights, privilege, "TABLE", name):
            raise not_granted(privilege, "Table", name)

    def _guarded(self, table: exp.Table, name: str) -> exp.Expr | None:
        """The table as the asker may see it: filtered and masked; None when there is nothing to hide."""
        if self.asker.admin:
            return None
        limits = [(rule, rule.values_for(self.asker)) for rule in self.grants.filters_on(name)]
        limits = [(rule, values) for rule, values in limits if values is not None]
        masks = [mask for mask in self.grants.masks_on(name) if mask.unless.lower() not in self.asker.identities]
        if not limits and not masks:
            return None
        inner = exp.Table(this=table.this.copy(), db=table.args["db"].copy(), catalog=table.args["catalog"].copy())
        star = exp.Star(replace=[self._masked(name, mask.column, mask.instead) for mask in masks] or None)
        query = exp.select(star).from_(inner)
        for rule, values in limits:
            allowed: list[exp.Expr] = [exp.Literal.string(value) for value in values or ()] or [exp.null()]
            text = exp.cast(exp.column(rule.column, quoted=True), exp.DataType.Type.TEXT)
            query = query.where(exp.In(this=text, expressions=allowed))
        return standing_in(table, query)

    def _masked(self, table: str, column: str, instead: str) -> exp.Expr:
        found = self.metastore.column(table, column)
        value = sqlglot.parse_one(instead, read="databricks")
        kind = exp.DataType.build(to_duckdb(found.type if found else "string"), dialect="duckdb")
        return exp.alias_(exp.Cast(this=value, to=kind), column, quoted=True)

    def _information(self, table: exp.Table) -> None:
        view, catalog = table.name.lower(), table.catalog.lower()
        column = information_schema.CATALOG_COLUMN.get(view)
        if column is None:
            raise no_table(f"{catalog}.information_schema.{view}")
        everywhere = catalog == "system"
        if not everywhere and catalog not in self.metastore.catalogs:
            raise SqlFailure("NO_SUCH_CATALOG_EXCEPTION", f"Catalog '{catalog}' was not found.", "42704")
        self.used.add(view)
        query = exp.select("*").from_(exp.to_table(information_schema.registered(view)))
        if not everywhere:
            here = exp.EQ(this=exp.Lower(this=exp.column(column)), expression=exp.Literal.string(catalog))
            query = query.where(here)
        table.replace(standing_in(table, query))


_CHECKED = (exp.Table, exp.Func, exp.Lateral, exp.Dot)


def standing_in(table: exp.Table, query: exp.Query) -> exp.Subquery:
    """A subquery in the table's place, under its alias and with everything that hung on it."""
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    stand_in = exp.Subquery(this=query, alias=alias.copy())
    for place in _AROUND:
        if table.args.get(place):
            stand_in.set(place, table.args[place])
    return stand_in


def _shorten_columns(tree: exp.Expr) -> None:
    """catalog.schema.table.column becomes table.column: the table may have become a subquery under its alias."""
    for column in tree.find_all(exp.Column):
        if column.args.get("db") is not None and not isinstance(column.this, exp.Star):
            column.set("catalog", None)
            column.set("db", None)


def _routine(node: exp.Expr, routines: inlining.Inlining) -> None:
    if isinstance(node, exp.Dot):
        if isinstance(node.expression, exp.Func) and not _is_table_argument(node):
            routines.scalar(node)
        return
    if isinstance(node, exp.Lateral):
        if not isinstance(node.this, (exp.Explode, exp.Posexplode, exp.Inline, exp.Unnest, exp.Subquery)):
            raise no_routine(node.this.name)
        return
    if isinstance(node, exp.Anonymous):
        if not _is_place_of_its_own(node) and node.name.lower() not in SCALAR_FUNCTIONS:
            raise no_routine(node.name.lower())
    elif isinstance(node, exp.Func) and node.sql_name() in DENIED:
        raise no_routine(node.sql_name().lower())


def _is_table_argument(dot: exp.Dot) -> bool:
    """True for the call in FROM TABLE(catalog.schema.f(…)), which stands for a table."""
    around = dot.parent
    return isinstance(around, exp.Anonymous) and around.name.lower() == "table" and isinstance(around.parent, exp.Table)


def _is_place_of_its_own(node: exp.Anonymous) -> bool:
    """True where the name was or will be looked up elsewhere: FROM f(…) and catalog.schema.f(…)."""
    parent = node.parent
    return (isinstance(parent, exp.Table) and parent.this is node) or (
        isinstance(parent, exp.Dot) and parent.expression is node
    )


def _is_common_table(table: exp.Table) -> bool:
    """True when a WITH around the table defines its name before it is used."""
    inside: exp.Expr = table
    within: exp.Expr | None = None  # the common table expression that the table stands in
    while inside.parent is not None:
        inside = inside.parent
        if isinstance(inside, exp.CTE):
            within = inside
        clause = inside.args.get("with_")
        if isinstance(clause, exp.With) and _defines(clause, table.name, within):
            return True
    return False


def _defines(clause: exp.With, name: str, within: exp.Expr | None) -> bool:
    for common in clause.expressions:
        if common is within and not clause.recursive:
            return False  # a later one, or itself
        if common.alias.lower() == name.lower():
            return True
    return False
