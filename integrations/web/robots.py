"""What sites want machines to keep out of (RFC 9309), remembered for an hour."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from urllib.robotparser import RobotFileParser

import httpx

from bot.domain.errors import SourceUnavailable
from bot.domain.refusals import Why

KEPT_SECONDS = 3_600.0
MOST_SITES = 500
LONGEST = 500_000
"""Characters that RFC 9309 wants read at least."""

Rules = Callable[[httpx.URL], Awaitable[tuple[int, str]]]
"""Fetches a robots.txt: its status and its text."""


class Robots:
    """The rules of the sites that were asked lately. Thread-safe: at worst one is fetched twice."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, RobotFileParser]] = OrderedDict()

    async def allow(self, target: httpx.URL, fetch: Rules) -> bool:
        """Tell whether a page may be fetched. Raises what `fetch` does, and SourceUnavailable where the site fails."""
        site = f"{target.scheme}://{target.netloc.decode()}"
        kept_until, rules = self._known.get(site, (0.0, RobotFileParser()))
        if self._monotonic() >= kept_until:
            rules = await self._asked(target, fetch)
            self._known[site] = (self._monotonic() + KEPT_SECONDS, rules)
            if len(self._known) > MOST_SITES:
                self._known.popitem(last=False)
        return rules.can_fetch("Maru", str(target))

    async def _asked(self, target: httpx.URL, fetch: Rules) -> RobotFileParser:
        status, text = await fetch(target.copy_with(path="/robots.txt", query=None))
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise SourceUnavailable(Why.OVERLOADED, str(target), status=status)
        rules = RobotFileParser()
        # Without a file, and where one may not be read, everything is allowed.
        rules.parse(text[:LONGEST].splitlines() if status == httpx.codes.OK else [])
        return rules
