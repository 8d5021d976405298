"""Who may talk, who may change things, and the record of both."""

import re
from dataclasses import replace
from string import Formatter
from typing import ClassVar

import pytest

from bot.application.administration import LISTED
from bot.application.answering import PATIENCE_SECONDS
from bot.application.command_words import _WORDS
from bot.domain.conversation import WORKSPACE, Address, PersonId, Platform, Standing
from bot.domain.errors import DatabaseUnavailable, EncoderUnavailable, PlatformRateLimited
from bot.generation.phrases import STRANGER as SENTENCE
from bot.generation.phrases import phrase
from bot.ports.doorbell import Bell
from bot.ports.turn_store import CommitResult, Turn
from integrations.memory.inbox import InMemoryTurnStore
from tests.scenario.house import ADMIN, FRIEND, GUEST, MEMBER, STRANGER, House, english_model

SECRET_WORDS = ("shipit", "rollback", "Deploys", "배포", "staging")


def audited(house: House) -> list[tuple[str, str, bool, str]]:
    return [(line.person, line.action, line.allowed, line.detail) for line in house.audit.lines]


class TestStrangers:
    @pytest.mark.parametrize(
        "said", ["how do I roll back a deploy?", "hi", "help", "", "배포를 롤백하려면?", "x" * 40_000]
    )
    def test_exactly_the_one_sentence_audited_and_no_word_of_a_document(self, said: str) -> None:
        model = english_model("never asked")
        maru = House(model)
        reply = maru.hear(said, person=STRANGER)
        assert (reply.text, reply.citations) == (SENTENCE.format(id="666"), ())
        assert not any(word in reply.text for word in SECRET_WORDS)
        assert audited(maru) == [(STRANGER, "speak", False, "telegram")]
        assert model.requests == []
        assert maru.preview.signs == [], "not even a sign of life"

    @pytest.mark.parametrize("line", ["kb list", "status", "kb add secret", "people admit 666", "help"])
    def test_commands_are_no_way_in(self, line: str) -> None:
        maru = House()
        assert maru.order(line, person=STRANGER) == SENTENCE.format(id="666")
        assert maru.library.how_many([WORKSPACE]) == 2

    def test_what_a_stranger_said_is_not_remembered(self) -> None:
        maru = House()
        maru.hear("how do I roll back a deploy?", person=STRANGER)
        assert [turn.state.utterances for turn in maru.database.turns] == [()]

    def test_a_guest_in_slack_gets_the_same_sentence(self) -> None:
        reply = House().hear("how do I roll back a deploy?", person=GUEST)
        assert reply.text == SENTENCE.format(id=GUEST)

    def test_somebody_of_another_workspace_too(self) -> None:
        reply = House().hear("how do I roll back a deploy?", person=PersonId("slack:T2/U1"))
        assert reply.text == SENTENCE.format(id="slack:T2/U1")


class TestASlackThatAsksForAPause:
    """Before it says who somebody is."""

    class Busy:
        """`Membership` that tells the first so many to come again."""

        def __init__(self, times: int) -> None:
            self.times = times

        def is_full_member(self, team: str, user: str) -> bool:
            self.times -= 1
            if self.times >= 0:
                raise PlatformRateLimited("slow down", retry_after=7.0)
            return True

    def test_the_question_waits_as_long_as_it_says_and_loses_no_attempt(self) -> None:
        maru = House()
        maru.members = self.Busy(times=10)
        maru.keep(maru.message("how do I roll back a deploy?"))
        assert maru.run(patience=69) == []
        (posted,) = maru.run(patience=1)
        assert "shipit rollback" in posted.reply.text
        assert [row.attempts for row in maru.database.inbox] == [1]

    def test_but_not_for_ever(self) -> None:
        maru = House()
        maru.members = self.Busy(times=1000)
        maru.keep(maru.message("how do I roll back a deploy?"))
        assert maru.run(patience=PATIENCE_SECONDS + 1 + 2 + 4 + 8 + 16) == []
        (posted,) = maru.run(patience=7)
        assert posted.reply.text == phrase("apology", "en", reference=maru.database.inbox[0].id)


class TestAdmission:
    def test_an_administrator_lets_a_stranger_in(self) -> None:
        maru = House()
        maru.hear("hi", person=STRANGER)
        assert maru.order("people admit 666", person=ADMIN) == "666 may talk to me now."
        assert "shipit rollback" in maru.hear("how do I roll back a deploy?", person=STRANGER).text
        assert (ADMIN, "people admit", True, "666") in audited(maru)

    def test_settings_let_in_without_a_word(self) -> None:
        assert "shipit rollback" in House().hear("how do I roll back a deploy?", person=FRIEND).text

    @pytest.mark.parametrize(
        "line", ["people admit", "people admit everybody", "people admit 1; drop table", "people admit @name"]
    )
    def test_an_id_that_is_none_is_asked_for(self, line: str) -> None:
        maru = House()
        assert maru.order(line, person=ADMIN).startswith("Who?")
        assert maru.admissions.by == {}


