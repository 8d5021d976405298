"""A panel sits only where a skill's file names one, and only as long as it disagrees."""

from bot.domain.models import ModelEntry
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import ADMIN, House

PANEL = """+++
name = "capital"
description = "Names the capital of a country."
cues = ["capital"]
ladder = [{ladder}]

[examples]
en = ["which capital belongs to this country", "the capital of this country please"]

[[golden]]
say = "the capital of this country please: France"
contains = ["paris"]
+++

Name the capital, and nothing else.
"""
ASKED = "the capital of this country please: Australia"


def model(name: str, *script: str, tasks: tuple[str, ...] = ("chat",), size: str = "small") -> ScriptedChatModel:
    entry = ModelEntry(name, "openai", ("http://127.0.0.1:9",), name, tasks=tasks, size=size)
    return ScriptedChatModel(*script, entry=entry)


def taught(ladder: str, *models: ScriptedChatModel) -> House:
    """Return a house whose models said Paris to the golden question, and a script to everything after it."""
    maru = House(*models)
    scripts = [list(one.script) for one in models]
    for one in models:
        one.script = ["Paris"]
    assert "is published" in maru.order(f"skill add {PANEL.format(ladder=ladder)}", person=ADMIN)
    for one, script in zip(models, scripts, strict=True):
        one.script, one.requests = script, []
    maru.clock.advance(5)
    return maru


def tries(maru: House) -> list[tuple[str, str | None, bool, str]]:
    return [(one.rung, one.model, one.accepted, one.why) for one in maru.database.turns[-1].receipt.tries]


def test_two_drafts_that_agree_are_the_answer() -> None:
    small = model("small", "\ufffd", "Canberra", "Canberra.", "Sydney")
    maru = taught('"small", "panel"', small)
    assert maru.hear(ASKED).text == "Canberra"
    assert len(small.requests) == 3, "the model's own try, and two drafts"
    assert [(rung, accepted) for rung, _, accepted, _ in tries(maru)] == [("model", False), ("panel", True)]
    assert tries(maru)[1][3] == "2 of 2 drafts say the same; 2 of 5 drafts asked for"
    purposes = [call.purpose for call in maru.database.turns[-1].receipt.calls if call.purpose != "embed"]
    assert purposes == ["capital"] * 3


def test_where_they_disagree_more_are_asked_and_the_majority_counts() -> None:
    maru = taught('"small", "panel"', model("small", "\ufffd", "Sydney", "Canberra", "Canberra", "Perth", "Canberra"))
    assert maru.hear(ASKED).text == "Canberra"
    assert tries(maru)[1][3] == "3 of 5 drafts say the same; 5 of 5 drafts asked for"


def test_without_a_majority_nothing_is_shown() -> None:
    maru = taught('"small", "panel"', model("small", "\ufffd", "Sydney", "Canberra", "Perth", "Darwin", "Hobart"))
    text = maru.hear(ASKED).text
    assert not any(city in text for city in ("Sydney", "Canberra", "Perth", "Darwin"))
    assert "no majority" in tries(maru)[1][3]


def test_a_judge_of_the_catalogue_decides_where_there_is_one() -> None:
    small = model("small", "\ufffd", "Sydney", "Canberra", "Perth", "Darwin", "Hobart")
    judge = model("judge", '{"best": 2}', '{"best": 4}', tasks=("judge",))
    maru = taught('"small", "panel"', small, judge)
    assert maru.hear(ASKED).text == "Canberra"
    assert "the judge chose one of 5 drafts" in tries(maru)[1][3]


def test_a_merger_writes_one_of_all() -> None:
    small = model("small", "\ufffd", "Sydney", "Canberra", "Perth", "Darwin", "Hobart")
    maru = taught('"small", "panel"', small, model("merger", "Canberra it is.", tasks=("merge",)))
    assert maru.hear(ASKED).text == "Canberra it is."


def test_a_skill_without_a_panel_has_none() -> None:
    small = model("small", "\ufffd", "Canberra")
    maru = taught('"small"', small)
    assert "Canberra" not in maru.hear(ASKED).text
    assert len(small.requests) == 1


def test_a_model_that_the_skill_does_not_name_is_not_asked() -> None:
    small, large = model("small", "\ufffd"), model("large", "Canberra", size="large")
    maru = taught('"small"', small, large)
    assert "Canberra" not in maru.hear(ASKED).text
    assert large.requests == []
    assert taught('"small", "large"', model("small", "\ufffd"), large).hear(ASKED).text == "Canberra"
