"""What a supervised program is: its command, how to see that it serves, and how to end it."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import PermanentError


class StartFailed(PermanentError):
    """A part of Maru cannot start; the message names the part, the cause and the cure."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine under whom a program runs."""

    name: str
    uid: int
    gid: int


def owner(account: Account | None) -> tuple[int, int]:
    """Return the ids to change to; -1 keeps the present ones."""
    return (account.uid, account.gid) if account else (-1, -1)


def nothing() -> None:
    """Prepare nothing."""


def alive(_pid: int) -> bool:
    """Count a program as ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One child of the supervisor. Times are seconds.

    `stage` orders the stop: higher stages end first, one stage together. `stop_signal` asks for a clean end within
    `grace`; `orphan_signal` is what the kernel sends if the supervisor itself is killed. `prepare` runs before every
    start; `ready` gets the process id and must answer within a second. It counts once the process is `settle` old,
    for programs without a health page: by then they have outlived the mistakes that end one at its start. `cure` ends
    the sentence when it cannot start. A program that runs `once` is not started again. A `foreground` program runs
    once, owns the terminal, and its end is the end of the run.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    stage: int
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL
    grace: float = 4.0
    prepare: Callable[[], None] = nothing
    ready: Callable[[int], bool] = alive
    settle: float = 0.0
    ready_within: float = 30.0
    cure: str = ""
    once: bool = False
    foreground: bool = False
