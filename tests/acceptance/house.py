"""A whole Maru as real processes: `maru up` in a home of its own, and what one can see and do from outside."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import httpx
import psycopg

from tests.standins.slack import signed
from workers.embedded import tether
from workers.preflight import free_ports
from workers.settings import run_file

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "workers" / "handbook"
START_SECONDS = 90.0
COMMAND_SECONDS = 90.0
ANSWER_SECONDS = 90.0
"""How long a reply may take here: far beyond what it takes, so that a busy machine fails no test."""

_STARTED = re.compile(r" (\S+) started(?: again)?, process (\d+)$", re.MULTILINE)
_REST = """
SELECT (SELECT count(*) FROM inbox WHERE settled_at IS NULL)
     + (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'deferred'))
"""

T = TypeVar("T")


def eventually(look: Callable[[], T], what: str, *, seconds: float = ANSWER_SECONDS) -> T:
    """Return the first truthy value of `look`; fail the test after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"within {seconds:g} s it did not happen: {what}"
        time.sleep(0.02)
    return found


def answers(url: str) -> bool:
    """Tell whether a page answers 200 now."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@dataclass(frozen=True, slots=True)
class House:
    """A running Maru. `surroundings`: the environment that its commands and further processes need."""

    home: Path
    surroundings: Mapping[str, str]
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run another `maru` command of this home, as from a shell."""
        return maru(*arguments, surroundings=self.surroundings, input=input)

    def slack(self, payload: Mapping[str, Any] | str | bytes, *, headers: Mapping[str, str] | None = None) -> int:
        """Deliver what Slack would send, signed; return the status."""
        signature, body = signed(payload)
        return self.post("/slack/events", body, headers={**signature, **(headers or {})}).status_code

    def post(self, path: str, content: bytes, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a request to the gateway."""
        return httpx.post(self.url + path, content=content, headers=dict(headers or {}), timeout=30, trust_env=False)

    def get(self, path: str) -> httpx.Response:
        """Ask the gateway."""
        return httpx.get(self.url + path, timeout=30, trust_env=False)

    def addresses(self) -> dict[str, str]:
        """Return what `maru up` wrote down for other commands."""
        lines = run_file(self.home).read_text(encoding="utf-8").splitlines()
        return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.addresses()["MARU_DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def pid(self, name: str) -> int:
        """Return the process id of the last start of a program."""
        log = (self.home / "logs" / "supervisor.log").read_text(encoding="utf-8")
        return int([number for program, number in _STARTED.findall(log) if program == name][-1])

    def pids(self, name: str) -> dict[str, int]:
        """Return the process ids of a program and of its like (`worker-dialogue`, `worker-dialogue-2`)."""
        log = (self.home / "logs" / "supervisor.log").read_text(encoding="utf-8")
        return {one: int(pid) for one, pid in _STARTED.findall(log) if one == name or one.startswith(f"{name}-")}

    def kill(self, name: str) -> None:
        """Kill a program and its like without warning and wait until the supervisor has started them again."""
        killed = self.pids(name)
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not set(self.pids(name).values()) & set(killed.values()), f"{name} is started again")

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a program and its like until the block ends, so that nothing gets past them."""
        held = self.pids(name).values()
        try:
            for pid in held:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in held:
                os.kill(pid, signal.SIGCONT)

    def at_rest(self) -> None:
        """Wait until every event is settled and every reply posted, so that nothing more can appear."""
        eventually(lambda: self.rows(_REST) == [(0,)], "everything is answered and posted", seconds=90)

    def log(self, name: str) -> str:
        """Return what a program has logged."""
        return (self.home / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def maru(
    *arguments: str, surroundings: Mapping[str, str], input: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `maru` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *arguments],
        env=dict(surroundings),
        cwd=ROOT,
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


@contextmanager
def new_home() -> Iterator[Path]:
    """Lend a home. Root's temporary folders are closed to the user who serves Postgres; /tmp is not."""
    home = Path(tempfile.mkdtemp(prefix="maru-acceptance-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(home)


def surroundings(home: Path, **settings: object) -> dict[str, str]:
    """Return the environment of a person with these settings and nothing else of ours. Loopback needs no proxy."""
    values = {"MARU_HOME": home, **settings}
    person = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**person, **{name: str(value) for name, value in values.items()}}


@contextmanager
def running(home: Path, **settings: object) -> Iterator[House]:
    """Run `maru up` until the block ends; it is tied to this process and dies with it in any case."""
    (port,) = free_ports(1)
    environment = surroundings(home, MARU_HTTP_PORT=port, **settings)
    said = home / "up.txt"
    with process(said, environment, "up", stop_seconds=30) as up:
        eventually(
            lambda: "Maru is ready" in said.read_text(encoding="utf-8") or up.poll() is not None,
            f"maru up is ready; see {said}",
            seconds=START_SECONDS,
        )
        assert up.poll() is None, said.read_text(encoding="utf-8")
        yield House(home, environment, port, up)


@contextmanager
def process(
    output: Path, environment: Mapping[str, str], *arguments: str, stop_seconds: float = 30
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a long-lived `maru` command until the block ends, its output in a file."""
    command = tether.tied([sys.executable, "-m", "workers.cli", *arguments], signal=signal.SIGTERM)
    with output.open("wb") as file:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(stop_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
