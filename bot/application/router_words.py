"""What the router's commands say, English and Korean side by side."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "title": {
        "en": "**The ladder router**: an answer starts at the cheapest model whose draft is likely enough to hold.",
        "ko": "**사다리 라우터**: 초안이 통과할 가능성이 충분한 모델 중 가장 싼 모델부터 시작해요.",
    },
    "now": {"en": "Threshold now: **{threshold:.2f}**", "ko": "지금 기준값: **{threshold:.2f}**"},
    "untaught": {
        "en": "It has learned nothing yet, so a prior by size decides: `maru router train` in a shell teaches it.",
        "ko": "아직 배운 것이 없어서 모델 크기로만 정해요. 셸에서 `maru router train`을 실행하면 배워요.",
    },
    "learned": {
        "en": "Learned from {verdicts} (a model each). By questions that it had not seen:",
        "ko": "모델별로 배운 판정: {verdicts}. 보지 못한 질문으로 재면:",
    },
    "verdicts": {"en": "`{name}` {count}", "ko": "`{name}` {count}개"},
    "point": {
        "en": "{threshold:.2f}: first draft holds {accepted:.0%}, {cost}; starts at {starts}{here}",
        "ko": "{threshold:.2f}: 첫 초안 통과 {accepted:.0%}, {cost}; 시작 모델 {starts}{here}",
    },
    "here": {"en": " ← now", "ko": " ← 지금"},
    "usd": {"en": "{usd} a thousand questions", "ko": "질문 천 개에 {usd}"},
    "seconds": {"en": "{seconds:.2g} s a question", "ko": "질문 하나에 {seconds:.2g}초"},
    "change": {
        "en": "`{c}router threshold 0.7` changes it: higher is dearer, and more first drafts hold.",
        "ko": "`{c}router threshold 0.7`처럼 바꿀 수 있어요. 높을수록 비싸지만 첫 초안이 더 자주 통과해요.",
    },
    "alt": {
        "en": "Cost and quality of the ladder router by threshold",
        "ko": "기준값에 따른 사다리 라우터의 비용과 품질",
    },
    "usage": {
        "en": "Usage: `{c}router` shows the curve, `{c}router threshold <0 to 1>` moves along it.",
        "ko": "사용법: `{c}router`는 곡선을 보여 주고, `{c}router threshold <0~1>`은 기준값을 바꿔요.",
    },
    "set": {
        "en": "Answers start where a draft is at least {threshold:.0%} likely to hold; all workers know within 5 s.",
        "ko": "이제 초안이 통과할 가능성이 {threshold:.0%} 이상인 모델부터 시작해요. 5초 안에 모든 워커에 적용돼요.",
    },
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return a sentence in the person's language."""
    return _WORDS[name][language].format(**fields)
