"""SQL functions of Unity Catalog, written out where they are called. Without it a query could only read tables.

The body reads tables with the rights of the function's owner; row filters, current_user() and information_schema stay
those of the asker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from sandbox.databricks.column_types import to_duckdb
from sandbox.databricks.failures import SqlFailure, no_routine, not_granted, unsupported
from sandbox.databricks.metastore import Parameter, Routine, key
from sandbox.databricks.principals import ACCOUNT_USERS, Principal
from sandbox.databricks.routines_allowed import TABLE_FUNCTIONS

if TYPE_CHECKING:
    from sandbox.databricks.reading import Reading

_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Inlining:
    """Writes out the functions of one query; `rights` must hold EXECUTE on them."""

    reading: Reading
    rights: Principal
    depth: int

    def table(self, table: exp.Table) -> None:
        """FROM catalog.schema.f(…): replaced by the function's query. Generators stay, all else is refused."""
        from sandbox.databricks.reading import standing_in  # the two halves of one check

        call = table.this
        if call.name.lower() == "table" and call.expressions and isinstance(call.expressions[0], exp.Dot):
            names, call = _dotted(call.expressions[0])
        else:
            names = [table.catalog, table.db]
        own = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if own in TABLE_FUNCTIONS:
            table.set("db", None)
            table.set("catalog", None)
            return
        routine = self._find([*names, call.name])
        if not routine.columns:
            raise SqlFailure("NOT_A_TABLE_FUNCTION", f"`{routine.full_name}` is not a table function.", "42887")
        table.replace(standing_in(table, self._query(routine, call.expressions)))

    def scalar(self, dot: exp.Dot) -> None:
        """catalog.schema.f(…) in an expression: replaced by the function's own expression."""
        names, call = _dotted(dot)
        routine = self._find([*names, call.name])
        if routine.columns:
            raise SqlFailure("NOT_A_SCALAR_FUNCTION", f"`{routine.full_name}` is not a scalar function.", "42887")
        body = self._body(routine, call.expressions)
        value = exp.Subquery(this=body) if isinstance(body, exp.Query) else exp.paren(body)
        dot.replace(exp.paren(exp.Cast(this=value, to=_type(routine.type))))

    def _find(self, names: list[str]) -> Routine:
        where = (
            [names[0] or self.reading.catalog, names[1] or self.reading.schema, names[2]] if len(names) == 3 else names
        )
        full = ".".join(where)
        routine = self.reading.metastore.routines.get(key(full))
        if routine is None or not self.reading.grants.visible(self.rights, "FUNCTION", full):
            raise no_routine(full)
        if not self.reading.grants.usable(self.rights, "EXECUTE", "FUNCTION", full):
            raise not_granted("EXECUTE", "Routine", full)
        if self.depth >= _DEEPEST:
            raise unsupported("Functions call each other too deeply.")
        return routine

    def _query(self, routine: Routine, given: list[exp.Expr]) -> exp.Query:
        """The body under the declared column names and types."""
        names = [exp.to_identifier(column.name, quoted=True) for column in routine.columns]
        alias = exp.TableAlias(this=exp.to_identifier("body"), columns=names)
        outputs = [
            exp.alias_(
                exp.Cast(this=exp.column(column.name, quoted=True), to=_type(column.type)), column.name, quoted=True
            )
            for column in routine.columns
        ]
        return exp.select(*outputs).from_(exp.Subquery(this=self._body(routine, given), alias=alias))

    def _body(self, routine: Routine, given: list[exp.Expr]) -> exp.Expr:
        body = sqlglot.parse_one(routine.definition, read="databricks")
        arguments = _arguments(routine, given)
        owner = self.reading.people.named(routine.owner) or Principal(0, routine.owner, routine.owner, (ACCOUNT_USERS,))
        checked = self.reading.check(body, rights=owner, depth=self.depth + 1)
        return _filled(checked, routine, arguments, self._columns_of(checked))

    def _columns_of(self, body: exp.Expr) -> set[str]:
        """Columns of the tables that the body reads: they win over parameters of the same name."""
        tables = [".".join(part.name for part in table.parts) for table in body.find_all(exp.Table)]
        found = [self.reading.metastore.tables.get(key(name)) for name in tables]
        return {column.name.lower() for relation in found if relation for column in relation.table.columns}


def _dotted(dot: exp.Dot) -> tuple[list[str], exp.Expr]:
    """catalog, schema and the call of `catalog.schema.f(…)`; anything else with a call behind a dot is refused."""
    parts = dot.parts
    call = parts[-1]
    if not isinstance(call, exp.Anonymous) or not all(isinstance(part, exp.Identifier) for part in parts[:-1]):
        raise no_routine(call.name)
    names = [part.name for part in parts[:-1]]
    if len(names) > 2:
        raise no_routine(".".join([*names, call.name]))
    return [""] * (2 - len(names)) + names, call


def _type(text: str) -> exp.DataType:
    return exp.DataType.build(to_duckdb(text), dialect="duckdb")


def _arguments(routine: Routine, given: list[exp.Expr]) -> dict[str, exp.Expr]:
    """Parameter name -> value, typed as declared: by position, by name, or the default."""
    values: dict[str, exp.Expr] = {}
    declared = {parameter.name.lower(): parameter for parameter in routine.parameters}
    for index, argument in enumerate(given):
        if isinstance(argument, exp.Kwarg):
            values[argument.name.lower()] = argument.expression
        elif index < len(routine.parameters):
            values[routine.parameters[index].name.lower()] = argument
    unknown = values.keys() - declared.keys()
    if unknown or len(given) > len(declared):
        text = f"`{routine.full_name}` takes {', '.join(declared) or 'no arguments'}."
        raise SqlFailure("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", text, "42605")
    return {name: _value(routine, parameter, values.get(name)) for name, parameter in declared.items()}


def _value(routine: Routine, parameter: Parameter, value: exp.Expr | None) -> exp.Expr:
    if value is None:
        if parameter.default is None:
            text = f"Parameter `{parameter.name}` of `{routine.full_name}` is required but was not supplied."
            raise SqlFailure("REQUIRED_PARAMETER_NOT_FOUND", text, "4274K")
        value = sqlglot.parse_one(parameter.default, read="databricks")
    return exp.Cast(this=value.copy(), to=_type(parameter.type))


def _filled(body: exp.Expr, routine: Routine, arguments: dict[str, exp.Expr], columns: set[str]) -> exp.Expr:
    holder = exp.Tuple(expressions=[body])  # so that the body itself may be replaced
    for column in list(holder.find_all(exp.Column)):
        name, table = column.name.lower(), column.table.lower()
        if name in arguments and (table == routine.name.lower() or (not table and name not in columns)):
            column.replace(exp.paren(arguments[name].copy()))
    filled: exp.Expr = holder.expressions[0]
    return filled
