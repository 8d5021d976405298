"""Every way in which a model server or the vendor's client fails, turned into the errors of bot.domain.errors.

A stream that fails does so inside an HTTP 200, with a status of 422 that TGI writes whatever happened: words decide.
"""

from typing import Any

import httpx2
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError, OfflineModeIsEnabled, TextGenerationError

from bot.domain.errors import ModelRejected, ModelUnavailable

VENDOR_ERRORS: tuple[type[Exception], ...] = (
    httpx2.HTTPError,  # the root of HfHubHTTPError, InferenceTimeoutError and TextGenerationError, too
    httpx2.StreamError,
    httpx2.InvalidURL,
    OfflineModeIsEnabled,
    # What the vendor's parser raises on a body that is not what it expects (JSONDecodeError is a ValueError):
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)

LONGEST_DETAIL = 300

_TEMPORARY_STATUS = frozenset({408, 424, 425, 429})
_TEMPORARY_WORDS = (
    "overloaded",
    "request failed during generation",
    "incomplete generation",
    "unavailable",
    "timed out",
    "timeout",
    "internal server error",
    "internalservererror",
    "server_error",
    "unhealthy",
    "loading model",
)
_FINAL_WORDS = (
    "validation error",
    "template",
    "tool error",
    "grammar",
    "exceed_context_size",
    "context length",
    "invalid_request",
    "badrequest",
    "notfounderror",
    "does not exist",
)


def translate(error: Exception, name: str) -> ModelUnavailable | ModelRejected:
    """Return what `error` means for a call of the model `name`: try again later, or never in this form."""
    if isinstance(error, InferenceTimeoutError | httpx2.TimeoutException | httpx2.ConnectError):
        return ModelUnavailable(f"The server of {name} cannot be reached ({_plain(error)}): see that it runs.")
    if isinstance(error, HfHubHTTPError):
        return _by_status(error, name)
    if isinstance(error, TextGenerationError):
        return _by_words(_words_of(error), name)
    if isinstance(error, httpx2.TransportError):
        return ModelUnavailable(f"The server of {name} closed the connection ({_plain(error)}). Ask again.")
    if isinstance(error, httpx2.InvalidURL):
        return ModelRejected(
            f"The address of {name} cannot be used ({_plain(error)}): correct `urls` in the models file."
        )
    return ModelUnavailable(f"The server of {name} sent what is no chat completion ({_plain(error)}). Ask again.")


def _by_status(error: HfHubHTTPError, name: str) -> ModelUnavailable | ModelRejected:
    status = error.response.status_code
    detail = _body_of(error.response)
    if status in _TEMPORARY_STATUS or status >= 500:
        return ModelUnavailable(f"The server of {name} cannot answer now (HTTP {status}: {detail}). Ask again later.")
    if status in (401, 403):
        return ModelRejected(f"The server of {name} refuses the key (HTTP {status}): check the entry's `api_key_env`.")
    if status == 404:
        return ModelRejected(f"The server of {name} does not know it ({detail}): check `served_name` and `urls`.")
    return ModelRejected(f"The server of {name} refused the request (HTTP {status}: {detail}).")


def _by_words(words: str, name: str) -> ModelUnavailable | ModelRejected:
    lowered = words.lower()
    if any(word in lowered for word in _TEMPORARY_WORDS):
        return ModelUnavailable(f"The server of {name} cannot answer now ({_short(words)}). Ask again later.")
    if any(word in lowered for word in _FINAL_WORDS):
        return ModelRejected(f"The server of {name} refused the request ({_short(words)}).")
    # Unknown words are taken for a passing failure: trying again costs little, giving up for good costs an answer.
    return ModelUnavailable(f"The server of {name} failed ({_short(words)}). Ask again later.")


def _words_of(error: TextGenerationError) -> str:
    """Return message and type of the error object that the stream carried (the vendor passes it on as it came)."""
    detail: Any = error.args[0] if error.args else ""
    if isinstance(detail, dict):
        return " ".join(str(detail[key]) for key in ("message", "type") if detail.get(key))
    return str(detail)


def _body_of(response: httpx2.Response) -> str:
    """Return the error's words out of TGI's, OpenAI's or a plain body."""
    try:
        body: Any = response.json()
    except (ValueError, httpx2.ResponseNotRead):
        return _short(_text_of(response))
    detail = body.get("error") if isinstance(body, dict) else body
    if isinstance(detail, dict):
        detail = detail.get("message", detail)
    return _short(str(detail))


def _text_of(response: httpx2.Response) -> str:
    try:
        return response.text
    except httpx2.ResponseNotRead:
        return ""


def _plain(error: Exception) -> str:
    return _short(str(error)) or type(error).__name__


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_DETAIL else f"{words[:LONGEST_DETAIL]}…"
