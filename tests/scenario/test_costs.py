"""What answers cost, told in chat; and what happens when a quota is used up."""

import re
from base64 import b64decode
from string import Formatter

import pytest

from bot.application.cost_words import _WORDS, dollars, shortened
from bot.application.costs import MOST_LINES
from bot.domain.conversation import Address, Platform
from bot.domain.errors import EncoderUnavailable
from bot.domain.messages import ModelCall, Reply
from bot.domain.models import ModelEntry
from integrations.memory.ledger import InMemoryLedger
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import ADMIN, FRIEND, MEMBER, House

QUESTION = "How do I roll back a deploy?"
GOOD = "To roll back a deploy, run `shipit rollback <service>`. [1]"
BAD = "The moon is made of cheese."
DAY = 86_400.0


def model(name: str, size: str, *script: object) -> ScriptedChatModel:
    """Return a model whose tokens cost dollars."""
    entry = ModelEntry(
        name,
        "openai",
        ("http://127.0.0.1:9",),
        name,
        size=size,  # type: ignore[arg-type]
        usd_per_million_input=1_000.0 if size == "small" else 10_000.0,
        usd_per_million_output=1_000.0 if size == "small" else 10_000.0,
    )
    return ScriptedChatModel(*script, entry=entry)


def asked(maru: House, text: str, person: str = ADMIN) -> Reply:
    return maru.take(maru.command(text, person=person))  # type: ignore[arg-type]


