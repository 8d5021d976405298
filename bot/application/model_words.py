"""What the model commands say, English and Korean side by side."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": (
            "- `{c}models` the catalogue: health, load, price, accepted drafts\n"
            "- `{c}model disable <name>`, `{c}model enable <name>` take a model out of every ladder, and back\n"
            "- `{c}model shadow <new> <old> 10%` let a new model answer silently beside an old one, and be judged\n"
            "- `{c}model canary <new> here 20%` then let it answer before the old one here, or `all 20%`\n"
            "- `{c}model settle <new>` end that: it is a model like any other"
        ),
        "ko": (
            "- `{c}models` 모델 목록: 상태, 부하, 가격, 채택된 초안\n"
            "- `{c}model disable <이름>`, `{c}model enable <이름>` 모델을 모든 단계에서 빼거나 되돌리기\n"
            "- `{c}model shadow <새 모델> <기존 모델> 10%` 새 모델이 옆에서 조용히 답하고 평가받게 하기\n"
            "- `{c}model canary <새 모델> here 20%` 이 채널에서 기존 모델보다 먼저 답하게 하기. 전체는 `all 20%`\n"
            "- `{c}model settle <새 모델>` 시험을 끝내고 보통 모델로 쓰기"
        ),
    },
    "one": {"en": "**1 model**:", "ko": "**모델 1개**:"},
    "list": {"en": "**{count} models**:", "ko": "**모델 {count}개**:"},
    "stays": {
        "en": "⚠️ {why} The models below stay in use as they were.",
        "ko": "⚠️ 모델 파일에 문제가 있어 이전 목록을 계속 써요: {why}",
    },
    "off": {"en": "switched off", "ko": "꺼짐"},
    "healthy": {"en": "healthy", "ko": "정상"},
    "unseen": {"en": "not looked at yet", "ko": "아직 확인 전"},
    "down": {"en": "⚠️ {why}", "ko": "⚠️ 쓸 수 없음: {why}"},
    "some_down": {
        "en": "⚠️ in {ill} of {all} processes: {why}",
        "ko": "⚠️ 프로세스 {all}개 중 {ill}개에서 쓸 수 없음: {why}",
    },
    "load": {"en": "{running} running, {waiting} waiting", "ko": "실행 {running}, 대기 {waiting}"},
    "gpu_price": {"en": "${usd:g} a GPU hour", "ko": "GPU 시간당 ${usd:g}"},
    "token_price": {
        "en": "${input:g} + ${output:g} a million tokens",
        "ko": "백만 토큰당 입력 ${input:g}, 출력 ${output:g}",
    },
    "hosted": {"en": "hosted outside", "ko": "외부 서버"},
    "untried": {"en": "not tried in the last day", "ko": "최근 하루 동안 쓰지 않음"},
    "tried": {
        "en": "{tried} tries in the last day, {accepted} of {judged} drafts accepted ({share:.0%})",
        "ko": "최근 하루 시도 {tried}번, 초안 {judged}개 중 {accepted}개 채택 ({share:.0%})",
    },
    "unjudged": {"en": "{tried} tries in the last day, no draft", "ko": "최근 하루 시도 {tried}번, 초안 없음"},
    "which": {
        "en": "Which one? `{c}model {verb} <name>`; `{c}models` shows the names.",
        "ko": "어느 모델인가요? `{c}model {verb} <이름>`. 이름은 `{c}models`에 있어요.",
    },
    "no_model": {
        "en": "There is no model `{name}` in the catalogue: `{c}models` shows the names.",
        "ko": "`{name}`: 목록에 없는 모델이에요. 이름은 `{c}models`에 있어요.",
    },
    "disabled": {
        "en": "`{name}` is switched off: within 5 seconds no answer asks it any more. What it is writing is finished.",
        "ko": "`{name}` 모델을 껐어요. 5초 안에 어떤 답도 이 모델에 묻지 않아요. 지금 쓰던 답은 끝까지 써요.",
    },
    "last": {
        "en": "No other model can answer now: I quote documents until one is back.",
        "ko": "지금은 답할 수 있는 다른 모델이 없어요. 다시 켤 때까지는 문서를 인용해 드려요.",
    },
    "enabled": {
        "en": "`{name}` is back: within 5 seconds it is asked again.",
        "ko": "`{name}` 모델을 다시 켰어요. 5초 안에 다시 쓰여요.",
    },
    "shadows": {
        "en": "shadow of {old} for {share:.0%}: {record}",
        "ko": "{old}의 그림자, {share:.0%}: {record}",
    },
    "canaries": {
        "en": "canary before {old} for {share:.0%} {where}: {record}",
        "ko": "{old}보다 먼저 답하는 카나리아, {where} {share:.0%}: {record}",
    },
    "demoted": {
        "en": "⚠️ demoted, in no ladder: {why}",
        "ko": "⚠️ 강등되어 쓰이지 않음: 새 모델 {mine}, {old} {its}",
    },
    "everywhere": {"en": "everywhere", "ko": "모든 곳"},
    "in_channel": {"en": "in {channel}", "ko": "{channel}"},
    "against": {
        "en": "{mine} accepted, the old one {its}",
        "ko": "채택 {mine}, 기존 모델 {its}",
    },
    "usage_shadow": {
        "en": "Usage: `{c}model shadow <new> <old> 10%`; `{c}models` shows the names.",
        "ko": "사용법: `{c}model shadow <새 모델> <기존 모델> 10%`. 이름은 `{c}models`에 있어요.",
    },
    "usage_canary": {
        "en": "Usage: `{c}model canary <new> here 20%`, or `all 20%`, or a channel's id instead of `here`.",
        "ko": "사용법: `{c}model canary <새 모델> here 20%`. `here` 대신 `all`이나 채널 id도 돼요.",
    },
    "same": {"en": "A model cannot take its own place.", "ko": "모델이 자기 자신을 대신할 수는 없어요."},
    "taken": {
        "en": "`{name}` has a part in the rollout of `{other}` already: `{c}model settle {other}` ends that.",
        "ko": "`{name}` 모델은 이미 `{other}`의 시험에 쓰이고 있어요. `{c}model settle {other}`로 끝낼 수 있어요.",
    },
    "no_rollout": {
        "en": "`{name}` is in no rollout: begin with `{c}model shadow {name} <old> 10%`.",
        "ko": "`{name}`: 시험 중이 아니에요. `{c}model shadow {name} <기존 모델> 10%`로 시작해 주세요.",
    },
    "shadow_begun": {
        "en": (
            "`{name}` answers silently beside `{old}` for {share:.0%} of conversations, within 5 seconds. "
            "`{c}models` shows how both are judged."
        ),
        "ko": (
            "5초 안에 `{name}` 모델이 대화의 {share:.0%}에서 `{old}` 옆에서 조용히 답해요. "
            "평가는 `{c}models`에서 볼 수 있어요."
        ),
    },
    "canary_begun": {
        "en": (
            "`{name}` answers before `{old}` for {share:.0%} of conversations {where}, within 5 seconds; where its "
            "draft is not accepted, `{old}` answers. Should it be accepted less often, it is demoted by itself."
        ),
        "ko": (
            "5초 안에 `{name}` 모델이 `{old}`보다 먼저 대화의 {share:.0%}에서 답해요 ({where}). 초안이 채택되지 않으면 "
            "`{old}` 모델이 답하고, 채택률이 떨어지면 스스로 물러나요."
        ),
    },
    "settled": {
        "en": "The rollout of `{name}` is over: within 5 seconds it is one like any other, asked for its own tasks.",
        "ko": "`{name}` 시험을 끝냈어요. 5초 안에 맡은 일의 단계에 보통 모델로 들어가요.",
    },
    "as_it_was": {"en": "`{name}` is so already.", "ko": "`{name}`: 이미 그런 상태예요."},
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return a command's sentence in the person's language."""
    return _WORDS[name][language].format(**fields)
