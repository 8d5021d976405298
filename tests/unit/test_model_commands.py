"""`/maru models` and `/maru model …`, as an administrator reads them."""

from dataclasses import dataclass, field, replace

import pytest

from bot.application.models_admin import ModelCommands
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageKey
from bot.domain.language import Language
from bot.domain.messages import Receipt, RungTry
from bot.domain.models import ModelEntry, ModelLoad
from bot.domain.rollouts import Rollout, Verdict
from bot.ports.model_census import ModelPulse
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.inbox import InMemoryInbox, InMemoryTurnStore
from integrations.memory.rollouts import InMemoryRolloutBook
from integrations.memory.switchboard import InMemoryModelCensus, InMemorySwitchboard
from tests.contract.conftest import answered, message
from tests.unit.serving import entry

ADMIN = PersonId("slack:T1/U2")
SMALL = entry("qwen-7b", gpu_hour_usd=1.1)
LARGE = entry(
    "qwen-72b", size="large", tasks=("answer", "judge"), usd_per_million_input=2.5, usd_per_million_output=10.0
)


@dataclass
class Desk:
    """The commands over memory, as one administrator gives them."""

    catalogue: list[ModelEntry] = field(default_factory=lambda: [SMALL, LARGE])
    trouble: str | None = None
    board: InMemorySwitchboard = field(default_factory=InMemorySwitchboard)
    book: InMemoryRolloutBook = field(default_factory=InMemoryRolloutBook)
    rows: MemoryDatabase = field(default_factory=lambda: MemoryDatabase(FrozenClock()))

    def __post_init__(self) -> None:
        self.census = InMemoryModelCensus(self.rows)
        self.commands = ModelCommands(
            entries=lambda: self.catalogue,
            trouble=lambda: self.trouble,
            switchboard=self.board,
            census=self.census,
            book=self.book,
        ).commands()

    def say(self, command: str, rest: str = "", language: Language = "en") -> str:
        event = CommandReceived(
            EventId("slack:1"),
            MessageKey("slack:1"),
            ConversationId("slack:T1/C1/1"),
            ADMIN,
            Address(Platform.SLACK, channel="C1", team="T1"),
            f"{command} {rest}",
        )
        said = self.commands[command].run(rest, event, language)
        assert isinstance(said, str)
        return said

    def settle(self, *tries: RungTry) -> None:
        inbox = InMemoryInbox(self.rows)
        inbox.keep(message(len(self.rows.turns) + 1))
        (claim,) = inbox.claim(limit=1, lease_seconds=10.0)
        InMemoryTurnStore(self.rows).commit(replace(answered(claim), receipt=Receipt("answer", tries)))


def test_every_command_is_for_administrators() -> None:
    assert all(command.administrators_only for command in Desk().commands.values())


def test_the_list_says_how_each_model_fares() -> None:
    desk = Desk()
    desk.census.beat("one", [ModelPulse("qwen-7b", ModelLoad(3, 1)), ModelPulse("qwen-72b", ModelLoad(), "refused")])
    desk.census.beat("two", [ModelPulse("qwen-7b", ModelLoad(2, 0)), ModelPulse("qwen-72b", ModelLoad(), "refused")])
    for accepted in (True, True, False, True):
        desk.settle(RungTry("model", accepted, "", "qwen-7b"))
    assert desk.say("models") == (
        "**2 models**:\n"
        "- **qwen-7b** · small, chat, answer · healthy · 5 running, 1 waiting · $1.1 a GPU hour · "
        "4 tries in the last day, 3 of 4 drafts accepted (75%)\n"
        "- **qwen-72b** · large, answer, judge · ⚠️ refused · 0 running, 0 waiting · $2.5 + $10 a million tokens · "
        "not tried in the last day"
    )


def test_a_model_that_is_ill_in_some_processes_is_said_to_be() -> None:
    desk = Desk()
    desk.census.beat("one", [ModelPulse("qwen-7b", ModelLoad(), "refused")])
    desk.census.beat("two", [ModelPulse("qwen-7b", ModelLoad())])
    assert "⚠️ in 1 of 2 processes: refused" in desk.say("models")


def test_a_wrong_file_is_said_above_the_list() -> None:
    desk = Desk(trouble="The models file is not valid TOML.")
    assert desk.say("models").startswith("⚠️ The models file is not valid TOML. The models below stay in use")


def test_a_switched_off_model_is_in_the_list_and_comes_back() -> None:
    desk = Desk()
    assert "`qwen-7b` is switched off" in desk.say("model disable", "qwen-7b")
    assert desk.board.by == {"qwen-7b": ADMIN}
    assert "**qwen-7b** · small, chat, answer · switched off" in desk.say("models")
    assert desk.say("model disable", "qwen-7b") == "`qwen-7b` is so already."
    assert "is back" in desk.say("model enable", "`qwen-7b`")
    assert desk.board.off() == frozenset()


