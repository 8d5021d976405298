"""The supervisor and the embedded servers, as real processes: what is killed, what comes back, what is left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from workers.settings import lock_file, running

pytestmark = pytest.mark.acceptance
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel offers no parent-death signal here")

Launch = Callable[..., subprocess.Popen[str]]
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0
SCRIPTS, SERVERS = "tests.acceptance.supervised", "tests.acceptance.supervised_servers"


def eventually(fact: Callable[[], object], *, within: float = SECONDS) -> None:
    deadline = time.monotonic() + within
    while not fact():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A home that the user who serves Postgres can reach, also when root runs the tests; the path has a space."""
    above = Path(tempfile.mkdtemp(prefix="maru-test-"))
    above.chmod(0o711)
    yield above / "a home"
    shutil.rmtree(above)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home."""
    with fresh_home() as path:
        yield path


@pytest.fixture(scope="module")
def served_home() -> Iterator[Path]:
    """One home for the tests of the embedded servers, whose first start takes longest."""
    with fresh_home() as path:
        yield path


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start a supervisor on a home; whatever is left of it at the end is killed."""
    started = []

    def start(plan: str, at: Path, *, ready: bool = True, **options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", SERVERS if plan == "servers" else SCRIPTS, str(at), plan],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,  # type: ignore[call-overload]
        )
        started.append(process)
        if ready:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
        return process

    yield start
    for process in started:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.communicate()


def log(home: Path, name: str) -> str:
    path = home / "logs" / f"{name}.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def gone(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def test_a_killed_child_comes_back_and_the_others_stay(home: Path, launch: Launch) -> None:
    supervisor = launch("pair", home)
    first, second = sorted(children(supervisor), key=lambda child: child.pid)

    first.kill()

    eventually(lambda: "first started again" in log(home, "supervisor"))
    eventually(lambda: len(children(supervisor)) == 2)
    assert second in children(supervisor)


def test_a_child_that_keeps_dying_is_given_longer_and_longer_pauses(home: Path, launch: Launch) -> None:
    supervisor = launch("stubborn", home)
    times = []
    for _ in range(3):
        eventually(lambda: children(supervisor))
        began = time.monotonic()
        with suppress(psutil.NoSuchProcess):
            children(supervisor)[0].kill()
        eventually(lambda: not children(supervisor))
        eventually(lambda: children(supervisor))
        times.append(time.monotonic() - began)

    assert times[0] < times[1] < times[2]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_everything_last_started_first(home: Path, launch: Launch, stop: signal.Signals) -> None:
    supervisor = launch("pair", home)
    family = children(supervisor)
    eventually(lambda: "up" in log(home, "first") and "up" in log(home, "second"))

    supervisor.send_signal(stop)

    assert supervisor.wait(10) == 0
    assert (home / "ended").read_text() == "second\nfirst\n"
    assert all(gone(child) for child in family)
    assert not running(home)


def test_a_deaf_child_is_killed_after_its_grace(home: Path, launch: Launch) -> None:
    supervisor = launch("stubborn", home)
    eventually(lambda: "deaf" in log(home, "deaf"))

    supervisor.terminate()

    assert supervisor.wait(10) == 0


@on_linux
def test_nothing_outlives_a_killed_supervisor(home: Path, launch: Launch) -> None:
    supervisor = launch("pair", home)
    family = children(supervisor)

    supervisor.kill()

    eventually(lambda: all(gone(child) for child in family), within=2)


@on_linux
def test_an_orphan_of_a_killed_child_is_killed_too(home: Path, launch: Launch) -> None:
    supervisor = launch("parent", home)
    eventually(lambda: log(home, "parent").strip())
    grandchild = psutil.Process(int(log(home, "parent").split()[0]))

    children(supervisor)[0].kill()

    eventually(lambda: gone(grandchild), within=5)


def test_a_program_that_never_serves_is_reported_in_one_sentence(home: Path, launch: Launch) -> None:
    supervisor = launch("broken", home, ready=False)

    _, said = supervisor.communicate(timeout=SECONDS)

    assert supervisor.returncode == 2
    assert said.startswith(
        "broken ended at every start (exit code 1); its last words: the port is taken. Choose another."
    )
    assert said.count("\n") == 1


def test_a_second_supervisor_of_the_same_home_says_who_has_it(home: Path, launch: Launch) -> None:
    first = launch("pair", home)
    second = launch("pair", home, ready=False)

    _, said = second.communicate(timeout=SECONDS)

    assert second.returncode == 2
    assert "already runs" in said
    assert f"(process {first.pid})" in said
    assert first.poll() is None