class TestCost:
    def test_an_administrator_sees_the_house_by_model_with_a_chart(self) -> None:
        maru = House(model("tiny", "small", BAD), model("huge", "large", GOOD))
        maru.hear(QUESTION)
        reply = asked(maru, "cost day by model")
        assert "Cost by model" in reply.text
        assert re.search(r"1\. `huge`: 1 call, .* \*\*\$", reply.text), reply.text
        assert "`tiny`" in reply.text
        assert "gpt-4.1" in reply.text
        assert reply.picture is not None
        assert reply.picture.name.startswith("cost-day-by-model-")
        assert b64decode(reply.picture.png).startswith(b"\x89PNG")

    def test_a_member_sees_their_own(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        maru.hear(QUESTION, person=MEMBER)
        maru.hear(QUESTION, person=FRIEND)
        own, all_of_it = asked(maru, "cost by person", MEMBER), asked(maru, "cost by person")
        assert "Your own cost" in own.text
        assert MEMBER in own.text
        assert FRIEND not in own.text
        assert FRIEND in all_of_it.text

    def test_days_channels_and_skills(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        maru.hear(QUESTION)
        maru.clock.advance(2 * DAY)
        maru.hear(QUESTION)
        day, week = asked(maru, "cost day"), asked(maru, "cost")
        assert sum(call.count("Together") for call in (day.text, week.text)) == 2
        assert calls(week) == 2 * calls(day)
        assert "`slack:T1/C1`" in asked(maru, "cost month by channel").text
        assert "`answer-from-knowledge`" in asked(maru, "cost month by skill").text

    def test_in_korean(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        maru.hear("배포는 어떻게 롤백하나요?", person=ADMIN)
        assert "합계" in asked(maru, "cost week by skill").text

    def test_nothing_and_nonsense(self) -> None:
        maru = House()
        nothing = asked(maru, "cost week")
        assert nothing.picture is None
        assert "no model was called" in nothing.text
        assert "Usage" in asked(maru, "cost yesterday").text

    def test_a_long_list_is_cut_and_still_adds_up(self) -> None:
        maru = House()
        ledger = InMemoryLedger(maru.database)
        for number in range(MOST_LINES + 5):
            call = ModelCall("answer", f"model-{number}", 10, 10, 0.1, usd=float(number + 1))
            ledger.record([call], person=MEMBER, channel="slack:T1/C1", skill="answer")
        text = asked(maru, "cost day by model").text
        assert f"{MOST_LINES + 1}. `5 others`: 5 calls" in text
        assert "**$15.00**" in text, "1 + 2 + 3 + 4 + 5"

    def test_idle_gpus_are_counted_beside(self) -> None:
        entry = ModelEntry("tiny", "tgi", ("http://a", "http://b"), "tgi", gpu_hour_usd=1.5)
        maru = House(ScriptedChatModel(GOOD, entry=entry))
        maru.hear(QUESTION)
        maru.clock.advance(3600.0)
        assert "**Idle GPUs**: $3.00 of the $3.00 that 1.0 hours" in asked(maru, "cost week").text
        assert "Idle" not in asked(maru, "cost week", MEMBER).text


def calls(reply: Reply) -> int:
    found = re.search(r"Together\*\*: (\d+) call", reply.text)
    assert found is not None
    return int(found[1])


class TestQuotas:
    def test_only_administrators_set_them_and_it_is_noted(self) -> None:
        maru = House()
        assert "only administrators" in asked(maru, "quota set workspace 20/day", MEMBER).text
        assert "may spend $20.00 a day" in asked(maru, "quota set workspace 20/day").text
        assert "`workspace`: $0 of $20.00 a day (0%)" in asked(maru, "quota list").text
        assert "no quota any more" in asked(maru, "quota remove workspace").text
        assert "has no quota" in asked(maru, "quota remove workspace").text
        assert "There are no quotas" in asked(maru, "quota list").text
        lines = [(line.action, line.allowed) for line in maru.audit.lines]
        assert lines[:2] == [("quota set", False), ("quota set", True)]

    def test_what_is_no_scope_or_no_sum_is_refused(self) -> None:
        maru = House()
        for line in (
            "workspace",
            "workspace 20",
            "workspace -1/day",
            "person:bob 1/day",
            "channel:C1 1/day",
            "x 1/day",
        ):
            assert "Usage" in asked(maru, f"quota set {line}").text, line
        assert maru.quotas.uses() == []
        assert "may spend $0.50 a day" in asked(maru, "quota set person:telegram:42 0.50/day").text
        assert "may spend $5.00 a month" in asked(maru, "quota set channel:slack:T1/C1 $5 / month").text

    def test_beyond_it_larger_models_are_not_asked_and_maru_says_so(self) -> None:
        tiny, huge = model("tiny", "small", BAD), model("huge", "large", GOOD)
        maru = House(tiny, huge)
        assert maru.hear(QUESTION).text.startswith("To roll back")
        spent = InMemoryLedger(maru.database).costs(since=0, by="person")[0].spent.usd
        asked(maru, f"quota set person:{MEMBER} {spent * 0.9:.6f}/day")
        maru.clock.advance(5.0)
        reply = maru.hear(QUESTION)
        assert "This is what the document says" in reply.text
        assert reply.text.endswith("*Your quota for today is used up, so larger models were not asked.*")
        assert (len(tiny.requests), len(huge.requests)) == (2, 1)
        assert maru.hear(QUESTION, person=FRIEND).text.startswith("To roll back"), "the quota is of one person"

    def test_far_beyond_it_no_model_is_asked_and_a_quote_still_answers(self) -> None:
        tiny = model("tiny", "small", GOOD)
        maru = House(tiny)
        asked(maru, "quota set channel:slack:T1/C1 0/month")
        maru.clock.advance(5.0)
        reply = maru.hear(QUESTION)
        assert "shipit rollback" in reply.text
        assert reply.text.endswith("*This channel's quota for this month is used up, so no model was asked.*")
        assert tiny.requests == []
        assert maru.state().topic is not None

    def test_in_korean_too(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        asked(maru, "quota set workspace 0/day")
        maru.clock.advance(5.0)
        assert maru.hear("배포는 어떻게 롤백하나요?").text.endswith("*오늘 팀 한도를 다 써서 모델에는 묻지 않았어요.*")

    def test_a_small_model_that_answers_needs_no_excuse(self) -> None:
        tiny, huge = model("tiny", "small", GOOD), model("huge", "large", GOOD)
        maru = House(tiny, huge)
        maru.hear(QUESTION)
        spent = InMemoryLedger(maru.database).costs(since=0, by="person")[0].spent.usd
        asked(maru, f"quota set workspace {spent * 0.9:.6f}/day")
        maru.clock.advance(5.0)
        assert "used up" not in maru.hear(QUESTION).text

    def test_the_next_day_is_free_again(self) -> None:
        maru = House(model("huge", "large", GOOD))
        asked(maru, "quota set workspace 0.000001/day")
        maru.hear(QUESTION)
        maru.clock.advance(5.0)
        assert "used up" in maru.hear(QUESTION).text
        maru.clock.advance(DAY)
        assert "used up" not in maru.hear(QUESTION).text


def test_the_reply_to_a_command_keeps_its_address() -> None:
    maru = House(model("tiny", "small", GOOD))
    maru.hear(QUESTION)
    maru.keep(maru.command("cost", person=ADMIN))
    (posted,) = maru.run()
    assert posted.reply.picture is not None
    assert isinstance(posted.address, Address)
    assert posted.address.platform is Platform.SLACK


class TestEveryCall:
    def test_a_try_that_is_stopped_is_paid_for_all_the_same(self) -> None:
        tiny = model("tiny", "small", GOOD)
        maru = House(tiny)

        def think(_: object) -> str:
            maru.keep(maru.message("stop"))
            return GOOD

        tiny.script[:] = [think, GOOD]
        maru.keep(maru.message(QUESTION))
        maru.run(patience=10)
        assert "`unfinished`" in asked(maru, "cost day by skill").text

    def test_a_try_that_comes_again_is_paid_for_each_time(self) -> None:
        tiny = model("tiny", "small", GOOD)
        maru = House(tiny)

        def think(_: object) -> str:
            maru.analyser.failures.append(EncoderUnavailable("away"))
            return GOOD

        tiny.script[:] = [think, GOOD]
        maru.keep(maru.message(QUESTION))
        (posted,) = maru.run(patience=10)
        assert posted.reply.text.startswith("To roll back")
        lines = {one.name: one.spent.calls for one in InMemoryLedger(maru.database).costs(since=0, by="skill")}
        assert lines["unfinished"] >= 1
        tiny_calls = {one.name: one.spent.calls for one in InMemoryLedger(maru.database).costs(since=0, by="model")}
        assert tiny_calls["tiny"] == len(tiny.requests) == 2


@pytest.mark.parametrize("name", sorted(_WORDS))
def test_english_and_korean_say_the_same(name: str) -> None:
    english, korean = _WORDS[name]["en"], _WORDS[name]["ko"]
    assert fields(english) == fields(korean)
    assert sorted(re.findall(r"\{c\}([a-z ]+[a-z])", english)) == sorted(re.findall(r"\{c\}([a-z ]+[a-z])", korean))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("usd", "words"),
    [(0, "$0"), (0.00004321, "$0.000043"), (0.0042, "$0.0042"), (0.1, "$0.10"), (12.344, "$12.34"), (1234.5, "$1,234")],
)
def test_money_is_written_with_the_digits_that_count(usd: float, words: str) -> None:
    assert dollars(usd) == words
    assert [shortened(one) for one in (950, 12_340, 4_560_000, 7e9)] == ["950", "12.3k", "4.56M", "7G"]
