"""All rows of an answer as a file. Without it whoever needs row 21 would have to ask the warehouse by hand."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

import aiohttp
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from adapters.slack.address import Address, Spot
from adapters.slack.delivery import Delivery
from adapters.slack.message import Controls, draw
from adapters.slack.notebook import Notebook, handle
from adapters.slack.web import Rejected, Web
from adapters.wording import Span, Spoken, figure, phrase
from agents.domain import Cell, Figures, Language, SqlResult, Turn
from agents.errors import NotFound, Unavailable

FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXACT = 10**15
"""Spreadsheets keep 15 digits; longer numbers are written as text."""
MOST_TEXT = 32_000  # characters that one cell of a spreadsheet holds


class Sheets:
    """Uploads the rows once, then says so where the reply is awaited."""

    def __init__(self, web: Web, notebook: Notebook, delivery: Delivery) -> None:
        self._web, self._notebook, self._delivery = web, notebook, delivery

    async def send(
        self, address: Address, spot: Spot, figures: Figures, language: Language, turn: Turn, *, aside: bool
    ) -> None:
        """To the thread, or to the asker alone when it is `aside`. Raises Unavailable and NotFound."""
        kind: Literal["csv", "xlsx"] = "xlsx" if address.sheet == "xlsx" else "csv"
        mark = f"sheet:{handle(turn.id)}"
        if await self._notebook.once(mark):
            content = await asyncio.to_thread(spreadsheet if kind == "xlsx" else comma_separated, figures.result)
            there = address.moved(await self._delivery.direct(address)) if aside else address
            await self._upload(there, f"findata.{kind}", content)
            await self._notebook.mark(mark)
        key = "slack.sheet_apart" if aside else "slack.sheet"
        said = phrase(language, key, count=figure(len(figures.result.rows), language), kind=kind.upper())
        if spot.way == "hook":
            await self._whisper(address, said)
            return
        spoken = Spoken(language, (Span(said),))
        await self._delivery.edit(address, spot, lambda plainness: draw(spoken, Controls(), plainness), handle(turn.id))

    async def _whisper(self, address: Address, said: str) -> None:
        """A response_url that has run out is no loss: the file itself is there."""
        with suppress(NotFound):
            text = {"response_type": "ephemeral", "replace_original": False, "text": said}
            await self._web.whisper(address.hook, text)

    async def _upload(self, address: Address, name: str, content: bytes) -> None:
        try:
            told = await self._web.call(address.team, "files.getUploadURLExternal", filename=name, length=len(content))
            await self._put(str(told["upload_url"]), content)
            await self._web.call(
                address.team,
                "files.completeUploadExternal",
                files=[{"id": told["file_id"], "title": name}],
                channel_id=address.channel,
                thread_ts=address.thread or None,
            )
        except Rejected as error:
            raise (NotFound(str(error)) if error.gone else Unavailable(str(error), retry_after=5.0)) from error

    async def _put(self, url: str, content: bytes) -> None:
        try:
            async with self._web.session.post(url, data=io.BytesIO(content)) as answered:
                if answered.status >= 300:
                    raise Unavailable(f"upload: {answered.status}", retry_after=2.0)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"upload: {type(error).__name__}") from error


def comma_separated(result: SqlResult) -> bytes:
    """CSV in UTF-8 with a byte order mark, which spreadsheets need to see it is not Latin-1."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(name) for name in result.columns])
    writer.writerows([_harmless(_plain(value)) for value in row] for row in result.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def spreadsheet(result: SqlResult) -> bytes:
    """XLSX: numbers, dates and truth values keep their types; text is text, whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("findata")
    sheet.append([_text_cell(sheet, name) for name in result.columns])
    for row in result.rows:
        sheet.append([_typed(sheet, value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _typed(sheet: object, value: Cell) -> object:
    kept = _kept(value)
    return _text_cell(sheet, kept) if isinstance(kept, str) else kept


def _kept(value: Cell) -> object:
    """The value where a spreadsheet has its type and loses none of it, else its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.year >= 1900 else value.isoformat()
    if isinstance(value, date):
        return value if value.year >= 1900 else value.isoformat()
    if isinstance(value, int | float | Decimal):
        return value if _exact(value) else str(value)
    return str(_plain(value))


def _exact(value: float | Decimal) -> bool:
    number = Decimal(str(value))
    return number.is_finite() and (isinstance(value, float) or (abs(number) < EXACT and _digits(number) <= 15))


def _digits(number: Decimal) -> int:
    return len(number.normalize().as_tuple().digits)


def _text_cell(sheet: object, text: str) -> object:
    """Never a formula, even when it begins with "="."""
    cell = WriteOnlyCell(sheet, _legal(text)[:MOST_TEXT])
    cell.data_type = "s"
    return cell


def _legal(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    clean = text.encode("utf-8", "replace").decode()
    return "".join(char for char in clean if char in "\t\n" or (ord(char) >= 32 and char not in "\ufffe\uffff"))


def _plain(value: Cell) -> object:
    """As CSV holds it; numbers stay numbers, so that a negative one is no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run gets an apostrophe before it."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA):
        return "'" + value
    return value
