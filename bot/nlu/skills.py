"""Reads skill files: Markdown with TOML front matter between two lines of `+++`."""

import tomllib
from importlib.resources import files

from bot.domain.skills import Skill


def parse_skill(text: str) -> Skill:
    """Return the skill of a file's text. Raises ValueError naming what is wrong."""
    _, front, _ = text.split("+++", 2)
    values = tomllib.loads(front)
    examples = values["examples"]
    return Skill(
        name=values["name"],
        description=values["description"],
        examples=(*examples["en"], *examples["ko"]),
    )


def builtin_skills() -> tuple[Skill, ...]:
    """Return the skills that ship with Maru, by name."""
    folder = files("bot").joinpath("skills")
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".md"))
    return tuple(parse_skill(folder.joinpath(name).read_text(encoding="utf-8")) for name in found)
