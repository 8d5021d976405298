"""For whom a turn works, and how far it may go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.domain.account import Account
from bot.domain.conversation import PersonId
from bot.domain.money import Reach as Reach
from bot.ports.cancellation import Cancellation

Announce = Callable[[str], None]
"""Shows what is being done now, where the platform can show it."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What bounds a turn, and where it writes down what it spends.

    hurried: only the first rung of a ladder, for many others wait.
    least: smaller models are passed over, for somebody asked for a larger one.
    most: larger models are left out, for the quota is used up.
    """

    person: PersonId
    cancellation: Cancellation
    announce: Announce
    account: Account
    hurried: bool = False
    least: Literal["small", "large"] = "small"
    most: Reach = "large"
