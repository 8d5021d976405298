"""HTTP to an encoder: TEI, or Maru's own encoder process, which speaks TEI's routes and `/analyse`."""

from typing import Any

import httpx

from bot.domain.errors import EncoderUnavailable, TextRefused

BATCH = 32
"""TEI's default `max-client-batch-size`: more texts in one request are refused."""

CONNECT_SECONDS = 3.0
KEEPALIVE_SECONDS = 4.0
"""Below the 5 s after which uvicorn closes an idle connection."""

KEPT_CONNECTIONS = 256
"""As many threads as one worker may run turns in: fewer would open a connection for nearly every call."""

_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_REFUSALS = (httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, httpx.codes.UNPROCESSABLE_ENTITY)
"""Of the 4xx only these are about the text; a wrong key or path (401, 404) is about the settings and can be mended."""

_LONGEST_DETAIL = 300


class EncoderConnection:
    """A pool of connections to one server, shared by threads. Nothing from the environment: no proxy, no redirect."""

    def __init__(self, url: str, *, timeout: float, api_key: str | None = None) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS
            ),
            trust_env=False,
        )

    def ask(self, path: str, payload: dict[str, Any], *, expected: int) -> list[Any]:
        """POST and return the list of `expected` answers. Safe to repeat: encoding changes nothing.

        Raises EncoderUnavailable, TextRefused where the texts themselves are at fault.
        """
        try:
            response = self._post_twice(path, payload)
        except httpx.TimeoutException as error:
            raise EncoderUnavailable(
                f"The encoder did not answer in time ({path}). Nothing was lost; try later."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EncoderUnavailable(f"The encoder cannot be reached ({_plain(error)}): see that it runs.") from error
        if response.status_code != httpx.codes.OK:
            refusal = TextRefused if response.status_code in _REFUSALS else EncoderUnavailable
            raise refusal(f"The encoder refused {path} (HTTP {response.status_code}: {_detail(response)}).")
        try:
            answers = response.json()
        except ValueError as error:
            raise EncoderUnavailable(f"The encoder answered {path} with what is no JSON.") from error
        if not isinstance(answers, list) or len(answers) != expected:
            raise EncoderUnavailable(f"The encoder answered {path} with something else than {expected} results.")
        return answers

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()

    def _post_twice(self, path: str, payload: dict[str, Any]) -> httpx.Response:
        """Send once more where the connection was closed before an answer: a pooled one may have been stale."""
        try:
            return self._client.post(path, json=payload)
        except _DROPPED:
            return self._client.post(path, json=payload)


def _detail(response: httpx.Response) -> str:
    """Return the error's words out of TEI's JSON or a plain body."""
    try:
        body: Any = response.json()
    except ValueError:
        body = response.text
    words = " ".join(str(body.get("error", body) if isinstance(body, dict) else body).split())
    return words if len(words) <= _LONGEST_DETAIL else f"{words[:_LONGEST_DETAIL]}…"


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__
