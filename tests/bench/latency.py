"""What Maru adds to a model's time, where each millisecond goes, and what a burst does to it."""

import itertools

from tests.bench.house import House, taught_house
from tests.bench.inflight import STORES
from tests.bench.machine import pss_mb
from tests.bench.questions import wordy
from tests.bench.scale import Scale
from tests.bench.sending import Sent, events, finish_sending, start_sending, wait_replies
from tests.bench.table import Findings, percentile
from tests.standins.slack import SlackStandIn

RATE, GOAL_MS = 30, 60.0
BURST_RATE, BURST_ACK_MS, BURST_GROWTH = 200, 50.0, 1.2
PATIENCE_SECONDS = 300.0
WARM_UP = 60

STAGES = """
SELECT 1000 * extract(epoch FROM t.at - i.received_at) - 1000 * (t.receipt->>'seconds')::float8,
       1000 * (t.receipt->>'seconds')::float8,
       1000 * extract(epoch FROM o.settled_at - o.created_at),
       1000 * extract(epoch FROM o.settled_at - i.received_at)
FROM inbox i JOIN turn t ON t.inbox = i.id JOIN outbox o ON o.event_id = i.event_id
WHERE o.key NOT LIKE %s ORDER BY i.id DESC LIMIT %s
"""
"""Milliseconds of each event, in the order of NAMES."""

STUCK = """
SELECT 'inbox', id, conversation, attempts::text, received_at::text FROM inbox WHERE settled_at IS NULL
UNION ALL SELECT 'outbox ' || status, id, conversation, why, due_at::text FROM outbox WHERE status <> 'sent' LIMIT 20
"""

NAMES = ("waiting for a hand", "the turn (search, model, check)", "outbox to recorded post", "all")


def run(scale: Scale) -> Findings:
    """Stand-ins answer at once, so that all that is measured is Maru."""
    with taught_house() as (house, slack):
        answered(house, slack, WARM_UP, "--rate", str(RATE))
        calm = stages(house, slack, scale.latency_seconds)
        found = Findings(f"latency: {len(calm)} signed Slack events at {RATE}/s, then {scale.burst} at {BURST_RATE}/s")
        _show(calm, found)
        before = _memory(house)
        sent = answered(house, slack, scale.burst, "--rate", str(BURST_RATE))
        _burst(sent, scale.burst, _memory(house) / before, found)
        return found


Stages = list[tuple[float, ...]]
"""A row an event: the milliseconds of each of NAMES."""


def stages(house: House, slack: SlackStandIn, seconds: int, *, rate: int = RATE) -> Stages:
    """Send so many seconds of questions at a steady rate, and return where the time of each went."""
    count = seconds * rate
    answered(house, slack, count, "--rate", str(rate))
    rows = house.ask_database(STAGES, "%#place", count)
    return [tuple(map(float, row)) for row in rows]


def milliseconds(events: Stages, name: str) -> list[float]:
    """Return one stage of each event."""
    return [event[NAMES.index(name)] for event in events]


def answered(house: House, slack: SlackStandIn, count: int, *how: str) -> Sent:
    """Send questions, wait until each is answered, and return what became of the requests."""
    already = slack.replies
    sender = start_sending(events(slack, itertools.islice(wordy(), count)), house.port, *how)
    there = wait_replies(slack, already + count, seconds=PATIENCE_SECONDS)
    sent = finish_sending(sender)
    if there != already + count:
        stuck = house.ask_database(STUCK)
        raise RuntimeError(f"{there - already} replies for {count} events; answered {sent.statuses}; not done: {stuck}")
    return sent


def _show(calm: Stages, found: Findings) -> None:
    for name in NAMES:
        values = milliseconds(calm, name)
        shown = ", ".join(f"{percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99))
        worst = percentile(values, 0.95)
        goal = (f"p95 at most {GOAL_MS:.0f} ms", worst <= GOAL_MS) if name == "all" else ("", None)
        found.add(f"{name}: p50, p95, p99", f"{shown} ms", goal[0], met=goal[1])


def _burst(sent: Sent, count: int, growth: float, found: Findings) -> None:
    slowest = percentile(sent.latencies, 0.99)
    found.add(
        "burst: acknowledged, p99", f"{slowest:.0f} ms", f"at most {BURST_ACK_MS:.0f} ms", met=slowest <= BURST_ACK_MS
    )
    found.add("burst: refused", str(sent.refused), "none", met=sent.refused == 0)
    found.add("burst: answered", f"{count} of {count}", "all", met=True)
    found.add(
        "memory after the burst, to before", f"{growth:.2f} x", f"at most {BURST_GROWTH} x", met=growth <= BURST_GROWTH
    )


def _memory(house: House) -> float:
    return pss_mb([one for name, one in house.processes().items() if not name.startswith(STORES)])