def test_the_last_model_may_be_switched_off_and_what_that_means_is_said() -> None:
    desk = Desk()
    assert "quote documents" not in desk.say("model disable", "qwen-7b")
    assert "quote documents" in desk.say("model disable", "qwen-72b")


@pytest.mark.parametrize(("rest", "said"), [("", "Which one?"), ("gpt", "no model `gpt`")])
def test_what_is_not_there_cannot_be_switched(rest: str, said: str) -> None:
    desk = Desk()
    assert said in desk.say("model disable", rest)
    assert said in desk.say("model enable", rest)
    assert desk.board.off() == frozenset()


def test_a_model_that_left_the_catalogue_can_still_be_switched_on() -> None:
    desk = Desk()
    desk.say("model disable", "qwen-7b")
    desk.catalogue.remove(SMALL)
    assert "is back" in desk.say("model enable", "qwen-7b")


@pytest.mark.parametrize("command", ["models", "model"])
def test_the_same_in_korean(command: str) -> None:
    said = Desk().say(command, language="ko")
    assert any("가" <= character <= "힣" for character in said)


# Rollouts


def test_a_new_model_is_brought_in_step_by_step() -> None:
    desk = Desk()
    assert "answers silently beside `qwen-72b` for 10% of conversations" in desk.say(
        "model shadow", "qwen-7b qwen-72b 10%"
    )
    assert desk.book.rollouts() == (Rollout("qwen-7b", "qwen-72b", "shadow", 0.1),)
    assert desk.book.by == {"qwen-7b": ADMIN}
    assert "20% of conversations in C1" in desk.say("model canary", "qwen-7b here 20%")
    assert desk.book.rollouts() == (Rollout("qwen-7b", "qwen-72b", "canary", 0.2, "C1"),)
    assert "7.5% of" not in desk.say("model canary", "qwen-7b C9 7.5 %")
    assert desk.book.rollouts()[0].share == 0.075
    assert "100% of conversations everywhere" in desk.say("model canary", "qwen-7b all")
    assert desk.book.rollouts() == (Rollout("qwen-7b", "qwen-72b", "canary", 1.0),)
    assert "is over" in desk.say("model settle", "qwen-7b")
    assert desk.book.rollouts() == ()


def test_the_list_says_how_a_rollout_goes() -> None:
    desk = Desk()
    desk.say("model shadow", "qwen-7b qwen-72b 10%")
    desk.book.note([Verdict("qwen-7b", True, False), Verdict("qwen-7b", False, True), Verdict("qwen-7b", True, True)])
    assert "shadow of qwen-72b for 10%: 1/2 accepted, the old one 1/1" in desk.say("models")
    desk.say("model canary", "qwen-7b here 20%")
    assert "canary before qwen-72b for 20% in C1: 1/2 accepted" in desk.say("models")
    desk.book.demote("qwen-7b", why="it was worse")
    assert "⚠️ demoted, in no ladder: it was worse" in desk.say("models")


@pytest.mark.parametrize("rest", ["", "qwen-7b", "qwen-7b qwen-72b", "qwen-7b qwen-72b 0%", "qwen-7b qwen-72b 101%"])
def test_a_shadow_needs_two_models_and_a_share(rest: str) -> None:
    desk = Desk()
    assert desk.say("model shadow", rest).startswith("Usage")
    assert desk.book.rollouts() == ()


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("gpt qwen-7b 5%", "no model `gpt`"),
        ("qwen-7b gpt 5%", "no model `gpt`"),
        ("qwen-7b qwen-7b 5%", "its own place"),
    ],
)
def test_what_cannot_be_measured_is_refused(rest: str, said: str) -> None:
    desk = Desk()
    assert said in desk.say("model shadow", rest)
    assert desk.book.rollouts() == ()


def test_a_canary_was_a_shadow_before() -> None:
    assert "is in no rollout" in Desk().say("model canary", "qwen-7b here 20%")
    assert "is in no rollout" in Desk().say("model settle", "qwen-7b")


def test_a_model_has_a_part_in_one_rollout_only() -> None:
    desk = Desk(catalogue=[SMALL, LARGE, entry("third")])
    desk.say("model shadow", "qwen-7b qwen-72b 10%")
    assert "has a part in the rollout of `qwen-7b`" in desk.say("model shadow", "third qwen-72b 10%")
    assert "has a part in the rollout of `qwen-7b`" in desk.say("model shadow", "third qwen-7b 10%")
    assert [one.candidate for one in desk.book.rollouts()] == ["qwen-7b"]
