"""What all REST pages share: who calls, how a call is refused, how a list is cut into pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from sandbox.databricks.principals import Principal

ASKER: web.RequestKey[Principal] = web.RequestKey("asker", Principal)


class Refusal(Exception):
    """An HTTP answer other than 200 in Databricks' shape; the server's middleware turns it into JSON."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def missing(what: str) -> Refusal:
    """What is not there and what may not be seen look the same."""
    return Refusal(404, "RESOURCE_DOES_NOT_EXIST", f"{what} does not exist.")


def forbidden(message: str) -> Refusal:
    """The asker is known and may not do this."""
    return Refusal(403, "PERMISSION_DENIED", message)


def invalid(message: str) -> Refusal:
    """The request makes no sense."""
    return Refusal(400, "INVALID_PARAMETER_VALUE", message)


def asker(request: web.Request) -> Principal:
    """Whose token the request carries; the server has refused unknown ones already."""
    return request[ASKER]


async def body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object, or a refusal."""
    try:
        document = await request.json() if request.can_read_body else {}
    except ValueError as error:
        raise Refusal(400, "MALFORMED_REQUEST", "The request body is not JSON.") from error
    if not isinstance(document, dict):
        raise Refusal(400, "MALFORMED_REQUEST", "The request body is not a JSON object.")
    return document


def text(document: dict[str, Any], key: str, default: str | None = None) -> str:
    """A field that must hold text; without a default it must be there."""
    value = document.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise invalid(f"Field '{key}' must be a string.")
    return value


def whole(value: object, key: str, default: int) -> int:
    """A field that must hold a whole number, 0 or more."""
    if value is None or value == "":
        return default
    try:
        number = int(str(value))
    except ValueError as error:
        raise invalid(f"'{key}' must be a whole number.") from error
    if number < 0:
        raise invalid(f"'{key}' must not be negative.")
    return number


def page(request: web.Request, key: str, rows: Sequence[object], size_key: str = "max_results") -> dict[str, object]:
    """One page of a list and, when there is more, the token of the next one. Size 0 means the server's own size."""
    size = min(whole(request.query.get(size_key), size_key, 0) or 100, 1000)
    start = _offset(request.query.get("page_token", ""))
    answer: dict[str, object] = {key: list(rows[start : start + size])}
    if start + size < len(rows):
        answer["next_page_token"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer


def _offset(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token.encode() or b"MA=="))
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid page token.") from error
