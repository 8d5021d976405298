"""How soon a signed Slack event is acknowledged: Maru's gateway beside a Bolt handler that does nothing."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg

from tests.bench.house import slack_variables
from tests.bench.machine import answers, cpu_seconds, empty_home, python, running
from tests.bench.scale import Scale
from tests.bench.sending import Sent, events, send
from tests.bench.stores import Stores, stores
from tests.bench.table import Findings, percentile
from tests.standins.slack import SlackStandIn
from workers.preflight import free_ports

RATE = 100
ROUNDS = 3
NOBODY = "http://127.0.0.1:9"  # models that this benchmark never calls
GATEWAY, BARE = "Maru's gateway", "bare Bolt"


def run(scale: Scale) -> Findings:
    """Send to both in turns, so that whatever else the machine does meets both."""
    with empty_home() as home, SlackStandIn() as slack, ExitStack() as stack:
        database = stack.enter_context(stores(home))
        served = {
            GATEWAY: stack.enter_context(_gateway(home, database, slack.api_url)),
            BARE: stack.enter_context(_bare(home, slack.api_url)),
        }
        ports = {name: port for name, (port, _) in served.items()}
        processes = {name: process for name, (_, process) in served.items()}
        sent: dict[str, list[Sent]] = {name: [] for name in ports}
        for port in ports.values():
            send(events(slack, _texts(RATE)), port, "--rate", str(RATE))
        spent = cpu_seconds(processes)
        for _ in range(ROUNDS):
            for name, port in ports.items():
                requests = events(slack, _texts(round(scale.ack_seconds * RATE / ROUNDS)))
                sent[name].append(send(requests, port, "--rate", str(RATE)))
        acks = round(scale.ack_seconds * RATE / ROUNDS) * ROUNDS
        cpu = {name: (value - spent[name]) / acks * 1000 for name, value in cpu_seconds(processes).items()}
        rows = _rows(database)
        found = _findings(scale, sent, commit=_commit_ms(database), rows=rows)
        found.note("CPU ms an ack, doorbell included: " + ", ".join(f"{name} {ms:.2f}" for name, ms in cpu.items()))
        return found


def _findings(scale: Scale, sent: dict[str, list[Sent]], *, commit: float, rows: int) -> Findings:
    found = Findings(f"ack: {RATE} signed events a second for {scale.ack_seconds:.0f} s, {ROUNDS} turns each")
    ours = [value for one in sent[GATEWAY] for value in one.latencies]
    bare = [value for one in sent[BARE] for value in one.latencies]
    ratio = percentile(ours, 0.5) / percentile(bare, 0.5)
    slowest = percentile(ours, 0.99)
    refused = sum(one.refused for one in sent[GATEWAY])
    for name, values in ((GATEWAY, ours), (BARE, bare)):
        found.add(
            name, f"p50 {percentile(values, 0.5):.2f} ms   p99 {percentile(values, 0.99):.2f} ms", f"{len(values)} acks"
        )
    found.add("p50, Maru to bare Bolt", f"{ratio:.2f} x", "at most 3 x", met=ratio <= 3)
    found.add("p99 of Maru", f"{slowest:.1f} ms", "at most 100 ms", met=slowest <= 100)
    found.add("refused", str(refused), "none", met=refused == 0)
    found.add("one committed row alone (psycopg, same Postgres)", f"p50 {commit:.2f} ms")
    kept, told = rows, len(ours) + RATE
    found.add("rows kept for events acknowledged", f"{kept} for {told}", "all", met=kept >= told)
    return found


@contextmanager
def _gateway(home: Path, database: Stores, api_url: str) -> Iterator[tuple[int, psutil.Process]]:
    (port,) = free_ports(1)
    variables = {
        **database.variables,
        **slack_variables(api_url),
        "MARU_HTTP_PORT": str(port),
        "MARU_ENCODER_URL": NOBODY,
        "MARU_SSLLM_URL": NOBODY,
    }
    ready = answers(f"http://127.0.0.1:{port}/readyz")
    program = python("-m", "workers.cli", "gateway", home=home, name="gateway", ready=ready, variables=variables)
    with running(program, home) as child:
        yield port, psutil.Process(child.pid)


@contextmanager
def _bare(home: Path, api_url: str) -> Iterator[tuple[int, psutil.Process]]:
    (port,) = free_ports(1)
    program = python(
        *("-m", "tests.bench.bare_bolt", "--port", str(port), "--api-url", api_url),
        home=home,
        name="bare-bolt",
        ready=answers(f"http://127.0.0.1:{port}/healthz"),
    )
    with running(program, home) as child:
        yield port, psutil.Process(child.pid)


def _texts(count: int) -> list[str]:
    return [f"how do I roll back deploy number {number}?" for number in range(count)]


def _rows(database: Stores) -> int:
    with psycopg.connect(database.url) as connection:
        row = connection.execute("SELECT count(*) FROM inbox").fetchone()
    assert row is not None
    return int(row[0])


def _commit_ms(database: Stores, times: int = 300) -> float:
    taken = []
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
        for _ in range(times):
            began = time.perf_counter()
            connection.execute("INSERT INTO bench (body) VALUES (%s)", ("x" * 500,))
            taken.append((time.perf_counter() - began) * 1000)
        connection.execute("DROP TABLE bench")
    return percentile(taken, 0.5)
