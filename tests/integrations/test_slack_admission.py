"""A guest, or somebody of another workspace, mentions Maru; an administrator lets them in; they are answered."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.application.intake import Threshold, take
from bot.domain.conversation import Space
from bot.domain.events import MessageReceived
from bot.generation.phrases import STRANGER as SENTENCE
from integrations.slack.directory import SlackUsers
from integrations.slack.parse import parse_command, parse_event
from integrations.slack.rooms import KEPT_SECONDS, SlackRooms
from tests.scenario.house import House
from tests.standins.slack import BOT_TOKEN, BOT_USER, SlackStandIn

CHANNEL = Space("channel:slack:T1/C1")
QUESTION = "how do I roll back a deploy?"


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def maru(slack: SlackStandIn) -> House:
    house = House()
    house.members = users = SlackUsers(bot_token=BOT_TOKEN, api_url=slack.api_url, clock=house.clock)
    house.rooms = SlackRooms(bot_token=BOT_TOKEN, api_url=slack.api_url, clock=house.clock, users=users)
    house.learn("channel.md", "# Visitors\n\nVisitors roll back a deploy with `visit back`.", space=CHANNEL)
    slack.add_user("ADMIN")
    return house


def mentioned(slack: SlackStandIn, user: str, *, team: str) -> MessageReceived:
    """Return the event of a mention, as the gateway makes it of what Slack sends."""
    envelope = slack.mention(QUESTION, user=user)
    envelope["event"] |= {"team": team, "user_team": team}
    event = parse_event(envelope, bot_user=BOT_USER)
    assert isinstance(event, MessageReceived)
    return event


def answered(maru: House, event: Any) -> str:
    """Take an event in at the door, let the workers run, and return what was posted."""
    threshold = Threshold(maru.answering.directory, maru.audit)
    assert take(event, inbox=maru.inbox, doorbell=maru.doorbell, threshold=threshold)
    (posted,) = maru.run()
    assert posted.address == event.address
    return posted.reply.text


@pytest.mark.parametrize(("user", "team"), [("UGUEST", "T1"), ("USTRANGER", "T9")])
def test_whoever_is_admitted_is_answered_from_the_channels_own_documents_and_nobody_else_at_all(
    slack: SlackStandIn, maru: House, user: str, team: str
) -> None:
    person = f"slack:{team}/{user}"
    assert answered(maru, mentioned(slack, user, team=team)) == SENTENCE.format(id=person)
    order = parse_command(slack.command(f"people admit {person}", user="ADMIN"))
    assert answered(maru, order) == f"{person} may talk to me now."
    said = answered(maru, mentioned(slack, user, team=team))
    assert "visit back" in said
    assert "shipit" not in said
    slack.add_user("UOTHER", is_restricted=True)
    assert answered(maru, mentioned(slack, "UOTHER", team=team)) == SENTENCE.format(id=f"slack:{team}/UOTHER")


def test_a_member_hears_no_word_of_the_workspaces_documents_where_a_guest_reads_along(
    slack: SlackStandIn, maru: House
) -> None:
    assert "shipit rollback" in answered(maru, mentioned(slack, "U1", team="T1"))
    slack.members["C1"].add("UGUEST")
    maru.clock.advance(KEPT_SECONDS + 1)
    said = answered(maru, mentioned(slack, "U1", team="T1"))
    assert "visit back" in said
    assert "shipit" not in said


def test_members_need_nobodys_leave(slack: SlackStandIn, maru: House) -> None:
    assert "shipit rollback" in answered(maru, mentioned(slack, "U1", team="T1"))
