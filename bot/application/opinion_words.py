"""What is said about feedback, English and Korean side by side."""

from collections.abc import Iterable

from bot.domain.feedback import Opinion
from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": "Usage: `{c}feedback useful|not|source|old <reference>`; `{c}why` shows the reference of an answer.",
        "ko": "사용법: `{c}feedback useful|not|source|old <번호>`. 답의 번호는 `{c}why`로 볼 수 있어요.",
    },
    "nothing": {
        "en": "I find no answer from documents that this could mean: it never was, or it is forgotten by now.",
        "ko": "문서에서 드린 어느 답을 말씀하시는지 찾을 수 없어요. 원래 없었거나, 이미 잊은 답이에요.",
    },
    "not_yours": {
        "en": "That was asked by somebody else, or elsewhere: say so where it was asked.",
        "ko": "다른 사람이나 다른 곳의 질문이에요. 그 질문이 있던 곳에서 알려 주세요.",
    },
    "useful": {"en": "Thank you, noted: useful.", "ko": "고마워요. 도움이 되었다고 적어 둘게요."},
    "not_useful": {
        "en": "Noted: not useful. Whoever keeps the document will hear of it. What is wrong?",
        "ko": "도움이 안 되었다고 적어 두었어요. 문서 담당자에게 알릴게요. 무엇이 문제인가요?",
    },
    "wrong_source": {
        "en": "Noted: the wrong source. Whoever keeps the document will hear of it.",
        "ko": "엉뚱한 출처라고 적어 두었어요. 문서 담당자에게 알릴게요.",
    },
    "out_of_date": {
        "en": "Noted: out of date. Whoever keeps the document will hear of it.",
        "ko": "오래된 내용이라고 적어 두었어요. 문서 담당자에게 알릴게요.",
    },
    "source_button": {"en": "Wrong source", "ko": "엉뚱한 출처"},
    "old_button": {"en": "Out of date", "ko": "오래된 내용"},
    "none": {"en": "Nobody complained about an answer from these documents.", "ko": "문서의 답에 대한 불만이 없어요."},
    "list": {"en": "**What people say of answers**, by document:", "ko": "**답에 대한 의견**, 문서별:"},
    "told": {
        "en": (
            "Answers from your document “{title}” (`{number}`): {tally}. They were asked:\n{questions}\n\n"
            "Please look whether the document should be changed. You hear of it once a day at most."
        ),
        "ko": (
            "문서 “{title}”(`{number}`)에서 나온 답: {tally}. 질문은 다음과 같았어요:\n{questions}\n\n"
            "문서를 고쳐야 하는지 살펴봐 주세요. 하루에 한 번까지만 알려 드려요."
        ),
    },
    "of_useful": {"en": "{count} useful", "ko": "도움 됨 {count}"},
    "of_not_useful": {"en": "{count} not useful", "ko": "도움 안 됨 {count}"},
    "of_wrong_source": {"en": "{count} wrong source", "ko": "엉뚱한 출처 {count}"},
    "of_out_of_date": {"en": "{count} out of date", "ko": "오래됨 {count}"},
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return one of these in the person's language."""
    return _WORDS[name][language].format(**fields)


def tallied(counts: Iterable[tuple[Opinion, int]], language: Language) -> str:
    """Return how many people said what: "2 not useful, 1 out of date"."""
    return ", ".join(say(f"of_{opinion}", language, count=count) for opinion, count in counts)
