"""How many digits a calculation gives, by Databricks' rules. Without it averages and quotients would be DOUBLEs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

_MOST = 38
_KEPT = 6  # digits behind the point that are never given up for those before it
_Type = exp.DataType.Type
_WHOLE = {_Type.TINYINT: 3, _Type.SMALLINT: 5, _Type.INT: 10, _Type.BIGINT: 20}


@dataclass(frozen=True, slots=True)
class Digits:
    """DECIMAL(precision, scale)."""

    precision: int
    scale: int

    @property
    def whole(self) -> int:
        """Digits before the point."""
        return self.precision - self.scale

    def type(self) -> exp.DataType:
        """As a type of the tree."""
        sizes = [exp.DataTypeParam(this=exp.Literal.number(size)) for size in (self.precision, self.scale)]
        return exp.DataType(this=_Type.DECIMAL, expressions=sizes)


def digits_of(node: exp.Expr, *, exact_literals: bool = True) -> Digits | None:
    """The digits of a DECIMAL or whole number; a literal's are those that it has. None for any other type."""
    kind = node.type
    if exact_literals and isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return Digits(len(node.name), 0)
    if kind is None:
        return None
    if kind.this in _WHOLE:
        return Digits(_WHOLE[kind.this], 0)
    sizes = [int(size.name) for size in kind.expressions] if kind.this == _Type.DECIMAL else []
    return Digits(*sizes) if len(sizes) == 2 else None


def added(a: Digits, b: Digits) -> Digits:
    """A + b and a - b."""
    scale = max(a.scale, b.scale)
    return _fitted(max(a.whole, b.whole) + scale + 1, scale)


def multiplied(a: Digits, b: Digits) -> Digits:
    """A * b."""
    return _fitted(a.precision + b.precision + 1, a.scale + b.scale)


def divided(a: Digits, b: Digits) -> Digits:
    """A / b."""
    scale = max(_KEPT, a.scale + b.precision + 1)
    return _fitted(a.whole + b.scale + scale, scale)


def remaining(a: Digits, b: Digits) -> Digits:
    """A % b."""
    scale = max(a.scale, b.scale)
    return _fitted(min(a.whole, b.whole) + scale, scale)


def summed(a: Digits) -> Digits:
    """sum(a)."""
    return Digits(min(_MOST, a.precision + 10), a.scale)


def averaged(a: Digits) -> Digits:
    """avg(a)."""
    return Digits(min(_MOST, a.precision + 4), min(_MOST, a.scale + 4))


def rounded(a: Digits, places: int) -> Digits:
    """round(a, places)."""
    scale = min(a.scale, max(places, 0))
    return Digits(min(_MOST, max(a.whole + 1 + scale, 1 - places)), scale)


def widest(all_of_them: Iterable[Digits]) -> Digits:
    """What coalesce(), CASE and their like give."""
    found = list(all_of_them)
    scale = max(it.scale for it in found)
    return Digits(min(_MOST, max(it.whole for it in found) + scale), min(_MOST, scale))


def _fitted(precision: int, scale: int) -> Digits:
    """At most 38 digits: those before the point stay, those behind it give way, down to six."""
    if precision <= _MOST:
        return Digits(precision, scale)
    return Digits(_MOST, max(_MOST - (precision - scale), min(scale, _KEPT)))
