"""Where DuckDB means something else by Databricks' words. Without it weekdays, 1/0 and dates would be off."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlglot import exp

from sandbox.databricks import casts
from sandbox.databricks.principals import Principal

_DATES = (exp.TsOrDsAdd, exp.AddMonths, exp.DateFromUnixDate)  # always a DATE there, a TIMESTAMP in DuckDB
_DIVISIONS = (exp.Div, exp.IntDiv, exp.Mod)
_UNITS = {"MM": "MONTH", "MON": "MONTH", "YYYY": "YEAR", "YY": "YEAR", "Q": "QUARTER", "DD": "DAY", "HH": "HOUR"}


@dataclass(frozen=True, slots=True)
class Session:
    """What a statement's words like current_user() stand for. `dates`: names of columns that are surely DATEs."""

    asker: Principal
    catalog: str
    schema: str
    dates: Collection[str] = ()


def adapt(tree: exp.Expr, session: Session) -> exp.Expr:
    """The tree with DuckDB's words for Databricks' meaning; deepest nodes first, in place."""
    nodes = [node for node in tree.walk() if type(node) in _REWRITES]
    for node in reversed(nodes):
        new = _REWRITES[type(node)](node, session)
        if new is not node:
            node.replace(new)
    return tree


def _literal(pick: Callable[[Session], str]) -> Callable[[exp.Expr, Session], exp.Expr]:
    return lambda _node, session: exp.Literal.string(pick(session))


def _anonymous(node: exp.Expr, session: Session) -> exp.Expr:
    name = node.name.lower()
    if name == "user":
        return exp.Literal.string(session.asker.name)
    if name in ("is_account_group_member", "is_member"):
        group = node.expressions[0].name.lower() if node.expressions else ""
        return exp.Boolean(this=group in {mine.lower() for mine in session.asker.groups})
    return node


def _divided(node: exp.Expr, _session: Session) -> exp.Expr:
    guarded = _guarded(node)
    if isinstance(guarded, exp.Mod):
        return guarded
    return casts.whole_quotient(guarded) if isinstance(guarded, exp.IntDiv) else casts.quotient(guarded)


def _guarded(node: exp.Expr) -> exp.Expr:
    """DuckDB answers x/0 with infinity or NULL, Databricks with an error."""
    divisor = node.expression
    plain = divisor.unnest()
    if isinstance(plain, exp.Literal) and not plain.is_string and float(plain.name) != 0:
        return node
    if isinstance(plain, exp.Nullif):
        return node  # the usual way to avoid the error: NULL divides to NULL
    zero = exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0))
    error = exp.Anonymous(this="error", expressions=[exp.Literal.string("[DIVIDE_BY_ZERO]")])
    node.set("expression", exp.paren(exp.Case(ifs=[exp.If(this=zero, true=error)], default=divisor.copy())))
    return node


def _sunday_first(node: exp.Expr, _session: Session) -> exp.Expr:
    return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))


def _extract(node: exp.Expr, session: Session) -> exp.Expr:
    if node.name.upper() in ("DOW", "DAYOFWEEK"):
        return _sunday_first(node, session)
    return node


def _as_date(node: exp.Expr, _session: Session) -> exp.Expr:
    return exp.cast(node.copy(), exp.DataType.Type.DATE)


def _spelt_out(node: exp.Expr, _session: Session) -> exp.Expr:
    unit = node.args["unit"].name.upper()
    node.set("unit", exp.Var(this=_UNITS.get(unit, unit)))
    return node


def _truncated(node: exp.Expr, session: Session) -> exp.Expr:
    """trunc(d, 'MM'): a DATE, with units that DuckDB spells out."""
    unit = node.args["unit"].name.upper()
    node.set("unit", exp.Literal.string(_UNITS.get(unit, unit)))
    return _as_date(node, session)


def _date_plus(node: exp.Expr, session: Session) -> exp.Expr:
    """DATE plus whole days, months or years stays a DATE."""
    interval, date = node.expression, node.this
    if isinstance(date, exp.Interval):
        interval, date = date, interval
    if isinstance(interval, exp.Interval) and _whole_days(interval) and _is_date(date, session):
        return _as_date(node, session)
    return casts.days_between(node) if isinstance(node, exp.Sub) else node


