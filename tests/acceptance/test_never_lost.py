"""Whatever dies in the middle: the answer still comes, and it comes once."""

import threading
from pathlib import Path

import psycopg
import pytest
import redis

from tests.acceptance.house import House, answers, eventually, process
from tests.acceptance.models import QUESTION, SUPPORTED, CommandedModel
from tests.acceptance.seen import SlackScreen
from tests.standins.slack_http import Failure

pytestmark = pytest.mark.acceptance


def asked(house: House, slack: SlackScreen, channel: str) -> None:
    """Ask in a new thread."""
    assert house.slack(slack.platform.mention(QUESTION, channel=channel)) == 200


def answered_once(house: House, slack: SlackScreen, channel: str) -> None:
    """Wait until everything is done, and see one good reply."""
    slack.wait(channel)
    house.at_rest()
    assert [post["text"].startswith(SUPPORTED) for post in slack.posts(channel)] == [True]


def test_the_sign_of_life_comes_before_the_answer(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.dawdle()
    said = commanded_slack.platform.mention(QUESTION, channel="C60")
    assert commanded.slack(said) == 200

    commanded_slack.wait_eyes(said)
    model.wait_busy()
    assert commanded_slack.posts("C60") == []

    model.hurry()
    commanded.kill("worker-dialogue")  # the call in progress would be silent for a minute
    answered_once(commanded, commanded_slack, "C60")


def test_a_dialogue_worker_killed_in_mid_answer(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.server.token_seconds = 1.0
    asked(commanded, commanded_slack, "C61")
    model.wait_busy()

    commanded.kill("worker-dialogue")
    model.server.token_seconds = 0.0

    answered_once(commanded, commanded_slack, "C61")
    attempts = "SELECT attempts FROM inbox WHERE event->'address'->>'channel' = 'C61'"
    assert commanded.rows(attempts) == [(2,)]


def test_a_frozen_dialogue_worker_is_replaced_and_says_nothing_when_it_thaws(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel, tmp_path: Path
) -> None:
    model.dawdle()
    asked(commanded, commanded_slack, "C71")
    model.wait_busy()

    with commanded.frozen("worker-dialogue"):
        model.hurry()
        with process(tmp_path / "second.log", commanded.surroundings, "worker", "--queues", "dialogue"):
            commanded_slack.wait("C71")
    model.server.server.drop_idle()  # the frozen worker's call ends, and it goes on with its turn

    assert commanded.slack(commanded_slack.platform.mention("hi", channel="C72")) == 200
    commanded_slack.wait("C72")  # it works again
    eventually(lambda: model.server.running == 0, "the frozen worker's call is over")
    answered_once(commanded, commanded_slack, "C71")


def test_all_of_redis_forgotten_in_mid_answer(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.server.first_token_seconds = 2.0
    asked(commanded, commanded_slack, "C62")
    model.wait_busy()

    with redis.Redis.from_url(commanded.addresses()["MARU_BROKER_URL"]) as broker:
        broker.flushall()
    model.server.first_token_seconds = 0.0

    answered_once(commanded, commanded_slack, "C62")
    asked(commanded, commanded_slack, "C63")
    answered_once(commanded, commanded_slack, "C63")


def test_a_delivery_worker_killed_before_it_hears_that_slack_took_the_post(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    heard = threading.Event()
    commanded_slack.platform.fail("chat.postMessage", Failure(until=heard))
    asked(commanded, commanded_slack, "C64")
    commanded_slack.wait("C64")

    commanded.kill("worker-delivery")
    heard.set()
    # A delivery's lease lasts a minute, so that no living worker is overtaken; here the minute is over at once.
    commanded.rows("UPDATE outbox SET due_at = now() WHERE status = 'sending' RETURNING id")

    answered_once(commanded, commanded_slack, "C64")
    assert commanded.rows("SELECT status, uncertain FROM outbox ORDER BY id DESC LIMIT 1") == [("sent", True)]


def test_everything_but_the_gateway_killed_at_once(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.dawdle()
    asked(commanded, commanded_slack, "C65")
    model.wait_busy()

    model.hurry()
    for name in ("worker-dialogue", "worker-delivery", "worker-upkeep", "beat", "redis"):
        commanded.kill(name)

    answered_once(commanded, commanded_slack, "C65")


def test_a_killed_postgres(commanded: House, commanded_slack: SlackScreen, model: CommandedModel) -> None:
    model.server.first_token_seconds = 2.0
    asked(commanded, commanded_slack, "C66")
    model.wait_busy()

    commanded.kill("postgres")
    model.server.first_token_seconds = 0.0
    eventually(lambda: _connects(commanded), "Postgres serves again")

    answered_once(commanded, commanded_slack, "C66")


def test_a_killed_gateway_loses_nothing_that_it_acknowledged(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    acknowledged = []
    for number in range(5):
        asked(commanded, commanded_slack, f"C67{number}")
        acknowledged.append(f"C67{number}")
    commanded.kill("gateway")
    eventually(lambda: answers(f"{commanded.url}/readyz"), "the gateway serves again")

    for channel in acknowledged:
        answered_once(commanded, commanded_slack, channel)


def test_two_messages_of_one_conversation_are_answered_in_order(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.server.first_token_seconds = 2.0
    first = commanded_slack.platform.direct(QUESTION, channel="D68")
    second = commanded_slack.platform.direct("thanks", channel="D68")
    other = commanded_slack.platform.direct("hi", channel="D69")

    assert [commanded.slack(one) for one in (first, second, other)] == [200, 200, 200]

    commanded_slack.wait("D69")
    assert commanded_slack.posts("D68") == []
    posts = commanded_slack.wait("D68", 2)
    assert [post["text"].partition(" ")[0] for post in posts] == ["Use", "You're"]


def _connects(house: House) -> bool:
    try:
        return house.rows("SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False
