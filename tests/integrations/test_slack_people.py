"""Who is a full member, and the sign of life."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from time import sleep

import pytest

from bot.domain.breaker import FAILURES
from bot.domain.conversation import Address, Platform
from bot.domain.errors import PlatformRateLimited, PlatformUnavailable
from bot.domain.events import EventId
from integrations.memory.rates import InMemoryRateLimiter
from integrations.slack.directory import SlackUsers
from integrations.slack.preview import SlackPreview
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn


@dataclass
class FrozenClock:
    seconds: float = 1000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def users(slack: SlackStandIn, clock: FrozenClock) -> SlackUsers:
    return SlackUsers(bot_token=BOT_TOKEN, api_url=slack.api_url, clock=clock, timeout_seconds=1.0)


def test_a_member_is_a_full_member(users: SlackUsers) -> None:
    assert users.is_full_member("T1", "U1")


@pytest.mark.parametrize(
    "flags",
    [
        {"is_restricted": True},
        {"is_restricted": True, "is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "T9"},
        {"team_id": "T9", "enterprise_user": {"teams": ["T8"]}},
    ],
    ids=str,
)
def test_guests_strangers_bots_and_leavers_are_not(slack: SlackStandIn, users: SlackUsers, flags: dict) -> None:
    slack.add_user("U7", **flags)
    assert not users.is_full_member("T1", "U7")


def test_people_of_other_workspaces_are_not_even_asked_about(slack: SlackStandIn, users: SlackUsers) -> None:
    assert not users.is_full_member("T9", "U1")
    assert not users.is_full_member("T1", "USLACKBOT")
    assert slack.calls["users.info"] == 0


def test_in_an_organisation_membership_counts_not_the_home_team(slack: SlackStandIn, users: SlackUsers) -> None:
    slack.add_user("U7", team_id="T9", enterprise_user={"teams": ["T9", "T1"]})
    assert users.is_full_member("T1", "U7")


def test_nobody_knows_a_person_who_does_not_exist(users: SlackUsers) -> None:
    assert not users.is_full_member("T1", "U404")


def test_an_answer_is_remembered_for_five_minutes(slack: SlackStandIn, users: SlackUsers, clock: FrozenClock) -> None:
    assert users.is_full_member("T1", "U1")
    slack.add_user("U1", deleted=True)
    clock.seconds += 299
    assert users.is_full_member("T1", "U1")
    clock.seconds += 2
    assert not users.is_full_member("T1", "U1")
    assert (slack.calls["users.info"], slack.calls["auth.test"]) == (2, 1)


@pytest.mark.parametrize("method", ["users.info", "auth.test"])
@pytest.mark.parametrize(
    "failure",
    [
        Failure(status=500),
        Failure(error="missing_scope"),
        Failure(error="invalid_auth"),
        Failure(drop=True),
        Failure(html=True),
    ],
    ids=str,
)
def test_when_slack_cannot_be_asked_nobody_is_let_in(
    slack: SlackStandIn, users: SlackUsers, method: str, failure: Failure
) -> None:
    slack.fail(method, failure)
    with pytest.raises(PlatformUnavailable):
        users.is_full_member("T1", "U1")
    assert users.is_full_member("T1", "U1"), "a failure is not remembered"


@pytest.mark.parametrize("method", ["users.info", "auth.test"])
def test_the_pause_that_slack_asks_for_is_told(slack: SlackStandIn, users: SlackUsers, method: str) -> None:
    slack.fail(method, Failure(status=429, error="ratelimited", retry_after=7))
    with pytest.raises(PlatformRateLimited) as told:
        users.is_full_member("T1", "U1")
    assert told.value.retry_after == 7


def limited(slack: SlackStandIn, clock: FrozenClock) -> SlackUsers:
    limiter = InMemoryRateLimiter(clock)
    return SlackUsers(bot_token=BOT_TOKEN, api_url=slack.api_url, clock=clock, limiter=limiter, timeout_seconds=1.0)


def told_to_wait(users: SlackUsers, user: str) -> float:
    with pytest.raises(PlatformRateLimited) as told:
        users.is_full_member("T1", user)
    return told.value.retry_after


def test_nobody_is_asked_about_before_that_pause_is_over(slack: SlackStandIn, clock: FrozenClock) -> None:
    users = limited(slack, clock)
    slack.fail("users.info", Failure(status=429, error="ratelimited", retry_after=7))
    assert told_to_wait(users, "U1") == 7
    clock.seconds += 6
    assert 0 < told_to_wait(users, "U2") <= 2
    assert slack.calls["users.info"] == 1
    clock.seconds += 2
    assert users.is_full_member("T1", "U1")


def test_many_new_people_are_asked_about_at_slacks_rate_and_each_in_the_end(
    slack: SlackStandIn, clock: FrozenClock
) -> None:
    users, waiting = limited(slack, clock), {f"U{number:03d}": 0.0 for number in range(60)}
    for user in waiting:
        slack.add_user(user)
    began = clock.seconds
    while waiting:
        clock.seconds = max(clock.seconds, min(waiting.values()))
        user = min(waiting, key=lambda one: waiting[one])
        del waiting[user]
        try:
            assert users.is_full_member("T1", user)
        except PlatformRateLimited as told:
            waiting[user] = clock.seconds + told.retry_after
    assert slack.calls["users.info"] == 60
    assert 29 <= clock.seconds - began <= 31, "ten at once, the others at a hundred a minute"


def test_fifty_who_ask_about_one_person_at_once_make_one_call(slack: SlackStandIn, users: SlackUsers) -> None:
    answer = Event()
    users.is_full_member("T1", "U2")  # learns who Maru is
    slack.fail("users.info", Failure(until=answer))
    with ThreadPoolExecutor(50) as threads:
        asked = [threads.submit(users.is_full_member, "T1", "U1") for _ in range(50)]
        while slack.calls["users.info"] < 2:
            sleep(0.005)
        answer.set()
        assert all(one.result() for one in asked)
    assert slack.calls["users.info"] == 2


def test_they_share_its_failure_too_and_the_next_asks_anew(slack: SlackStandIn, users: SlackUsers) -> None:
    late = Event()
    users.is_full_member("T1", "U2")
    slack.fail("users.info", Failure(until=late))
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(users.is_full_member, "T1", "U1") for _ in range(20)]
        assert all(isinstance(one.exception(), PlatformUnavailable) for one in asked)
    late.set()
    assert slack.calls["users.info"] == 2
    assert users.is_full_member("T1", "U1")


def test_a_slack_that_says_nothing_again_and_again_keeps_nobody_waiting(
    slack: SlackStandIn, clock: FrozenClock, users: SlackUsers
) -> None:
    slack.fail("users.info", Failure(drop=True), times=FAILURES)
    for number in range(FAILURES):
        with pytest.raises(PlatformUnavailable):
            users.is_full_member("T1", f"U{number}")
    assert [told_to_wait(users, user) for user in ("U1", "U2")] == [5, 5]
    assert slack.calls["users.info"] == FAILURES
    clock.seconds += 5
    assert users.is_full_member("T1", "U1")


def test_who_maru_is_is_asked_once_too(slack: SlackStandIn, users: SlackUsers) -> None:
    answer = Event()
    slack.fail("auth.test", Failure(until=answer))
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(users.is_full_member, "T1", "U1") for _ in range(20)]
        while not slack.calls["auth.test"]:
            sleep(0.005)
        answer.set()
        assert all(one.result() for one in asked)
    assert (slack.calls["auth.test"], slack.calls["users.info"]) == (1, 1)


def test_the_message_gets_eyes_while_maru_works_and_keeps_them(slack: SlackStandIn) -> None:
    preview = SlackPreview(bot_token=BOT_TOKEN, api_url=slack.api_url)
    ts = slack.say("C1", "U1", "<@UMARU> hi")
    address = Address(platform=Platform.SLACK, channel="C1", thread=ts, reply_to=ts, team="T1")
    for _ in range(2):
        with preview.working(address, EventId("slack:Ev1")):
            preview.stage(EventId("slack:Ev1"), "searching")
            assert slack.wait_reactions(1) == [("C1", ts, "eyes")]
    preview.close()
    assert slack.reactions == [("C1", ts, "eyes")]


def test_an_answer_that_comes_at_once_needs_no_eyes(slack: SlackStandIn) -> None:
    preview = SlackPreview(bot_token=BOT_TOKEN, api_url=slack.api_url)
    quick, slow = (slack.say("C1", "U1", text) for text in ("hi", "why?"))
    with preview.working(Address(platform=Platform.SLACK, channel="C1", reply_to=quick), EventId("quick")):
        pass
    with preview.working(Address(platform=Platform.SLACK, channel="C1", reply_to=slow), EventId("slow")):
        assert slack.wait_reactions(1) == [("C1", slow, "eyes")]
    preview.close()
    assert slack.reactions == [("C1", slow, "eyes")]


@pytest.mark.parametrize(
    "address",
    [
        Address(platform=Platform.SLACK, channel="C1", response_url="https://hooks.slack.com/x", direct=True),
        Address(platform=Platform.TELEGRAM, channel="42", reply_to="7"),
        Address(platform=Platform.CONSOLE),
    ],
    ids=str,
)
def test_commands_and_other_platforms_get_no_eyes(slack: SlackStandIn, address: Address) -> None:
    preview = SlackPreview(bot_token=BOT_TOKEN, api_url=slack.api_url)
    with preview.working(address, EventId("x")):
        pass
    preview.close()
    assert slack.calls["reactions.add"] == 0


def test_a_slow_or_broken_slack_neither_delays_nor_fails_the_turn(slack: SlackStandIn) -> None:
    preview = SlackPreview(bot_token=BOT_TOKEN, api_url=slack.api_url, threads=1, most_waiting=2, patience_seconds=0)
    answer = Event()
    slack.fail("reactions.add", Failure(until=answer))
    slack.fail("reactions.add", Failure(drop=True))
    for _ in range(20):
        ts = slack.say("C1", "U1", "hi")
        with preview.working(Address(platform=Platform.SLACK, channel="C1", reply_to=ts), EventId("x")):
            sleep(0.01)
    answer.set()
    preview.close()
    assert slack.calls["reactions.add"] <= 3, "beyond the limit they are dropped"
    with preview.working(Address(platform=Platform.SLACK, channel="C1", reply_to="1.000001"), EventId("late")):
        pass
