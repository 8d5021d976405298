"""Long polling with the real client library: kept before confirmed, and never silently dead."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bot.domain.errors import DatabaseUnavailable, DocumentRefused
from bot.domain.events import Event, Incoming, MessageChanged
from integrations.memory.leadership import InMemoryLeadership
from integrations.telegram.poller import Pace, TelegramPoller
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_failures import Failure, bad_gateway, flood, server_error
from tests.standins.telegram_updates import private_message

BRISK = Pace(poll=5, margin=1.0, first_pause=0.02, longest_pause=0.1, refused_pause=0.05, elect=0.05)


class RememberingIntake:
    """Keeps events once; can be told to be unable to."""

    def __init__(self) -> None:
        self.kept: dict[str, Event] = {}
        self.changes: list[MessageChanged] = []
        self.offered: list[str] = []
        self.outages: list[Exception] = []

    def __call__(self, event: Incoming) -> bool:
        if isinstance(event, MessageChanged):
            self.changes.append(event)
            return True
        self.offered.append(event.text)
        if self.outages:
            raise self.outages.pop(0)
        return self.kept.setdefault(event.event_id, event) is event

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.kept.values()]


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        yield standin
        assert standin.complaints == []


@pytest.fixture
def intake() -> RememberingIntake:
    return RememberingIntake()


def poller_for(telegram: TelegramStandIn, intake: Callable[[Event], bool], **more: object) -> TelegramPoller:
    settings = {"count": Counter().update, "clock": SystemClock(), "jitter": lambda: 1.0, "pace": BRISK} | more
    token = settings.pop("token", telegram.token)
    return TelegramPoller(token, api_url=telegram.api_url, intake=intake, **settings)


@contextmanager
def running(poller: TelegramPoller) -> Iterator[TelegramPoller]:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        ended = thread.submit(poller.run, stop)
        try:
            yield poller
        finally:
            stop.set()
        ended.result(5)


def test_updates_are_kept_in_order_and_then_confirmed(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    for words in ("one", "two", "three"):
        telegram.private(words)
    with running(poller_for(telegram, intake)) as poller:
        telegram.wait_for(lambda: not telegram.unconfirmed)
        telegram.private("four")
        telegram.wait_for(lambda: not telegram.unconfirmed)
        assert poller.last_success is not None and poller.trouble is None
    assert intake.texts == ["one", "two", "three", "four"]
    assert telegram.offsets[:2] == [None, 700_000_004]
    names = "ask stop help status kb curate curated why bigger people cost quota".split()
    assert {language: [one["command"] for one in menu] for language, menu in telegram.commands.items()} == {
        "": names,
        "ko": names,
    }


def test_an_edit_is_handed_on(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    said = telegram.private("one")
    telegram.push_update({"edited_message": {**said, "text": "one, better", "edit_date": said["date"] + 1}})
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    (event,) = intake.kept.values()
    (change,) = intake.changes
    assert (change.message_key, change.person, change.text) == (event.message_key, event.person, "one, better")


def test_what_cannot_be_kept_is_not_confirmed(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    intake.outages = [DatabaseUnavailable("away")] * 4
    telegram.private("one")
    telegram.private("two")
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: len(intake.offered) >= 3)
        assert len(telegram.unconfirmed) == 2
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.offered == ["one"] * 5 + ["two"]
    assert intake.texts == ["one", "two"]


class Killed(BaseException):
    """What no code of ours catches: kill -9."""


def test_a_death_in_mid_batch_loses_and_doubles_nothing(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    telegram.private("one")
    telegram.private("two")

    def dying(event: Event) -> bool:
        if event.text == "two":
            raise Killed
        return intake(event)

    with pytest.raises(Killed), running(poller_for(telegram, dying)):
        telegram.wait_for(lambda: intake.kept)
        time.sleep(0.1)
    assert len(telegram.unconfirmed) == 2
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.offered == ["one", "one", "two"]
    assert intake.texts == ["one", "two"]


def test_an_update_that_maru_fails_on_is_set_aside_after_some_tries(
    telegram: TelegramStandIn, intake: RememberingIntake, caplog
) -> None:
    counts: Counter[str] = Counter()
    tried: list[str] = []

    def failing(event: Event) -> bool:
        tried.append(event.text)
        if event.text == "poison":
            raise ZeroDivisionError("a bug")
        return intake(event)

    for words in ("one", "poison", "two"):
        telegram.private(words)
    with running(poller_for(telegram, failing, count=lambda reason: counts.update([reason]))):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert tried == ["one", "poison", "poison", "poison", "two"]
    assert (intake.texts, counts) == (["one", "two"], {"poisoned": 1})
    assert "700000002 is set aside" in caplog.text


def test_a_defect_that_passes_loses_nothing(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    intake.outages = [ZeroDivisionError("a bug"), DatabaseUnavailable("away"), ZeroDivisionError("a bug")]
    telegram.private("one")
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["one"]


def test_one_bad_update_is_set_aside(telegram: TelegramStandIn, intake: RememberingIntake, caplog) -> None:
    counts: Counter[str] = Counter()
    telegram.private("one")
    bad = telegram.push_update({"message": {"chat": "nonsense", "text": 3}})
    telegram.push_update({"edited_message": {**private_message(1, "beep"), "from": {"id": 9, "is_bot": True}}})
    telegram.private("two")
    with running(poller_for(telegram, intake, count=lambda reason: counts.update([reason]))):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["one", "two"]
    assert counts == {"malformed": 1, "from_bot": 1}
    assert str(bad) in caplog.text


def test_an_event_that_can_never_be_kept_is_set_aside(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    intake.outages = [DocumentRefused("never")]
    telegram.private("one")
    telegram.private("two")
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["two"]


def test_a_webhook_is_removed_first_and_updates_survive_it(
    telegram: TelegramStandIn, intake: RememberingIntake
) -> None:
    telegram.webhook_url = "https://old.example/hook"
    telegram.private("one")
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert telegram.webhook_url == ""
    assert intake.texts == ["one"]


def test_two_pollers_conflict_loudly_and_nothing_is_lost(
    telegram: TelegramStandIn, intake: RememberingIntake, caplog
) -> None:
    with running(poller_for(telegram, intake)), running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: telegram.conflicts >= 1)
        telegram.private("one")
        telegram.wait_for(lambda: intake.kept)
    assert "one process only" in caplog.text
    assert intake.texts == ["one"]


def test_of_two_pollers_of_one_maru_one_polls_and_the_other_takes_over(
    telegram: TelegramStandIn, intake: RememberingIntake
) -> None:
    holders: dict[str, object] = {}
    first = poller_for(telegram, intake, leadership=InMemoryLeadership(holders, "telegram"))
    second = poller_for(telegram, intake, leadership=InMemoryLeadership(holders, "telegram"))
    with running(first):
        telegram.wait_for(lambda: first.last_success or telegram.calls["getUpdates"])
        with running(second):
            telegram.wait_for(lambda: second.trouble)
            telegram.private("one")
            telegram.wait_for(lambda: not telegram.unconfirmed)
            assert "takes over" in (second.trouble or "")
            assert second.last_success is None
    assert telegram.conflicts == 0

    with running(poller_for(telegram, intake, leadership=InMemoryLeadership(holders, "telegram"))) as third:
        telegram.private("two")
        telegram.wait_for(lambda: not telegram.unconfirmed)
        telegram.wait_for(lambda: third.trouble is None)
    assert intake.texts == ["one", "two"]
    assert holders == {}


def test_who_leads_no_more_stops_polling_at_once(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    holders: dict[str, object] = {}
    with running(poller_for(telegram, intake, leadership=InMemoryLeadership(holders, "telegram"))) as poller:
        telegram.wait_for(lambda: telegram.offsets)
        holders["telegram"] = "another process"
        telegram.wait_for(lambda: poller.trouble)
        telegram.private("one")
        time.sleep(0.2)
        assert len(telegram.unconfirmed) == 1
        del holders["telegram"]
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["one"]


class AwayAfterElection:
    """A leadership that cannot be asked any more once it was won."""

    def __init__(self) -> None:
        self.asked = 0

    def held(self) -> bool:
        self.asked += 1
        if self.asked > 1:
            raise DatabaseUnavailable("away")
        return True

    def give_up(self) -> None:
        pass


def test_while_nobody_can_be_elected_the_leader_goes_on(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    leadership = AwayAfterElection()
    with running(poller_for(telegram, intake, leadership=leadership)):
        telegram.wait_for(lambda: leadership.asked > 2)
        telegram.private("one")
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["one"]


def test_a_404_in_the_middle_is_a_refused_token_and_polling_goes_on(
    telegram: TelegramStandIn, intake: RememberingIntake
) -> None:
    telegram.fail("getUpdates", Failure(404, description="Not Found"))
    telegram.private("one")
    with running(poller_for(telegram, intake)) as poller:
        telegram.wait_for(lambda: "MARU_TELEGRAM_BOT_TOKEN" in (poller.trouble or ""))
        telegram.wait_for(lambda: not telegram.unconfirmed)
    assert intake.texts == ["one"]


@pytest.mark.parametrize(
    "failure",
    [server_error(), bad_gateway(), flood(1), Failure(), Failure(200, page=b"<html>"), Failure(200, page=b"{}")],
)
def test_polling_survives(telegram: TelegramStandIn, intake: RememberingIntake, failure: Failure) -> None:
    telegram.fail("getUpdates", failure)
    telegram.private("one")
    with running(poller_for(telegram, intake)) as poller:
        telegram.wait_for(lambda: poller.trouble)
        assert "Nothing is lost" in (poller.trouble or "")
        telegram.wait_for(lambda: not telegram.unconfirmed)
        telegram.wait_for(lambda: poller.trouble is None)
    assert intake.texts == ["one"]


def test_a_refused_token_is_said_in_words_and_tried_again_and_never_shown(
    telegram: TelegramStandIn, intake: RememberingIntake, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "123456:WRONG-and-secret"
    with running(poller_for(telegram, intake, token=secret)) as poller:
        telegram.wait_for(lambda: caplog.text.count("MARU_TELEGRAM_BOT_TOKEN") >= 2)
        assert poller.last_success is None
        assert "MARU_TELEGRAM_BOT_TOKEN" in (poller.trouble or "")
    assert "WRONG-and-secret" not in caplog.text


def test_pauses_grow_and_are_capped_and_jittered(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    drawn: list[float] = []

    def jitter() -> float:
        drawn.append(1.0)
        return 1.0

    telegram.fail("getMe", *[server_error()] * 5)
    started = time.monotonic()
    with running(poller_for(telegram, intake, jitter=jitter)):
        telegram.wait_for(lambda: telegram.calls["getUpdates"])
    assert len(drawn) == 5
    assert time.monotonic() - started >= 0.02 + 0.04 + 0.08 + 0.1 + 0.1


def test_it_stops_promptly_in_the_middle_of_a_long_poll(telegram: TelegramStandIn, intake: RememberingIntake) -> None:
    with running(poller_for(telegram, intake)):
        telegram.wait_for(lambda: telegram.offsets)
        started = time.monotonic()
    assert time.monotonic() - started < 2


def test_telegram_out_of_reach(intake: RememberingIntake) -> None:
    with TelegramStandIn() as gone:
        pass
    with running(poller_for(gone, intake)) as poller:
        gone.wait_for(lambda: poller.trouble)
        assert "24 hours" in (poller.trouble or "")
