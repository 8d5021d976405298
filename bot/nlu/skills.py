"""Reads skill files: Markdown with TOML front matter between two lines of `+++`.

One mistake, one sentence: the line, the field, and the cure. A file with a mistake is refused whole.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn, get_args

from bot.domain.errors import SkillInvalid
from bot.domain.language import Language
from bot.domain.skills import Golden, RungName, Skill, Slot

TOOLS = ("calculate", "clock", "remind", "sql", "hand-off")
"""What a skill may name as its tool: code of ours, never a name that a file makes up."""

VERIFIERS = ("support", "language", "target-language", "repetition", "literals", "code", "numbers")

_FENCE = "+++"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGES: tuple[Language, ...] = ("en", "ko")
_MOST_EXAMPLES, _LONGEST_EXAMPLE, _LONGEST_INSTRUCTIONS = 200, 300, 4_000
_MOST_GOLDEN = 20
_FIELDS = frozenset(
    {"name", "description", "cues", "ladder", "tools", "knowledge", "verifiers", "examples", "slots", "golden"}
)


def parse_skill(text: str) -> Skill:
    """Return the skill of a file's text. Raises SkillInvalid naming line, field and cure."""
    front, body = _parts(text)
    values = _toml(front)
    page = _Page(front, values)
    if stray := next((field for field in values if field not in _FIELDS), None):
        page.refuse(stray, f"there is no such field: remove it, or write one of {', '.join(sorted(_FIELDS))}")
    skill = Skill(
        name=page.text("name", "use small letters, digits and hyphens, at most 40", _NAME.fullmatch),
        description=page.text("description", "say in one sentence what it is for", str.strip),
        examples=_examples(page),
        cues=tuple(cue.casefold() for cue in page.words("cues")),
        ladder=_ladder(page),
        tools=page.words("tools", allowed=TOOLS),
        knowledge=page.flag("knowledge"),
        slots=tuple(_slot(page, table) for table in page.tables("slots")),
        verifiers=page.words("verifiers", allowed=VERIFIERS),
        golden=tuple(_golden(page, table) for table in page.tables("golden")),
        instructions=body.strip(),
    )
    if "curated" in skill.ladder and not skill.knowledge:
        page.refuse("ladder", "curated answers are given to questions: add knowledge = true, or leave the rung out")
    if "remind" in skill.tools and not {"what", "when"} <= {slot.name for slot in skill.slots}:
        page.refuse("slots", "the tool remind asks for what and when: open a [[slots]] for each")
    if len(skill.instructions) > _LONGEST_INSTRUCTIONS:
        page.refuse("instructions", f"the text below the front matter is longer than {_LONGEST_INSTRUCTIONS} letters")
    return skill


@cache
def builtin_skills() -> tuple[Skill, ...]:
    """Return the skills that ship with Maru, by name; the files are read once a process."""
    return tuple(parse_skill(text) for text in _builtin_files())


def builtin_file(name: str) -> str | None:
    """Return the file of a skill that ships, None if there is none of that name."""
    return next((text for text in _builtin_files() if parse_skill(text).name == name), None)


def _builtin_files() -> list[str]:
    found = sorted((one for one in files("bot").joinpath("skills").iterdir()), key=lambda one: one.name)
    return [one.read_text(encoding="utf-8") for one in found if one.name.endswith(".md")]


