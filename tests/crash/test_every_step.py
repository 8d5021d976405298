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
SMALL_TALK = "Thank you!"


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


def keep(database: Database, platform: Platform, person: str, address: Address, *, text: str = QUESTION) -> None:
    event = MessageReceived(
        event_id=EventId(f"{platform}:1"),
        message_key=MessageKey(f"{platform}:1"),
        conversation=ConversationId(f"{platform}:1"),
        person=PersonId(person),
        address=address,
        text=text,
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


def asked_on_telegram(database: Database, telegram: TelegramStandIn, text: str) -> None:
    message = telegram.private(text)
    address = Address(Platform.TELEGRAM, channel="42", reply_to=str(message["message_id"]), direct=True)
    keep(database, Platform.TELEGRAM, "telegram:42", address, text=text)


def posts_by_step(database: Database, telegram: TelegramStandIn, text: str) -> dict[str, int]:
    """Die before every step, and return how often the reply stands there: by number and name of the step."""
    posts: dict[str, int] = {}
    for number in range(1, MOST_STEPS):
        database.clear()
        asked_on_telegram(database, telegram, text)
        before = len(telegram.sent)
        step = die_before(number, database, Platform.TELEGRAM, telegram.api_url)
        if step is None:
            break
        pass_a_minute(database)
        work(database.pool, Platform.TELEGRAM, telegram.api_url)
        posts[f"{number} {step}"] = len(telegram.sent) - before
        assert settled(database) == (1, 0, 0), f"died before step {number}: {step}"
    return posts


def test_on_telegram_there_is_one_answer_whenever_it_dies(database: Database, telegram: TelegramStandIn) -> None:
    posts = posts_by_step(database, telegram, QUESTION)
    assert set(posts.values()) == {1}, posts
    assert len(posts) > 5
    assert [edit.changed for edit in telegram.edits] == [False]


def test_what_has_no_button_there_is_doubled_only_between_the_post_and_its_record(
    database: Database, telegram: TelegramStandIn
) -> None:
    posts = posts_by_step(database, telegram, SMALL_TALK)
    names = list(posts)
    window = next(place for place, name in enumerate(names) if name.endswith("send")) + 1  # its record
    assert list(posts.values()) == [2 if place == window else 1 for place in range(len(names))]
    assert telegram.edits == []


def test_whoever_dies_while_looking_loses_nothing_and_changes_nothing(
    database: Database, telegram: TelegramStandIn
) -> None:
    record = record_step(database, telegram)
    steps, posts = [], []
    for number in range(1, MOST_STEPS):
        before = len(telegram.sent)
        database.clear()
        asked_on_telegram(database, telegram, QUESTION)
        die_before(record, database, Platform.TELEGRAM, telegram.api_url)
        pass_a_minute(database)
        step = die_before(number, database, Platform.TELEGRAM, telegram.api_url)
        if step is None:
            break
        pass_a_minute(database)
        work(database.pool, Platform.TELEGRAM, telegram.api_url)
        steps.append(step)
        posts.append(len(telegram.sent) - before)
        assert settled(database) == (1, 0, 0), f"died before step {number}: {step}"
    looked = steps.index("find") + 2  # behind it: the look is begun, others' posts are left out, the find is recorded
    assert posts == [2 if place in (looked, looked + 1) else 1 for place in range(len(steps))]
    assert not any(edit.changed for edit in telegram.edits)


def record_step(database: Database, telegram: TelegramStandIn) -> int:
    """Return the step before which a worker dies with its post taken and not recorded."""
    for number in range(1, MOST_STEPS):
        before = len(telegram.sent)
        database.clear()
        asked_on_telegram(database, telegram, QUESTION)
        die_before(number, database, Platform.TELEGRAM, telegram.api_url)
        if len(telegram.sent) > before:
            return number
    raise AssertionError("nothing was posted")
