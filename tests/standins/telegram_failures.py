"""The ways in which Telegram fails, as answers."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """One documented way to fail.

    status: the answer; 0 cuts the connection without one. accept: do the work first. after: seconds before the answer.
    page: a gateway's HTML body instead of JSON.
    """

    status: int = 0
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    accept: bool = False
    after: float = 0.0
    page: bytes | None = None


def flood(seconds: int) -> Failure:
    return Failure(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def server_error() -> Failure:
    return Failure(500, "Internal Server Error")


def bad_gateway() -> Failure:
    return Failure(502, page=b"<html><h1>502 Bad Gateway</h1></html>")


def blocked() -> Failure:
    return Failure(403, "Forbidden: bot was blocked by the user")


def migrated(new_chat: int) -> Failure:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return Failure(400, words, {"migrate_to_chat_id": new_chat})


def entities_refused() -> Failure:
    return Failure(400, "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 0")


def dropped_after_accepting() -> Failure:
    return Failure(accept=True)


def slow(seconds: float) -> Failure:
    return Failure(200, accept=True, after=seconds)


class Refused(Exception):
    """The answer to a request that Telegram (or this stand-in's strictness) does not take."""

    def __init__(self, status: int, description: str, parameters: dict[str, int] | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters or {}


def failed(failure: Failure) -> tuple[int, bytes] | None:
    if not failure.status:
        return None
    if failure.page is not None:
        return failure.status, failure.page
    return refusal(Refused(failure.status, failure.description, failure.parameters))


def refusal(refused: Refused) -> tuple[int, bytes]:
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return refused.status, json.dumps(body).encode()
