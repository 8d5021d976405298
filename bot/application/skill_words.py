"""What the skill commands say, English and Korean side by side."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": (
            "- `{c}skill list` what I can do\n"
            "- `{c}skill show <name>` one skill's file\n"
            "- `{c}skill try <name> <message>` what it would answer\n"
            "- `{c}skill add <file>` add or change one; published when its golden questions pass\n"
            "- `{c}skill disable <name>`, `{c}skill enable <name>`, `{c}skill remove <name>`"
        ),
        "ko": (
            "- `{c}skill list` 할 수 있는 일\n"
            "- `{c}skill show <이름>` 스킬 파일 보기\n"
            "- `{c}skill try <이름> <글>` 어떻게 답할지 시험하기\n"
            "- `{c}skill add <파일>` 추가하거나 바꾸기. 골든 질문을 통과하면 공개돼요\n"
            "- `{c}skill disable <이름>`, `{c}skill enable <이름>`, `{c}skill remove <이름>`"
        ),
    },
    "list": {"en": "**{count} skills**:", "ko": "**스킬 {count}개**:"},
    "off": {"en": ", off", "ko": ", 꺼짐"},
    "draft": {"en": ", not published", "ko": ", 공개 안 됨"},
    "own": {"en": ", yours", "ko": ", 직접 만든 것"},
    "no_skill": {
        "en": "There is no skill `{name}`: `{c}skill list` shows them.",
        "ko": "`{name}`: 그런 스킬이 없어요. `{c}skill list`로 볼 수 있어요.",
    },
    "refused": {"en": "{why} Nothing was changed.", "ko": "{why} 바뀐 것은 없어요."},
    "no_golden": {
        "en": (
            "`{name}` has no golden question, so nobody knows whether it works: add [[golden]] with say and contains. "
            "It is kept, but not published."
        ),
        "ko": (
            "`{name}`에는 골든 질문이 없어 잘 되는지 알 수 없어요. [[golden]]에 say와 contains를 적어 주세요. "
            "보관은 했지만 공개하지 않았어요."
        ),
    },
    "published": {
        "en": "`{name}` is published: {passed} of {all} golden questions pass. It is live everywhere within 5 seconds.",
        "ko": "`{name}`을(를) 공개했어요. 골든 질문 {all}개 중 {passed}개 통과. 5초 안에 모든 곳에서 쓸 수 있어요.",
    },
    "failed": {
        "en": "`{name}` is kept, but not published: {passed} of {all} golden questions pass.",
        "ko": "`{name}`은(는) 보관했지만 공개하지 않았어요. 골든 질문 {all}개 중 {passed}개 통과.",
    },
    "not_replaced": {
        "en": (
            "`{name}` is not replaced: the new file has no golden question, or does not pass them all. "
            "The published one stays; mend the file and add it again."
        ),
        "ko": (
            "`{name}`을(를) 바꾸지 않았어요. 새 파일에 골든 질문이 없거나 다 통과하지 못했어요. "
            "공개된 것은 그대로예요. 파일을 고쳐 다시 추가해 주세요."
        ),
    },
    "misunderstood": {
        "en": "- *{say}*: was understood as `{skill}`",
        "ko": "- *{say}*: `{skill}`(으)로 이해됨",
    },
    "lacks": {
        "en": "- *{say}*: the answer lacks “{missing}”: {answer}",
        "ko": "- *{say}*: 답에 “{missing}”이(가) 없음: {answer}",
    },
    "broke": {"en": "- *{say}*: {why}", "ko": "- *{say}*: {why}"},
    "disabled": {
        "en": "`{name}` is off, everywhere within 5 seconds.",
        "ko": "`{name}`을(를) 껐어요. 5초 안에 모든 곳에서 적용돼요.",
    },
    "enabled": {
        "en": "`{name}` is on, everywhere within 5 seconds.",
        "ko": "`{name}`을(를) 켰어요. 5초 안에 모든 곳에서 적용돼요.",
    },
    "always_on": {
        "en": "Answering from documents cannot be switched off.",
        "ko": "문서로 답하는 기능은 끌 수 없어요.",
    },
    "removed": {
        "en": "`{name}` is forgotten; what ships under that name counts again.",
        "ko": "`{name}`을(를) 지웠어요. 같은 이름의 기본 스킬이 있으면 다시 쓰여요.",
    },
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return one of these in the person's language."""
    return _WORDS[name][language].format(**fields)
