"""Nearest examples first: small talk by its words, everything else is a question."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.account import Account
from bot.domain.errors import EncoderUnavailable, SkillInvalid
from bot.domain.skills import Skill
from bot.nlu.language import language_of
from bot.nlu.mood import asks_for
from bot.nlu.skills import builtin_skills, parse_skill
from bot.nlu.understanding import KNOWLEDGE, Understander, _Examples
from integrations.memory.clock import FrozenClock
from integrations.memory.models import HashingEmbedder

SKILL = '+++\nname = "x"\ndescription = "Does x."\nEXTRA\n[examples]\nen = ["do x"]\n+++\n'
SKILLS = builtin_skills()
EMBEDDER = HashingEmbedder(dimensions=256)
ACCOUNT = Account(FrozenClock().monotonic)
UNDERSTANDER = Understander(SKILLS, EMBEDDER, margin=0.3)


def skill(text: str) -> str:
    return UNDERSTANDER.understand(text, None, account=ACCOUNT).skill


class TestSkills:
    @pytest.mark.parametrize(
        ("name", "example"), [(one.name, example) for one in SKILLS for example in one.examples], ids=str
    )
    def test_every_example_is_understood_as_its_own(self, name: str, example: str) -> None:
        assert skill(example) == name

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Hi!", "greeting"),
            ("HELLO MARU", "greeting"),
            ("hey... 😊", "greeting"),
            ("안녕하세요~!", "greeting"),
            ("마루님 안녕", "greeting"),
            ("고마워 ㅎㅎ", "thanks"),
            ("thanks, maru!", "thanks"),
            ("감사합니다🙏", "thanks"),
            ("Help?", "help"),
            ("ㅋㅋㅋ", "chatter"),
            ("ㅠㅠ", "chatter"),
            ("ㅁㄴㅇㄹ", "chatter"),
            ("ㄱㅅ", "thanks"),
            ("maru?", "chatter"),
            ("LOL!!", "chatter"),
            ("asdf", "chatter"),
            ("ok 👍", "chatter"),
            ("bye bye", KNOWLEDGE),
            ("how do I roll back a deploy?", KNOWLEDGE),
            ("hi, how do I roll back a deploy on a Friday afternoon?", KNOWLEDGE),
            ("thanks for the great explanation of how deploys are rolled back here", KNOWLEDGE),
        ],
    )
    def test_decoration_does_not_matter_and_a_question_is_no_small_talk(self, text: str, name: str) -> None:
        assert skill(text) in (name, "farewell" if text == "bye bye" else name)

    def test_two_skills_never_share_an_example(self) -> None:
        owners: dict[str, set[str]] = {}
        for one in SKILLS:
            for example in one.examples:
                owners.setdefault(example.casefold(), set()).add(one.name)
        assert [example for example, names in owners.items() if len(names) > 1] == []


class TestUnderstand:
    def test_a_follow_up_is_rewritten_and_embedded_whole(self) -> None:
        understood = UNDERSTANDER.understand("and for staging?", "who approves a deploy?", account=ACCOUNT)
        assert understood.question == "who approves a deploy — and for staging?"
        assert understood.vector == EMBEDDER.embed([understood.question], kind="query")[0]

    def test_a_question_of_its_own_is_left_alone(self) -> None:
        assert (
            UNDERSTANDER.understand("what is the hotel limit?", "who approves?", account=ACCOUNT).question
            == "what is the hotel limit?"
        )

    def test_an_encoder_that_is_away_is_told(self) -> None:
        embedder = HashingEmbedder()
        understander = Understander(SKILLS, embedder, margin=0.3)
        embedder.failures.append(EncoderUnavailable("away"))
        assert (
            understander.understand("hi", None, account=ACCOUNT).skill == "greeting"
        )  # known to the letter: nothing to embed
        with pytest.raises(EncoderUnavailable):
            understander.understand("what is the hotel limit?", None, account=ACCOUNT)

    def test_skills_may_change_while_a_message_is_understood(self) -> None:
        class Changing(Understander):
            def _embedded(self) -> _Examples:
                found = super()._embedded()
                self.learn([one for one in SKILLS if one.name == KNOWLEDGE])
                return found

        understander = Changing(SKILLS, EMBEDDER, margin=0.3)
        assert understander.understand("what is the hotel limit?", None, account=ACCOUNT).skill == KNOWLEDGE

    def test_who_is_in_charge_is_a_question_and_no_call_for_a_person(self) -> None:
        assert UNDERSTANDER.understand("배포 담당자 알려 줘", None, account=ACCOUNT).skill != "hand-off"

    @given(st.text(max_size=100), st.none() | st.text(max_size=100))
    def test_whatever_is_said_is_something(self, text: str, topic: str | None) -> None:
        understood = UNDERSTANDER.understand(text, topic, account=ACCOUNT)
        assert understood.skill in {one.name for one in SKILLS}
        assert understood.question.endswith(text)


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("how do I deploy?", "en"),
            ("배포는 어떻게 하나요?", "ko"),
            ("shipit rollback 명령이 안 돼요", "ko"),
            ("ㅎㅇ", "ko"),
            ("what does 배포 mean in the English handbook?", "en"),
            ("what is the limit that the page calls 한도?", "en"),
            ("who decides about the 휴가?", "en"),
            ("what does `배포를 롤백합니다` do?", "en"),
            ("`shipctl rollback web --to previous`를 실행하세요.", "ko"),
            ("```\nshipctl rollback web --to previous\n```\n안 돼요", "ko"),
            ("shipctl rollback web --to previous를 실행하세요.", "ko"),
            ("kubectl rollout undo deployment web production 왜 안 되나요?", "ko"),
            ("https://staging.harbor.example/some/long/page 주소가 맞나요?", "ko"),
            ("https://staging.harbor.example/some/long/page입니다", "ko"),
            ("#deploy-announcements, #oncall에 알립니다.", "ko"),
            ("run `shipctl rollback web`", "en"),
            ("`배포`", "ko"),
            ("", "en"),
            ("123 ?!", "en"),
            ("🚀", "en"),
        ],
    )
    def test_a_fifth_of_hangul_is_korean(self, text: str, language: str) -> None:
        assert language_of(text) == language


class TestSkillFiles:
    def test_front_matter_becomes_a_skill(self) -> None:
        text = '+++\nname = "x"\ndescription = "Does x."\n[examples]\nen = ["do x"]\nko = ["엑스"]\n+++\n\nDoes x.\n'
        assert parse_skill(text) == Skill("x", "Does x.", ("do x", "엑스"), instructions="Does x.")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "line 1: it must begin with a line `+++`"),
            ("no front matter", "line 1: it must begin"),
            ('+++\nname = "x"\n', "line 2: a second line `+++`"),
            ("+++\nname = \n+++\n", "at line 2"),
            ('+++\nname = "X!"\n+++\n', "line 2, `name`: use small letters"),
            ('+++\nname = "x"\nlader = []\n+++\n', "line 3, `lader`: there is no such field"),
            (SKILL.replace("EXTRA", 'ladder = ["huge"]'), "line 4, `ladder`: 'huge' is none of"),
            (SKILL.replace("EXTRA", 'tools = ["rm"]'), "line 4, `tools`: 'rm' is none of"),
            (SKILL.replace("EXTRA", 'verifiers = "all"'), "line 4, `verifiers`: list words"),
            (SKILL.replace("EXTRA", 'knowledge = "yes"'), "line 4, `knowledge`: write true or false"),
            (SKILL.replace("EXTRA", "").replace('["do x"]', "[]"), "`examples`: give at least one"),
            (SKILL.replace("EXTRA", "").replace("do x", "x" * 301), "`examples`: at most 200 sentences"),
            (SKILL.replace("EXTRA", "") + "y" * 4_001, "`instructions`: the text below"),
        ],
    )
    def test_a_broken_file_is_refused_with_its_line(self, text: str, words: str) -> None:
        with pytest.raises(SkillInvalid) as refused:
            parse_skill(text)
        assert words in str(refused.value)

    def test_the_example_of_the_readme_is_one(self) -> None:
        readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
        _, _, shown = readme.partition("    /maru skill add ")
        skill = parse_skill(dedent(shown.partition("\n\n")[0].replace("+++", "    +++", 1)))
        assert (skill.name, skill.ladder, len(skill.golden)) == ("standup", ("small", "large"), 1)

    def test_the_skills_that_ship(self) -> None:
        assert {one.name for one in SKILLS} == {
            *(KNOWLEDGE, "chatter", "farewell", "greeting", "help", "thanks", "summarise", "translate", "rewrite"),
            *("explain-code", "write-code", "question-over-data", "calculate", "time-and-date", "remind", "hand-off"),
        }

    def test_each_speaks_both_languages(self) -> None:
        for one in SKILLS:
            assert {language_of(example) for example in one.examples} == {"en", "ko"}


def test_what_is_needed_is_a_question_and_to_need_something_a_wish() -> None:
    assert not asks_for("코드 리뷰 승인은 몇 명이 필요해?")
    assert not asks_for("배포하려면 무엇이 필요한가요?")
    assert asks_for("50초 타이머가 필요해")
    assert asks_for("번역이 필요해")
