"""Documents of the web: a page, a sitemap's pages, or those of a list of links."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.errors import DocumentRefused, LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import Source
from bot.ports.origin import Content, Found
from bot.ports.web import Fetched, Web

MOST_LINKS = 5_000
MOST_SITEMAPS = 50
LARGEST_LIST = 5_000_000

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_PLACE = re.compile(r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]+)", re.IGNORECASE)
_SITEMAP = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b", re.IGNORECASE)
_HEAD = 2_000


@dataclass(frozen=True, slots=True)
class _Page:
    """`Found`: a link. fetched: what it led to, where that is known already."""

    web: Web
    name: str
    fetched: Fetched | None = None

    def read(self, known: str | None) -> Content | None:
        found = self.fetched or self.web.fetch(self.name, known=known)
        if found is None or (known and found.version == known):
            return None
        return Content(found.content, found.name, found.version)


class WebPages:
    """`Origin`. The location is a link, or, where it is trusted, a file of links on this machine."""

    def __init__(self, web: Web) -> None:
        self._web = web

    @contextmanager
    def look(self, source: Source) -> Iterator[Iterator[Found | DocumentRefused]]:
        """Yield the links. Raises LinkRefused, SourceUnavailable where the list itself cannot be read."""
        if source.trusted and not _LINK.match(source.location):
            yield (_Page(self._web, link) for link in self._bounded(source.location, _listed(_saved(source.location))))
        else:
            yield iter(self._pages(source.location))

    def _pages(self, location: str) -> list[Found]:
        fetched = self._web.fetch(location)
        assert fetched is not None, "no version was named"
        text = fetched.content[:LARGEST_LIST].decode("utf-8", "replace")
        if _SITEMAP.search(text[:_HEAD]):
            return [_Page(self._web, link) for link in self._bounded(location, self._of_sitemap(fetched.url, text))]
        if links := _listed(text):
            return [_Page(self._web, link) for link in self._bounded(location, links)]
        return [_Page(self._web, location, fetched)]

    def _of_sitemap(self, place: str, text: str) -> list[str]:
        """Return a sitemap's pages; a sitemap of sitemaps is followed once. Only those of its own site, as the
        protocol has it: nobody is to send us elsewhere with it.
        """
        links = [html.unescape(link) for link in _PLACE.findall(text)]
        own = [link for link in links if urlsplit(link).netloc == urlsplit(place).netloc]
        kind = _SITEMAP.search(text[:_HEAD])
        if kind is None or kind[1].lower() == "urlset":
            return own
        if len(own) > MOST_SITEMAPS:
            raise LinkRefused(Why.TOO_MANY_LINKS, place, most=MOST_SITEMAPS)
        found: list[str] = []
        for link in own:
            fetched = self._web.fetch(link)
            inner = fetched.content[:LARGEST_LIST].decode("utf-8", "replace") if fetched else ""
            found += [html.unescape(one) for one in _PLACE.findall(inner)]
        return [link for link in found if urlsplit(link).netloc == urlsplit(place).netloc]

    def _bounded(self, place: str, links: list[str]) -> list[str]:
        if len(links) > MOST_LINKS:
            raise LinkRefused(Why.TOO_MANY_LINKS, place, most=MOST_LINKS)
        return list(dict.fromkeys(links))


def lists_links(text: str) -> bool:
    """Tell whether a text is a list of links: each line is one, but for empty lines and those that begin with #."""
    return bool(_listed(text))


def _listed(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n")]
    links = [line for line in lines if line and not line.startswith("#")]
    return links if all(_LINK.fullmatch(link) for link in links) else []


def _saved(location: str) -> str:
    try:
        return Path(location).read_bytes()[:LARGEST_LIST].decode("utf-8", "replace")
    except OSError as error:
        raise SourceUnavailable(Why.VANISHED, location, reason=error.strerror or str(error)) from error
