"""What the policy may choose: a closed union, one action a turn."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer from knowledge. `question` stands alone: a follow-up has been rewritten."""

    question: str


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Reply in kind, with no sources. `skill`: greeting, thanks, farewell or help."""

    skill: str


@dataclass(frozen=True, slots=True)
class Hint:
    """Say what to do instead: the mention was empty, or the message too long."""

    kind: Literal["empty", "too_long"]


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Give a stranger the one fixed sentence."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Run an administration command."""

    line: str


@dataclass(frozen=True, slots=True)
class AskBigger:
    """Answer a settled turn's question again, by a larger model. reference: whose, None = the person's last here."""

    reference: int | None


@dataclass(frozen=True, slots=True)
class ConfirmStop:
    """Say that what a person had asked was stopped, or that nothing was there. `everywhere`: not in one place only."""

    stopped: int
    everywhere: bool


Action = Answer | SmallTalk | Hint | TurnAway | RunCommand | AskBigger | ConfirmStop
