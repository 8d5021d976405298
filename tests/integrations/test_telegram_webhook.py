"""Pushed updates: who may push, and what each answer means to Telegram."""

import json
from collections import Counter
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.domain.errors import DatabaseUnavailable, DocumentRefused, PlatformUnavailable, SettingsInvalid
from bot.domain.events import Event
from integrations.telegram.parse import BotIdentity
from integrations.telegram.webhook import MAX_BODY_BYTES, TelegramWebhook
from tests.standins.telegram_updates import group_message, private_message

SECRET = "s3cret-of-the-webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {"update_id": 7, "message": private_message(5, "how do I deploy?")}


class Door:
    """A gateway with an intake that keeps, or fails as told."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.released: list[str] = []
        self.counts: Counter[str] = Counter()
        self.outage: Exception | None = None
        self.away: Exception | None = None
        webhook = TelegramWebhook(
            SECRET,
            intake=self._intake,
            count=lambda reason: self.counts.update([reason]),
            identity=self._identity,
            most_failed=2,
            released=self.released.append,
        )
        self._client = TestClient(Starlette(routes=[Route("/telegram/webhook", webhook.receive, methods=["POST"])]))

    def push(self, body: Any, *, secret: str | bytes | None = SECRET) -> int:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if secret is None else {HEADER: secret}
        answer = self._client.post("/telegram/webhook", content=content, headers=headers)
        assert answer.content == b""
        return answer.status_code

    def _intake(self, event: Event) -> bool:
        if self.outage:
            raise self.outage
        self.kept.append(event)
        return True

    def _identity(self) -> BotIdentity:
        if self.away:
            raise self.away
        return BotIdentity(id=123456, username="maru_test_bot")


@pytest.fixture
def door() -> Door:
    return Door()


def test_an_update_is_kept_before_it_is_acknowledged(door: Door) -> None:
    assert door.push(UPDATE) == 200
    assert [(event.event_id, event.text) for event in door.kept] == [("telegram:123456:7", "how do I deploy?")]


def test_a_press_is_kept_and_then_its_button_is_released(door: Door) -> None:
    post = private_message(5, "the answer")
    query = {"id": "9", "from": post["from"], "message": post, "data": "/why 7", "chat_instance": "1"}
    door.outage = DatabaseUnavailable("Postgres does not answer")
    assert door.push({"update_id": 8, "callback_query": query}) == 503
    assert door.released == []
    door.outage = None
    assert door.push({"update_id": 8, "callback_query": query}) == 200
    assert [event.text for event in door.kept] == ["why 7"]
    assert door.released == ["9"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "gehéim".encode("latin-1"), "비밀".encode()])
def test_a_wrong_secret_keeps_nothing(door: Door, secret: str | bytes | None) -> None:
    assert door.push(UPDATE, secret=secret) == 401
    assert door.kept == []
    assert door.counts == {"wrong_secret": 1}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(door: Door, body: bytes) -> None:
    assert door.push(body) == 400


def test_a_large_body_is_refused(door: Door) -> None:
    assert door.push(b" " * (MAX_BODY_BYTES + 1)) == 413
    assert door.push(json.dumps(UPDATE).encode().ljust(MAX_BODY_BYTES)) == 200


def test_a_large_body_of_unannounced_length_is_refused(door: Door) -> None:
    pieces = (b" " * 100_000 for _ in range(11))
    assert door._client.post("/telegram/webhook", content=pieces, headers={HEADER: SECRET}).status_code == 413


@pytest.mark.parametrize("part", ["outage", "away"])
def test_what_could_not_be_kept_is_sent_again(door: Door, part: str) -> None:
    setattr(door, part, DatabaseUnavailable("away") if part == "outage" else PlatformUnavailable("away"))
    assert door.push(UPDATE) == 503
    setattr(door, part, None)
    assert door.push(UPDATE) == 200
    assert len(door.kept) == 1


def test_what_can_never_be_kept_does_not_block_the_chat(door: Door) -> None:
    assert door.push({"update_id": 8, "message": {"chat": "nonsense"}}) == 200
    assert door.push({"no": "id"}) == 200
    assert door.push({"update_id": 9, "message": group_message(3, "just talking")}) == 200
    assert door.push({"update_id": 10, "poll_of_tomorrow": {}}) == 200
    door.outage = DocumentRefused("never")
    assert door.push(UPDATE) == 200
    assert door.kept == []
    assert door.counts == {"malformed": 2, "not_addressed": 1, "poll_of_tomorrow": 1, "refused": 1}


def test_an_update_that_maru_fails_on_is_set_aside_at_the_third_time(door: Door) -> None:
    door.outage = ZeroDivisionError("boom")
    other = {**UPDATE, "update_id": 8}
    assert [door.push(UPDATE), door.push(other), door.push(UPDATE), door.push(other)] == [500] * 4
    assert door.push(UPDATE) == 200
    assert door.counts == {"poisoned": 1}
    door.outage = None
    assert door.push(other) == 200, "what was mended meanwhile is kept"
    assert [event.event_id for event in door.kept] == ["telegram:123456:8"]


def test_the_memory_of_failures_is_bounded(door: Door) -> None:
    door.outage = ZeroDivisionError("boom")
    pushed = [door.push({**UPDATE, "update_id": number}) for number in (1, 1, 2, 3, 1, 1, 1)]
    assert pushed == [500] * 6 + [200], "the third one made Maru forget the first"


def test_an_empty_secret_would_let_anybody_in(door: Door) -> None:
    with pytest.raises(SettingsInvalid, match="MARU_TELEGRAM_WEBHOOK_SECRET"):
        TelegramWebhook("", intake=door._intake, count=print, identity=door._identity)
