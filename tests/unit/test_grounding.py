"""The verifier: what no passage backs is not said, however likely it sounds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.account import Account
from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.domain.errors import EncoderUnavailable
from bot.generation.grounding import Grounded, ground
from bot.generation.pointing import LineVectors, Pointer
from integrations.memory.clock import FrozenClock
from integrations.memory.models import HashingEmbedder, WordAnalyser


def passage(number: int, path: str, text: str) -> Passage:
    return Passage(ChunkId(number), DocumentId(number), f"{number}.md", tuple(path.split(" › ")), text, False)


ROLLBACK = passage(
    1,
    "Deploys › Rolling back",
    "To roll back a deploy, run `shipit rollback <service>`. The rollback takes 4 minutes. "
    "Tell #ops before you start. Anna approves the rollback of the payment service.",
)
EXPENSES = passage(
    2,
    "Expenses › Limits",
    "- Hotel: up to 180,000 KRW per night.\n- Meals: up to 30,000 KRW per day.\n"
    "Receipts are not needed below 10,000 KRW.",
)
DUTY = passage(
    5,
    "On-call › Duty",
    "Reply to a page within 4 hours. Anna approves the rollback of the payment service. The retention is 90 days. "
    "Call the hotline twice before you wake the lead. A SEV1 starts a bridge within half an hour. "
    "The bonus is 40 euros per day.",
)
KOREAN_DUTY = passage(
    6,
    "온콜 › 호출",
    "호출에는 4시간 안에 응답합니다. 보고서는 이틀 안에 냅니다. 교대는 매주 월요일에 합니다. 담당자는 세 명입니다.",
)
KOREAN = passage(
    3,
    "배포 › 롤백",
    "배포를 롤백하려면 `shipit rollback <서비스>` 명령을 실행합니다. 롤백은 4분이 걸립니다. "
    "금요일에는 운영 서버에 배포하지 않습니다.",
)


def grounded(draft: str, question: str, *passages: Passage) -> tuple[Grounded, ...]:
    embedder = HashingEmbedder(dimensions=256)
    pointer = Pointer(
        embedder.embed([question], kind="query")[0], LineVectors(embedder), account=Account(FrozenClock().monotonic)
    )
    return ground(draft, passages or (ROLLBACK, EXPENSES), question, analyser=WordAnalyser(), pointer=pointer)


def said(draft: str, question: str, *passages: Passage) -> list[str]:
    return [one.sentence for one in grounded(draft, question, *passages)]


HOW, LONG, WHOM, HOTEL = (
    "how do I roll back a deploy?",
    "how long does the rollback take?",
    "whom do I tell?",
    "what is the hotel limit?",
)
FAST, KEPT, CALL = "how fast must I react to a page?", "how long is the retention?", "how often do I call the hotline?"


class TestBacked:
    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (HOW, "You can roll back a deploy with `shipit rollback <service>`."),
            (HOW, "To roll back a deploy, run `shipit rollback <service>`."),
            (LONG, "The rollback takes 4 minutes."),
            (LONG, "The rollback takes four minutes."),
            (LONG, "It takes 4 minutes until the rollback is done."),
            (WHOM, "You should tell #ops before you start."),
            (HOTEL, "The hotel limit is 180,000 KRW per night."),
            ("are receipts needed?", "Receipts are not needed below 10,000 KRW."),
        ],
    )
    def test_a_paraphrase(self, question: str, sentence: str) -> None:
        assert said(sentence, question) == [sentence]

    def test_a_command_gets_its_code_marks_back(self) -> None:
        assert said("Run shipit rollback <service> to roll back a deploy.", HOW) == [
            "Run `shipit rollback <service>` to roll back a deploy."
        ]

    def test_one_fact_is_an_answer(self) -> None:
        sentence = "The rollback of the payment service is approved by Anna."
        assert said(sentence, "who approves the rollback of the payment service?") == [sentence]

    def test_the_passage_that_backs_it_is_named_whatever_the_mark_says(self) -> None:
        (one,) = grounded("The hotel limit is 180,000 KRW per night [1].", HOTEL)
        assert one.passage == EXPENSES
        assert one.sentence == "The hotel limit is 180,000 KRW per night."

    @pytest.mark.parametrize("mark", ["[1]", "[2]", "[9]", "[0]", "[1][2]", " [1]"])
    def test_marks_are_taken_out(self, mark: str) -> None:
        sentence = "The rollback takes 4 minutes"
        assert said(f"{sentence} {mark}.", LONG) == [f"{sentence}."]
        assert said(f"{sentence}. {mark}", LONG) == [f"{sentence}."]

    def test_the_good_sentences_of_a_draft_stay_in_order(self) -> None:
        draft = "The rollback takes 4 minutes. It is loved by everybody at Acme. Tell #ops before you start."
        kept = said(draft, "how long does the rollback take and whom do I tell before I start?")
        assert kept == ["The rollback takes 4 minutes.", "Tell #ops before you start."]

    def test_the_same_sentence_twice_is_said_once(self) -> None:
        assert len(said("The rollback takes 4 minutes. The rollback takes 4 minutes.", LONG)) == 1

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (FAST, "Reply to a page within four hours."),
            (FAST, "You should reply to a page in 4 hours."),
            (KEPT, "The retention is ninety days."),
            (KEPT, "Yes, the retention is 90 days."),
            (CALL, "Call the hotline two times before you wake the lead."),
            (CALL, "First, call the hotline twice before you wake the lead."),
            ("when does a SEV1 bridge start?", "A bridge starts within 30 minutes of a SEV1."),
            ("what is the bonus?", "The bonus is 40 euros a day."),
        ],
    )
    def test_a_quantity_in_other_words(self, question: str, sentence: str) -> None:
        assert said(sentence, question, DUTY) == [sentence]


class TestRefused:
    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (FAST, "Reply to a page within one hour."),
            (FAST, "Reply to a page within an hour."),
            (FAST, "Reply to a page within half an hour."),
            (FAST, "Reply to a page within a hundred hours."),
            (FAST, "Reply to a page within twenty-four hours."),
            (FAST, "Reply to a page within a few hours."),
            (KEPT, "The retention is one hundred days."),
            (KEPT, "The retention is one hundred and ninety days."),
            (KEPT, "The retention is ninety weeks."),
            (CALL, "Call the hotline once before you wake the lead."),
            (CALL, "Call the hotline one time before you wake the lead."),
            (CALL, "Call the hotline several times before you wake the lead."),
            ("what is the bonus?", "The bonus is 40 euros per week."),
            ("what is the bonus?", "The bonus is 40 euros weekly."),
            ("when does a bridge start?", "A SEV1 starts a bridge within an hour."),
            ("when does a bridge start?", "A SEV2 starts a bridge within half an hour."),
        ],
    )
    def test_a_wrong_number_in_words(self, question: str, sentence: str) -> None:
        assert said(sentence, question, DUTY) == []

    @pytest.mark.parametrize(
        "sentence",
        [
            "Bob approves the rollback of the payment service.",
            "SRE approves the rollback of the payment service.",
            "Bob Kim approves the rollback of the payment service.",
            "Finance and Anna approve the rollback of the payment service.",
            "Anna approves the rollback of the payment service, and Bob approves the rollback.",
            "The rollback of the payment service: Bob approves.",
            "Rollback of the payment service (Bob approves).",
        ],
    )
    def test_an_invented_name_wherever_it_stands(self, sentence: str) -> None:
        assert said(sentence, "who approves a rollback?", DUTY) == []

    def test_one_line_does_not_lend_its_address_to_the_words_of_another(self) -> None:
        staging = passage(
            4,
            "Deploys › Staging",
            "Deploy a branch with `stagectl push --branch BRANCH`. Reserve staging in #staging before you push. "
            "The staging shop is at `staging.example.com`.",
        )
        question = "how do I reserve staging?"
        assert said("Reserve staging in `staging.example.com`.", question, staging) == []
        assert said("Reserve staging in #staging before you push.", question, staging) != []

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (LONG, "The rollback takes 40 minutes."),
            (LONG, "The rollback takes 14 minutes."),
            (LONG, "The rollback takes 4.5 minutes."),
            (LONG, "The rollback takes forty minutes."),
            (LONG, "The rollback takes five minutes."),
            (LONG, "The rollback takes 4 hours."),
            (LONG, "The rollback takes four hours."),
            (LONG, "The rollback takes 4 minutes and 30 seconds."),
            (HOTEL, "The hotel limit is 180,000 USD per night."),
            (HOTEL, "The hotel limit is 180 KRW per night."),
            (HOTEL, "The hotel limit is 80,000 KRW per night."),
            (HOTEL, "The hotel limit is 1,180,000 KRW per night."),
        ],
    )
    def test_a_wrong_number_or_unit(self, question: str, sentence: str) -> None:
        assert said(sentence, question) == []

    @pytest.mark.parametrize(
        "sentence",
        [
            "To roll back a deploy, run `shipit revert <service>`.",
            "To roll back a deploy, run `shipit rollback --force <service>`.",
            "To roll back a deploy, run `shipit rollback <service> --force`.",
            "To roll back a deploy, run `shipit rollback`.",
            "To roll back a deploy, run shipit rollback --all.",
            "To roll back a deploy, run `rm -rf /`.",
            "To roll back a deploy, see https://evil.test/rollback.",
            "To roll back a deploy, run `shipit rollback <service>` on /etc/passwd.",
        ],
    )
    def test_a_wrong_command_option_link_or_path(self, sentence: str) -> None:
        assert said(sentence, HOW) == []

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (WHOM, "Do not tell #ops before you start."),
            (WHOM, "You don't have to tell #ops before you start."),
            (WHOM, "You never tell #ops before you start."),
            ("are receipts needed?", "Receipts are needed below 10,000 KRW."),
        ],
    )
    def test_a_turned_meaning(self, question: str, sentence: str) -> None:
        assert said(sentence, question) == []

    @pytest.mark.parametrize(
        "sentence",
        [
            "The rollback of the payment service is approved by Bob.",
            "The rollback of the payment service is approved by @bob.",
            "Tell #dev before you start.",
            "Tell bob@example.test before you start.",
        ],
    )
    def test_an_invented_name(self, sentence: str) -> None:
        assert said(sentence, "who approves the rollback of the payment service?") == []

    @pytest.mark.parametrize(
        "sentence",
        [
            "The hotel limit is 30,000 KRW per night.",
            "Meals are up to 180,000 KRW per day.",
            "Hotel: up to 10,000 KRW.",
        ],
    )
    def test_a_number_of_another_line(self, sentence: str) -> None:
        assert said(sentence, HOTEL) == []

    @pytest.mark.parametrize(
        "sentence",
        [
            "A hotel may cost 30,000 KRW.",
            "The hotel may cost up to 30,000 KRW.",
            "The hotel limit is 30,000 KRW.",
            "A hotel may cost 50,000 KRW.",
            "A hotel may cost 180,000 KRW after 22:00.",
            "For the hotel, up to 30,000 KRW.",
            "Hotel: 30,000 KRW.",
        ],
    )
    def test_a_number_of_a_line_that_says_nearly_the_same(self, sentence: str) -> None:
        prose = "A hotel may cost 180,000 KRW. A meal may cost 30,000 KRW. A taxi may cost 50,000 KRW after 22:00."
        assert said(sentence, HOTEL, passage(4, "Expenses › Limits", prose)) == []

    def test_two_subjects_mixed(self) -> None:
        assert said("The rollback of a hotel takes 4 minutes.", LONG) == []

    @pytest.mark.parametrize("draft", ["", " ", "...", "[1]", "🚀", "Deploys › Rolling back", "Answer:", "-", "1."])
    def test_what_is_no_sentence(self, draft: str) -> None:
        assert said(draft, HOW) == []

    def test_the_question_said_again(self) -> None:
        assert said("You roll back a deploy.", HOW) == []

    def test_what_is_true_and_beside_the_point(self) -> None:
        assert said("Anna approves the rollback of the payment service.", HOTEL) == []

    def test_without_passages_nothing_is_backed(self) -> None:
        embedder = HashingEmbedder()
        pointer = Pointer(
            embedder.embed([LONG], kind="query")[0], LineVectors(embedder), account=Account(FrozenClock().monotonic)
        )
        assert ground("It takes 4 minutes.", (), LONG, analyser=WordAnalyser(), pointer=pointer) == ()


class TestKorean:
    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            ("롤백은 4분이 맞아?", "롤백은 4분이 걸립니다."),
            ("배포를 롤백하려면?", "배포를 롤백하려면 `shipit rollback <서비스>` 명령을 실행합니다."),
            ("금요일에는 운영 서버에 배포해도 돼?", "금요일에는 운영 서버에 배포하지 않습니다."),
        ],
    )
    def test_backed(self, question: str, sentence: str) -> None:
        assert said(sentence, question, KOREAN) == [sentence]

    @pytest.mark.parametrize(
        "sentence",
        [
            "호출에는 네 시간 안에 응답합니다.",
            "보고서는 2일 안에 냅니다.",
            "교대는 1주마다 월요일에 합니다.",
            "담당자는 3명입니다.",
        ],
    )
    def test_a_quantity_in_other_words(self, sentence: str) -> None:
        assert said(sentence, f"{sentence.split()[0]} 어떻게 하나요?", KOREAN_DUTY) == [sentence]

    @pytest.mark.parametrize(
        "sentence",
        [
            "호출에는 한 시간 안에 응답합니다.",
            "호출에는 열네 시간 안에 응답합니다.",
            "호출에는 이십사 시간 안에 응답합니다.",
            "호출에는 네 시간 반 안에 응답합니다.",
            "호출에는 몇 시간 안에 응답합니다.",
            "보고서는 하루 안에 냅니다.",
            "보고서는 일주일 안에 냅니다.",
            "보고서는 삼 일 안에 냅니다.",
            "교대는 매달 월요일에 합니다.",
            "교대는 매주 화요일에 합니다.",
            "담당자는 네 명입니다.",
        ],
    )
    def test_a_wrong_number_in_words(self, sentence: str) -> None:
        assert said(sentence, f"{sentence.split()[0]} 어떻게 하나요?", KOREAN_DUTY) == []

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            ("롤백은 얼마나 걸려?", "롤백은 40분이 걸립니다."),
            ("롤백은 얼마나 걸려?", "롤백은 14분이 걸립니다."),
            ("롤백은 얼마나 걸려?", "롤백은 4시간이 걸립니다."),
            ("롤백은 얼마나 걸려?", "롤백은 4일이 걸립니다."),
            ("배포를 롤백하려면?", "배포를 롤백하려면 `shipit revert <서비스>` 명령을 실행합니다."),
            ("금요일에 배포해도 돼?", "금요일에는 운영 서버에 배포합니다."),
        ],
    )
    def test_refused(self, question: str, sentence: str) -> None:
        assert said(sentence, question, KOREAN) == []


class TestAlways:
    @given(st.integers(min_value=0, max_value=10**6).filter(lambda number: number != 4))
    def test_no_other_number_passes(self, number: int) -> None:
        assert said(f"The rollback takes {number} minutes.", LONG) == []

    @given(
        st.lists(
            st.sampled_from("hotel meal rollback takes up to 4 30,000 180,000 KRW minutes not per day ops".split())
        )
    )
    def test_whatever_is_said_has_its_numbers_from_its_passage(self, words: list[str]) -> None:
        draft = f"The {' '.join(words)}."
        for one in grounded(draft, f"{HOTEL} {LONG}"):
            assert set(re.findall(r"\d[\d,]*", one.sentence)) <= set(re.findall(r"\d[\d,]*", one.passage.text))

    @given(st.text(max_size=200))
    def test_any_draft_is_survived(self, draft: str) -> None:
        for one in grounded(draft, HOW):
            assert one.passage in (ROLLBACK, EXPENSES)

    def test_an_encoder_that_is_away_is_told(self) -> None:
        embedder, analyser = HashingEmbedder(), WordAnalyser()
        analyser.failures.append(EncoderUnavailable("away"))
        pointer = Pointer(
            embedder.embed([LONG], kind="query")[0], LineVectors(embedder), account=Account(FrozenClock().monotonic)
        )
        with pytest.raises(EncoderUnavailable):
            ground("The rollback takes 4 minutes.", (ROLLBACK,), LONG, analyser=analyser, pointer=pointer)


KOREAN_PAY = passage(
    8,
    "급여 › 승인",
    "급여 변경은 김민수 팀장이 승인합니다. 정산은 3월 5일에 마감합니다.",
)


@pytest.mark.parametrize(
    ("draft", "question", "kept"),
    [
        ("급여 변경은 김민수 팀장이 승인합니다.", "급여 변경은 누가 승인해?", True),
        ("급여 변경은 박지훈 팀장이 승인합니다.", "급여 변경은 누가 승인해?", False),
        ("급여 변경은 박지훈 님이 승인합니다.", "급여 변경은 누가 승인해?", False),
        ("정산은 3월 5일에 마감합니다.", "정산은 언제 마감해?", True),
        ("정산은 5월 3일에 마감합니다.", "정산은 언제 마감해?", False),
        ("정산은 4월 5일에 마감합니다.", "정산은 언제 마감해?", False),
    ],
)
def test_a_korean_name_and_a_date_stand_literally_in_the_source(draft: str, question: str, kept: bool) -> None:
    assert bool(grounded(draft, question, KOREAN_PAY)) is kept


AUDIT = passage(9, "Audit", "The audit begins on 5 June and Maria Lopez leads it. The report is due on 2026-03-01.")


@pytest.mark.parametrize(
    ("draft", "kept"),
    [
        ("The audit begins on 5 June and Maria Lopez leads it.", True),
        ("The audit begins on 5 May and Maria Lopez leads it.", False),
        ("The audit begins on 6 June and Maria Lopez leads it.", False),
        ("The audit begins on 5 June and John Lopez leads it.", False),
    ],
)
def test_an_english_name_and_a_date_do_too(draft: str, kept: bool) -> None:
    assert bool(grounded(draft, "when does the audit begin?", AUDIT)) is kept


def test_what_is_unsupported_is_dropped_and_the_rest_stays() -> None:
    draft = "The rollback takes 4 minutes. Rollbacks are free of charge for students."
    said = grounded(draft, "how long does the rollback take?")
    assert [one.sentence for one in said] == ["The rollback takes 4 minutes."]
