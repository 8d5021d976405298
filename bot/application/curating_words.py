"""What the commands for curated answers say, English and Korean side by side."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": (
            "- `{c}curate <question> => <answer>` answer a question like this from now on (administrators)\n"
            "- `{c}curated list`, `{c}curated show <number>` what is answered without a model, and how often\n"
            "- `{c}curated also <number> <wording>` another way to ask the same (its owner, administrators)\n"
            "- `{c}curated expire <number> <days | 2027-01-31 | now>`, `{c}curated remove <number>` (likewise)"
        ),
        "ko": (
            "- `{c}curate <질문> => <답>` 앞으로 이 질문에 이렇게 답하기 (관리자)\n"
            "- `{c}curated list`, `{c}curated show <번호>` 모델 없이 답하는 것과 쓰인 횟수\n"
            "- `{c}curated also <번호> <다른 표현>` 같은 질문을 다르게 묻는 말 (정리한 사람, 관리자)\n"
            "- `{c}curated expire <번호> <일수 | 2027-01-31 | now>`, `{c}curated remove <번호>` (정리한 사람, 관리자)"
        ),
    },
    "curated": {
        "en": (
            "I will answer *{question}* like this, until {until} (curated answer `{number}`). "
            "Another wording: `{c}curated also {number} <wording>`."
        ),
        "ko": (
            "*{question}*: {until}까지 이렇게 답할게요 (정리한 답 `{number}`). "
            "다르게 묻는 말: `{c}curated also {number} <다른 표현>`."
        ),
    },
    "too_long": {
        "en": "That is too long: a question has at most {question} characters, an answer {answer}. Nothing was kept.",
        "ko": "너무 길어요. 질문은 {question}자, 답은 {answer}자까지예요. 아무것도 저장하지 않았어요.",
    },
    "none": {
        "en": "There are no curated answers here. An administrator can add one: `{c}curate <question> => <answer>`.",
        "ko": "정리한 답이 없어요. 관리자가 추가할 수 있어요: `{c}curate <질문> => <답>`.",
    },
    "list": {"en": "**{count} curated answer(s)**:", "ko": "**정리한 답 {count}개**:"},
    "line": {
        "en": "- `{number}` {question} (given {hits} times, until {until})",
        "ko": "- `{number}` {question} ({hits}번 답함, {until}까지)",
    },
    "line_expired": {
        "en": "- `{number}` {question} (**expired** on {until}, given {hits} times)",
        "ko": "- `{number}` {question} ({until}에 **만료**, {hits}번 답함)",
    },
    "expired_count": {
        "en": "{count} expired, not given any more: `curated expire <number> <days>` renews, `curated remove` forgets.",
        "ko": "만료된 {count}개는 더 이상 쓰지 않아요. `curated expire <번호> <일수>`로 연장, `curated remove`로 삭제.",
    },
    "shown": {
        "en": (
            "**Curated answer {number}** by {owner}, {created}, until {until}; readable in `{space}`\n"
            "- **Asked as**: {wordings}\n- **Given**: {hits} times, last: {last}\n\n{answer}"
        ),
        "ko": (
            "**정리한 답 {number}**: {owner}, {created}부터 {until}까지, 읽을 수 있는 곳 `{space}`\n"
            "- **질문**: {wordings}\n- **답한 횟수**: {hits}번, 마지막: {last}\n\n{answer}"
        ),
    },
    "never": {"en": "never", "ko": "없음"},
    "taken": {
        "en": "“{words}” is a wording of a curated answer already. Nothing was changed.",
        "ko": "“{words}”: 이미 정리한 답의 질문이에요. 바뀐 것은 없어요.",
    },
    "reworded": {
        "en": "Curated answer `{number}` is given to “{words}”, too.",
        "ko": "정리한 답 `{number}`: 이제 “{words}”에도 답해요.",
    },
    "expires": {"en": "Curated answer `{number}` is given until {until}.", "ko": "정리한 답 `{number}`: {until}까지."},
    "removed": {
        "en": "Curated answer `{number}` ({question}) is forgotten.",
        "ko": "정리한 답 `{number}`({question})을(를) 지웠어요.",
    },
    "not_yours": {
        "en": "Only who curated it and administrators can change that. Nothing was changed.",
        "ko": "정리한 사람과 관리자만 바꿀 수 있어요. 바뀐 것은 없어요.",
    },
    "no_answer": {
        "en": "There is no curated answer {number} here: `curated list` shows the numbers.",
        "ko": "{number}번 정리한 답은 여기에 없어요. 번호는 `curated list`에 있어요.",
    },
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return one of these in the person's language."""
    return _WORDS[name][language].format(**fields)
