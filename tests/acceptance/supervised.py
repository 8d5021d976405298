"""A supervisor of small programs, run as a process of its own by test_supervisor.py: `supervised.py HOME PLAN`."""

import sys
from collections.abc import Callable
from pathlib import Path

from workers.embedded.program import Program, StartFailed
from workers.settings import environment
from workers.supervisor import Supervisor, only_one

# Says in the file `ended` of its folder that it was asked to end.
SLEEPER = """
import signal, sys, time
def end(*_):
    with open("ended", "a") as file:
        file.write("NAME\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
# A grandchild in a session of its own, as every backend of Postgres is.
PARENT = (
    "import subprocess, sys, time; "
    "far = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True); "
    "print(far.pid, flush=True); time.sleep(60)"
)
BROKEN = "raise SystemExit('the port is taken')"


def script(name: str, source: str, *, stage: int, home: Path, grace: float = 5.0) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", source.replace("NAME", name)),
        environment=environment(),
        folder=home,
        stage=stage,
        grace=grace,
        cure="Choose another.",
    )


def programs(plan: str, home: Path) -> list[Program]:
    return {
        "pair": [script("first", SLEEPER, stage=1, home=home), script("second", SLEEPER, stage=2, home=home)],
        "stubborn": [script("deaf", STUBBORN, stage=1, home=home, grace=0.5)],
        "parent": [script("parent", PARENT, stage=1, home=home)],
        "broken": [script("broken", BROKEN, stage=1, home=home)],
    }[plan]


def prepare(home: Path) -> None:
    for folder in ("run", "logs", "secrets"):
        (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)


def supervise(home: Path, plan: Callable[[], list[Program]], *, wait: bool = True) -> None:
    """Start what the plan makes, say so, and run until asked to stop; exit 2 with one sentence when that fails."""
    try:
        with only_one(home), Supervisor(logs=home / "logs") as supervisor:
            children = [supervisor.start(program) for program in plan()]
            if not wait:
                supervisor.until(lambda: False)
            supervisor.wait_ready(*children)
            print("ready", flush=True)
            supervisor.run()
    except StartFailed as failure:
        print(failure, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    place, name = Path(sys.argv[1]), sys.argv[2]
    prepare(place)
    supervise(place, lambda: programs(name, place), wait=name != "broken")
