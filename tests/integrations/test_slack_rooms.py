"""Who reads along in a Slack channel."""

from collections.abc import Iterator

import pytest

from bot.domain.conversation import Address, PersonId, Platform, Space
from bot.domain.errors import MaruError, PermanentError, PlatformRateLimited, PlatformUnauthorised
from integrations.memory.clock import FrozenClock
from integrations.memory.rates import InMemoryRateLimiter
from integrations.slack.directory import SlackUsers
from integrations.slack.rooms import KEPT_SECONDS, MOST_UNKNOWN, SlackRooms
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn

ANN = PersonId("slack:T1/U1")
PRIVATE, OTHER = Space("channel:slack:T1/C7"), Space("channel:slack:T1/C8")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in
        assert {word for _, word in stand_in.refusals} <= {"user_not_found"}, "a call that Slack would refuse"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def rooms(slack: SlackStandIn, clock: FrozenClock) -> SlackRooms:
    return made(slack, clock)


def made(slack: SlackStandIn, clock: FrozenClock, limiter: InMemoryRateLimiter | None = None) -> SlackRooms:
    users = SlackUsers(bot_token=BOT_TOKEN, api_url=slack.api_url, clock=clock, timeout_seconds=1.0)
    return SlackRooms(
        bot_token=BOT_TOKEN, api_url=slack.api_url, clock=clock, users=users, limiter=limiter, timeout_seconds=1.0
    )


def room(channel: str = "C5", *, team: str = "T1", shared: bool | None = False) -> Address:
    return Address(Platform.SLACK, channel=channel, thread="1", team=team, shared=shared)


