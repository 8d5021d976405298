"""A new model on its way into an old one's place."""

from dataclasses import dataclass
from typing import Literal

EVERYWHERE = "all"
"""In the place of a channel: in every channel and chat."""

Stage = Literal["shadow", "canary", "demoted"]


@dataclass(frozen=True, slots=True)
class Rollout:
    """One candidate and the incumbent that it is measured against, by their names.

    shadow: it answers silently beside the incumbent. canary: it answers before it. demoted: it answers nowhere, for
    its drafts were accepted less often; `why` says so. In all three it is on no ladder of its own.
    share: of the conversations in `channel`, 0 to 1. channel: the platform's id of it, or EVERYWHERE.
    """

    candidate: str
    incumbent: str
    stage: Stage
    share: float
    channel: str = EVERYWHERE
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one draft was judged in a candidate's rollout. own: the candidate's draft, else the incumbent's."""

    candidate: str
    own: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How the latest drafts of both were judged, newest first; True = accepted."""

    candidate: tuple[bool, ...] = ()
    incumbent: tuple[bool, ...] = ()
