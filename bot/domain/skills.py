"""What Maru can do, as its skill files say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skill:
    """One Markdown file of bot/skills: its name, what it is for, and how people ask for it."""

    name: str
    description: str
    examples: tuple[str, ...]
