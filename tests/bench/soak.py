"""A steady load for a long while: nothing may grow but the number of rows."""

from dataclasses import dataclass

from tests.bench.house import House, taught_house
from tests.bench.latency import milliseconds, stages
from tests.bench.machine import pss_mb
from tests.bench.scale import Scale
from tests.bench.table import Findings, percentile
from tests.standins.slack import SlackStandIn

RATE = 20
FIFTHS = 5
GOAL_LATENCY, GOAL_GROWTH = 1.1, 1.1

BLOAT = """
SELECT sum(n_dead_tup)::float8 / greatest(sum(n_live_tup), 1), pg_database_size(current_database())::float8
FROM pg_stat_user_tables
"""


@dataclass(frozen=True, slots=True)
class State:
    """What stood at the end of one fifth. p95: ms. dead: dead rows for each live one. size: bytes of the database."""

    p95: float
    memory: float
    files: int
    connections: int
    dead: float
    size: float


def run(scale: Scale) -> Findings:
    """The first fifth is the measure of the last; a warm-up of a minute at most goes before it."""
    seconds = scale.soak_seconds // FIFTHS
    found = Findings(f"soak: {RATE} events/s for {scale.soak_seconds} s")
    with taught_house() as (house, slack):
        stages(house, slack, min(seconds, 60), rate=RATE)
        states = [_state(house, slack, seconds) for _ in range(FIFTHS)]
    _compare(states, seconds * RATE, found)
    return found


def _state(house: House, slack: SlackStandIn, seconds: int) -> State:
    p95 = percentile(milliseconds(stages(house, slack, seconds, rate=RATE), "all"), 0.95)
    processes = [one for name, one in house.processes().items() if not name.startswith("postgres")]
    ((connections,),) = house.ask_database(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    ((dead, size),) = house.ask_database(BLOAT)
    print(f"  soak: a fifth is over, p95 {p95:.0f} ms", flush=True)
    return State(p95, pss_mb(processes), sum(one.num_fds() for one in processes), connections, dead, size)


def _compare(states: list[State], events: int, found: Findings) -> None:
    first, last = states[0], states[-1]
    for what, unit, goal, (before, after) in (
        ("latency p95, received to posted", "ms", GOAL_LATENCY, (first.p95, last.p95)),
        ("memory of all processes but Postgres", "MB PSS", GOAL_GROWTH, (first.memory, last.memory)),
        ("open files", "", GOAL_GROWTH, (first.files, last.files)),
        ("connections to Postgres", "", GOAL_GROWTH, (first.connections, last.connections)),
    ):
        ratio = after / before
        found.add(
            f"{what}: last fifth to first",
            f"{before:.0f} → {after:.0f} {unit}".rstrip(),
            f"{ratio:.2f} x, at most {goal} x",
            met=ratio <= goal,
        )
    found.add("dead rows to live ones", ", ".join(f"{state.dead:.0%}" for state in states))
    grown = (last.size - first.size) / (events * (FIFTHS - 1)) / 1000
    found.add("database, growth an event", f"{grown:.1f} KB", "inbox, turn and outbox rows stay until retention")