def test_it_works_with_standard_input_closed(home: Path, launch: Launch) -> None:
    supervisor = launch("pair", home, preexec_fn=lambda: os.close(0))

    assert lock_file(home).read_text() == f"{supervisor.pid}\n"
    supervisor.terminate()
    assert supervisor.wait(10) == 0


def addresses(home: Path) -> tuple[str, str]:
    database, broker = (home / "addresses").read_text(encoding="utf-8").splitlines()
    return database, broker


def answers(home: Path) -> bool:
    try:
        with psycopg.connect(addresses(home)[0], connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def postgres_of(supervisor: subprocess.Popen[str]) -> psutil.Process:
    return next(child for child in children(supervisor) if child.name() == "postgres")


def test_the_embedded_servers_keep_their_data_over_every_kind_of_end(served_home: Path, launch: Launch) -> None:
    supervisor = launch("servers", served_home)
    with psycopg.connect(addresses(served_home)[0]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '서버가' AS word")
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.Redis.from_url(addresses(served_home)[1]) as broker:
        broker.set("kept", "bell")
        broker.execute_command("WAITAOF", 1, 0, 2000)

    supervisor.kill()
    supervisor.wait()
    supervisor = launch("servers", served_home)

    with psycopg.connect(addresses(served_home)[0]) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("서버가",)
    with redis.Redis.from_url(addresses(served_home)[1]) as broker:
        assert broker.get("kept") == b"bell"

    supervisor.terminate()
    assert supervisor.wait(10) == 0
    launch("servers", served_home)
    with psycopg.connect(addresses(served_home)[0]) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("서버가",)


@on_linux
def test_postgres_comes_back_though_a_busy_backend_outlives_it(served_home: Path, launch: Launch) -> None:
    supervisor = launch("servers", served_home)
    busy = psycopg.connect(addresses(served_home)[0], autocommit=True)
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 3000000000)")
    backend = psutil.Process(busy.info.backend_pid)

    postgres_of(supervisor).kill()

    eventually(lambda: gone(backend), within=5)
    eventually(lambda: answers(served_home), within=10)
    busy.close()


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(served_home: Path, launch: Launch) -> None:
    supervisor = launch("servers", served_home)
    pid_file = served_home / "postgres" / "data" / "postmaster.pid"
    facts = pid_file.read_text(encoding="utf-8").splitlines()
    supervisor.terminate()
    supervisor.wait(10)
    pid_file.write_text("\n".join([str(os.getpid()), *facts[1:]]) + "\n", encoding="utf-8")

    launch("servers", served_home)

    assert answers(served_home)


def test_a_home_with_a_very_long_path_gets_a_short_socket(home: Path, launch: Launch) -> None:
    far = home / ("long" * 25)
    home.mkdir(mode=0o711)

    launch("servers", far)

    assert answers(far)
    folder = Path((far / "run" / "socket-folder").read_text(encoding="utf-8"))
    assert folder.stat().st_mode & 0o077 == 0
    shutil.rmtree(folder)


def test_nobody_gets_in_without_the_password(served_home: Path, launch: Launch) -> None:
    launch("servers", served_home)
    database, broker = addresses(served_home)

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(database, password="wrong")
    with (
        redis.Redis.from_url("redis://" + broker.split("@")[1]) as stranger,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        stranger.ping()


def maru_up(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MARU_")}
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", "up"],
        cwd=ROOT,
        env={**clean, "MARU_HOME": str(home), **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_maru_up_names_a_port_in_use(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = maru_up(home, MARU_HTTP_PORT=port)

    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} of 127.0.0.1 is in use: stop the program that uses it, or set MARU_HTTP_PORT to another.\n"
    )


def test_maru_up_names_a_broken_models_file(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "models.toml"
    broken.write_text("[[model]\n", encoding="utf-8")

    done = maru_up(home, MARU_MODELS_FILE=str(broken))

    assert done.returncode == 2
    assert done.stderr.startswith(f"MARU_MODELS_FILE={broken}: ")
    assert done.stderr.count("\n") == 1


def test_maru_up_names_a_missing_variable(home: Path) -> None:
    done = maru_up(home, MARU_SLACK_BOT_TOKEN="xoxb-1")

    assert done.returncode == 2
    assert "MARU_SLACK_SIGNING_SECRET" in done.stderr
    assert done.stderr.count("\n") == 1
