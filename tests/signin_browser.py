"""A person's browser: opens links, sends forms, keeps cookies. What sign-in is tested with."""

from __future__ import annotations

import html
import re
from types import TracebackType
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp


class Browser:
    """One person's; `seen` holds every address that was opened."""

    def __init__(self, language: str = "fr-FR,fr;q=0.9,en;q=0.5") -> None:
        self.seen: list[str] = []
        headers = {"Accept-Language": language}
        self._session = aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str) -> tuple[int, str]:
        """Status and text; redirects are followed by hand."""
        self.seen.append(url)
        async with self._session.get(url, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def head(self, url: str) -> aiohttp.typedefs.LooseHeaders:
        """The headers of a page."""
        async with self._session.get(url, allow_redirects=False) as answer:
            return dict(answer.headers)

    async def send(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        """Posts a form; where it leads to, or what is shown."""
        async with self._session.post(url, data=form, allow_redirects=False) as answer:
            location = answer.headers.get("Location")
            return answer.status, urljoin(url, location) if location else await answer.text()

    async def form_of(self, url: str) -> dict[str, str]:
        """The hidden fields of a page."""
        _, text = await self.get(url)
        found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    async def consent_page(self, link: str) -> str:
        """From the link in the chat to where the workspace asks for consent."""
        status, url = await self.send(link, await self.form_of(link))
        assert status == 303, url
        return url

    async def agreed(self, consent: str, person: str) -> str:
        """Agrees as one of the sandbox's people; the address that this leads back to."""
        form = await self.form_of(consent) | {"user": person}
        status, back = await self.send(consent.split("?", maxsplit=1)[0], form)
        assert status == 302, back
        return back

    async def links(self, link: str, person: str) -> tuple[int, str]:
        """The whole way; the last page."""
        return await self.get(await self.agreed(await self.consent_page(link), person))


def query(url: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
