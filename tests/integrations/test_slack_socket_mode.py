"""Socket Mode through the SDK's own client, against a WebSocket of our own."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import DatabaseUnavailable, PlatformUnavailable, SettingsInvalid
from bot.domain.events import Event
from integrations.slack.socket_mode import SlackSocketGateway
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, Failure, SlackStandIn


@dataclass
class KeepingIntake:
    kept: list[Event] = field(default_factory=list)
    away: bool = False

    def __call__(self, event: Event) -> bool:
        if self.away:
            raise DatabaseUnavailable("Postgres does not answer")
        new = all(one.message_key != event.message_key for one in self.kept)
        if new:
            self.kept.append(event)
        return new


@dataclass
class Connected:
    slack: SlackStandIn
    gateway: SlackSocketGateway
    intake: KeepingIntake
    counted: Counter[str]


def gateway_for(slack: SlackStandIn, intake: KeepingIntake, counted: Counter[str]) -> SlackSocketGateway:
    return SlackSocketGateway(
        app_token=APP_TOKEN,
        bot_token=BOT_TOKEN,
        api_url=slack.api_url,
        intake=intake,
        count=lambda outcome: counted.update([outcome]),
        ping_seconds=0.2,
    )


@pytest.fixture(scope="module")
def connected() -> Iterator[Connected]:
    with SlackStandIn() as slack:
        intake, counted = KeepingIntake(), Counter[str]()
        gateway = gateway_for(slack, intake, counted)
        gateway.start()
        assert slack.socket.wait_open()
        yield Connected(slack, gateway, intake, counted)
        gateway.stop()
        assert not gateway.connected


def test_an_event_is_acknowledged_once_it_is_kept(connected: Connected) -> None:
    slack, intake = connected.slack, connected.intake
    envelope = slack.socket.send("events_api", slack.mention("over the socket"))
    assert slack.socket.wait_ack(envelope) == {"envelope_id": envelope}
    assert intake.kept[-1].text == "over the socket"


def test_without_a_database_there_is_no_acknowledgement_and_the_redelivery_is_kept(connected: Connected) -> None:
    slack, intake = connected.slack, connected.intake
    event = slack.mention("kept the second time")
    intake.away = True
    first = slack.socket.send("events_api", event)
    deadline = time.monotonic() + 5
    while not connected.counted["database_unavailable"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert slack.socket.wait_ack(first, seconds=0.1) is None
    intake.away = False
    again = slack.socket.send("events_api", event, retry_attempt=1, retry_reason="timeout")
    assert slack.socket.wait_ack(again) is not None
    assert intake.kept[-1].text == "kept the second time"


def test_a_redelivered_event_is_acknowledged_and_kept_once(connected: Connected) -> None:
    slack = connected.slack
    event = slack.direct("한 번만")
    envelopes = [slack.socket.send("events_api", event) for _ in range(3)]
    assert all(slack.socket.wait_ack(one) for one in envelopes)
    assert [one.text for one in connected.intake.kept].count("한 번만") == 1


def test_a_slash_command_is_acknowledged_without_a_reply(connected: Connected) -> None:
    slack = connected.slack
    envelope = slack.socket.send("slash_commands", slack.command("status"))
    assert slack.socket.wait_ack(envelope) == {"envelope_id": envelope}
    assert (connected.intake.kept[-1].kind, connected.intake.kept[-1].text) == ("command", "status")


def test_the_press_of_a_button_is_acknowledged_and_kept_once(connected: Connected) -> None:
    slack = connected.slack
    button = {"type": "button", "action_id": "say-1", "value": "/why 7", "text": {"text": "Why?"}}
    press = slack.press({"text": "x", "blocks": [{"type": "actions", "elements": [button]}]}, "Why?")
    envelopes = [slack.socket.send("interactive", press) for _ in range(2)]
    assert all(slack.socket.wait_ack(one) == {"envelope_id": one} for one in envelopes)
    assert [one.text for one in connected.intake.kept if one.text == "why 7"] == ["why 7"]


def test_what_is_not_for_maru_is_acknowledged(connected: Connected) -> None:
    slack = connected.slack
    odd = {**slack.mention("x"), "event": {"type": "team_join"}}
    for kind, payload in (("events_api", odd), ("interactive", {"type": "block_actions", "actions": []})):
        assert slack.socket.wait_ack(slack.socket.send(kind, payload)) is not None


def test_a_large_message_arrives_whole(connected: Connected) -> None:
    slack = connected.slack
    envelope = slack.socket.send("events_api", slack.mention("긴 글 " * 60_000))
    assert slack.socket.wait_ack(envelope) is not None
    assert connected.intake.kept[-1].text == ("긴 글 " * 60_000).strip()


def test_it_reconnects_when_slack_asks_for_it(connected: Connected) -> None:
    slack = connected.slack
    before = slack.socket.connections
    slack.socket.ask_to_reconnect()
    assert slack.socket.wait_open(connections=before + 1)
    envelope = slack.socket.send("events_api", slack.mention("after the refresh"))
    assert slack.socket.wait_ack(envelope) is not None
    assert connected.gateway.connected


def test_a_refused_app_token_is_a_setting_to_mend() -> None:
    with SlackStandIn() as slack:
        gateway = gateway_for(slack, KeepingIntake(), Counter())
        slack.fail("apps.connections.open", Failure(error="invalid_auth"))
        with pytest.raises(SettingsInvalid, match="MARU_SLACK_APP_TOKEN"):
            gateway.start()
        slack.fail("apps.connections.open", Failure(status=500))
        with pytest.raises(PlatformUnavailable):
            gateway.start()
        gateway.start()
        assert slack.socket.wait_open()
        gateway.stop()


def test_without_slack_it_says_so() -> None:
    with SlackStandIn() as gone:
        pass
    gateway = gateway_for(gone, KeepingIntake(), Counter())
    with pytest.raises(PlatformUnavailable):
        gateway.start()
    gateway.stop()
