"""A new model comes in: silently at first, then for a part of the people, and out again when it is worse."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bot.application.answering import HURRIED_AFTER_SECONDS, Answering
from bot.application.rollouts import Rollouts
from bot.domain.conversation import PersonId
from bot.domain.errors import DatabaseUnavailable, ModelUnavailable
from bot.domain.messages import ModelCall
from bot.domain.models import ModelEntry
from bot.domain.rollouts import EVERYWHERE, Rollout, Verdict, Verdicts
from bot.ensemble.rollout import FEWEST
from bot.ports.cancellation import Cancellation
from bot.ports.inbox import Claim
from integrations.memory.models import ScriptedChatModel
from integrations.memory.rollouts import InMemoryRolloutBook
from tests.scenario.house import ADMIN, MEMBER, House

QUESTION = "How do I roll back a deploy?"
GOOD = "To roll back a deploy, run `shipit rollback <service>`."
BAD = "To roll back a deploy, run `shipit explode <service>`."


class Patient:
    """A `Cancellation` that never comes."""

    def remaining(self) -> float:
        return 60.0

    def cancelled(self) -> bool:
        return False

    def check(self) -> None:
        return


def model(name: str, *script: str | Exception, tasks: tuple[str, ...] = ("answer",)) -> ScriptedChatModel:
    return ScriptedChatModel(*script, entry=ModelEntry(name, "openai", ("http://127.0.0.1:9",), name, tasks=tasks))


class Town(House):
    """A house with rollouts. posted_before_shadow: how many replies were out when each shadow began."""

    def __init__(self, *models: ScriptedChatModel) -> None:
        super().__init__(*models)
        self.book = InMemoryRolloutBook()
        self.calls: list[ModelCall] = []
        self.turns_before_shadow: list[int] = []
        self.rollouts = Rollouts(book=self.book, audit=self.audit, aside=self.beside, spent=self.spent)

    def beside(self, work: Callable[[Cancellation], None]) -> None:
        self.turns_before_shadow.append(len(self.database.turns))
        work(Patient())

    def spent(self, calls: list[ModelCall], claim: Claim) -> None:
        self.calls += calls

    @property
    def answering(self) -> Answering:
        return replace(super().answering, part=self.rollouts.part)

    def begin(self, stage: str, share: float, channel: str = EVERYWHERE) -> None:
        self.book.begin(Rollout("new", "old", stage, share, channel), by=ADMIN)  # type: ignore[arg-type]
        self.rollouts.look()

    def verdicts(self) -> Verdicts:
        self.rollouts.look()
        return self.book.verdicts(latest=1000)["new"]

    def tried(self) -> list[str | None]:
        return [one.model for turn in self.database.turns for one in turn.receipt.tries]


@pytest.fixture
def old() -> ScriptedChatModel:
    return model("old", GOOD)


@pytest.fixture
def new() -> ScriptedChatModel:
    return model("new", BAD, tasks=("trial",))


@pytest.fixture
def town(old: ScriptedChatModel, new: ScriptedChatModel) -> Town:
    return Town(old, new)


def test_a_shadow_answers_what_the_other_answered_and_nobody_sees_it(
    town: Town, old: ScriptedChatModel, new: ScriptedChatModel
) -> None:
    town.begin("shadow", 1.0)
    assert "shipit rollback" in town.hear(QUESTION).text
    assert [one.messages for one in new.requests] == [one.messages for one in old.requests]
    assert town.tried() == ["old"]
    assert town.verdicts() == Verdicts((False,), (True,))
    assert town.turns_before_shadow == [1], "the answer was committed first"
    assert [(call.purpose, call.model) for call in town.calls if call.model == "new"] == [("shadow", "new")]


def test_only_its_share_is_shadowed_and_a_talk_stays_with_what_it_has(town: Town, new: ScriptedChatModel) -> None:
    town.begin("shadow", 0.3)
    for thread in range(60):
        before = len(new.requests)
        for _ in range(2):
            town.hear(QUESTION, thread=str(thread))
        assert len(new.requests) - before in (0, 2)
    assert 0.1 < len(new.requests) / 120 < 0.5


def test_where_many_wait_there_are_no_shadows(town: Town, new: ScriptedChatModel) -> None:
    town.begin("shadow", 1.0)
    town.keep(town.message(QUESTION))
    town.clock.advance(HURRIED_AFTER_SECONDS + 1)
    town.run()
    assert new.requests == []
    assert town.verdicts() == Verdicts()


def test_a_shadow_that_fails_harms_nobody(old: ScriptedChatModel) -> None:
    town = Town(old, model("new", ModelUnavailable("down"), tasks=("trial",)))
    town.begin("shadow", 1.0)
    assert "shipit rollback" in town.hear(QUESTION).text
    assert town.verdicts() == Verdicts((False,), (True,))


def test_a_canary_answers_in_its_channel_and_the_other_elsewhere(town: Town, new: ScriptedChatModel) -> None:
    new.script = [GOOD]
    town.begin("canary", 1.0, "C1")
    town.hear(QUESTION)
    assert town.tried() == ["new"]
    town.hear(QUESTION, person=PersonId("telegram:42"))
    assert town.tried() == ["new", "old"]
    assert town.verdicts() == Verdicts((True,), (True,))


def test_whom_a_canary_fails_is_answered_as_before(town: Town) -> None:
    town.begin("canary", 1.0)
    reply = town.hear(QUESTION)
    assert reply.text.startswith(GOOD)
    assert town.tried() == ["new", "old"]
    assert town.verdicts() == Verdicts((False,), ()), "what it left over says nothing of the other"


def test_a_candidate_with_tasks_of_its_own_is_asked_for_none_while_it_is_tried(old: ScriptedChatModel) -> None:
    town = Town(model("old", BAD), model("new", GOOD))
    town.begin("shadow", 0.0)
    town.hear(QUESTION)
    assert town.tried()[:1] == ["old"]
    assert "new" not in town.tried()
    town.book.end("new")
    town.rollouts.look()
    town.hear(QUESTION)
    assert "new" in town.tried()


def test_a_candidate_that_is_worse_is_demoted_by_itself_and_answers_no_more(town: Town) -> None:
    town.begin("canary", 0.5)
    for thread in range(6 * FEWEST):
        town.hear(QUESTION, thread=str(thread))
        town.rollouts.look()
        if town.book.rollouts()[0].stage == "demoted":
            break
    (rollout,) = town.book.rollouts()
    assert rollout.stage == "demoted"
    assert "of old" in rollout.why
    (line,) = [one for one in town.audit.lines if one.action == "model demote"]
    assert line.detail.startswith("new: its drafts were accepted 0 of")
    before = town.tried().count("new")
    assert before < 3 * FEWEST
    for thread in range(20):
        town.hear(QUESTION, thread=f"later-{thread}")
    assert town.tried().count("new") == before


def test_two_that_are_alike_are_left_alone(town: Town, old: ScriptedChatModel, new: ScriptedChatModel) -> None:
    chance = random.Random(7)
    old.script = new.script = [lambda request: GOOD if chance.random() < 0.7 else BAD]
    town.begin("canary", 0.5)
    for thread in range(200):
        town.hear(QUESTION, thread=str(thread), person=MEMBER)
        town.rollouts.look()
    assert town.book.rollouts()[0].stage == "canary"


def test_the_shadows_verdicts_count_on_when_it_becomes_a_canary(town: Town) -> None:
    town.begin("shadow", 1.0)
    town.hear(QUESTION)
    town.begin("canary", 1.0)
    town.hear(QUESTION)
    assert town.verdicts() == Verdicts((False, False), (True,))
    assert town.tried() == ["old", "new", "old"]


def test_what_was_judged_while_the_database_was_away_is_written_down_later(town: Town) -> None:
    class Away(InMemoryRolloutBook):
        def note(self, verdicts: Sequence[Verdict]) -> None:
            if away:
                raise DatabaseUnavailable("away")
            super().note(verdicts)

    away, town.book = [True], Away()
    town.rollouts = Rollouts(book=town.book, audit=town.audit, aside=town.beside, spent=town.spent)
    town.begin("shadow", 1.0)
    town.hear(QUESTION)
    with pytest.raises(DatabaseUnavailable):
        town.rollouts.look()
    away.clear()
    assert town.verdicts() == Verdicts((False,), (True,))


def test_a_command_has_no_part_in_it(town: Town) -> None:
    town.begin("shadow", 1.0)
    assert "Commands" in town.order("help")
    assert town.verdicts() == Verdicts()


def test_texts_are_written_beside_too_and_judged_by_their_own_checks() -> None:
    old = model("old", "Kim tests it on Monday.", tasks=("rewrite",))
    new = model("new", "Kim tests it on Friday the 13th.", "Kim will test it on Monday.", tasks=("trial",))
    maru = Town(old, new)
    maru.begin("shadow", 1.0)
    for _ in range(2):
        assert maru.hear("rewrite this: Kim is testing it on Monday.").text == "Kim tests it on Monday."
    assert maru.verdicts() == Verdicts(candidate=(True, False), incumbent=(True, True))
    assert "new" not in maru.tried()
