"""A worker that dies right before any of its steps leaves one reply behind, once another has come by."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.application.intake import take
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import EventId, MessageKey, MessageReceived
from integrations.memory.doorbell import CollectingDoorbell
from integrations.postgres.inbox import PostgresInbox
from tests.conftest import Database
from tests.crash.worker import KILLED, work
from tests.standins.slack import SlackStandIn
from tests.standins.telegram import TelegramStandIn

ROOT = Path(__file__).parents[2]
MOST_STEPS = 40
QUESTION = "How do I roll back a deploy?"


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as slack:
        yield slack


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as telegram:
        yield telegram


def die_before(number: int, database: Database, platform: Platform, api_url: str) -> str | None:
    """Run a worker that dies before its n-th step, and return what that was; None if it had no so many."""
    command = (sys.executable, "-m", "tests.crash.worker", database.server.url, platform, api_url, str(number))
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode in (0, KILLED), ended.stderr
    return ended.stdout.strip() if ended.returncode else None


def pass_a_minute(database: Database) -> None:
    """Let every lease run out."""
    with database.pool.connection() as connection:
        connection.execute("UPDATE conversation SET due_at = due_at - interval '1 minute'")
        connection.execute("UPDATE outbox SET due_at = due_at - interval '1 minute'")


def settled(database: Database) -> tuple[int, int, int]:
    """Return how many turns there are, and how many events and replies are still open."""
    with database.pool.connection() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM turn), (SELECT count(*) FROM inbox WHERE settled_at IS NULL), "
            "(SELECT count(*) FROM outbox WHERE status <> 'sent')"
        ).fetchone()
    assert row is not None
    return row


def keep(database: Database, platform: Platform, person: str, address: Address) -> None:
    event = MessageReceived(
        event_id=EventId(f"{platform}:1"),
        message_key=MessageKey(f"{platform}:1"),
        conversation=ConversationId(f"{platform}:1"),
        person=PersonId(person),
        address=address,
        text=QUESTION,
    )
    assert take(event, inbox=PostgresInbox(database.pool), doorbell=CollectingDoorbell())


def test_on_slack_there_is_one_reply_whenever_it_dies(database: Database, slack: SlackStandIn) -> None:
    steps = []
    for number in range(1, MOST_STEPS):
        database.clear()
        ts = slack.say("C1", "U1", QUESTION)
        before = len(slack.posts)
        address = Address(Platform.SLACK, channel="C1", thread=ts, reply_to=ts, team="T1")
        keep(database, Platform.SLACK, "slack:T1/MEMBER", address)

        step = die_before(number, database, Platform.SLACK, slack.api_url)
        if step is None:
            break
        steps.append(step)
        pass_a_minute(database)
        work(database.pool, Platform.SLACK, slack.api_url)

        assert len(slack.posts) - before == 1, f"died before step {number}: {step}"
        assert settled(database) == (1, 0, 0), f"died before step {number}: {step}"
    assert steps.count("send") == 1
    assert len(steps) > 5


def test_on_telegram_it_is_doubled_only_between_the_post_and_its_record(
    database: Database, telegram: TelegramStandIn
) -> None:
    steps, posts = [], []
    for number in range(1, MOST_STEPS):
        database.clear()
        message = telegram.private(QUESTION)
        before = len(telegram.sent)
        address = Address(Platform.TELEGRAM, channel="42", reply_to=str(message["message_id"]), direct=True)
        keep(database, Platform.TELEGRAM, "telegram:42", address)

        step = die_before(number, database, Platform.TELEGRAM, telegram.api_url)
        if step is None:
            break
        steps.append(step)
        pass_a_minute(database)
        work(database.pool, Platform.TELEGRAM, telegram.api_url)

        posts.append(len(telegram.sent) - before)
        assert settled(database) == (1, 0, 0), f"died before step {number}: {step}"
    window = steps.index("send") + 1  # the step behind the post: its record
    assert posts == [2 if place == window else 1 for place in range(len(steps))]
