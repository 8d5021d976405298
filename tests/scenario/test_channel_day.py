"""A channel's day is summarised where it is read anyway."""

from dataclasses import dataclass, replace

from bot.dialogue.means import Means
from bot.domain.conversation import Address, Platform
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import FRIEND, House, english_model

SAID = ("The web deploy was rolled back at 14:00.", "Kim will test the fix on Monday.", "Lunch was good.")


@dataclass
class Channel:
    """`ChannelHistory` of one Slack channel."""

    said: tuple[str, ...] = SAID

    def last_day(self, address: Address) -> tuple[str, ...] | None:
        return self.said if address.platform is Platform.SLACK and address.channel == "C1" else None


class Town(House):
    """A house in whose channel people write."""

    channel = Channel()

    @property
    def means(self) -> Means:
        return replace(super().means, history=self.channel)


def town(*script: str) -> tuple[Town, ScriptedChatModel]:
    model = english_model(*script)
    return Town(model), model


def test_it_is_summarised_from_what_was_said_there() -> None:
    maru, model = town("The web deploy was rolled back at 14:00.")
    assert maru.hear("summarise this channel today please").text == "The web deploy was rolled back at 14:00."
    assert all(line in str(model.requests[0].messages) for line in SAID)


def test_what_nobody_said_is_not_shown_and_the_channel_speaks_for_itself() -> None:
    maru, _ = town("The web deploy was rolled back at 15:30 by Lee.")
    reply = maru.hear("summarise this channel today please").text
    assert "15:30" not in reply and "14:00" in reply


def test_a_quiet_day_and_a_place_without_channels_say_so() -> None:
    maru, model = town("never asked")
    maru.channel = Channel(())
    assert "Nobody wrote anything" in maru.hear("summarise this channel today please").text
    assert "초대된 슬랙 채널" in maru.hear("채널 하루 요약해 줘", person=FRIEND).text
    assert model.requests == []
