"""Slack over HTTP: real requests through Starlette, uvicorn and Bolt; what is kept, and what Slack is told."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.domain.errors import DatabaseUnavailable, TooMuchAtOnce
from bot.domain.events import Event, Incoming, MessageChanged
from integrations.slack.gateway import SlackHttpGateway
from tests.standins.slack import BOT_TOKEN, SECRET, Failure, SlackStandIn, signed
from tests.standins.slack_changes import deletion, edit


@dataclass
class KeepingIntake:
    """Keeps events in memory, by event id and message key; can be away, or slow."""

    kept: list[Event] = field(default_factory=list)
    changes: list[MessageChanged] = field(default_factory=list)
    away: bool = False
    broken: bool = False
    flooded: bool = False
    gate: Flag | None = None
    entered: int = 0

    def __call__(self, event: Incoming) -> bool:
        self.entered += 1
        if self.gate is not None:
            self.gate.wait(5)
        if self.away:
            raise DatabaseUnavailable("Postgres does not answer")
        if self.flooded:
            raise TooMuchAtOnce("slack:T1/U1")
        if self.broken:
            raise KeyError("a bug")
        if isinstance(event, MessageChanged):
            self.changes.append(event)
            return True
        known = {one.event_id for one in self.kept} | {one.message_key for one in self.kept}
        if event.event_id in known or event.message_key in known:
            return False
        self.kept.append(event)
        return True


@dataclass
class Served:
    """A gateway that listens, and what it did."""

    http: httpx.Client
    intake: KeepingIntake
    counted: Counter[str]

    def send(self, payload: Any, secret: str = SECRET, **how: Any) -> httpx.Response:
        headers, body = signed(payload, secret, **how)
        return self.http.post("/slack/events", headers=headers, content=body)


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


def _serve(slack: SlackStandIn, **limits: Any) -> Iterator[Served]:
    intake, counted = KeepingIntake(), Counter[str]()
    gateway = SlackHttpGateway(
        bot_token=BOT_TOKEN,
        signing_secret=SECRET,
        api_url=slack.api_url,
        intake=intake,
        count=lambda outcome: counted.update([outcome]),
        **limits,
    )
    app = Starlette(routes=[Route("/slack/events", gateway.endpoint, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    address = server.servers[0].sockets[0].getsockname()
    with httpx.Client(base_url=f"http://127.0.0.1:{address[1]}", trust_env=False, timeout=10) as http:
        yield Served(http, intake, counted)
    server.should_exit = True
    thread.join()
    gateway.close()


@pytest.fixture(scope="module")
def listening(slack: SlackStandIn) -> Iterator[Served]:
    yield from _serve(slack)


@pytest.fixture
def served(listening: Served) -> Served:
    intake = listening.intake
    intake.kept.clear()
    intake.changes.clear()
    intake.away, intake.broken, intake.flooded, intake.gate = False, False, False, None
    listening.counted.clear()
    return listening


def test_a_mention_is_kept_and_then_acknowledged_with_an_empty_body(slack: SlackStandIn, served: Served) -> None:
    answer = served.send(slack.mention("how do I roll back?"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert [one.text for one in served.intake.kept] == ["how do I roll back?"]
    assert served.counted == {"kept": 1}


def test_a_direct_message_is_kept(slack: SlackStandIn, served: Served) -> None:
    assert served.send(slack.direct("hi")).status_code == 200
    assert served.intake.kept[0].address.direct


def test_an_edit_and_a_deletion_of_what_was_said_are_handed_on(slack: SlackStandIn, served: Served) -> None:
    said = slack.mention("how do I roll back?")
    envelopes = (said, edit(said, "and staging?"), deletion(said))
    assert [served.send(one).status_code for one in envelopes] == [200, 200, 200]
    (event,) = served.intake.kept
    assert [(change.message_key, change.person, change.text) for change in served.intake.changes] == [
        (event.message_key, event.person, "and staging?"),
        (event.message_key, event.person, None),
    ]


def test_a_change_that_cannot_be_applied_now_is_asked_for_again(slack: SlackStandIn, served: Served) -> None:
    served.intake.away = True
    assert served.send(edit(slack.mention("hi"), "hello")).status_code == 503


def test_a_retry_is_acknowledged_and_kept_once(slack: SlackStandIn, served: Served) -> None:
    headers, body = signed(slack.mention("once"))
    retry = {"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
    answers = [served.http.post("/slack/events", headers={**headers, **more}, content=body) for more in ({}, retry)]
    assert [one.status_code for one in answers] == [200, 200]
    assert len(served.intake.kept) == 1
    assert served.counted == {"kept": 1, "duplicate": 1}


def test_a_retry_that_is_the_first_to_arrive_is_kept(slack: SlackStandIn, served: Served) -> None:
    headers, body = signed(slack.mention("lost the first time"))
    served.http.post("/slack/events", headers={**headers, "x-slack-retry-num": "2"}, content=body)
    assert len(served.intake.kept) == 1


def test_the_twins_of_one_mention_are_kept_once(slack: SlackStandIn, served: Served) -> None:
    mention = slack.mention("hello")
    twin = {
        **mention,
        "event_id": "EvTWIN",
        "event": {**mention["event"], "type": "message", "channel_type": "channel"},
    }
    assert [served.send(one).status_code for one in (mention, twin)] == [200, 200]
    assert len(served.intake.kept) == 1


def test_without_a_database_slack_is_asked_to_deliver_again(slack: SlackStandIn, served: Served) -> None:
    event = slack.mention("are you there?")
    served.intake.away = True
    assert served.send(event).status_code == 503
    served.intake.away = False
    assert served.send(event).status_code == 200
    assert len(served.intake.kept) == 1
    assert served.counted == {"database_unavailable": 1, "kept": 1}


def test_a_bug_in_the_intake_is_not_an_acknowledgement(slack: SlackStandIn, served: Served) -> None:
    served.intake.broken = True
    assert served.send(slack.mention("oops")).status_code == 500


def test_the_acknowledgement_waits_for_the_intake(slack: SlackStandIn, served: Served) -> None:
    served.intake.gate = Flag()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(served.send, slack.mention("slowly"))
        time.sleep(0.1)
        assert not answer.done()
        served.intake.gate.set()
        assert answer.result(5).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        {"secret": "another secret"},
        {"age": 301},
        {"age": 86_400},
        {"age": -330},
        {"timestamp": "soon"},
        {"timestamp": ""},
        {"timestamp": "9" * 5000},
        {"timestamp": "-1"},
    ],
    ids=lambda forge: str(forge)[:40],
)
def test_a_wrong_or_stale_signature_keeps_nothing(slack: SlackStandIn, served: Served, forge: dict[str, Any]) -> None:
    if "age" in forge:
        forge = {"timestamp": int(time.time()) - forge["age"]}
    assert served.send(slack.mention("let me in"), **forge).status_code == 401
    assert not served.intake.kept
    assert served.counted == {"refused_signature": 1}


@pytest.mark.parametrize("signature", [None, "", "v0=", "v1=abc", "v0=sígnature".encode(), b"v0=\xff\xfe"])
def test_an_unreadable_signature_keeps_nothing(slack: SlackStandIn, served: Served, signature: Any) -> None:
    headers, body = signed(slack.mention("let me in"))
    forged: list[tuple[str, Any]] = [(key, value) for key, value in headers.items() if key != "x-slack-signature"]
    if signature is not None:
        forged.append(("x-slack-signature", signature))
    assert served.http.post("/slack/events", headers=forged, content=body).status_code == 401
    assert not served.intake.kept


def test_a_body_changed_on_the_way_keeps_nothing(slack: SlackStandIn, served: Served) -> None:
    headers, body = signed(slack.mention("add one"))
    assert served.http.post("/slack/events", headers=headers, content=body.replace(b"one", b"two")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "",
        "[]",
        "[" * 100_000,
        '{"a":' * 50_000,
        '"text"',
        "{}",
        '{"type": "event_callback"}',
        '{"type": "event_callback", "event": "app_mention"}',
        '{"type": "event_callback", "event": [1]}',
        '{"type": "event_callback", "event": {}, "authorizations": 5}',
        '{"type": "event_callback", "event": {}, "authorizations": [5]}',
        '{"type": "event_callback", "event": {"type": "app_mention"}, "team": 5}',
        '{"type": "event_callback", "event": {"type": "app_mention", "channel": 5}}',
        "payload=%7Bbroken",
    ],
    ids=lambda body: body[:40] or "empty",
)
def test_a_malformed_body_is_refused_and_nothing_breaks(served: Served, body: str) -> None:
    assert served.send(body).status_code == 400
    assert not served.intake.kept


def test_bytes_that_are_no_text_keep_nothing(served: Served) -> None:
    assert served.send(b'{"type": "\xff\xfe"}').status_code in (400, 401)


def test_a_body_over_a_megabyte_is_refused(slack: SlackStandIn, served: Served) -> None:
    event = slack.mention("x" * (1024 * 1024))
    assert served.send(event).status_code == 413
    assert not served.intake.kept
    event["event"]["text"] = "x" * 40_000
    assert served.send(event).status_code == 200


def test_a_body_without_a_length_is_measured_all_the_same(served: Served) -> None:
    answer = served.http.post("/slack/events", content=(b"x" * 65536 for _ in range(40)))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"type": "team_join", "user": {"id": "U5"}}, "ignored_unknown_event"),
        ({"type": "channel_created", "channel": {"id": "C5"}}, "ignored_unknown_event"),
        ({"type": "message", "channel_type": "channel", "channel": "C1", "text": "x"}, "ignored_not_addressed"),
        ({"type": "message", "subtype": "bot_message", "channel": "D1", "text": "x"}, "ignored_bot_message"),
        ({"type": "message", "user": "UMARU", "channel": "D1", "text": "x", "ts": "1.000001"}, "ignored_own_message"),
    ],
)
def test_what_is_not_for_maru_is_acknowledged_and_counted(
    slack: SlackStandIn, served: Served, event: dict[str, Any], outcome: str
) -> None:
    envelope = {**slack.mention("x"), "event": event}
    assert served.send(envelope).status_code == 200
    assert served.counted == {outcome: 1}
    assert not served.intake.kept


def test_slack_s_handshakes_are_answered(served: Served) -> None:
    answer = served.send({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1a"})
    check = served.http.post("/slack/events", data={"ssl_check": "1", "token": "x"})
    assert (check.status_code, check.content) == (200, b"")
    forged = {"type": "url_verification", "challenge": "x"}
    assert served.send(forged, "another secret").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "ssl_check=1&ssl_check=0&{command}",
        "ssl_check=1&{command}",
        "ssl_check=1&payload={event}",
        "payload={event}&ssl_check=1",
    ],
)
def test_nothing_unsigned_gets_in_as_a_check(slack: SlackStandIn, served: Served, body: str) -> None:
    command, event = urlencode(slack.command("kb add a lie")), quote(json.dumps(slack.mention("let me in")))
    form = {"content-type": "application/x-www-form-urlencoded"}
    served.http.post("/slack/events", headers=form, content=body.format(command=command, event=event))
    assert not served.intake.kept


def test_a_slash_command_is_kept_under_its_trigger(slack: SlackStandIn, served: Served) -> None:
    form = slack.command("kb add Deploys & rollbacks")
    answer = served.send(form)
    assert (answer.status_code, answer.content) == (200, b"")
    (event,) = served.intake.kept
    assert (event.kind, event.text) == ("command", "kb add Deploys & rollbacks")
    assert event.event_id == f"slack:{form['trigger_id']}"
    assert event.address.response_url == form["response_url"]


def test_a_slash_command_about_payloads_is_not_lost(slack: SlackStandIn, served: Served) -> None:
    served.send(slack.command("kb add the payload= of a webhook"))
    assert [one.text for one in served.intake.kept] == ["kb add the payload= of a webhook"]


def test_without_a_database_a_slash_command_is_not_acknowledged(slack: SlackStandIn, served: Served) -> None:
    served.intake.away = True
    assert served.send(slack.command("status")).status_code == 503


def test_the_press_of_a_button_is_kept_once_and_then_acknowledged(slack: SlackStandIn, served: Served) -> None:
    button = {"type": "button", "action_id": "say-1", "value": "/why 7", "text": {"text": "Why?"}}
    post = {"text": "x", "blocks": [{"type": "actions", "elements": [button]}], "channel": "C1", "ts": "1.000100"}
    first, again = (slack.press(post, "Why?", at=1_700_000_000.0 + seconds) for seconds in (0.0, 1.5))
    answers = [served.send(press) for press in (first, first, again)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert [(one.kind, one.text, one.conversation) for one in served.intake.kept] == [
        ("command", "why 7", "slack:T1/C1/1.000100")
    ]
    assert served.counted == {"kept": 1, "duplicate": 2}
    assert served.send(first, "another secret").status_code == 401


def test_without_a_database_a_press_is_not_acknowledged(slack: SlackStandIn, served: Served) -> None:
    button = {"type": "button", "action_id": "say-1", "value": "/why 7", "text": {"text": "Why?"}}
    served.intake.away = True
    press = slack.press({"text": "x", "blocks": [{"type": "actions", "elements": [button]}]}, "Why?")
    assert served.send(press).status_code == 503


@pytest.mark.parametrize(("kind", "reason"), [("block_actions", "unknown_action"), ("view_submission", "interaction")])
def test_other_interactions_are_acknowledged(served: Served, kind: str, reason: str) -> None:
    payload = json.dumps({"type": kind, "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": []})
    answer = served.send({"payload": payload}, form=True)
    assert (answer.status_code, answer.content) == (200, b"")
    assert served.counted == {f"ignored_{reason}": 1}


def test_its_own_id_is_asked_in_the_background_when_payloads_do_not_say_it(slack: SlackStandIn) -> None:
    serving = _serve(slack)
    served = next(serving)
    answer = Flag()
    slack.fail("auth.test", Failure(until=answer))
    before = slack.calls["auth.test"]
    twin = slack.mention("first")
    twin["event"].update(type="message", channel_type="channel")
    del twin["authorizations"]
    assert served.send(twin).status_code == 200, "while Slack has not answered yet"
    assert served.counted["ignored_not_addressed"] == 1
    answer.set()
    deadline = time.monotonic() + 5
    while served.counted["kept"] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
        served.send({**twin, "event_id": "EvLATER"})
    assert served.counted["kept"] == 1
    assert slack.calls["auth.test"] == before + 1
    next(serving, None)


def test_too_many_at_once_are_told_to_come_again(slack: SlackStandIn) -> None:
    serving = _serve(slack, threads=2, most_waiting=2)
    served = next(serving)
    served.intake.gate = Flag()
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(served.send, slack.mention(str(number))) for number in range(2)]
        while served.intake.entered < 2:
            time.sleep(0.005)
        assert served.send(slack.direct("one more")).status_code == 503
        served.intake.gate.set()
        assert [one.result(5).status_code for one in held] == [200, 200]
    assert served.counted["refused_overload"] == 1
    next(serving, None)


@dataclass
class DeafTo:
    """`Shedding` of one person's events."""

    person: str | None

    def sheds(self, event: Incoming) -> bool:
        return event.person == self.person


