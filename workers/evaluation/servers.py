"""The servers that an evaluation needs: those of a Maru that runs here, else its own, ended with it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from workers import preflight, programs
from workers.embedded.child import Child
from workers.embedded.postgres import embedded_postgres
from workers.embedded.program import Program, StartFailed
from workers.migrate import migrate
from workers.settings import Settings

LOOK_SECONDS = 0.05
ENCODER_SECONDS = 120.0
"""On a busy machine the analyser alone loads for ten."""


@contextmanager
def served(settings: Settings, *, ssllm: bool = False) -> Iterator[Settings]:
    """Lend settings under which an encoder serves, and the embedded model if it is wanted and no models file is set.

    Raises StartFailed.
    """
    with ExitStack() as stack:
        own_ssllm = ssllm and settings.models_file is None and settings.ssllm_url is None
        if settings.encoder_url is None or own_ssllm:
            preflight.prepare_home(settings.home)  # where nothing is started, a home that is read only will do
        encoder_port, ssllm_port = preflight.free_ports(2)
        starting: list[Child] = []
        if settings.encoder_url is None:
            settings = settings.model_copy(update={"encoder_url": f"http://127.0.0.1:{encoder_port}"})
            starting.append(stack.enter_context(_running(programs.encoder(settings), settings.home / "logs")))
        if own_ssllm:
            settings = settings.model_copy(update={"ssllm_url": f"http://127.0.0.1:{ssllm_port}"})
            starting.append(stack.enter_context(_running(programs.ssllm(settings), settings.home / "logs")))
        for child in starting:
            _wait(child)
        yield settings


@contextmanager
def empty_database() -> Iterator[str]:
    """Lend the address of a migrated database with nothing in it, in a folder of its own. Raises StartFailed."""
    with TemporaryDirectory(prefix="maru-eval-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o711)  # root's database is served by another user, who must pass through
        home = Path(folder) / "home"
        preflight.prepare_home(home)
        server = embedded_postgres(home)
        stack.callback(shutil.rmtree, server.root, ignore_errors=True)  # root's database may lie in another folder
        stack.callback(server.remove_sockets)
        _wait(stack.enter_context(_running(server.program(stage=programs.STORES), home / "logs")))
        server.ensure_database()
        migrate(server.url)
        yield server.url


@contextmanager
def _running(program: Program, logs: Path) -> Iterator[Child]:
    child = Child(program, logs / f"evaluation-{program.name}.log")
    child.spawn()
    try:
        yield child
    finally:
        child.signal()
        child.finish(grace=program.grace)


def _wait(child: Child) -> None:
    deadline = time.monotonic() + ENCODER_SECONDS
    while not child.ready():
        if child.ended() is not None or time.monotonic() > deadline:
            raise StartFailed(child.complaint("does not serve"))
        time.sleep(LOOK_SECONDS)
