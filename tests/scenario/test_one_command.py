"""Where two skills are equally near a small model chooses ONE command of a closed list; what it says is checked."""

import json

import pytest

from bot.domain.errors import ModelUnavailable
from bot.domain.messages import Reply
from bot.domain.models import ModelEntry
from bot.ports.skill_store import SkillEntry
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import ADMIN, House

SKILL = """+++
name = "{name}"
description = "Says a text as a {name} would."
cues = ["sailor"]
ladder = ["small"]

[examples]
en = ["say this as a sailor"]
+++

Say the text as a {name} would.
"""
UNCLEAR = "say this as a sailor: hello"
AHOY = "Ahoy there, matey!"


def command(name: str, *, skill: str = "", value: str = "") -> str:
    return json.dumps({"command": name, "skill": skill, "value": value})


def house(*script: object) -> tuple[House, ScriptedChatModel]:
    """Return a house with two skills that cannot be told apart, and the model that chooses between them."""
    entry = ModelEntry(
        "small", "openai", ("http://127.0.0.1:9",), "small", languages=("en",), tasks=("chat", "understand")
    )
    model = ScriptedChatModel(*script, entry=entry)  # type: ignore[arg-type]
    maru = House(model)
    for name in ("pirate", "admiral"):
        text = SKILL.format(name=name)
        maru.skills.put(SkillEntry(name, text, enabled=True, published=True), by=ADMIN)
    maru.clock.advance(5)
    return maru, model


def asked_back(reply: Reply) -> bool:
    return {one.label for one in reply.buttons} >= {
        "Says a text as a pirate would.",
        "Says a text as a admiral would.",
    }


def test_the_model_chooses_the_skill_under_a_schema() -> None:
    maru, model = house(command("RunSkill", skill="pirate"), AHOY)
    assert maru.hear(UNCLEAR).text == AHOY
    schema = model.requests[0].json_schema
    assert schema is not None
    assert {"", "pirate", "admiral"} <= set(schema["properties"]["skill"]["enum"])


@pytest.mark.parametrize(
    "wrong",
    [
        "no JSON",
        '{"command": "RunSk',
        command("RunSkill", skill="remind"),
        command("Destroy"),
        command("SetSlot"),
        command("SetSlot", value="x"),  # nothing was asked
        '["RunSkill"]',
        '{"command": "RunSkill", "skill": "pirate", "value": "", "tool": "sql"}',
    ],
)
def test_what_is_no_valid_command_is_mended_once_and_then_the_person_chooses_by_button(wrong: str) -> None:
    maru, model = house(wrong, command("RunSkill", skill="pirate"), AHOY)
    assert maru.hear(UNCLEAR).text == AHOY
    assert "no valid command" in model.requests[1].messages[-1].content
    maru, model = house(wrong, wrong, AHOY)
    reply = maru.hear(UNCLEAR)
    assert asked_back(reply)
    assert len(model.requests) == 2
    assert maru.hear(reply.buttons[0].says).text == AHOY


def test_a_model_that_is_down_leaves_the_choice_to_the_person() -> None:
    maru, model = house(ModelUnavailable("down"))
    assert asked_back(maru.hear(UNCLEAR))
    assert len(model.requests) == 1


def test_small_talk_and_a_person_may_be_chosen_too() -> None:
    maru, _ = house(command("Chitchat"))
    maru.keep(maru.message(UNCLEAR))
    (posted,) = maru.run()
    assert not posted.reply.buttons
    maru, _ = house(command("HandOff"))
    maru.keep(maru.message(UNCLEAR))
    assert any("passed this on" in one.reply.text for one in maru.run())


def test_what_maru_asked_for_may_be_taken_back_by_choice() -> None:
    maru, _ = house(command("Cancel"))
    maru.hear("remind me to renew the certificate")
    assert maru.hear(UNCLEAR).text == "All right, forgotten."
    assert maru.state().pending is None


@pytest.mark.parametrize("name", ["SetSlot", "CorrectSlot"])
def test_a_slots_value_is_the_persons_words_and_never_the_models(name: str) -> None:
    maru, _ = house(command(name, value="tomorrow at 9"))
    maru.hear("remind me to renew the certificate")
    assert "When?" in maru.hear(UNCLEAR).text  # the person named no time
    assert maru.database.schedule == {}
    pending = maru.state().pending
    assert pending is not None and pending.missing == "when"


@pytest.mark.parametrize("name", ["Cancel", "CorrectSlot", "Clarify", "Ignore"])
def test_a_choice_that_cannot_be_here_is_the_persons(name: str) -> None:
    maru, _ = house(command(name, value="x"))
    assert asked_back(maru.hear(UNCLEAR))
