"""A second gateway of the same Maru: Telegram's webhook and Slack's Socket Mode."""

import json
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import WEBHOOK_SECRET
from tests.acceptance.house import House
from tests.acceptance.seen import SlackScreen, TelegramScreen
from tests.standins.telegram_updates import private_message

pytestmark = pytest.mark.acceptance

ALLOWED = 43


def pushed(side_door: str, update: Any, *, secret: str | None = WEBHOOK_SECRET) -> int:
    """Deliver an update as Telegram would; return the status."""
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    url = f"{side_door}/telegram/webhook"
    return httpx.post(url, content=body, headers=headers, timeout=30, trust_env=False).status_code


def an_update(telegram: TelegramScreen, text: str, *, number: int) -> dict[str, Any]:
    telegram.platform.know(ALLOWED)
    message = private_message(telegram.platform.new_message_id(ALLOWED), text, user=ALLOWED)
    return {"update_id": 900_000_000 + number, "message": message}


def test_an_update_by_webhook_is_answered_once(maru: House, telegram: TelegramScreen, side_door: str) -> None:
    before = len(telegram.sent(ALLOWED))
    update = an_update(telegram, "배포를 롤백하려면?", number=1)

    assert [pushed(side_door, update), pushed(side_door, update)] == [200, 200]
    telegram.wait(ALLOWED, before + 1)
    maru.at_rest()

    assert ["shipctl rollback web" in sent.text for sent in telegram.sent(ALLOWED)[before:]] == [True]


@pytest.mark.parametrize("secret", ["wrong", "", None, WEBHOOK_SECRET + "x"])
def test_a_wrong_secret_is_refused_and_nothing_kept(
    maru: House, telegram: TelegramScreen, side_door: str, secret: str | None
) -> None:
    before = maru.rows("SELECT count(*) FROM inbox")

    assert pushed(side_door, an_update(telegram, "hi", number=2), secret=secret) == 401
    assert maru.rows("SELECT count(*) FROM inbox") == before


def test_bodies_that_are_no_updates(side_door: str) -> None:
    assert pushed(side_door, b"{") == 400
    assert pushed(side_door, b"[]") == 400
    assert pushed(side_door, b'{"x": "' + b"y" * 1_100_000 + b'"}') == 413
    assert pushed(side_door, {"update_id": 5, "poll": {}}) == 200


def test_a_mention_by_socket_mode_is_acknowledged_and_answered_once(
    maru: House, slack: SlackScreen, side_door: str
) -> None:
    said = slack.platform.mention("배포를 롤백하려면?", channel="C40")
    sent = slack.platform.socket.send("events_api", said)
    assert slack.platform.socket.wait_ack(sent) is not None
    again = slack.platform.socket.send("events_api", said, retry_attempt=1, retry_reason="timeout")
    assert slack.platform.socket.wait_ack(again) is not None
    slack.wait("C40")
    maru.at_rest()

    (post,) = slack.posts("C40")
    assert post["thread_ts"] == said["event"]["ts"]
    assert "shipctl rollback web --to previous" in post["text"]


def test_a_slash_command_by_socket_mode(maru: House, slack: SlackScreen, side_door: str) -> None:
    command = slack.platform.command("kb list")
    sent = slack.platform.socket.send("slash_commands", command)

    assert slack.platform.socket.wait_ack(sent) is not None
    assert "Deploys" in slack.wait_response(command)["text"]
