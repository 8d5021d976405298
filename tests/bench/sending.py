"""Signed Slack events, sent by a process of their own."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import ROOT, surroundings
from tests.standins.slack import SlackStandIn, signed

CHANNELS = 50

Request = tuple[str, dict[str, str], str]
"""Path, headers, body."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the requests. Latencies are ms; `began` is the monotonic clock at the first request."""

    began: float
    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def refused(self) -> int:
        """How many were not answered with 200."""
        return sum(count for status, count in self.statuses.items() if status != 200)


def events(slack: SlackStandIn, texts: Iterable[str]) -> list[Request]:
    """Say each text in a thread of its own, many people over many channels, and return the requests that tell of it."""
    requests = []
    for number, text in enumerate(texts):
        user, channel = (f"{kind}{number % CHANNELS:03d}" for kind in "UC")
        slack.add_user(user)
        headers, body = signed(slack.mention(text, user=user, channel=channel))
        requests.append(("/slack/events", headers, body.decode()))
    return requests


def wait_replies(slack: SlackStandIn, count: int, *, seconds: float) -> int:
    """Wait until so many replies are there, and return how many are."""
    ends = time.monotonic() + seconds
    while (there := slack.replies) < count and time.monotonic() < ends:
        slack.wait_posts(len(slack.posts) + max(count - there, 1), seconds=0.1)
    return there


def send(requests: list[Request], port: int, *how: str) -> Sent:
    """Send them from another process (`--rate R` or `--at-once N`) and wait for the last answer."""
    process = start_sending(requests, port, *how)
    return finish_sending(process)


def start_sending(
    requests: list[Request], port: int, *how: str, program: str = "tests.bench.load"
) -> subprocess.Popen[str]:
    """Start sending; the events must be younger than five minutes."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False, encoding="utf-8") as file:
        file.writelines(json.dumps(request) + "\n" for request in requests)
    return subprocess.Popen(
        [sys.executable, "-m", program, file.name, "--port", str(port), *how],
        env=surroundings(Path(file.name).parent, {}),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def grant(process: "subprocess.Popen[str]", events: int) -> None:
    """Let a sender that sends at credit send so many more."""
    assert process.stdin is not None
    process.stdin.write(f"{events}\n")
    process.stdin.flush()


def finish_sending(process: subprocess.Popen[str]) -> Sent:
    """Wait for the sender and return what it saw."""
    said, _ = process.communicate(timeout=600)
    Path(process.args[3]).unlink(missing_ok=True)  # type: ignore[index,arg-type]
    if process.returncode:
        raise RuntimeError(f"the sender ended with {process.returncode}")
    result = json.loads(said)
    statuses = {int(status): count for status, count in result["statuses"].items()}
    return Sent(result["began"], result["seconds"], result["latencies"], statuses)
