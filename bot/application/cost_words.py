"""What `cost` and `quota` say, English and Korean side by side, and how sums are written."""

from math import floor, log10

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "cost_usage": {
        "en": "Usage: `{c}cost [day|week|month] [by person|channel|skill|model]`.",
        "ko": "사용법: `{c}cost [day|week|month] [by person|channel|skill|model]`.",
    },
    "title": {"en": "Cost{by}, {days} (UTC)", "ko": "비용{by}, {days} (UTC)"},
    "own_title": {"en": "Your own cost{by}, {days} (UTC)", "ko": "내 비용{by}, {days} (UTC)"},
    "by_person": {"en": " by person", "ko": " (사람별)"},
    "by_channel": {"en": " by channel", "ko": " (채널별)"},
    "by_skill": {"en": " by skill", "ko": " (기능별)"},
    "by_model": {"en": " by model", "ko": " (모델별)"},
    "nothing_spent": {
        "en": "**{title}**: no model was called.",
        "ko": "**{title}**: 모델을 부른 적이 없어요.",
    },
    "total": {"en": "**Together**", "ko": "**합계**"},
    "account": {
        "en": (
            "{name}: {calls}, {read} tokens read, {written} written, {seconds} s, **{usd}** ({reference}: {compared})"
        ),
        "ko": (
            "{name}: {calls}, 읽은 토큰 {read}, 쓴 토큰 {written}, {seconds}초, **{usd}** ({reference}: {compared})"
        ),
    },
    "call": {"en": "1 call", "ko": "호출 1번"},
    "calls": {"en": "{count} calls", "ko": "호출 {count}번"},
    "cheaper": {"en": "{usd} saved", "ko": "{usd} 절약"},
    "dearer": {"en": "{usd} more here", "ko": "여기가 {usd} 더 비쌈"},
    "idle": {
        "en": (
            "**Idle GPUs**: {idle} of the {whole} that {hours} hours of them cost; with that counted, {compared} "
            "beside the same tokens at list price"
        ),
        "ko": (
            "**쉬는 GPU**: {hours}시간의 GPU 요금 {whole} 중 {idle}; 그것까지 세면, 같은 토큰의 정가에 비해 {compared}"
        ),
    },
    "forgotten": {"en": "people no longer remembered", "ko": "이제 기억하지 않는 사람들"},
    "others": {"en": "{count} others", "ko": "그 외 {count}개"},
    "day": {"en": "day", "ko": "일"},
    "month": {"en": "month", "ko": "월"},
    "quotas": {"en": "**Quotas** (days and months of UTC):", "ko": "**한도** (UTC 기준의 날과 달):"},
    "quota_use": {
        "en": "`{scope}`: {spent} of {usd} a {period} ({share})",
        "ko": "`{scope}`: {period} {usd} 중 {spent} ({share})",
    },
    "no_quotas": {
        "en": "There are no quotas. Set one: `{c}quota set workspace 20/day`.",
        "ko": "한도가 없어요. 정하려면: `{c}quota set workspace 20/day`.",
    },
    "quota_usage": {
        "en": (
            "Usage: `{c}quota set <scope> <dollars>/day|month`, `{c}quota remove <scope>`. A scope is `workspace`, "
            "`person:telegram:42`, `person:slack:TEAM/USER`, `channel:slack:TEAM/CHANNEL`, `channel:telegram:-1001` …"
        ),
        "ko": (
            "사용법: `{c}quota set <범위> <달러>/day|month`, `{c}quota remove <범위>`. 범위는 `workspace`, "
            "`person:telegram:42`, `person:slack:TEAM/USER`, `channel:slack:TEAM/CHANNEL`, `channel:telegram:-1001` …"
        ),
    },
    "quota_set": {
        "en": (
            "`{scope}` may spend {usd} a {period}. Beyond that I answer with small models only, and then I only quote; "
            "all workers know within 5 s."
        ),
        "ko": (
            "`{scope}`: {period} {usd}까지 쓸 수 있어요. 그 뒤에는 작은 모델로만 답하고, 더 지나면 인용만 해요. "
            "모든 워커가 5초 안에 알아요."
        ),
    },
    "no_quota": {"en": "`{scope}` has no quota.", "ko": "`{scope}`: 정해진 한도가 없어요."},
    "quota_gone": {"en": "`{scope}` has no quota any more.", "ko": "`{scope}`: 한도를 없앴어요."},
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return a sentence in the person's language."""
    return _WORDS[name][language].format(**fields)


def dollars(usd: float) -> str:
    """Return a sum of money, small ones to two digits that count: `$0`, `$0.0042`, `$12.34`, `$1,234`."""
    if usd >= 100:
        return f"${usd:,.0f}"
    if usd >= 0.1 or usd <= 0:
        return f"${usd:.2f}" if usd else "$0"
    return f"${usd:.{1 - floor(log10(usd))}f}"


def shortened(number: float) -> str:
    """Return a large number short: `950`, `12.3k`, `4.56M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            scaled = number / (1e3 if unit == "k" else size)
            return f"{scaled:.3g}{unit}" if scaled < 1000 else f"{scaled:,.0f}{unit}"
    return f"{number:,.0f}"
