"""The transport under every request of the web client: it connects to the very address that was checked, or to none."""

import httpx

from bot.domain.errors import LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from integrations.web.addresses import Resolver, public

TRIED_ADDRESSES = 3
LONGEST_HOST = 253


class PinnedTransport(httpx.AsyncBaseTransport):
    """Resolves once, refuses the host if any answer is not public, and hands on a request for one of these addresses.

    The name stays in the Host header and in TLS, where the certificate is checked against it. So a name that answers
    otherwise between check and connection changes nothing.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, resolver: Resolver) -> None:
        self._inner = inner
        self._resolver = resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send. Raises LinkRefused, SourceUnavailable and what httpx raises."""
        host, link = request.url.raw_host.decode("ascii"), str(request.url)
        trouble: httpx.TransportError | None = None
        for address in (await self.addresses(host, request.url.port or 443, link=link))[:TRIED_ADDRESSES]:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                trouble = error
        assert trouble is not None, "there was at least one address"
        raise trouble

    async def addresses(self, host: str, port: int, *, link: str) -> list[str]:
        """Return where a host is, every address checked. Raises LinkRefused, SourceUnavailable."""
        if not host or len(host) > LONGEST_HOST:
            raise LinkRefused(Why.NO_LINK, link)
        try:
            found = list(await self._resolver(host, port))
        except (OSError, UnicodeError) as error:
            raise SourceUnavailable(Why.UNKNOWN_HOST, link) from error
        if not found:
            raise SourceUnavailable(Why.UNKNOWN_HOST, link)
        if not all(public(one) for one in found):
            raise LinkRefused(Why.PRIVATE, link)
        return found

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
