"""Whether an entry's servers can be used: they answer, and they have the LoRA adapter that the entry names."""

import asyncio
from concurrent.futures import CancelledError
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

BASE_MODEL = "tgi"
"""TGI's own name for the model without an adapter."""

SAME_LOGPROB = 0.01
"""Two runs of one model differ by less (batching changes rounding); a trained adapter changes more somewhere."""

_PROBE = "List the steps you would take first, and say why."
_PROBE_TOKENS = 8


class HealthCheck:
    """Asks every server of one entry at once. Thread-safe."""

    def __init__(self, entry: ModelEntry, loop: ModelLoop) -> None:
        self._entry = entry
        self._loop = loop
        self._proven: set[str] = set()

    def trouble(self) -> str | None:
        """Return why none can be used, None while one can. Takes 1 s at most, 5 more while an adapter is unproven."""
        task = self._loop.submit(self._ask_all())
        try:
            troubles = task.result(HEALTH_SECONDS + ADAPTER_SECONDS + 1)
        except (TimeoutError, CancelledError):
            task.cancel()
            return f"{self._entry.name}: the check did not end; this process is overloaded or stopping."
        return None if None in troubles else "; ".join(text for text in troubles if text)

    async def _ask_all(self) -> list[str | None]:
        return list(await asyncio.gather(*map(self._ask, self._entry.urls)))

    async def _ask(self, url: str) -> str | None:
        try:
            async with asyncio.timeout(HEALTH_SECONDS), new_client() as client:
                status = await self._status(client, url)
        except TimeoutError:
            return self._lost(url, f"no answer within {HEALTH_SECONDS:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return self._lost(url, str(error) or type(error).__name__)
        if status != 200:
            return self._lost(url, f"HTTP {status} from its health route")
        return await self._adapter_trouble(url)

    async def _status(self, client: httpx2.AsyncClient, url: str) -> int:
        status = (await client.get(_root(url) + "/health")).status_code
        if status == 404 and self._entry.kind == "openai":  # hosted services have no such route
            key = {"authorization": f"Bearer {self._entry.api_key}"} if self._entry.api_key else {}
            status = (await client.get(_root(url) + "/v1/models", headers=key)).status_code
        return status

    def _lost(self, url: str, why: str) -> str:
        self._proven.discard(url)  # after a restart it may serve something else
        return f"{self._entry.name} at {url}: {why}"

    async def _adapter_trouble(self, url: str) -> str | None:
        """Tell whether TGI has the adapter, by comparing its words with the base model's.

        TGI lists its adapters nowhere, and for a name that it does not know it runs the base model and echoes the name.
        """
        name = self._entry.served_name
        if self._entry.kind != "tgi" or name == BASE_MODEL or url in self._proven:
            return None
        try:
            async with asyncio.timeout(ADAPTER_SECONDS):
                if await self._lists(url, name) or await self._differs(url, name):
                    self._proven.add(url)
                    return None
        except TimeoutError:
            return f"{self._entry.name} at {url}: could not yet prove that it has the adapter `{name}` (too busy)"
        except VENDOR_ERRORS as error:
            return f"{self._entry.name} at {url}: {translate(error, name)}"
        return (
            f"{self._entry.name} at {url}: it answers for `{name}` as its base model does, so it has no such adapter: "
            f'start it with LORA_ADAPTERS, or write served_name = "{BASE_MODEL}" for the base model'
        )

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
