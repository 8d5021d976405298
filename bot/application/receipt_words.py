"""What `why` says, English and Korean side by side. Verdicts: bot/generation/verdicts.py."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": (
            "Usage: `{c}why` about my last answer to you here, `{c}why <reference>` about any of yours; `{c}bigger` in "
            "the same way asks a bigger model. References stand in apologies and in `{c}why`."
        ),
        "ko": (
            "사용법: `{c}why`는 여기서 드린 마지막 답, `{c}why <번호>`는 그 번호의 답을 설명해요. `{c}bigger`도 같은 "
            "방법으로 더 큰 모델에 물어요. 번호는 사과문과 `{c}why`에 있어요."
        ),
    },
    "nothing": {
        "en": "I find no answer of mine that this could mean: it never was, or it is forgotten by now.",
        "ko": "어느 답을 말씀하시는지 찾을 수 없어요. 원래 없었거나, 이미 잊은 답이에요.",
    },
    "not_yours": {
        "en": "Only who asked can see how an answer came about, and administrators.",
        "ko": "답이 어떻게 나왔는지는 질문한 사람과 관리자만 볼 수 있어요.",
    },
    "elsewhere": {
        "en": "That was said elsewhere: ask me there, or in a direct message.",
        "ko": "다른 곳에서 나눈 이야기예요. 그곳에서, 또는 다이렉트 메시지로 물어봐 주세요.",
    },
    "title": {
        "en": "**How this answer came about** (reference {reference})",
        "ko": "**이 답이 나온 과정** (번호 {reference})",
    },
    "skill": {"en": "**Skill**: {skill}{score}", "ko": "**기능**: {skill}{score}"},
    "score": {"en": " (score {score:.2f})", "ko": " (점수 {score:.2f})"},
    "tried": {"en": "**Tried**, in this order:", "ko": "**시도한 순서**:"},
    "taken": {"en": "{rung}: taken, {why}{took}", "ko": "{rung}: 채택, {why}{took}"},
    "refused": {"en": "{rung}: not taken, {why}{took}", "ko": "{rung}: 채택 안 함, {why}{took}"},
    "left_out": {"en": "{rung}: {why}", "ko": "{rung}: {why}"},
    "took": {"en": " ({seconds} s)", "ko": " ({seconds}초)"},
    "rung_curated": {"en": "curated answer", "ko": "정리한 답"},
    "rung_model": {"en": "model", "ko": "모델"},
    "rung_panel": {"en": "panel", "ko": "패널"},
    "rung_quote": {"en": "quotation", "ko": "인용"},
    "rung_refuse": {"en": "no answer", "ko": "답 없음"},
    "rung_apology": {"en": "apology", "ko": "사과"},
    "calls": {"en": "**Models called**: {calls}", "ko": "**부른 모델**: {calls}"},
    "call": {"en": "{model}{replica} for {purpose}{times}", "ko": "{model}{replica} ({purpose}{times})"},
    "replica": {"en": " on {replica}", "ko": " @ {replica}"},
    "times": {"en": " ({count} times)", "ko": " {count}번"},
    "purpose_answer": {"en": "the answer", "ko": "답"},
    "purpose_understand": {"en": "understanding", "ko": "이해"},
    "purpose_rewrite": {"en": "rewriting", "ko": "고쳐 쓰기"},
    "purpose_judge": {"en": "judging", "ko": "심사"},
    "purpose_embed": {"en": "embeddings", "ko": "임베딩"},
    "purpose_shadow": {"en": "a silent comparison", "ko": "조용한 비교"},
    "no_calls": {"en": "**Models called**: none", "ko": "**부른 모델**: 없음"},
    "sources_kept_back": {
        "en": "not named here, where not everyone may read them",
        "ko": "이곳의 모두가 읽을 수 있는 문서가 아니라서 밝히지 않아요",
    },
    "sources": {"en": "**Sources**: {sources}", "ko": "**출처**: {sources}"},
    "opinions": {"en": "**Opinions**: {tally}", "ko": "**의견**: {tally}"},
    "tools": {"en": "**Tools**: {tools}", "ko": "**도구**: {tools}"},
    "time": {"en": "**Time**: {seconds} s{stages}", "ko": "**시간**: {seconds}초{stages}"},
    "stage": {"en": "{name} {seconds} s", "ko": "{name} {seconds}초"},
    "stage_understand": {"en": "understanding", "ko": "이해"},
    "stage_search": {"en": "searching", "ko": "검색"},
    "stage_rerank": {"en": "ordering", "ko": "정렬"},
    "stage_draft": {"en": "writing", "ko": "작성"},
    "stage_verify": {"en": "checking", "ko": "확인"},
    "tokens": {
        "en": "**Tokens**: {read} read, {written} written{estimated}",
        "ko": "**토큰**: 읽기 {read}, 쓰기 {written}{estimated}",
    },
    "estimated": {"en": " (partly estimated)", "ko": " (일부 추정)"},
    "money": {
        "en": "**Money**: {usd} here; {reference} for the same tokens at the reference model's list price",
        "ko": "**비용**: 여기서 {usd}; 같은 토큰이 기준 모델의 정가로는 {reference}",
    },
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return a sentence in the person's language."""
    return _WORDS[name][language].format(**fields)


def named(kind: str, name: str, language: Language) -> str:
    """Return the word for a rung, a stage or a purpose; what has none keeps its own name."""
    return _WORDS.get(f"{kind}_{name}", {}).get(language, name)
