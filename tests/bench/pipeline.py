"""The whole pipeline beside no-op Celery tasks: signed Slack event in, answer posted to Slack out."""

import itertools
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.house import House, chat_only, maru_up, receipts, rung, slack_variables, stand_in_models
from tests.bench.machine import cpu_seconds, empty_home
from tests.bench.noop import tasks_per_second
from tests.bench.questions import HANDBOOK, wordy
from tests.bench.scale import Scale
from tests.bench.sending import Sent, events, finish_sending, grant, start_sending
from tests.bench.table import Findings, percentile
from tests.standins.slack import SlackStandIn

LOOK_SECONDS = 0.01
IN_HAND = 48
"""Events that are under way at once: enough to keep every core busy, and too few for a line at the door."""

WARM_UP = 32
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What came out of one run."""

    per_second: float
    rungs: Counter[str]
    cpu_ms: dict[str, float]
    sent: Sent
    refusals: int


def run(scale: Scale) -> Findings:
    """Measure the yardstick before and after, on the same Redis."""
    with empty_home() as home, SlackStandIn() as slack:
        home.parent.joinpath("models").mkdir()
        with stand_in_models(home.parent / "models") as models:
            with maru_up(home, {**slack_variables(slack.api_url), **models}) as house:
                house.teach(HANDBOOK / "en")
                broker = house.addresses()["MARU_BROKER_URL"]
                before = tasks_per_second(broker, scale.noop_tasks, home.parent)
                rate = measured(house, slack, scale.events)
                after = tasks_per_second(broker, scale.noop_tasks, home.parent)
            embedded = _with_own_encoder(scale, {**slack_variables(slack.api_url), **chat_only(models)}, slack)
    return _findings((before + after) / 2, rate, embedded, (before, after))


def _with_own_encoder(scale: Scale, variables: dict[str, str], slack: SlackStandIn) -> Rate:
    with empty_home() as home, maru_up(home, variables) as house:
        house.teach(HANDBOOK / "en")
        return measured(house, slack, scale.events_embedded)


def measured(house: House, slack: SlackStandIn, count: int) -> Rate:
    """Post `count` questions, a few at a time,, and wait for the last reply."""
    _answered(house, slack, WARM_UP)
    processes = house.processes()
    spent = cpu_seconds(processes)
    seconds, sent = _answered(house, slack, count)
    spent = {name: value - spent[name] for name, value in cpu_seconds(processes).items()}
    ended = Counter(rung(one) for one in receipts(house)[-count:])
    cpu = {name: value / count * 1000 for name, value in spent.items()}
    return Rate(count / seconds, ended, cpu, sent, len(slack.refusals))


def _answered(house: House, slack: SlackStandIn, count: int) -> tuple[float, Sent]:
    already = slack.replies
    requests = events(slack, itertools.islice(wordy(), count))
    sender = start_sending(requests, house.port, "--credit")
    granted, there, ends = 0, already, time.monotonic() + PATIENCE_SECONDS
    while there < already + count and time.monotonic() < ends:
        more = min(there - already + IN_HAND, count) - granted
        if more:
            grant(sender, more)
            granted += more
        time.sleep(LOOK_SECONDS)  # being woken for each reply would cost the machine more than looking
        there = slack.replies
    ended = time.perf_counter()
    sent = finish_sending(sender)
    if there != already + count:
        raise RuntimeError(f"{there - already} replies for {count} events")
    return ended - sent.began, sent


def _findings(noop: float, rate: Rate, embedded: Rate, noops: tuple[float, float]) -> Findings:
    total = sum(rate.rungs.values())
    found = Findings(f"pipeline: {total} signed Slack events, each answered by a post; stand-ins answer at once")
    share = rate.per_second / noop
    found.add(
        "no-op Celery tasks (prefork -c 2, acks late, prefetch 1)", f"{noop:.0f}/s", f"{noops[0]:.0f}, {noops[1]:.0f}"
    )
    found.add("events", f"{rate.per_second:.1f}/s")
    found.add("events to no-op tasks", f"{share:.1%}", "at least 15 %", met=share >= 0.15)
    found.add("events with Maru's own encoder", f"{embedded.per_second:.1f}/s", f"{embedded.per_second / noop:.1%}")
    found.add(
        "turns through search, chat model and check",
        f"{(rate.rungs['model'] + rate.rungs['quote']) / total:.0%}",
        _rungs(rate),
    )
    found.add(
        "ack under full load", f"p50 {percentile(rate.sent.latencies, 0.5):.0f} ms", f"refused {rate.sent.refused}"
    )
    found.add("calls that Slack's stand-in refused", str(rate.refusals), "none", met=rate.refusals == 0)
    for title, one in (("CPU ms an event", rate), ("the same with Maru's own encoder", embedded)):
        spent = sorted(by_kind(one.cpu_ms).items(), key=lambda item: -item[1])
        found.note(f"{title}: " + ", ".join(f"{name} {value:.1f}" for name, value in spent if value >= 0.1))
    return found


def by_kind(spent: Mapping[str, float]) -> dict[str, float]:
    """Add up what runs as several processes, such as Postgres with one for each connection."""
    kinds: dict[str, float] = {}
    for name, value in spent.items():
        kind = "postgres" if name.startswith("postgres") else name
        kinds[kind] = kinds.get(kind, 0.0) + value
    return kinds


def _rungs(rate: Rate) -> str:
    return ", ".join(f"{name} {count}" for name, count in rate.rungs.most_common())
