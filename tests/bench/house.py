"""A whole Maru for a benchmark: `maru up` with stand-ins of the platforms and, where wanted, of the models."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.bench.machine import ROOT, answers, empty_home, family, python, running, surroundings
from tests.bench.questions import HANDBOOK
from tests.standins.slack import BOT_TOKEN, SECRET, SlackStandIn
from workers.embedded import tether
from workers.embedded.program import StartFailed
from workers.preflight import free_ports
from workers.settings import run_file

READY = "Maru is ready"
START_SECONDS = 120.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class House:
    """A running Maru. seconds: from the start of `maru up` to its word that it is ready."""

    home: Path
    variables: Mapping[str, str]
    process: subprocess.Popen[str]
    port: int
    seconds: float

    @property
    def slack_url(self) -> str:
        """Where Slack's events go."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    def addresses(self) -> dict[str, str]:
        """Return what `maru up` wrote down for other commands."""
        lines = run_file(self.home).read_text(encoding="utf-8").splitlines()
        return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}

    def processes(self) -> dict[str, psutil.Process]:
        """Return everything that runs, by name."""
        return family(self.process.pid)

    def ask_database(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.addresses()["MARU_DATABASE_URL"]) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def command(self, *arguments: str) -> str:
        """Run another `maru` command of this home and return what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "workers.cli", *arguments],
            env=surroundings(self.home, {"MARU_HOME": str(self.home), **self.variables}),
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        ).stdout

    def teach(self, *paths: Path, seconds: float = 300.0) -> None:
        """Index files, and wait until they are embedded."""
        self.command("kb", "add", *map(str, paths))
        self.wait_embedded(seconds=seconds)

    def wait_embedded(self, *, seconds: float = 300.0) -> None:
        """Wait until no chunk waits for its embedding."""
        patience = time.monotonic() + seconds
        while self.ask_database("SELECT FROM chunk WHERE embedding IS NULL LIMIT 1"):
            if time.monotonic() > patience:
                raise StartFailed("the chunks were not embedded in time")
            time.sleep(0.2)


@contextmanager
def maru_up(home: Path, variables: Mapping[str, str]) -> Iterator[House]:
    """Run `maru up` until the block ends. Raises StartFailed with its own words."""
    (port,) = free_ports(1)
    values = {"MARU_HOME": str(home), "MARU_HTTP_PORT": str(port), **variables}
    began = time.monotonic()
    process = subprocess.Popen(
        tether.tied((sys.executable, "-m", "workers.cli", "up"), signal=signal.SIGTERM),  # a killed bench leaves none
        env=surroundings(home.parent, values),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        _wait_ready(process)
        yield House(home, values, process, port, time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_ready(process: subprocess.Popen[str]) -> None:
    said: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.put(line)
        said.put("")

    threading.Thread(target=read, daemon=True).start()
    lines: list[str] = []
    patience = time.monotonic() + START_SECONDS
    while time.monotonic() < patience:
        try:
            line = said.get(timeout=1.0)
        except queue.Empty:
            continue
        if line.startswith(READY):
            return
        if not line:
            break
        lines.append(line)
    raise StartFailed("maru up did not become ready:\n" + "".join(lines))


@contextmanager
def stand_in_models(folder: Path, *, reply_seconds: float = 0.0) -> Iterator[dict[str, str]]:
    """Run stand-ins of TGI and TEI as processes of their own, and yield the variables that point Maru at them.

    The chat model says sentences of the evidence, so that its draft passes the check and is what people get.
    """
    chat, encoder = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    with ExitStack() as stack:
        reply = ("--reply-from", "tests.bench.replies:from_the_notes", "--first-token-seconds", str(reply_seconds))
        for name, url, more in (
            ("tgi", chat, (*reply, "--max-concurrent-requests", "512")),
            ("tei", encoder, ()),
        ):
            port = url.rpartition(":")[2]
            program = python(
                *("-m", f"tests.standins.{name}", "--port", port, *more),
                home=folder,
                name=f"stand-in-{name}",
                ready=answers(f"{url}/health"),
            )
            stack.enter_context(running(program, folder))
        yield {
            "MARU_MODELS_FILE": str(models_file(folder, chat=chat, encoder=encoder)),
            "MARU_ENCODER_URL": encoder,
        }


@contextmanager
def taught_house(**slack_options: Any) -> Iterator[tuple[House, SlackStandIn]]:
    """Run a Maru that knows the English handbook, between a Slack and models that answer at once."""
    with empty_home() as home, SlackStandIn(**slack_options) as slack:
        (home.parent / "models").mkdir()
        with (
            stand_in_models(home.parent / "models") as models,
            maru_up(home, {**slack_variables(slack.api_url), **models}) as house,
        ):
            house.teach(HANDBOOK / "en")
            yield house, slack


def chat_only(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without the stand-in encoder: Maru's own embeds and analyses."""
    path = Path(variables["MARU_MODELS_FILE"])
    alone = path.with_name("chat.toml")
    alone.write_text(path.read_text(encoding="utf-8").partition("# embedding")[0], encoding="utf-8")
    return {"MARU_MODELS_FILE": str(alone)}


def slack_variables(api_url: str) -> dict[str, str]:
    """Return the variables of a Slack app in the stand-in's workspace."""
    return {
        "MARU_SLACK_BOT_TOKEN": BOT_TOKEN,
        "MARU_SLACK_SIGNING_SECRET": SECRET,
        "MARU_SLACK_API_URL": api_url,
        "MARU_RATE_FACTOR": "1000",  # asked for and counted, but not what limits the bench
    }


def receipts(house: House) -> list[dict[str, Any]]:
    """Return the receipts of all turns, oldest first, with the question as `asked` and the action as `action`."""
    rows = house.ask_database(
        "SELECT i.event->>'text', t.action, t.receipt::text FROM turn t JOIN inbox i ON i.id = t.inbox ORDER BY t.id"
    )
    return [{"asked": asked, "action": action, **json.loads(receipt)} for asked, action, receipt in rows]


def rung(receipt: Mapping[str, Any]) -> str:
    """Return the rung that a turn ended on: model, quote, refuse, or the action's name where there was no ladder."""
    accepted = [one["rung"] for one in receipt["tries"] if one["accepted"]]
    return accepted[-1] if accepted else re.sub(r"(?<!^)(?=[A-Z])", " ", receipt["action"]).lower()


def models_file(folder: Path, *, chat: str, encoder: str) -> Path:
    """Write a catalogue of these two servers and return its path."""
    path = folder / "models.toml"
    path.write_text(
        f"""
[[model]]
name = "stand-in-chat"
kind = "tgi"
urls = ["{chat}"]
tasks = ["chat", "answer"]
context_tokens = 4096
max_in_flight = 512
gpu_hour_usd = 0.0

# embedding
[[model]]
name = "stand-in-embedder"
kind = "tei"
urls = ["{encoder}"]
tasks = ["embed"]
query_prefix = "query: "
passage_prefix = "passage: "
gpu_hour_usd = 0.0
""",
        encoding="utf-8",
    )
    return path