class TestCommands:
    @pytest.mark.parametrize("line", ["kb add something new", "kb remove 1", "people admit 666"])
    def test_members_may_not_change_anything_and_both_sides_are_noted(self, line: str) -> None:
        maru = House()
        assert maru.order(line) == phrase("administrators_only", "en")
        assert maru.library.how_many([WORKSPACE]) == 2
        assert maru.admissions.by == {}
        name, detail = " ".join(line.split()[:2]), " ".join(line.split()[2:])
        assert audited(maru) == [(MEMBER, name, False, detail)]

    def test_a_new_text_is_known_at_once_and_listed_and_forgotten(self) -> None:
        maru = House(documents=False)
        said = maru.order("kb add # Coffee\n\nThe coffee machine is on floor 3.", person=ADMIN)
        assert said == "Learned “Coffee” as document `1` (1 chunk). Ask me about it now."
        assert maru.doorbell.rings[Bell.INDEXING] == 1
        reply = maru.hear("on which floor is the coffee machine?")
        assert "floor 3" in reply.text
        assert [one.title for one in reply.citations] == ["Coffee"]
        assert "`1` Coffee" in maru.order("kb list")
        assert maru.order("kb remove 1", person=ADMIN).startswith("Forgot “Coffee”")
        assert maru.order("kb list") == "I know no documents yet."
        assert maru.hear("on which floor is the coffee machine?").text == phrase(
            "nothing_known", "en", command="/maru "
        )

    def test_of_many_documents_a_chat_lists_the_newest_and_a_shell_all(self) -> None:
        maru = House(documents=False)
        for number in range(LISTED + 3):
            maru.learn(f"{number}.md", f"# Page {number}\n\nText {number}.")
        said = maru.order("kb list").splitlines()
        assert (said[0], said[-1]) == ("**53 documents**:", "…and 3 more: `maru kb list` in a shell")
        assert [line.partition("(")[2].partition(",")[0] for line in (said[1], said[-2])] == ["52.md", "3.md"]
        shell = maru.answering.administration.runner(Standing.ADMINISTRATOR)
        event = replace(maru.command("kb list"), address=Address(Platform.CONSOLE, direct=True))
        assert len(shell("kb list", event).splitlines()) == 1 + LISTED + 3

    def test_what_an_administrator_did_is_noted(self) -> None:
        maru = House()
        maru.order("kb add Lunch is at noon.", person=ADMIN)
        maru.order("kb remove 999", person=ADMIN)
        assert audited(maru) == [(ADMIN, "kb add", True, "Lunch is at noon."), (ADMIN, "kb remove", True, "999")]

    def test_a_removal_that_runs_twice_is_told_as_one(self) -> None:
        class Forgetful(InMemoryTurnStore):
            """Fails to commit once: the command is run again."""

            failures: ClassVar = [DatabaseUnavailable("away")]

            def commit(self, turn: Turn) -> CommitResult:
                if self.failures:
                    raise self.failures.pop()
                return super().commit(turn)

        maru = House()
        maru.turns = Forgetful(maru.database)
        maru.keep(maru.command("kb remove 1", person=ADMIN))
        (posted,) = maru.run(patience=1)
        assert maru.library.how_many([WORKSPACE]) == 1
        assert "it is forgotten by now" in posted.reply.text

    def test_the_same_text_again(self) -> None:
        maru = House()
        maru.order("kb add Lunch is at noon.", person=ADMIN)
        assert maru.order("kb add Lunch is at noon.", person=ADMIN) == "I know that text already: “Lunch is at noon.”."

    @pytest.mark.parametrize(
        ("line", "answered"),
        [
            ("kb add", "empty"),
            ("kb add https://example.test/page", "cannot fetch links"),
            ("kb add # Only a heading", "no text"),
            ("kb remove", "Which one?"),
            ("kb remove all", "Which one?"),
            ("kb remove 999", "There is no document 999: it never was, or it is forgotten by now."),
        ],
    )
    def test_a_wrong_line_says_what_is_wanted(self, line: str, answered: str) -> None:
        assert answered in House().order(line, person=ADMIN)

    @pytest.mark.parametrize("line", ["help", "", "HELP", "kb", "nonsense", "kb destroy everything"])
    def test_help_and_whatever_is_no_command(self, line: str) -> None:
        text = House().order(line)
        assert "`/maru kb add <text>`" in text
        assert "한국어 도움말: `/maru help 한국어`" in text

    def test_upper_case_works_too(self) -> None:
        assert "2 documents" in House().order("KB List")

    def test_status_tells_queues_models_encoder_broker_documents_and_errors(self) -> None:
        lines = House(english_model("x")).order("status").splitlines()
        for part in (
            "- **Queues**: 0 questions waiting or in work, 0 replies on their way, 0 given up",
            "- **Workers**: 1 (here:1)",
            "- **Models**: small-english healthy",
            "- **Encoder**: answers",
            "- **Broker**: answers",
            "- **Documents**: 2 (4 chunks)",
            "- **Last errors**: 1",
        ):
            assert part in lines
        assert "the encoder is away" in lines[-1]

    def test_status_names_what_does_not_answer(self) -> None:
        maru = House()
        maru.analyser.failures.append(EncoderUnavailable("The encoder cannot be reached."))
        maru.doorbell.away = "does not answer (OperationalError)"
        lines = maru.order("status").splitlines()
        assert "- **Encoder**: The encoder cannot be reached." in lines
        assert "- **Broker**: does not answer (OperationalError)" in lines

    def test_commands_leave_the_talk_alone(self) -> None:
        maru = House()
        maru.order("kb list")
        assert maru.state("command").utterances == ()


