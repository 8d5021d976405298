"""Administrators teach Maru what to do, from chat."""

from bot.nlu.skills import builtin_skills, parse_skill
from tests.scenario.house import ADMIN, House, english_model

PIRATE = """+++
name = "pirate"
description = "Says a text as a pirate would."
cues = ["pirate"]
ladder = ["small", "large"]
verifiers = ["repetition"]

[examples]
en = ["say this like a pirate", "pirate talk please"]

[[golden]]
say = "say this like a pirate: hello"
contains = ["ahoy"]
+++

Say the text as a pirate would.
"""
SAYS_AHOY, SAYS_HELLO = "Ahoy there, matey!", "Hello to you as well."


def test_a_skill_is_published_when_its_golden_questions_pass_and_is_live_at_once() -> None:
    maru = House(english_model(SAYS_AHOY, SAYS_AHOY))
    said = maru.order(f"skill add {PIRATE}", person=ADMIN)
    assert said == "`pirate` is published: 1 of 1 golden questions pass. It is live everywhere within 5 seconds."
    maru.clock.advance(5)
    assert maru.hear("say this like a pirate: good morning").text == SAYS_AHOY
    assert "`pirate` Says a text as a pirate would., yours" in maru.order("skill list")


def test_one_that_fails_its_golden_questions_is_kept_and_used_by_nobody() -> None:
    maru = House(english_model(SAYS_HELLO, SAYS_AHOY))
    said = maru.order(f"skill add {PIRATE}", person=ADMIN)
    assert said == (
        "`pirate` is kept, but not published: 0 of 1 golden questions pass.\n"
        f"- *say this like a pirate: hello*: the answer lacks “ahoy”: {SAYS_HELLO}"
    )
    maru.clock.advance(5)
    assert SAYS_AHOY not in maru.hear("say this like a pirate: good morning").text


def test_one_without_golden_questions_is_not_published() -> None:
    maru = House(english_model())
    said = maru.order(f"skill add {PIRATE.split('[[golden]]')[0]}+++\nSay it.", person=ADMIN)
    assert "no golden question" in said


def test_a_poisoned_file_is_refused_with_its_line() -> None:
    maru = House()
    said = maru.order(f"skill add {PIRATE.replace('small', 'shell')}", person=ADMIN)
    assert said.startswith("Skill file, line 5, `ladder`: 'shell' is none of")
    assert maru.skills.entries() == []


def test_bent_quotation_marks_are_straightened() -> None:
    maru = House(english_model(SAYS_AHOY))
    assert "is published" in maru.order(f"skill add {PIRATE.replace(chr(34), chr(8220))}", person=ADMIN)


def test_a_skill_is_switched_off_and_on() -> None:
    maru = House()
    assert "36" in maru.hear("15% of 240").text
    maru.order("skill disable calculate", person=ADMIN)
    maru.clock.advance(5)
    assert "36" not in maru.hear("15% of 240").text
    maru.order("skill enable calculate", person=ADMIN)
    maru.clock.advance(5)
    assert "36" in maru.hear("15% of 240").text


def test_answering_from_documents_stays_on() -> None:
    assert "cannot be switched off" in House().order("skill disable answer-from-knowledge", person=ADMIN)


def test_a_skill_is_tried_before_anybody_gets_it() -> None:
    maru = House(english_model(SAYS_HELLO, SAYS_AHOY))
    maru.order(f"skill add {PIRATE}", person=ADMIN)
    assert maru.order("skill try pirate say this like a pirate: hi", person=ADMIN) == f"`pirate`: {SAYS_AHOY}"


def test_members_may_look_and_not_touch() -> None:
    maru = House()
    assert "15 skills" in maru.order("skill list") or "16 skills" in maru.order("skill list")
    for order in (f"skill add {PIRATE}", "skill disable remind", "skill remove remind", "skill try remind x"):
        assert "only administrators" in maru.order(order)
    assert maru.skills.entries() == []


def test_a_talk_goes_on_when_the_skill_that_waits_is_switched_off() -> None:
    maru = House()
    maru.hear("remind me to drink tea")
    assert maru.state().pending is not None
    maru.order("skill disable remind", person=ADMIN)
    maru.clock.advance(5)
    assert "shipit rollback" in maru.hear("how do I roll back a deploy?").text
    assert maru.state().pending is None


def test_reminders_need_their_questions() -> None:
    maru = House()
    file = PIRATE.replace("verifiers", 'tools = ["remind"]\nverifiers')
    said = maru.order(f"skill add {file}", person=ADMIN)
    assert "the tool remind asks for what and when" in said


def test_a_change_that_fails_leaves_the_published_skill() -> None:
    maru = House(english_model(SAYS_AHOY, SAYS_HELLO, SAYS_AHOY))
    maru.order(f"skill add {PIRATE}", person=ADMIN)
    assert "The published one stays" in maru.order(f"skill add {PIRATE}", person=ADMIN)
    maru.clock.advance(5)
    assert maru.hear("say this like a pirate: good morning").text == SAYS_AHOY


def test_a_summary_that_mixes_two_sentences_is_not_shown() -> None:
    mixed = "The canteen closes at 14:00, the office stays open until midnight."
    maru = House(english_model(mixed))
    text = (
        "summarise this: The canteen closes at 14:00. The office closes at 18:00. The garage stays open until midnight."
    )
    reply = maru.hear(text).text
    assert "office stays open" not in reply
    assert "- The garage stays open until midnight." in reply


def test_what_a_trial_costs_is_in_the_ledger() -> None:
    maru = House(english_model(SAYS_AHOY))
    maru.order(f"skill add {PIRATE}", person=ADMIN)
    maru.order("skill try pirate say this like a pirate: hello", person=ADMIN)
    tried = [row for row in maru.database.ledger if row.skill == "skill trial" and row.call.model == "small-english"]
    assert len(tried) == 2
    assert {row.person for row in tried} == {ADMIN}


def test_endless_repetition_is_not_shown_whatever_the_file_names() -> None:
    maru = House(english_model(SAYS_AHOY, "ahoy matey " * 40))
    unnamed = PIRATE.replace('verifiers = ["repetition"]\n', "")
    assert "is published" in maru.order(f"skill add {unnamed}", person=ADMIN)
    maru.clock.advance(5)
    reply = maru.hear("say this like a pirate: good morning").text
    assert "without end" in reply
    assert reply.count("ahoy") == 1, "what it repeats is named, and not shown"


def test_a_skill_that_ships_is_shown_as_its_file_changed_and_added_again() -> None:
    maru = House()
    shown = maru.order("skill show calculate", person=ADMIN)
    file = shown.removeprefix("```\n").removesuffix("\n```")
    assert parse_skill(file) == next(one for one in builtin_skills() if one.name == "calculate")
    changed = file.replace("en = [", 'en = ["what do these make together: 2 + 2",', 1)
    said = maru.order(f"skill add {changed}", person=ADMIN)
    assert said.startswith("`calculate` is published")
