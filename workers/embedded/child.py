"""A program together with its present process."""

import os
import subprocess
import time
from pathlib import Path

from workers.embedded import logbook, tether
from workers.embedded.program import Program, owner

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0  # seconds between a child's end and its next start
STEADY = 10.0  # seconds up after which a child's earlier failures are forgotten


class Child:
    """A program together with its present process. Mutable; owned by one Supervisor."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.log_start = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.failures = 0
        self.due: float | None = None
        self.result: int | None = None
        self.served = False

    @property
    def pid(self) -> int | None:
        """The id of the running process, None between two starts."""
        return self.process.pid if self.process else None

    def ready(self) -> bool:
        """Say whether it serves now; remembers that it once did."""
        if not self.served and self.pid is not None and time.monotonic() - self.started >= self.program.settle:
            self.served = self.program.ready(self.pid)
        return self.served

    def spawn(self) -> None:
        """Start it. Raises StartFailed from the program's own preparation."""
        program = self.program
        program.prepare()
        uid, gid = owner(program.account)
        command = tether.tied(program.command, signal=program.orphan_signal, uid=uid, gid=gid)
        log = None if program.foreground else logbook.opened(self.log)
        self.log_start = logbook.size(self.log)
        try:
            self.process = subprocess.Popen(
                command,
                env=dict(program.environment),
                cwd=program.folder,
                stdin=None if program.foreground else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=not program.foreground,  # Ctrl-C must reach us alone: we end them in order
            )
        finally:
            if log is not None:
                os.close(log)
        self.started, self.due = time.monotonic(), None

    def ended(self) -> int | None:
        """Reap it if it has just ended: returns the exit code, and plans the next start unless it runs once."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        self.process, self.result = None, code
        if self.program.once or self.program.foreground:
            return code
        self.failures = 1 if time.monotonic() - self.started >= STEADY else self.failures + 1
        self.pause()
        return code

    def pause(self) -> None:
        """Plan the next start, later with every failure in a row."""
        self.due = time.monotonic() + min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)

    def signal(self) -> None:
        """Ask it to end."""
        if self.process:
            self.process.send_signal(self.program.stop_signal)

    def finish(self, *, grace: float) -> bool:
        """Reap it and plan no other start; false if it took SIGKILL, sent after `grace` seconds."""
        obeyed = True
        if self.process:
            try:
                self.process.wait(timeout=max(0.0, grace))
            except subprocess.TimeoutExpired:
                obeyed = False
                self.process.kill()
                self.process.wait()
        self.process = self.due = None
        return obeyed

    def complaint(self, what: str) -> str:
        """Return a sentence: what happened, its last words, the cure, and where its log is."""
        said = logbook.last_line(self.log, since=self.log_start)
        reason = f"; its last words: {said.rstrip('.')}" if said else ""
        cure = f" {self.program.cure}" if self.program.cure else ""
        return f"{self.program.name} {what}{reason}.{cure} Its log is {self.log}."