class TestLanguage:
    """Command words are English in every language: the text after them decides, else what the person last wrote."""

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("help", "팀 문서에서 답을 찾아"),
            ("help", "`/maru kb remove <번호>`"),
            ("nonsense", "`nonsense`: 모르는 명령이에요."),
            ("status", "**대기열**: 기다리거나 답하는 중인 질문 0개"),
            ("status", "**인코더**: 정상"),
            ("status", "**브로커**: 정상"),
            ("status", "**문서**: 2개 (조각 4개)"),
            ("status", "**최근 오류**: 1"),
            ("kb list", "**문서 2개**:"),
            ("kb list", "(en/deploys.md, 조각 3개)"),
            ("kb add", "글이 비어 있어요."),
            ("kb add https://example.test/page", "링크는 아직"),
            ("kb add # Only a heading", "배울 내용을 찾지 못했어요."),
            ("kb add Lunch is at noon.", "배웠어요: “Lunch is at noon.”, 문서 번호"),
            ("kb remove", "어느 문서인가요?"),
            ("kb remove 999", "999번 문서는 없어요."),
            ("kb remove 1", "잊었어요: “Deploys” (en/deploys.md)."),
            ("people admit", "누구인가요?"),
            ("people admit 666", "666: 이제 저와 이야기할 수 있어요."),
        ],
    )
    def test_who_last_wrote_korean_is_answered_in_korean(self, line: str, said: str) -> None:
        maru = House()
        maru.hear("How do I roll back a deploy?", person=ADMIN, thread="2")
        maru.hear("배포를 롤백하려면?", person=ADMIN)
        assert said in maru.order(line, person=ADMIN)

    def test_who_last_wrote_english_is_answered_in_english(self) -> None:
        maru = House()
        maru.hear("배포를 롤백하려면?")
        maru.hear("How do I roll back a deploy?", thread="2")
        assert maru.order("kb list").startswith("**2 documents**")

    def test_what_others_wrote_does_not_count(self) -> None:
        maru = House()
        maru.hear("배포를 롤백하려면?", person=FRIEND)
        assert maru.order("kb list").startswith("**2 documents**")

    def test_the_commands_own_text_comes_first(self) -> None:
        maru = House()
        maru.hear("How do I roll back a deploy?", person=ADMIN)
        assert maru.order("kb add 점심은 정오에 먹습니다.", person=ADMIN).startswith(
            "배웠어요: “점심은 정오에 먹습니다.”"
        )
        assert maru.order("help 한국어").startswith("**무엇이든 물어보세요.**")

    def test_a_refusal_is_in_the_persons_language_too(self) -> None:
        maru = House()
        maru.hear("배포를 롤백하려면?")
        assert maru.order("kb remove 1") == phrase("administrators_only", "ko")
        assert maru.order("kb add 새 글") == phrase("administrators_only", "ko")


class TestWords:
    @pytest.mark.parametrize("name", sorted(_WORDS))
    def test_both_languages_fill_the_same_blanks_and_name_the_same_commands(self, name: str) -> None:
        english, korean = _WORDS[name]["en"], _WORDS[name]["ko"]
        assert _blanks(english) - _blanks(korean) <= {"why"}, "only reasons in the log's words are left out"
        assert _blanks(korean) <= _blanks(english)
        assert set(_COMMAND.findall(korean)) == set(_COMMAND.findall(english))


_COMMAND = re.compile(r"\{c\}([a-z ]+[a-z])")


def _blanks(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}
