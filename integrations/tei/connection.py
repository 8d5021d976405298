"""HTTP to an encoder: TEI, or Maru's own encoder process, which speaks TEI's routes and `/analyse`."""

import time
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.util import Timeout, parse_url

from bot.domain.breaker import Breaker
from bot.domain.errors import EncoderUnavailable, TextRefused

BATCH = 32
"""TEI's default `max-client-batch-size`: more texts in one request are refused."""

CONNECT_SECONDS = 3.0
REST_SECONDS = 2.0
"""How long an encoder that failed again and again is spared: below the first pauses of a turn that is tried again
(1, 2, 4 … s), so that an outage is not made longer."""

KEPT_CONNECTIONS = 256
"""As many threads as one worker may run turns in: fewer would open a connection for nearly every call."""

_OK = 200
_REFUSALS = (400, 413, 422)
"""Of the 4xx only these are about the text; a wrong key or path (401, 404) is about the settings and can be mended."""

_LONGEST_DETAIL = 300


class EncoderConnection:
    """A pool of connections to one server, shared by threads. Nothing from the environment: no proxy, no redirect.

    urllib3, not httpx: half its time for a call, and httpx looks at every idle connection before each.
    """

    def __init__(self, url: str, *, timeout: float, api_key: str | None = None) -> None:
        self._pool = urllib3.connection_from_url(
            url,
            maxsize=KEPT_CONNECTIONS,
            headers={"authorization": f"Bearer {api_key}"} if api_key else None,
            timeout=Timeout(connect=CONNECT_SECONDS, read=timeout),
            retries=False,
        )
        self._root = (parse_url(url).path or "").rstrip("/")
        self._breaker = Breaker(
            rest_seconds=REST_SECONDS,
            failing=(EncoderUnavailable,),
            living=(TextRefused,),
            refusal=_spared,
            monotonic=time.monotonic,
        )

    def ask(self, path: str, payload: dict[str, Any], *, expected: int) -> list[Any]:
        """POST and return the list of `expected` answers. Safe to repeat: encoding changes nothing.

        Raises EncoderUnavailable, at once while the server is spared (`Breaker`), and TextRefused where the texts
        themselves are at fault.
        """
        with self._breaker.call():
            return self._ask(path, payload, expected=expected)

    def close(self) -> None:
        """Close the pooled connections."""
        self._pool.close()

    def _ask(self, path: str, payload: dict[str, Any], *, expected: int) -> list[Any]:
        try:
            response = self._post_twice(path, payload)
        except ReadTimeoutError as error:
            raise EncoderUnavailable(
                f"The encoder did not answer in time ({path}). Nothing was lost; try later."
            ) from error
        except HTTPError as error:
            raise EncoderUnavailable(f"The encoder cannot be reached ({_plain(error)}): see that it runs.") from error
        if response.status != _OK:
            refusal = TextRefused if response.status in _REFUSALS else EncoderUnavailable
            raise refusal(f"The encoder refused {path} (HTTP {response.status}: {_detail(response)}).")
        try:
            answers = response.json()
        except ValueError as error:
            raise EncoderUnavailable(f"The encoder answered {path} with what is no JSON.") from error
        if not isinstance(answers, list) or len(answers) != expected:
            raise EncoderUnavailable(f"The encoder answered {path} with something else than {expected} results.")
        return answers

    def _post_twice(self, path: str, payload: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        """Send once more where the connection was closed before an answer: a pooled one may have been stale."""
        try:
            return self._pool.request("POST", self._root + path, json=payload)
        except ProtocolError:
            return self._pool.request("POST", self._root + path, json=payload)


def _spared(_seconds: float) -> EncoderUnavailable:
    return EncoderUnavailable("The encoder failed again and again and is asked anew in some seconds.")


def _detail(response: urllib3.BaseHTTPResponse) -> str:
    """Return the error's words out of TEI's JSON or a plain body."""
    try:
        body: Any = response.json()
    except ValueError:
        body = response.data.decode("utf-8", "replace")
    words = " ".join(str(body.get("error", body) if isinstance(body, dict) else body).split())
    return words if len(words) <= _LONGEST_DETAIL else f"{words[:_LONGEST_DETAIL]}…"


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__