def _whole_days(interval: exp.Expr) -> bool:
    unit = interval.args.get("unit")
    return unit is not None and unit.name.upper().rstrip("S") in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def _is_date(node: exp.Expr, session: Session) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DataType.Type.DATE)
    if isinstance(node, exp.Column):
        return node.name.lower() in session.dates
    return isinstance(node, (exp.CurrentDate, exp.TsOrDsToDate, exp.LastDay, exp.DateTrunc, *_DATES))


def _from_one(node: exp.Expr, _session: Session) -> exp.Expr:
    """substring(s, 0, n) starts at the first character, as with 1."""
    start = node.args.get("start")
    if isinstance(start, exp.Literal) and start.name == "0":
        node.set("start", exp.Literal.number(1))
    return node


def _series(node: exp.Expr, session: Session) -> exp.Expr:
    """sequence() of DATEs is an array of DATEs."""
    step = node.args.get("step")
    if _is_date(node.args["start"], session) and (step is None or isinstance(step, exp.Interval)):
        return exp.cast(node.copy(), exp.DataType.build("ARRAY<DATE>", dialect="databricks"))
    return node


def _formatted(node: exp.Expr, _session: Session) -> exp.Expr:
    """date_format(d, 'Q') and friends, which have no strftime code."""
    pattern = node.args.get("format")
    if isinstance(pattern, exp.Literal) and pattern.name in ("Q", "q"):
        quarter = exp.Quarter(this=exp.cast(node.this.copy(), exp.DataType.Type.TIMESTAMP))
        return exp.cast(quarter, exp.DataType.Type.TEXT)
    return node


def _unix_seconds(node: exp.Expr, _session: Session) -> exp.Expr:
    """unix_timestamp(t) takes a timestamp, a date or text; DuckDB's translation only text."""
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        moment = exp.Cast(this=node.this.copy(), to=exp.DataType.build("TIMESTAMPTZ"))
        return exp.cast(exp.Anonymous(this="epoch", expressions=[moment]), exp.DataType.Type.BIGINT)
    return node


def _plain(rewrite: Callable[[exp.Expr], exp.Expr]) -> Callable[[exp.Expr, Session], exp.Expr]:
    return lambda node, _session: rewrite(node)


_REWRITES: dict[type, Callable[[exp.Expr, Session], exp.Expr]] = {
    exp.CurrentUser: _literal(lambda session: session.asker.name),
    exp.SessionUser: _literal(lambda session: session.asker.name),
    exp.CurrentCatalog: _literal(lambda session: session.catalog),
    exp.CurrentDatabase: _literal(lambda session: session.schema),
    exp.CurrentSchema: _literal(lambda session: session.schema),
    exp.Anonymous: _anonymous,
    exp.DayOfWeek: _sunday_first,
    exp.Extract: _extract,
    exp.Add: _date_plus,
    exp.Sub: _date_plus,
    exp.Substring: _from_one,
    exp.GenerateSeries: _series,
    exp.TimestampTrunc: _spelt_out,
    exp.TimeToStr: _formatted,
    exp.StrToUnix: _unix_seconds,
    exp.TimestampAdd: lambda node, session: (
        _as_date(node, session) if _is_date(node.this, session) and _whole_days(node) else node
    ),
    exp.DateTrunc: _truncated,
    **dict.fromkeys(_DATES, _as_date),
    **dict.fromkeys(_DIVISIONS, _divided),
    exp.SafeDivide: _plain(casts.quotient),
    **dict.fromkeys((exp.Avg, exp.Filter, exp.Window), _plain(casts.average)),
    **dict.fromkeys((exp.Cast, exp.TryCast), _plain(casts.text)),
    **dict.fromkeys((exp.Concat, exp.ConcatWs, exp.DPipe), _plain(casts.joined)),
    **dict.fromkeys((exp.Like, exp.ILike), _plain(casts.escaped)),
    exp.Interval: _plain(casts.span),
    exp.StrToTime: _plain(casts.moment),
    exp.Quantile: _plain(casts.median),
}
