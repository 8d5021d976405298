"""Who is in a Telegram group."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.domain.conversation import Address, PersonId, Platform, Space
from bot.domain.errors import PlatformRateLimited, PlatformUnavailable
from integrations.memory.clock import FrozenClock
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.rooms import KEPT_SECONDS, TelegramRooms
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_failures import bad_gateway, flood

ANN = PersonId("telegram:42")
GROUP, OTHER = Space("group:telegram:-1001"), Space("group:telegram:-1002")


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        stand_in.know(-1001, "supergroup")
        yield stand_in
        assert stand_in.complaints == []


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def rooms(telegram: TelegramStandIn, clock: FrozenClock) -> Iterator[TelegramRooms]:
    with closing(TelegramLoop(telegram.token, api_url=telegram.api_url)) as loop:
        yield TelegramRooms(loop, monotonic=clock.monotonic)


RESTRICTED = {
    name: False
    for name in (
        "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes "
        "can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info "
        "can_invite_users can_pin_messages can_manage_topics can_edit_tag can_react_to_messages"
    ).split()
} | {"until_date": 0}


@pytest.mark.parametrize(
    ("member", "is_in"),
    [
        ({"status": "member"}, True),
        ({"status": "creator", "is_anonymous": False}, True),
        ({"status": "left"}, False),
        ({"status": "kicked", "until_date": 0}, False),
        ({"status": "restricted", "is_member": True, **RESTRICTED}, True),
        ({"status": "restricted", "is_member": False, **RESTRICTED}, False),
    ],
    ids=str,
)
def test_what_telegram_says_of_a_person(
    telegram: TelegramStandIn, rooms: TelegramRooms, member: dict, is_in: bool
) -> None:
    telegram.people[-1001, 42] = member
    assert rooms.joined(ANN, [GROUP]) == ({GROUP} if is_in else set())


def test_a_group_that_maru_is_not_in_and_a_person_that_it_does_not_know(rooms: TelegramRooms) -> None:
    assert rooms.joined(ANN, [GROUP, OTHER, Space("workspace")]) == frozenset()


def test_an_answer_is_remembered_for_a_minute(
    telegram: TelegramStandIn, clock: FrozenClock, rooms: TelegramRooms
) -> None:
    telegram.people[-1001, 42] = {"status": "member"}
    assert [rooms.joined(ANN, [GROUP]) for _ in range(3)] == [{GROUP}] * 3
    assert telegram.calls["getChatMember"] == 1
    telegram.people[-1001, 42] = {"status": "left"}
    clock.advance(KEPT_SECONDS)
    assert rooms.joined(ANN, [GROUP]) == frozenset()


def test_a_telegram_that_does_not_answer_says_nothing(telegram: TelegramStandIn, rooms: TelegramRooms) -> None:
    telegram.people[-1001, 42] = {"status": "member"}
    telegram.fail("getChatMember", bad_gateway())
    with pytest.raises(PlatformUnavailable):
        rooms.joined(ANN, [GROUP])
    telegram.fail("getChatMember", flood(3))
    with pytest.raises(PlatformRateLimited):
        rooms.joined(ANN, [GROUP])
    assert rooms.joined(ANN, [GROUP]) == {GROUP}


def test_of_a_group_nobody_knows_who_reads(rooms: TelegramRooms) -> None:
    here = Address(Platform.TELEGRAM, channel="-1001")
    assert not rooms.only_members(here)
    assert rooms.common(here, ANN, [OTHER]) == frozenset()
