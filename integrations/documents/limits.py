"""What a file may cost before it is given up."""

from dataclasses import dataclass

from bot.domain.refusals import Why


@dataclass(frozen=True, slots=True)
class Limits:
    """For one file. text_bytes: of what the parser writes; unpacked_bytes: of all members of an archive together.

    Measured: the largest library needs 300 MB of address space before it has read anything.
    """

    cpu_seconds: int = 60
    wall_seconds: int = 90
    memory_bytes: int = 1_500_000_000
    text_bytes: int = 8_000_000
    unpacked_bytes: int = 300_000_000
    ratio: int = 200
    members: int = 20_000


class Refused(Exception):
    """A parser's refusal, on its way out of the child process."""

    def __init__(self, why: Why, **facts: object) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts
