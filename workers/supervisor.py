"""Keep programs running: start, watch, start again with back-off, and end all of them, whatever happens to us.

Laws: (1) programs are spawned and tended from the main thread only, because the parent-death signal fires when the
spawning thread ends; (2) a killed supervisor leaves nothing behind (tether.py), and a killed child leaves no orphan
behind (we are their subreaper); (3) one supervisor a home (a lock that the kernel frees); (4) a program that has served
is started again for ever; one that never served is tried three times and then reported.
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from workers.embedded import leftovers, logbook
from workers.embedded.child import Child
from workers.embedded.program import Program, StartFailed
from workers.settings import lock_file

PR_SET_CHILD_SUBREAPER = 36
TRIES = 3
LOOK = 0.1  # seconds between two looks at children that are not ready yet
ROUNDS = 5.0  # seconds between two rounds for orphans and overgrown logs


class StopRequested(Exception):
    """Somebody asked Maru to stop while it was still starting."""


class Supervisor:
    """Runs programs until it is asked to stop. Use as a context manager: leaving the block ends every child."""

    def __init__(self, *, logs: Path) -> None:
        self.logs = logs
        self.children: list[Child] = []
        self.stopping = False
        self.finished = False  # a foreground program ended by itself
        self._next_round = 0.0
        self._reader, self._writer = os.pipe()

    def __enter__(self) -> "Supervisor":
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        if number == signal.SIGINT and any(child.program.foreground and child.process for child in self.children):
            return  # the terminal sent it to the chat prompt too, and leaving the prompt is what ends the run
        self.stopping = True

    def start(self, program: Program) -> Child:
        """Start a program and watch it from now on; does not wait for it."""
        child = Child(program, self.logs / f"{program.name}.log")
        child.spawn()
        self.children.append(child)
        self.note(f"{program.name} started, process {child.pid}")
        return child

    def wait_ready(self, *children: Child) -> None:
        """Return when all of these serve. Raises StartFailed or StopRequested."""
        began = time.monotonic()
        while not all([child.ready() for child in children]):
            self.tend(LOOK)
            for child in children:
                if not child.served and time.monotonic() - began > child.program.ready_within:
                    raise StartFailed(child.complaint(f"did not serve within {child.program.ready_within:.0f} seconds"))

    def until(self, done: Callable[[], bool]) -> None:
        """Tend the children until `done()` says so. Raises StartFailed or StopRequested."""
        while not done():
            self.tend(LOOK)

    def run(self) -> None:
        """Tend the children until somebody asks to stop or a foreground program ends."""
        while not self.stopping and not self.finished:
            self._tend(1.0)

    def tend(self, seconds: float) -> None:
        """Wait at most this long for something to happen and deal with it. Raises StartFailed or StopRequested."""
        self._tend(seconds)
        if self.stopping:
            raise StopRequested

    def _tend(self, seconds: float) -> None:
        self._sleep(seconds)
        for child in self.children:
            code = child.ended()
            if code is not None:
                self._after_end(child, code)
        now = time.monotonic()
        for child in self.children:
            if child.due is not None and child.due <= now and not self.stopping:
                self._start_again(child)
        if now >= self._next_round:
            self._round(now)

    def _after_end(self, child: Child, code: int) -> None:
        self.note(f"{child.program.name} ended ({_how(code)})")
        self._next_round = 0.0  # its own children may have come to us
        self.finished = self.finished or child.program.foreground
        if not child.served and child.failures >= TRIES:
            raise StartFailed(child.complaint(f"ended at every start ({_how(code)})"))
        self._kill_adopted()

    def _start_again(self, child: Child) -> None:
        try:
            child.spawn()
        except (OSError, StartFailed) as error:  # a full disk, say: it may be mended while we wait
            if not child.served:
                raise
            child.failures += 1
            child.pause()
            self.note(f"{child.program.name} cannot be started again yet: {error}")
        else:
            self.note(f"{child.program.name} started again, process {child.pid}")

    def _round(self, now: float) -> None:
        self._next_round = now + ROUNDS
        self._kill_adopted()
        for child in self.children:
            logbook.trim(child.log)

    def _kill_adopted(self) -> None:
        leftovers.kill_adopted({child.pid for child in self.children if child.pid is not None})

    def _sleep(self, seconds: float) -> None:
        due = [child.due - time.monotonic() for child in self.children if child.due is not None]
        select.select([self._reader], [], [], max(0.0, min([seconds, *due])))
        try:
            os.read(self._reader, 512)
        except BlockingIOError:
            return

    def stop(self) -> None:
        """End every child, highest stage first, within each program's grace; idempotent."""
        self.stopping = True
        for stage in sorted({child.program.stage for child in self.children}, reverse=True):
            self._end([child for child in self.children if child.program.stage == stage and child.process])
        self._kill_adopted()
        self.children.clear()

    def _end(self, children: list[Child]) -> None:
        for child in children:
            child.signal()
        began = time.monotonic()
        for child in children:
            obeyed = child.finish(grace=began + child.program.grace - time.monotonic())
            self.note(
                f"{child.program.name} {'has ended' if obeyed else 'was killed, because it did not end when asked'}"
            )

    def note(self, line: str) -> None:
        """Write one line to the supervisor's own log; a full disk must not end the run."""
        try:
            log = logbook.opened(self.logs / "supervisor.log")
            os.write(log, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n".encode())
            os.close(log)
        except OSError:
            return


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of this home. Raises StartFailed when another supervisor holds it."""
    path = lock_file(home)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, home)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def _lock(handle: int, home: Path) -> None:
    for _ in range(10):  # another command may just be looking whether Maru runs
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        else:
            return
    holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
    raise StartFailed(
        f"Maru already runs for {home} (process {holder}): talk to it with maru chat, or stop it, "
        "or set another MARU_HOME."
    )


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
