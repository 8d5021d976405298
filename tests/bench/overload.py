"""Five times as much as Maru can answer, nearly all of it from one person: what everybody else notices of it."""

import http.client
import itertools
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.house import House, taught_house
from tests.bench.latency import NAMES
from tests.bench.machine import cpu_seconds
from tests.bench.pipeline import by_kind, measured
from tests.bench.questions import wordy
from tests.bench.scale import Scale
from tests.bench.sending import CHANNELS, start_sending
from tests.bench.table import Findings, percentile
from tests.standins.slack import SlackStandIn, signed

TIMES = 5
ONE, OF_TEN_BY_ONE = "UFLOOD", 9
OTHERS = tuple(f"U{number:03d}" for number in range(200))
"""Everybody else: so many that hardly anybody asks again before the answer is there."""

TRIAL = 400
"""Events of the first, rough measurement of what is sustainable."""

GOODPUT_GOAL, LATENCY_GOAL, RECOVERY_GOAL = 0.9, 2.0, 10.0
LAST_REPLY_SECONDS = 180.0
PROBE_SECONDS = 60.0
LOOK_SECONDS = 0.005

SETTLED = "SELECT i.event_id, t.action FROM turn t JOIN inbox i ON i.id = t.inbox"
REFUSED = "Refused"

STAGES = """
SELECT 1000 * extract(epoch FROM t.at - i.received_at) - 1000 * (t.receipt->>'seconds')::float8,
       1000 * (t.receipt->>'seconds')::float8,
       1000 * extract(epoch FROM o.settled_at - o.created_at)
FROM inbox i JOIN turn t ON t.inbox = i.id JOIN outbox o ON o.key = i.event_id || '#1'
WHERE i.event_id = ANY(%s)
"""
"""Milliseconds of some events, in the order of NAMES."""


@dataclass(slots=True)
class Told:
    """When Slack took the first reply to each event, by this machine's monotonic clock; a notice is no reply."""

    at: dict[str, float] = field(default_factory=dict)

    def record(self, _method: str, arguments: Mapping[str, Any]) -> None:
        """See SlackStandIn."""
        key = str(arguments["metadata"]["event_payload"]["key"])
        event, _, part = key.rpartition("#")
        if part.startswith("1"):
            self.at.setdefault(event, time.perf_counter())

    def wait(self, events: Iterable[str], *, seconds: float) -> list[str]:
        """Wait for the replies to these events, and return those that got none."""
        missing, ends = list(events), time.monotonic() + seconds
        while missing and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)
            missing = [event for event in missing if event not in self.at]
        return missing


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that were sent at a rate, and the statuses and milliseconds of their acknowledgements."""

    events: list[str]
    people: list[str]
    rate: float
    began: float
    cpu_seconds: float
    statuses: list[int]
    milliseconds: list[float]

    def accepted(self) -> list[str]:
        """Return the events to which a reply is owed."""
        return [event for event, status in zip(self.events, self.statuses, strict=True) if status == http.client.OK]

    def waits(self, told: Told) -> list[float]:
        """Return the milliseconds from when everybody else's questions were due to their replies."""
        return [
            (told.at[event] - self.began - number / self.rate) * 1000
            for number, (event, person) in enumerate(zip(self.events, self.people, strict=True))
            if person != ONE and event in told.at
        ]

    def of(self, one: bool) -> tuple[Counter[int], list[float]]:
        """Return statuses and milliseconds of the one person's acknowledgements, or of everybody else's."""
        mine = [number for number, person in enumerate(self.people) if (person == ONE) is one]
        return Counter(self.statuses[number] for number in mine), [self.milliseconds[number] for number in mine]


class Asking:
    """Questions under way: prepared, sent by another process, and its account once it ends."""

    def __init__(self, house: House, slack: SlackStandIn, people: list[str], *, rate: float) -> None:
        """Make them, and begin to send."""
        requests, self.events, self.people, self.rate = [], [], people, rate
        for number, (person, text) in enumerate(zip(people, wordy(), strict=False)):
            slack.add_user(person)
            envelope = slack.mention(text, user=person, channel=f"C{number % CHANNELS:03d}")
            headers, body = signed(envelope)
            self.events.append(f"slack:{envelope['event_id']}")
            requests.append(("/slack/events", headers, body.decode()))
        self.process = start_sending(requests, house.port, "--rate", str(rate), program="tests.bench.flood")
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the sender did not start")
        self._say()

    def _say(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self) -> Asked:
        """Wait for the last acknowledgement."""
        said, _ = self.process.communicate(timeout=600)
        assert isinstance(self.process.args, list)
        Path(self.process.args[3]).unlink(missing_ok=True)
        if self.process.returncode:
            raise subprocess.CalledProcessError(self.process.returncode, self.process.args)
        return Asked(events=self.events, people=self.people, rate=self.rate, **json.loads(said))


def run(scale: Scale) -> Findings:
    """Everybody is known beforehand, so that nobody has to be looked up in the flood."""
    told = Told()
    with taught_house(record=told.record) as (house, slack):
        rough = measured(house, slack, TRIAL).per_second
        sustainable = measured(house, slack, round(rough * scale.calm_seconds)).per_second
        print(f"  overload: {sustainable:.0f}/s in a closed loop", flush=True)
        _answered(house, slack, told, [*OTHERS, ONE], rate=sustainable / 4)
        half = list(itertools.islice(itertools.cycle(OTHERS), round(sustainable / 2 * scale.calm_seconds)))
        calm = percentile(_answered(house, slack, told, half, rate=sustainable / 2).waits(told), 0.99)
        print(f"  overload: p99 {calm:.0f} ms in calm", flush=True)
        found = Findings(
            f"overload: {TIMES} x {sustainable:.0f} events/s for {scale.flood_seconds} s, "
            f"{OF_TEN_BY_ONE} of 10 from one person"
        )
        _flood(house, slack, told, sustainable=sustainable, calm=calm, seconds=scale.flood_seconds, found=found)
        return found


