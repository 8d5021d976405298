"""What Maru can do, as its skill files say."""

from dataclasses import dataclass
from typing import Literal

from bot.domain.language import Language

RungName = Literal["curated", "task", "small", "large", "panel", "quote"]
"""What may be tried for a skill: what a person vouches for, a model of that very task, a small one, a larger one,
several at once, the sources' own words."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a skill must know before it can act, and how Maru asks for it. values: the only ones taken; empty = any."""

    name: str
    ask: dict[Language, str]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Golden:
    """A question that a skill must pass before it is published: the reply holds each of these, in any case."""

    say: str
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill file: what it is for, how people ask for it, and how it is done.

    cues: words of which a message has one at least, or it is not meant; none = the examples alone decide.
    ladder: the rungs that may be tried, cheapest first. tools, verifiers: by name, of the closed lists in `bot.tools`
    and `bot.ensemble.verifiers`. knowledge: answered from documents. instructions: what a model is told.
    """

    name: str
    description: str
    examples: tuple[str, ...]
    cues: tuple[str, ...] = ()
    ladder: tuple[RungName, ...] = ()
    tools: tuple[str, ...] = ()
    knowledge: bool = False
    slots: tuple[Slot, ...] = ()
    verifiers: tuple[str, ...] = ()
    golden: tuple[Golden, ...] = ()
    instructions: str = ""