class TestOnlyMembers:
    def test_where_all_are_full_members(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1", "U2")
        assert rooms.only_members(room())

    @pytest.mark.parametrize("outsider", ["UGUEST", "USTRANGER"])
    def test_not_where_a_guest_or_somebody_of_another_workspace_reads(
        self, slack: SlackStandIn, rooms: SlackRooms, outsider: str
    ) -> None:
        slack.add_channel("C5", "U1", outsider)
        assert not rooms.only_members(room())

    def test_not_where_somebody_reads_whom_the_list_of_people_does_not_have(
        self, slack: SlackStandIn, rooms: SlackRooms
    ) -> None:
        slack.add_channel("C5", "U1", "UELSEWHERE")
        assert not rooms.only_members(room(shared=True))

    def test_a_newcomer_is_asked_about(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1")
        assert rooms.only_members(room())
        slack.add_user("UNEW")
        slack.add_channel("C6", "U1", "UNEW")
        assert rooms.only_members(room("C6"))

    def test_but_not_a_crowd_of_them(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1")
        assert rooms.only_members(room())
        new = [f"UNEW{number}" for number in range(MOST_UNKNOWN + 1)]
        for one in new:
            slack.add_user(one)
        slack.add_channel("C6", "U1", *new)
        assert not rooms.only_members(room("C6"))

    def test_the_workspaces_own_apps_are_nobody(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_user("UAPP", is_bot=True)
        slack.add_user("UFOREIGN", is_bot=True, team_id="T9")
        slack.add_channel("C5", "U1", "UAPP")
        slack.add_channel("C6", "U1", "UFOREIGN")
        assert rooms.only_members(room())
        assert not rooms.only_members(room("C6"))

    def test_no_room_of_another_workspace(self, rooms: SlackRooms) -> None:
        assert not rooms.only_members(room(team="T9"))

    def test_a_workspace_without_guests_is_asked_about_no_channel_that_nobody_else_reads(
        self, slack: SlackStandIn, rooms: SlackRooms
    ) -> None:
        del slack.users["UGUEST"], slack.users["USTRANGER"]
        assert all(rooms.only_members(room(f"C{number}")) for number in range(50))
        assert (slack.calls["users.list"], slack.calls["conversations.members"]) == (1, 0)
        assert rooms.only_members(room("C51", shared=None))
        assert slack.calls["conversations.members"] == 1

    def test_a_shared_channel_of_a_workspace_without_guests(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        del slack.users["UGUEST"], slack.users["USTRANGER"]
        slack.add_channel("C5", "U1", "UFAR")
        assert not rooms.only_members(room(shared=True))

    def test_every_page_is_read(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.largest_page = 2
        people = [f"U{number:02d}" for number in range(9)]
        for one in people:
            slack.add_user(one)
        slack.add_channel("C5", *people)
        slack.add_channel("C6", *people, "UGUEST")
        assert rooms.only_members(room())
        assert not rooms.only_members(room("C6"))

    def test_who_came_is_seen_within_a_minute(self, slack: SlackStandIn, clock: FrozenClock, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1")
        assert rooms.only_members(room())
        slack.members["C5"].add("UGUEST")
        clock.advance(KEPT_SECONDS)
        assert not rooms.only_members(room())

    @pytest.mark.parametrize("method", ["users.list", "conversations.members", "auth.test"])
    @pytest.mark.parametrize(
        "failure",
        [Failure(status=500), Failure(error="missing_scope"), Failure(drop=True), Failure(html=True)],
        ids=str,
    )
    def test_a_slack_that_cannot_be_asked_says_nothing_of_it(
        self, slack: SlackStandIn, rooms: SlackRooms, method: str, failure: Failure
    ) -> None:
        slack.fail(method, failure)
        with pytest.raises(MaruError) as told:
            rooms.only_members(room())
        assert not isinstance(told.value, PlatformRateLimited)
        assert isinstance(told.value, PlatformUnauthorised) == (failure.error == "missing_scope")
        slack.add_channel("C5", "U1")
        assert rooms.only_members(room()), "a failure is not remembered"

    def test_the_pause_that_slack_asks_for(self, slack: SlackStandIn, clock: FrozenClock) -> None:
        rooms = made(slack, clock, InMemoryRateLimiter(clock))
        slack.fail("conversations.members", Failure(status=429, error="ratelimited", retry_after=7))
        with pytest.raises(PlatformRateLimited) as told:
            rooms.only_members(room())
        assert told.value.retry_after == 7
        with pytest.raises(PlatformRateLimited):
            rooms.only_members(room("C6"))
        assert slack.calls["conversations.members"] == 1, "nobody asks before it is over"

    def test_a_list_without_end_is_not_read_for_ever(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.largest_page = 1
        for number in range(30):
            slack.add_user(f"UMANY{number}")
        with pytest.raises(PermanentError):
            rooms.only_members(room())


class TestJoined:
    def test_the_channels_that_a_person_is_in(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C7", "U1", is_private=True)
        slack.add_channel("C8", "U2", is_private=True)
        assert rooms.joined(ANN, [PRIVATE, OTHER]) == {PRIVATE}

    def test_nothing_is_asked_where_no_channel_has_a_document(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        assert rooms.joined(ANN, [Space("workspace"), Space("channel:slack:T9/C7")]) == frozenset()
        assert slack.calls["users.conversations"] == 0

    def test_who_left_reads_no_more_after_a_minute(
        self, slack: SlackStandIn, clock: FrozenClock, rooms: SlackRooms
    ) -> None:
        slack.add_channel("C7", "U1", is_private=True)
        assert rooms.joined(ANN, [PRIVATE]) == {PRIVATE}
        slack.members["C7"].discard("U1")
        clock.advance(KEPT_SECONDS)
        assert rooms.joined(ANN, [PRIVATE]) == frozenset()


class TestCommon:
    def test_another_channel_only_if_all_are_in_it(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1", "U2", is_private=True)
        slack.add_channel("C7", "U1", "U2", "U3", is_private=True)
        slack.add_channel("C8", "U1", "U3", is_private=True)
        assert rooms.common(room(), ANN, [PRIVATE, OTHER]) == {PRIVATE}

    def test_a_public_room_is_open_to_whoever_comes(self, slack: SlackStandIn, rooms: SlackRooms) -> None:
        slack.add_channel("C5", "U1")
        slack.add_channel("C7", "U1", is_private=True)
        slack.add_channel("C8", "U1")
        assert rooms.common(room(), ANN, [PRIVATE, OTHER]) == {OTHER}
