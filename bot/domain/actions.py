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
class AskOwner:
    """Hand a settled turn's question, which found no answer, to who keeps the nearest document."""

    reference: int


@dataclass(frozen=True, slots=True)
class ConfirmStop:
    """Say that what a person had asked was stopped, or that nothing was there. `everywhere`: not in one place only."""

    stopped: int
    everywhere: bool


@dataclass(frozen=True, slots=True)
class DoErrand:
    """Let a skill's tool do it, or ask for what the tool must know."""

    skill: str


@dataclass(frozen=True, slots=True)
class Transform:
    """Make one text of another by a skill's ladder."""

    skill: str


@dataclass(frozen=True, slots=True)
class Clarify:
    """Ask which of these skills is meant."""

    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Curate:
    """Answer the thread's question like this from now on. answer: empty = as somebody said before."""

    answer: str


@dataclass(frozen=True, slots=True)
class OfferToCurate:
    """Ask who answered in Maru's stead whether to say the same next time."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Let go of what was asked, or of what was planned."""


Plain = Hint | TurnAway | RunCommand | AskBigger | AskOwner | ConfirmStop
"""What is decided before words are understood."""

Action = Plain | Answer | SmallTalk | DoErrand | Transform | Clarify | TakeBack | Curate | OfferToCurate
