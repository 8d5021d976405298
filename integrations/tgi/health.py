"""Whether an entry's servers can be used: they answer, and they have the LoRA adapter that the entry names.

Whoever looks (`trouble`, in the background) pays for it; a turn only reads what the last look found (`known`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx2
from huggingface_hub import ChatCompletionOutput

from bot.domain.models import ModelEntry
from integrations.tgi.call import vendor_client
from integrations.tgi.connections import new_client
from integrations.tgi.failures import VENDOR_ERRORS, translate
from integrations.tgi.loop import ModelLoop

HEALTH_SECONDS = 1.0
ADAPTER_SECONDS = 5.0

KNOWN_SECONDS = 30.0
"""After this long without a look nothing is known any more: where nobody looks, servers are simply asked."""

PROVEN_SECONDS = 300.0
"""How long a proof lasts: a server may come back without its adapters between two looks."""

STRIKES = 2
"""Looks in a row without an answer in time until a server counts as down: a busy one may miss one."""

BASE_MODEL = "tgi"
"""TGI's own name for the model without an adapter."""

SAME_LOGPROB = 0.01
"""Two runs of one model differ by less (batching changes rounding); a trained adapter changes more somewhere."""

_PROBE = "List the steps you would take first, and say why."
_PROBE_TOKENS = 8


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What a look found. down: whether calls would fail, too; None: perhaps, if it happens again."""

    words: str
    down: bool | None = None


class HealthCheck:
    """Asks every server of one entry at once, and remembers what it found. Thread-safe. monotonic: seconds."""

    def __init__(self, entry: ModelEntry, loop: ModelLoop, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._entry = entry
        self._loop = loop
        self._monotonic = monotonic
        self._adapted = entry.kind == "tgi" and entry.served_name != BASE_MODEL
        self._proven: dict[str, float] = {}
        self._lacking: dict[str, str] = {}
        self._down: dict[str, tuple[float, str]] = {}
        self._strikes: Counter[str] = Counter()

    def trouble(self) -> str | None:
        """Return why none can be used, None while one can. Takes 1 s at most, 5 more while an adapter is unproven."""
        task = self._loop.submit(self._ask_all())
        try:
            troubles = task.result(HEALTH_SECONDS + ADAPTER_SECONDS + 1)
        except (TimeoutError, CancelledError):
            task.cancel()
            return f"{self._entry.name}: the check did not end; this process is overloaded or stopping."
        return None if None in troubles else "; ".join(text for text in troubles if text)

    def known(self, url: str) -> str | None:
        """Return why `url` is not to be asked now; None = ask it. Never waits.

        A server that was not proven to have the entry's adapter is never asked: TGI would answer as its base model.
        """
        if self._adapted and url not in self._proven:
            unproven = (
                f"{self._entry.name} at {url}: not yet proven that it has the adapter `{self._entry.served_name}`"
            )
            return self._lacking.get(url, unproven)
        at, words = self._down.get(url, (0.0, ""))
        return words if words and self._monotonic() - at < KNOWN_SECONDS else None

    def spoke(self, url: str) -> None:
        """Note that a call to it was answered: it is up, whatever a look found."""
        self._strikes.pop(url, None)
        self._down.pop(url, None)

    async def _ask_all(self) -> list[str | None]:
        return list(await asyncio.gather(*map(self._look, self._entry.urls)))

    async def _look(self, url: str) -> str | None:
        trouble = await self._ask(url)
        if trouble is None:
            self.spoke(url)
            return await self._adapter_trouble(url) if self._adapted else None
        self._strikes[url] += trouble.down is None
        if trouble.down or self._strikes[url] >= STRIKES:
            self._down[url] = self._monotonic(), trouble.words
            self._proven.pop(url, None)  # after a restart it may serve something else
        return trouble.words

    async def _ask(self, url: str) -> _Trouble | None:
        place = f"{self._entry.name} at {url}"
        try:
            async with asyncio.timeout(HEALTH_SECONDS), new_client() as client:
                status = await self._status(client, url)
        except TimeoutError:
            return _Trouble(f"{place}: no answer within {HEALTH_SECONDS:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            refused = True if isinstance(error, httpx2.ConnectError) else None
            return _Trouble(f"{place}: {str(error) or type(error).__name__}", refused)
        if status == 200:
            return None
        # Another status than a server's own trouble says nothing of calls: some have no such route.
        return _Trouble(f"{place}: HTTP {status} from its health route", down=status >= 500)

    async def _status(self, client: httpx2.AsyncClient, url: str) -> int:
        status = (await client.get(_root(url) + "/health")).status_code
        if status == 404 and self._entry.kind == "openai":  # hosted services have no such route
            key = {"authorization": f"Bearer {self._entry.api_key}"} if self._entry.api_key else {}
            status = (await client.get(_root(url) + "/v1/models", headers=key)).status_code
        return status

    async def _adapter_trouble(self, url: str) -> str | None:
        """Tell whether TGI has the adapter, by comparing its words with the base model's.

        TGI lists its adapters nowhere, and for a name that it does not know it runs the base model and echoes the name.
        """
        if self._monotonic() - self._proven.get(url, -PROVEN_SECONDS) < PROVEN_SECONDS:
            return None
        name = self._entry.served_name
        place = f"{self._entry.name} at {url}"
        try:
            async with asyncio.timeout(ADAPTER_SECONDS):
                has = await self._lists(url, name) or await self._differs(url, name)
        except TimeoutError:
            return self._undecided(url, f"{place}: could not yet prove that it has the adapter `{name}` (too busy)")
        except VENDOR_ERRORS as error:
            return self._undecided(url, f"{place}: {translate(error, name)}")
        if has:
            self._proven[url] = self._monotonic()
            return None
        self._proven.pop(url, None)
        return self._undecided(
            url,
            f"{place}: it answers for `{name}` as its base model does, so it has no such adapter: "
            f'start it with LORA_ADAPTERS, or write served_name = "{BASE_MODEL}" for the base model',
        )

    def _undecided(self, url: str, words: str) -> str | None:
        """Remember why it is not asked; one that had the adapter a while ago goes on and is tried again."""
        if url in self._proven:
            return None
        self._lacking[url] = words
        return words

    async def _lists(self, url: str, name: str) -> bool:
        """Tell whether the server names it: the base model's own id, or an adapter on a server that does list them."""
        async with new_client() as client:
            body = (await client.get(_root(url) + "/v1/models")).json()
        return any(model.get("id") == name for model in body.get("data", ()))

    async def _differs(self, url: str, name: str) -> bool:
        adapted, base = await asyncio.gather(self._probe(url, name), self._probe(url, BASE_MODEL))
        if [token for token, _ in adapted] != [token for token, _ in base]:
            return True
        pairs = zip(adapted, base, strict=True)
        return any(abs(mine - its) > SAME_LOGPROB for (_, mine), (_, its) in pairs)

    async def _probe(self, url: str, model: str) -> list[tuple[str, float]]:
        messages = [{"role": "user", "content": _PROBE}]
        async with vendor_client(self._entry, url) as client:
            reply: ChatCompletionOutput = await client.chat_completion(
                messages, model=model, max_tokens=_PROBE_TOKENS, temperature=0.0, logprobs=True
            )
        logprobs = reply.choices[0].logprobs
        return [(one.token, one.logprob) for one in logprobs.content] if logprobs else []


def _root(url: str) -> str:
    """Return the server's root: the vendor's client takes addresses with and without `/v1`, health routes do not."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
