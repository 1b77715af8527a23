"""HTML out of templates, always escaped and never with scripts: without it each page would guard itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.pages.language import phrases, preferred

_FOLDER = Path(__file__).parent / "html"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
    """A page in the language that the browser prefers. `t` is the phrase book inside the template."""
    language = preferred(request.headers.get("Accept-Language", ""))
    text = _environment().get_template(template).render(t=phrases(language), language=language, **values)
    return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