def test_who_is_not_heard_costs_no_thread_and_slack_delivers_again(slack: SlackStandIn) -> None:
    shedding = DeafTo("slack:T1/U1")
    serving = _serve(slack, shedding=shedding)
    served = next(serving)
    said = slack.mention("again", user="U1")
    assert served.send(said).status_code == 503
    assert served.send(slack.mention("hi", user="U2")).status_code == 200
    assert served.send("{not json").status_code == 400
    assert (served.intake.entered, served.counted["refused_shed"]) == (1, 1)
    shedding.person = None
    assert served.send(said).status_code == 200
    next(serving, None)


def test_what_the_intake_does_not_hear_is_not_acknowledged(slack: SlackStandIn, served: Served) -> None:
    served.intake.flooded = True
    assert served.send(slack.mention("again")).status_code == 503
    assert served.counted == {"shed": 1}


def test_one_persons_flood_leaves_the_line_to_others(slack: SlackStandIn) -> None:
    serving = _serve(slack, threads=1)
    served = next(serving)
    served.intake.gate = Flag()
    with ThreadPoolExecutor(20) as pool:
        held = [pool.submit(served.send, slack.mention(str(number), user="U1")) for number in range(20)]
        while served.counted["refused_shed"] < 4:
            time.sleep(0.005)
        other = pool.submit(served.send, slack.mention("hi", user="U2"))
        served.intake.gate.set()
        assert Counter(one.result(5).status_code for one in held) == {200: 16, 503: 4}
        assert other.result(5).status_code == 200
    next(serving, None)


