"""`/maru models` and `/maru model …`, as an administrator reads them."""

from dataclasses import dataclass, field, replace

import pytest

from bot.application.models_admin import ModelCommands
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageKey
from bot.domain.language import Language
from bot.domain.messages import Receipt, RungTry
from bot.domain.models import ModelEntry, ModelLoad
from bot.ports.model_census import ModelPulse
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.inbox import InMemoryInbox, InMemoryTurnStore
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
    rows: MemoryDatabase = field(default_factory=lambda: MemoryDatabase(FrozenClock()))

    def __post_init__(self) -> None:
        self.census = InMemoryModelCensus(self.rows)
        self.commands = ModelCommands(
            entries=lambda: self.catalogue,
            trouble=lambda: self.trouble,
            switchboard=self.board,
            census=self.census,
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
