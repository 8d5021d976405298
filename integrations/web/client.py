"""The one client for links: https and http, public addresses only, with limits on everything."""

import asyncio
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from ssl import SSLContext
from urllib.parse import unquote

import httpx

from bot.domain.errors import LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.ports.web import Fetched
from integrations.web.addresses import Resolver, resolve
from integrations.web.pinned import PinnedTransport
from integrations.web.robots import Robots

AGENT = "Maru/0.1 (knowledge of a chat assistant; obeys robots.txt)"
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+", re.ASCII | re.IGNORECASE)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1_024
LONGEST_LINK = 2_000

ENDINGS: Mapping[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/plain": "",
    "text/xml": "",
    "application/xml": "",
    "application/pdf": ".pdf",
    "message/rfc822": ".eml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/octet-stream": "",
    "binary/octet-stream": "",
    "": "",
}
"""The content types that are read, and the ending of each; none leaves it to the link's own, and to the content."""

FILES = frozenset({".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".eml", ".md", ".txt"})
"""Endings of links that promise a file: what comes must be one."""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """For one link, redirects and robots.txt together. most_bytes: as it comes, and unpacked."""

    total_seconds: float = 40.0
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    most_bytes: int = 50_000_000
    redirects: int = 5


class GuardedWeb:
    """`Web`. Each call has an event loop of its own, so that one deadline ends whatever it waits for.

    transport: what connects; it only ever sees checked addresses.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        limits: WebLimits | None = None,
        resolver: Resolver = resolve,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._limits = limits or WebLimits()
        self._resolver = resolver
        self._transport = transport or _Transports()
        self._robots = Robots(monotonic)

    def fetch(self, url: str, *, known: str | None = None) -> Fetched | None:
        """Return what the link leads to, None if that is known. Raises LinkRefused, SourceUnavailable."""
        return asyncio.run(self._within_deadline(url, known))

    async def _within_deadline(self, url: str, known: str | None) -> Fetched | None:
        limits = self._limits
        transport = PinnedTransport(self._transport(), resolver=self._resolver)
        timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(limits.total_seconds),
                httpx.AsyncClient(transport=transport, timeout=timeout, headers=headers, trust_env=False) as client,
            ):
                return await self._follow(client, url, known)
        except (LinkRefused, SourceUnavailable) as trouble:
            if trouble.name == url or trouble.why is Why.CREDENTIALS:  # whose name is the link without its password
                raise
            raise type(trouble)(trouble.why, url, **trouble.facts) from trouble  # a redirect, or robots.txt
        except TimeoutError as error:
            raise SourceUnavailable(Why.DEADLINE, url, seconds=f"{limits.total_seconds:g}") from error
        except httpx.HTTPError as error:
            raise SourceUnavailable(Why.SILENT, url, reason=str(error) or type(error).__name__) from error

    async def _follow(self, client: httpx.AsyncClient, url: str, known: str | None) -> Fetched | None:
        target = checked(url)
        for _ in range(self._limits.redirects + 1):
            if not await self._robots.allow(target, lambda page: self._rules(client, page)):
                raise LinkRefused(Why.ROBOTS, url)
            async with client.stream("GET", target, headers=_condition(known)) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED and known:
                    return None
                if response.status_code not in REDIRECTS:
                    return await self._taken(response, asked=url, target=target)
                target = checked(_next(target, response, asked=url))
        raise LinkRefused(Why.REDIRECTS, url, hops=self._limits.redirects)

    async def _rules(self, client: httpx.AsyncClient, page: httpx.URL) -> tuple[int, str]:
        """Return the status and text of a robots.txt, redirects followed."""
        target = page
        for _ in range(self._limits.redirects + 1):
            async with client.stream("GET", target) as response:
                if response.status_code not in REDIRECTS:
                    return response.status_code, (await self._body(response, str(page))).decode("utf-8", "replace")
                target = checked(_next(target, response, asked=str(page)))
        return httpx.codes.NOT_FOUND, ""

    async def _taken(self, response: httpx.Response, *, asked: str, target: httpx.URL) -> Fetched:
        if trouble := _refusal(response.status_code, asked):
            raise trouble
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ENDINGS and not kind.startswith("text/"):
            raise LinkRefused(Why.CONTENT_TYPE, asked, type=kind)
        if _login_page(httpx.URL(asked), target, kind):
            raise LinkRefused(Why.LOGIN_PAGE, asked)
        content = await self._body(response, asked)
        return Fetched(str(target), content, _named(target, kind), _version(response))

    async def _body(self, response: httpx.Response, asked: str) -> bytes:
        """Return the body, unpacked within the limit. Raises LinkRefused."""
        most = self._limits.most_bytes
        too_large = LinkRefused(Why.TOO_LARGE, asked, megabytes=f"{most / 1e6:g}")
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:20]) > most:
            raise too_large
        content = bytearray()
        async for piece in response.aiter_raw():
            content += piece
            if len(content) > most:
                raise too_large
        if response.headers.get("content-encoding", "identity").lower() in ("", "identity"):
            return bytes(content)
        try:
            # It was asked for unpacked. Unpacked here, for httpx knows no limit.
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(bytes(content), most + 1)
        except zlib.error as error:
            raise LinkRefused(Why.DAMAGED, asked, kind="gzip", reason=str(error)) from error
        if len(unpacked) > most:
            raise too_large
        return unpacked


class _Transports:
    """Makes transports; the certificates of the authorities are read once."""

    def __init__(self) -> None:
        self._trusted: SSLContext | None = None

    def __call__(self) -> httpx.AsyncBaseTransport:
        self._trusted = self._trusted or httpx.create_ssl_context(trust_env=False)
        return httpx.AsyncHTTPTransport(verify=self._trusted, trust_env=False)


def checked(url: str) -> httpx.URL:
    """Return the address of a link that may be asked for, as far as one can tell without asking. Raises LinkRefused."""
    try:
        target = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError) as error:
        raise LinkRefused(Why.NO_LINK, url[:LONGEST_LINK]) from error
    host = target.raw_host.decode("ascii", "replace")
    if target.scheme not in ("http", "https") or not _HOST.fullmatch(host) or len(url) > LONGEST_LINK:
        raise LinkRefused(Why.NO_LINK, url[:LONGEST_LINK])
    if target.userinfo:
        raise LinkRefused(Why.CREDENTIALS, str(target.copy_with(userinfo=b"")))
    if target.port is not None and target.port not in PORTS and target.port < FIRST_FREE_PORT:
        raise LinkRefused(Why.PORT, url, port=target.port)
    return target.copy_with(fragment=None)


def _next(target: httpx.URL, response: httpx.Response, *, asked: str) -> str:
    place = response.headers.get("location", "")
    try:
        return str(target.join(place)) if place else ""
    except httpx.InvalidURL as error:
        raise LinkRefused(Why.NO_LINK, asked) from error


def _refusal(status: int, asked: str) -> LinkRefused | SourceUnavailable | None:
    if status == httpx.codes.OK:
        return None
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return LinkRefused(Why.FORBIDDEN, asked, status=status)
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return LinkRefused(Why.GONE, asked, status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return SourceUnavailable(Why.OVERLOADED, asked, status=status)
    return LinkRefused(Why.STATUS, asked, status=status)


def _login_page(asked: httpx.URL, ended: httpx.URL, kind: str) -> bool:
    """Tell Slack's way of refusing a file: 200, and HTML where a file was."""
    of_slack = re.fullmatch(r"(.+\.)?slack\.com", asked.host) is not None
    return of_slack and "/files" in f"{asked.path}{ended.path}" and kind == "text/html"


def _condition(known: str | None) -> dict[str, str]:
    """Return the headers that ask for a change only: a version is an ETag or a date."""
    if not known:
        return {}
    return {"If-None-Match" if known.endswith('"') else "If-Modified-Since": known}


def _version(response: httpx.Response) -> str | None:
    etag = str(response.headers.get("etag", ""))
    return (etag if etag.endswith('"') else str(response.headers.get("last-modified", ""))) or None


def _named(target: httpx.URL, kind: str) -> str:
    """Return a name that tells the kind: by what the link promises if that is a file, else by the content type."""
    last = unquote(PurePosixPath(target.path).name) or "index"
    return last if PurePosixPath(last).suffix.lower() in FILES else f"{last}{ENDINGS.get(kind, '')}"