def test_bodies_and_secrets_stay_out_of_the_log(
    slack: SlackStandIn, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    served.send(slack.mention("a private word"))
    served.send(slack.mention("a private word"), "another secret")
    served.send({**slack.mention("a private word"), "event": {"type": "odd", "text": "a private word"}})
    served.send(slack.command("a private word"))
    served.send("{ a private word")
    served.intake.broken = True
    served.send(slack.mention("a private word"))
    assert "a private word" not in caplog.text
    assert BOT_TOKEN not in caplog.text
    assert SECRET not in caplog.text


def test_a_sender_that_hangs_up_breaks_nothing(slack: SlackStandIn, served: Served) -> None:
    async def hang_up() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", served.http.base_url.port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    asyncio.run(hang_up())
    assert served.send(slack.mention("still here?")).status_code == 200


def test_variables_meant_for_bolt_change_nothing(slack: SlackStandIn, tmp_path: Any) -> None:
    program = (
        "from integrations.slack.gateway import SlackHttpGateway\n"
        "gateway = SlackHttpGateway(bot_token='xoxb-x', signing_secret='s', api_url='http://127.0.0.1:9/api/',"
        " intake=lambda event: True)\n"
        "from slack_bolt import BoltRequest\n"
        "event = {'type': 'app_mention', 'user': 'U1', 'channel': 'C1', 'ts': '1.000001', 'text': 'hi'}\n"
        "body = {'type': 'event_callback', 'team_id': 'T1', 'event_id': 'Ev1', 'event': event}\n"
        "print(gateway._app.dispatch(BoltRequest(mode='socket_mode', body=body)).status)\n"
    )
    traps = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **dict.fromkeys(traps, "trap"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout.strip(), run.returncode) == ("200", 0), run.stderr
    assert list(tmp_path.iterdir()) == []