def _answered(house: House, slack: SlackStandIn, told: Told, people: list[str], *, rate: float) -> Asked:
    asked = Asking(house, slack, people, rate=rate).finish()
    missing = told.wait(asked.events, seconds=LAST_REPLY_SECONDS)
    if missing:
        raise RuntimeError(f"{len(missing)} of {len(people)} events without a reply before there was any flood")
    return asked


def _flood(
    house: House, slack: SlackStandIn, told: Told, *, sustainable: float, calm: float, seconds: int, found: Findings
) -> None:
    others = itertools.cycle(OTHERS)
    count = round(TIMES * sustainable * seconds)
    people = [ONE if number % 10 < OF_TEN_BY_ONE else next(others) for number in range(count)]
    processes = house.processes()
    asking = Asking(house, slack, people, rate=TIMES * sustainable)
    before, own = cpu_seconds(processes), time.process_time()
    time.sleep(seconds)
    spent = {name: value - before[name] for name, value in cpu_seconds(processes).items()}
    own = time.process_time() - own
    print("  overload: the flood is over", flush=True)
    recovered = _recovered(house, slack, told, calm=calm)
    flood = asking.finish()
    silent = told.wait(flood.accepted(), seconds=LAST_REPLY_SECONDS)
    actions = dict(house.ask_database(SETTLED))
    theirs = [event for event, person in zip(flood.events, flood.people, strict=True) if person != ONE]
    stages = list(zip(*house.ask_database(STAGES, theirs), strict=True))
    for name, values in zip(NAMES, stages, strict=False):
        milliseconds = list(map(float, values))
        found.note(f"{name}: p50, p99 {percentile(milliseconds, 0.5):.0f}, {percentile(milliseconds, 0.99):.0f} ms")
    _show(flood, told, actions, sustainable=sustainable, calm=calm, seconds=seconds, found=found)
    recovery = "never" if recovered is None else f"{recovered:.1f} s"
    in_time = recovered is not None and recovered <= RECOVERY_GOAL
    found.add("a fresh question answered as in calm again, after the flood", recovery, "at most 10 s", met=in_time)
    found.add("silent: acknowledged, and no reply", str(len(silent)), "none", met=not silent)
    cores = seconds * (os.cpu_count() or 1)
    found.add(
        "of the machine's CPU in the flood",
        f"senders {flood.cpu_seconds / cores:.0%}, Slack's stand-in {own / cores:.0%}",
        "they run on the same cores",
    )
    shares = {name: value / cores for name, value in by_kind(spent).items() if value > cores / 200}
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    found.note("and Maru's: " + ", ".join(f"{name} {share:.0%}" for name, share in ranked))


def _recovered(house: House, slack: SlackStandIn, told: Told, *, calm: float) -> float | None:
    """Ask one question at a time, each of another person, until one is answered as in calm; return the seconds."""
    began = time.monotonic()
    for person in itertools.islice(OTHERS, round(PROBE_SECONDS)):
        asked = time.perf_counter()
        envelope = slack.mention(next(wordy()), user=person, channel="CPROBE")
        headers, body = signed(envelope)
        connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=PROBE_SECONDS)
        try:
            connection.request("POST", "/slack/events", body, headers)
            accepted = connection.getresponse().status == http.client.OK
        except OSError:
            accepted = False
        finally:
            connection.close()
        event = f"slack:{envelope['event_id']}"
        if accepted and not told.wait([event], seconds=PROBE_SECONDS) and (told.at[event] - asked) * 1000 <= calm:
            return time.monotonic() - began
        if time.monotonic() - began > PROBE_SECONDS:
            break
    return None


def _show(
    flood: Asked, told: Told, actions: dict[str, str], *, sustainable: float, calm: float, seconds: int, found: Findings
) -> None:
    ends = flood.began + seconds
    in_time = [event for event in flood.events if told.at.get(event, ends) < ends]
    answers = sum(actions.get(event) != REFUSED for event in in_time)
    goodput = answers / seconds / sustainable
    waits = flood.waits(told)
    worst = percentile(waits, 0.99)
    found.add("sustainable: answers in a closed loop, alone", f"{sustainable:.0f}/s")
    found.add(
        "answers during the flood, to that",
        f"{answers / seconds:.0f}/s = {goodput:.0%}",
        "at least 90 %",
        met=goodput >= GOODPUT_GOAL,
    )
    found.add("everybody else in calm, at half of it: event to reply, p99", f"{calm:.0f} ms")
    found.add(
        "everybody else in the flood: event to reply, p50, p99",
        f"{percentile(waits, 0.5):.0f}, {worst:.0f} ms = {worst / calm:.1f} x",
        "at most 2 x",
        met=worst <= LATENCY_GOAL * calm,
    )
    for one, name in ((True, "the one person"), (False, "everybody else")):
        statuses, milliseconds = flood.of(one)
        asked = [event for event, person in zip(flood.events, flood.people, strict=True) if (person == ONE) is one]
        refused = sum(actions.get(event) == REFUSED for event in asked)
        other = {status or "no answer": count for status, count in statuses.items() if status != http.client.OK}
        found.add(
            f"{name}: asked, refused in words, not acknowledged",
            f"{statuses.total()}, {refused}, {sum(other.values())}",
            ", ".join(f"{status}: {count}" for status, count in other.items()),
        )
        found.add(
            f"{name}: acknowledged, p50, p99",
            f"{percentile(milliseconds, 0.5):.0f}, {percentile(milliseconds, 0.99):.0f} ms",
        )
