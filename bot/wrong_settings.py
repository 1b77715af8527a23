"""What is wrong with a setting, said as people write settings. Without it they would read a validator's own words."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import HttpUrl, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

_ADDRESS = "https://findata.example.org"


def told(error: ValidationError, block: type[BaseSettings]) -> list[str]:
    """A sentence for each setting: its name, what it must be, an example. Values are left out, they may be secrets."""
    prefix = block.model_config["env_prefix"]
    found = error.errors(include_input=False, include_url=False)
    lines = [_line(one["loc"], one["msg"], prefix, block.model_fields) for one in found]
    return list(dict.fromkeys(lines))


def _line(place: Sequence[int | str], text: str, prefix: str, fields: dict[str, FieldInfo]) -> str:
    if not place:
        return text.removeprefix("Value error, ")
    name, field = f"{prefix}{place[0]}".upper(), fields.get(str(place[0]))
    if field is None:
        return f"{name}: {text}."
    wanted, example = _wanted(field)
    return f"{name} must be {wanted}, such as {name}={_default(field) or example}."


def _wanted(field: FieldInfo) -> tuple[str, str]:
    """What the setting must be, and an example of it."""
    kind = _kind(field.annotation)
    if typing.get_origin(kind) is Literal:
        choices = [str(one) for one in typing.get_args(kind) if one]
        return f"{', '.join(choices[:-1])} or {choices[-1]}", choices[0]
    if kind is bool:
        return "true or false", "true"
    if kind is HttpUrl:
        return "an address that begins with https:// or http://", _ADDRESS
    if kind in (int, float):
        return f"{'a whole number' if kind is int else 'a number'}{_range(field)}", "1"
    return "text", "…"


def _kind(annotation: Any) -> Any:
    """The type of a value that is there."""
    if isinstance(annotation, types.UnionType):
        return next(one for one in typing.get_args(annotation) if one is not types.NoneType)
    return annotation


def _range(field: FieldInfo) -> str:
    """The bounds of a number in words; empty without any."""
    bounds = {
        name: value
        for rule in field.metadata
        for name in ("gt", "ge", "le")
        if (value := getattr(rule, name, None)) is not None
    }
    least, most, above = bounds.get("ge"), bounds.get("le"), bounds.get("gt")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f", {least} or more"
    return f" above {above}" if above is not None else ""


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float | str | HttpUrl) and not isinstance(value, SecretStr) else ""