class _Page:
    """The front matter, and where in it a field stands."""

    def __init__(self, front: str, values: Mapping[str, Any]) -> None:
        self._front, self.values = front, values

    def refuse(self, field: str, cure: str) -> NoReturn:
        """Raise SkillInvalid with the field's line in the file."""
        lines = self._front.splitlines()
        wanted = re.compile(rf"\s*(\[+)?{re.escape(field.partition('.')[0])}\b")
        line = next((number for number, one in enumerate(lines, start=2) if wanted.match(one)), 1)
        raise SkillInvalid(f"Skill file, line {line}, `{field}`: {cure}.")

    def text(self, field: str, cure: str, valid: Callable[[str], object]) -> str:
        """Return a required text."""
        value = self.values.get(field)
        if not isinstance(value, str) or not valid(value):
            self.refuse(field, cure)
        return value.strip()

    def flag(self, field: str) -> bool:
        """Return a switch, off where it is left out."""
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            self.refuse(field, "write true or false")
        return value

    def words(self, field: str, *, allowed: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a list of words, empty where it is left out."""
        value = self.values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.refuse(field, 'list words in quotes, such as ["one", "two"]')
        if allowed is not None and (wrong := next((one for one in value if one not in allowed), None)):
            self.refuse(field, f"{wrong!r} is none of {', '.join(allowed)}")
        return tuple(value)

    def tables(self, field: str) -> list[Mapping[str, Any]]:
        """Return the tables under `[[field]]`."""
        value = self.values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.refuse(field, f"open each with [[{field}]], in double brackets")
        return value


def _parts(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE:
        raise SkillInvalid(f"Skill file, line 1: it must begin with a line `{_FENCE}`.")
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.strip() == _FENCE), None)
    if end is None:
        raise SkillInvalid(f"Skill file, line {len(lines)}: a second line `{_FENCE}` must end the front matter.")
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :])


def _toml(front: str) -> dict[str, Any]:
    try:
        return tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        end = f"at line {len(front.splitlines()) + 1}"
        said = re.sub(r"at line (\d+)", lambda found: f"at line {int(found[1]) + 1}", str(error))
        said = said.replace("at end of document", end)
        raise SkillInvalid(f"Skill file, front matter: it is not valid TOML: {said}.") from error


def _examples(page: _Page) -> tuple[str, ...]:
    tables = page.values.get("examples")
    if not isinstance(tables, dict) or set(tables) - set(_LANGUAGES):
        page.refuse("examples", "open a table [examples] with the lists en and ko")
    found: list[str] = []
    for language in _LANGUAGES:
        examples = tables.get(language, [])
        if not isinstance(examples, list) or not all(isinstance(one, str) and one.strip() for one in examples):
            page.refuse("examples", f'{language} must list sentences in quotes, such as ["translate this"]')
        found.extend(examples)
    if not found:
        page.refuse("examples", "give at least one sentence that people would write")
    if len(found) > _MOST_EXAMPLES or max(map(len, found)) > _LONGEST_EXAMPLE:
        page.refuse("examples", f"at most {_MOST_EXAMPLES} sentences of at most {_LONGEST_EXAMPLE} letters")
    return tuple(found)


def _ladder(page: _Page) -> tuple[RungName, ...]:
    rungs = page.words("ladder", allowed=get_args(RungName))
    if len(set(rungs)) < len(rungs):
        page.refuse("ladder", "name each rung once")
    return rungs  # type: ignore[return-value]  # checked against the literals above


def _slot(page: _Page, table: Mapping[str, Any]) -> Slot:
    name, ask, values = table.get("name"), table.get("ask"), table.get("values", [])
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        page.refuse("slots", "each needs a name in small letters")
    if (
        not isinstance(ask, dict)
        or set(ask) != set(_LANGUAGES)
        or not all(isinstance(one, str) for one in ask.values())
    ):
        page.refuse("slots", f"`{name}` needs ask.en and ask.ko, the question for it in both languages")
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        page.refuse("slots", f"`{name}`: values must be a list of words")
    return Slot(name, {language: ask[language] for language in _LANGUAGES}, tuple(values))


def _golden(page: _Page, table: Mapping[str, Any]) -> Golden:
    say, contains = table.get("say"), table.get("contains")
    if not isinstance(say, str) or not isinstance(contains, list) or not all(isinstance(one, str) for one in contains):
        page.refuse("golden", 'each needs say = "…" and contains = ["…"]')
    if not say.strip() or not contains or len(page.values["golden"]) > _MOST_GOLDEN:
        page.refuse("golden", f"say something, expect something, and keep to {_MOST_GOLDEN} of them")
    return Golden(say, tuple(contains))
