"""Reads a file in a child process, so that nothing in it can hurt this one."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import IO

from bot.domain.documents import Kind, Page, Parsed
from bot.domain.errors import DocumentUnreadable
from bot.domain.refusals import Why
from integrations.documents.limits import Limits

PROGRAM = (sys.executable, "-s", "-B", "-m", "integrations.documents.child")


class ChildParser:
    """`DocumentParser`: a new process for each file, which reads standard input and writes JSON.

    environment: the little that Python needs to start; nothing of this process's own reaches the child.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._limits = limits or Limits()
        self._environment = {
            **(environment or {}),
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            "PYTHONIOENCODING": "utf-8",
            "OPENBLAS_NUM_THREADS": "1",  # numpy comes with a library here, and would reserve memory for each core
        }
        self._program = (*program, json.dumps(asdict(self._limits)))

    def parse(self, content: bytes, *, name: str, kind: Kind) -> Parsed:
        """Return the text. Raises DocumentUnreadable."""
        with TemporaryFile() as given, TemporaryFile() as written:
            given.write(content)
            given.seek(0)
            code = self._run(given, written, kind=kind)
            if code != 0:
                raise self._gone(code, name)
            written.seek(0)
            answer = json.loads(written.read())
        if why := answer.get("why"):
            raise DocumentUnreadable(Why(why), name, **{"kind": kind, **self._words, **answer["facts"]})
        return Parsed(tuple(Page(text, number) for text, number in answer["pages"]), answer["title"], answer["unread"])

    def _run(self, given: IO[bytes], written: IO[bytes], *, kind: Kind) -> int:
        """Return how the child ended; a negative number is the signal that ended it."""
        with subprocess.Popen(
            (*self._program, kind.name),
            stdin=given,
            stdout=written,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            start_new_session=True,
        ) as child:
            try:
                return child.wait(self._limits.wall_seconds)
            except subprocess.TimeoutExpired:
                return -signal.SIGALRM
            finally:
                child.kill()

    def _gone(self, code: int, name: str) -> DocumentUnreadable:
        """Return why there is no answer: the child's limits end it by these signals."""
        if code == -signal.SIGXFSZ:
            return DocumentUnreadable(Why.TOO_MUCH_TEXT, name, megabytes=self._limits.text_bytes // 1_000_000)
        slow = code in {
            -signal.SIGXCPU,
            -signal.SIGALRM,
            -signal.SIGKILL,
        }  # the last: past its CPU time, on some systems
        return DocumentUnreadable(Why.TOO_SLOW if slow else Why.CRASHED, name, **self._words)

    @property
    def _words(self) -> dict[str, object]:
        return {
            "seconds": self._limits.cpu_seconds,
            "megabytes": self._limits.memory_bytes // 1_000_000,
        }


def confine(limits: Limits) -> None:
    """Bind this process to the limits, for good. It cannot write files larger than its answer may be."""
    for what, most in {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.text_bytes,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(what, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and would report an error in its place
    signal.alarm(limits.wall_seconds)  # should the parent be gone
