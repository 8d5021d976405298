"""Many turns that wait for a slow model at once, on one worker host, and what that costs in memory."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import psutil

from tests.bench.house import House, maru_up, receipts, rung, slack_variables, stand_in_models
from tests.bench.machine import answers, empty_home, pss_mb, python, running
from tests.bench.questions import HANDBOOK, KOREAN, wordy
from tests.bench.scale import Scale
from tests.bench.sending import events, finish_sending, start_sending, wait_replies
from tests.bench.table import Findings
from tests.standins.slack import SlackStandIn
from workers.preflight import free_ports

MODEL_SECONDS = 5.0
GOAL_SECONDS = 8.0
GOAL_MB = {200: 800.0, 500: 1000.0}
"""Of all of Maru's own processes, by turns in flight."""

GOAL_ENCODER_MB = 700.0
STORES = ("postgres", "redis-server")
MODELS = ("encoder", "ssllm")
SENDERS = 16
LOOK_SECONDS = 0.5


def run(scale: Scale) -> Findings:
    """The encoder is a stand-in, as it is another host's in production; `pipeline` shows Maru's own at work."""
    count = scale.in_flight
    found = Findings(f"inflight: {count} turns at once, the model takes {MODEL_SECONDS:.0f} s")
    with empty_home() as home, SlackStandIn() as slack:
        folder = home.parent / "models"
        folder.mkdir()
        with (
            stand_in_models(folder, reply_seconds=MODEL_SECONDS) as models,
            maru_up(home, {**slack_variables(slack.api_url), **models}) as house,
        ):
            _measure(house, slack, count, found)
    encoder = _encoder_mb()
    found.add("encoder, after 200 questions", f"{encoder:.0f} MB PSS", "at most 700 MB", met=encoder <= GOAL_ENCODER_MB)
    return found


def _measure(house: House, slack: SlackStandIn, count: int, found: Findings) -> None:
    with _watched(house) as peak:
        seconds, rungs = _answered(house, slack, count)
    found.add(f"all {count} answered", f"{seconds:.1f} s", f"at most {GOAL_SECONDS:.0f} s", met=seconds <= GOAL_SECONDS)
    found.add("answers by rung", _words(rungs))
    ours = {name: value for name, value in peak.items() if not name.startswith(STORES + MODELS)}
    total = sum(ours.values())
    goal = GOAL_MB[count]
    found.add("Maru's own processes, peak", f"{total:.0f} MB PSS", f"at most {goal:.0f} MB", met=total <= goal)
    found.note("PSS in MB: " + ", ".join(f"{name} {value:.0f}" for name, value in sorted(ours.items())))
    stores = {kind: sum(value for name, value in peak.items() if name.startswith(kind)) for kind in STORES}
    found.note("beside them: " + ", ".join(f"{name} {value:.0f}" for name, value in stores.items()))


def _answered(house: House, slack: SlackStandIn, count: int) -> tuple[float, Counter[str]]:
    house.teach(HANDBOOK / "en")
    # One turn first: a worker makes its parts when it needs them.
    for many in (1, count):
        already = slack.replies
        requests = events(slack, itertools.islice(wordy(), many))
        sender = start_sending(requests, house.port, "--at-once", str(SENDERS))
        there = wait_replies(slack, already + many, seconds=180)
        ended = time.perf_counter()
        seconds = ended - finish_sending(sender).began
        if there != already + many:
            raise RuntimeError(f"{there - already} replies for {many} events")
    return seconds, Counter(rung(one) for one in receipts(house)[-count:])


@contextmanager
def _watched(house: House) -> Iterator[dict[str, float]]:
    """Yield the sizes by process at the moment when they were largest in all; complete once the block has ended."""
    peak: dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            sizes = _sizes(house.processes())
            if sum(sizes.values()) > sum(peak.values()):
                peak.clear()
                peak.update(sizes)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _sizes(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    sizes = {}
    for name, process in processes.items():
        try:
            sizes[name] = pss_mb([process])
        except psutil.NoSuchProcess:  # a database connection that was closed meanwhile
            continue
    return sizes


def _encoder_mb() -> float:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with empty_home() as home:
        program = python(
            *("-m", "workers.cli", "encoder", "--port", str(port)),
            home=home.parent,
            name="encoder",
            ready=answers(f"{url}/health"),
        )
        with running(program, home.parent) as child, httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
            questions = [*itertools.islice(wordy(), 100), *itertools.islice(itertools.cycle(KOREAN), 100)]
            for question in questions:
                for route, text in (("/embed", f"query: {question}"), ("/analyse", question)):
                    http.post(route, json={"inputs": [text]}).raise_for_status()
            assert child.pid is not None
            return pss_mb([psutil.Process(child.pid)])


def _words(rungs: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in rungs.most_common())
