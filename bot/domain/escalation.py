"""What a person's wish for a bigger model teaches."""

from dataclasses import dataclass

from bot.domain.messages import Receipt


@dataclass(frozen=True, slots=True)
class Escalation:
    """One labelled pair, kept with the turn that the bigger model answered: its reply and receipt are the other half.

    about: the inbox number of the turn with which somebody was not content. question: stands alone.
    draft, receipt: what was said then, and how it came about. accepted: whether a larger model's draft was verified.
    """

    about: int
    question: str
    draft: str
    receipt: Receipt
    accepted: bool
