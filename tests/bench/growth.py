"""The same load on an empty database and on one with years of turns in it."""

import psycopg

from tests.bench.house import House, taught_house
from tests.bench.latency import milliseconds, stages
from tests.bench.scale import Scale
from tests.bench.table import Findings, percentile

GOAL = 1.2
BATCH = 500_000

CONVERSATIONS = """
INSERT INTO conversation (id, state)
SELECT 'slack:T1/C' || n %% 900 || '/old.' || n, '{}' FROM generate_series(1::bigint, %(conversations)s) n
"""
TURNS = """
WITH old AS (
    SELECT n, 'slack:T1/C' || c %% 900 || '/old.' || c AS conversation,
           now() - interval '60 days' + n * interval '0.5 s' AS at
    FROM generate_series(%(first)s::bigint, %(last)s) n, LATERAL (SELECT 1 + n %% %(conversations)s) AS one (c)
), kept AS (
    INSERT INTO inbox (event_id, message_key, conversation, person, event, received_at, attempts, settled_at)
    SELECT 'slack:Old' || n, 'slack:T1/old/' || n, conversation, 'slack:T1/U' || n %% 5000,
           jsonb_build_object('text', 'how do I roll back deploy number ' || n), at, 1, at
    FROM old RETURNING id, event_id, conversation, received_at
), told AS (
    INSERT INTO turn (inbox, conversation, action, apology, receipt, at)
    SELECT id, conversation, 'Answer', false, '{"skill": "answer-from-knowledge", "seconds": 1.5}', received_at
    FROM kept
)
INSERT INTO outbox (key, event_id, conversation, message, status, attempts, reference, created_at, settled_at, due_at)
SELECT event_id || '#1', event_id, conversation, '{"reply": {"text": "Run it with --to previous. [1]"}}', 'sent', 1,
       'old.' || id, received_at, received_at, received_at
FROM kept
"""


def run(scale: Scale) -> Findings:
    """Twice in one house: before and after."""
    found = Findings(
        f"growth: 30 events/s on an empty database, and on {scale.old_turns:,} old turns in "
        f"{scale.old_turns // 10:,} conversations"
    )
    with taught_house() as (house, slack):
        stages(house, slack, scale.latency_seconds)
        before = milliseconds(stages(house, slack, scale.latency_seconds), "all")
        _grow(house, scale.old_turns)
        stages(house, slack, scale.latency_seconds)
        after = milliseconds(stages(house, slack, scale.latency_seconds), "all")
        (size,) = house.ask_database("SELECT pg_size_pretty(pg_database_size(current_database()))")
    for when, values in (("empty", before), ("grown", after)):
        shown = ", ".join(f"{percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99))
        found.add(f"received to posted, {when}: p50, p95, p99", f"{shown} ms")
    ratio = percentile(after, 0.95) / percentile(before, 0.95)
    found.add("p95 grown to empty", f"{ratio:.2f} x", f"at most {GOAL} x", met=ratio <= GOAL)
    found.note(f"The database was {size[0]} large.")
    return found


def _grow(house: House, turns: int) -> None:
    conversations = turns // 10
    with psycopg.connect(house.addresses()["MARU_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(CONVERSATIONS, {"conversations": conversations})
        for first in range(1, turns + 1, BATCH):
            last = min(first + BATCH - 1, turns)
            connection.execute(TURNS, {"first": first, "last": last, "conversations": conversations})
            print(f"  growth: {last:,} of {turns:,} old turns", flush=True)
        connection.execute("VACUUM ANALYZE")
