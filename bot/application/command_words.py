"""What the commands say, English and Korean side by side; the command words themselves are the same in both."""

from bot.domain.language import Language

_WORDS: dict[str, dict[Language, str]] = {
    "usage": {
        "en": (
            "**Ask me anything** the team has written down. Commands:\n"
            "- `{c}help` this list\n"
            "- `{c}status` queues, workers, models, encoder, broker, documents, last errors\n"
            "- `{c}stop` stop whatever I am doing for you\n"
            "- `{c}why` how my last answer came about; `{c}bigger` asks a bigger model the same\n"
            "- `{c}kb list` the documents I know\n"
            "- `{c}kb add <text>` teach me a text (administrators)\n"
            "- `{c}kb remove <number>` forget a document (administrators)\n"
            "- `{c}people admit <id>` let a person or a Telegram group talk to me (administrators)\n"
            "- `{c}curate <question> => <answer>`, `{c}curated` answers that people vouch for\n"
            "- `{c}cost [day|week|month] [by person|channel|skill|model]` what models cost you, or everybody\n"
            "- `{c}quota list|set|remove` how much may be spent (administrators)\n"
            "- `{c}models`, `{c}model`, `{c}router` how the models fare, their switches, and where answers start "
            "(administrators)\n"
            "- `{c}skill list` what else I can do; `{c}skill` how to change it (administrators)\n\n"
            "한국어 도움말: `{c}help 한국어`"
        ),
        "ko": (
            "**무엇이든 물어보세요.** 팀 문서에서 답을 찾아 출처와 함께 알려 드려요. 명령:\n"
            "- `{c}help` 이 도움말\n"
            "- `{c}status` 대기열, 워커, 모델, 인코더, 브로커, 문서, 최근 오류\n"
            "- `{c}stop` 지금 하고 있는 일을 멈추기\n"
            "- `{c}why` 마지막 답이 나온 과정; `{c}bigger`는 같은 것을 더 큰 모델에 묻기\n"
            "- `{c}kb list` 아는 문서 목록\n"
            "- `{c}kb add <글>` 글을 가르치기 (관리자)\n"
            "- `{c}kb remove <번호>` 문서를 잊게 하기 (관리자)\n"
            "- `{c}people admit <id>` 사람이나 텔레그램 그룹을 들이기 (관리자)\n"
            "- `{c}curate <질문> => <답>`, `{c}curated` 사람이 정리한 답\n"
            "- `{c}cost [day|week|month] [by person|channel|skill|model]` 모델 비용: 내 것, 관리자는 모두의 것\n"
            "- `{c}quota list|set|remove` 쓸 수 있는 금액 (관리자)\n"
            "- `{c}models`, `{c}model`, `{c}router` 모델의 상태와 스위치 (관리자)\n"
            "- `{c}skill list` 그 밖에 할 수 있는 일, `{c}skill` 바꾸는 방법 (관리자)"
        ),
    },
    "unknown": {"en": "I do not know `{word}`.", "ko": "`{word}`: 모르는 명령이에요."},
    "queues": {
        "en": "**Queues**: {waiting} questions waiting or in work, {sending} replies on their way, {buried} given up",
        "ko": "**대기열**: 기다리거나 답하는 중인 질문 {waiting}개, 보내는 중인 답 {sending}개, 포기한 답 {buried}개",
    },
    "workers": {"en": "**Workers**: {count} ({names})", "ko": "**워커**: {count}개 ({names})"},
    "no_workers": {"en": "none seen in the last 30 s", "ko": "최근 30초 동안 보이지 않음"},
    "models": {"en": "**Models**: {models}", "ko": "**모델**: {models}"},
    "healthy": {"en": "{name} healthy", "ko": "{name} 정상"},
    "silent": {"en": "{name} not answering", "ko": "{name} 응답 없음"},
    "none": {"en": "none", "ko": "없음"},
    "encoder": {"en": "**Encoder**: {health}", "ko": "**인코더**: {health}"},
    "broker": {"en": "**Broker**: {health}", "ko": "**브로커**: {health}"},
    "database": {"en": "**Database**: {health}", "ko": "**데이터베이스**: {health}"},
    "answers": {"en": "answers", "ko": "정상"},
    "late": {"en": "no answer within {seconds:g} s", "ko": "{seconds:g}초 안에 응답 없음"},
    "trouble": {"en": "{why}", "ko": "응답 없음 (이유는 서버에서 `maru doctor`)"},
    "documents": {
        "en": "**Documents**: {documents} ({chunks}{waiting})",
        "ko": "**문서**: {documents}개 ({chunks}{waiting})",
    },
    "unembedded": {"en": ", {count} waiting for embedding", "ko": ", 임베딩 대기 {count}개"},
    "errors": {"en": "**Last errors**: {count}", "ko": "**최근 오류**: {count}"},
    "no_documents": {"en": "I know no documents yet.", "ko": "아직 아는 문서가 없어요."},
    "list": {"en": "**{documents}**:", "ko": "**{documents}**:"},
    "more_documents": {
        "en": "…and {count} more: `maru kb list` in a shell",
        "ko": "…그 외 {count}개: 셸에서 `maru kb list`",
    },
    "sample": {"en": ", sample", "ko": ", 예시"},
    "no_links": {
        "en": "I cannot fetch links yet: paste the text itself, or run `maru kb add PATH` on the server.",
        "ko": "링크는 아직 가져올 수 없어요. 글을 직접 붙여 넣거나, 서버에서 `maru kb add PATH`를 실행해 주세요.",
    },
    "empty_text": {
        "en": "Your text is empty. Usage: `{c}kb add <text>`.",
        "ko": "글이 비어 있어요. 사용법: `{c}kb add <글>`.",
    },
    "refused_text": {
        "en": "{why} Usage: `{c}kb add <text>`.",
        "ko": (
            "이 글에서는 배울 내용을 찾지 못했어요. 제목만 있거나, 너무 길거나, 읽을 수 없는 글이에요. "
            "사용법: `{c}kb add <글>`."
        ),
    },
    "known": {"en": "I know that text already: “{title}”.", "ko": "이미 아는 글이에요: “{title}”."},
    "learned": {
        "en": "Learned “{title}” as document `{document}` ({chunks}). Ask me about it now.",
        "ko": "배웠어요: “{title}”, 문서 번호 `{document}` ({chunks}). 이제 물어보세요.",
    },
    "sample_gone": {"en": "The sample handbook is gone now.", "ko": "예시 안내서는 이제 지워졌어요."},
    "which_document": {
        "en": "Which one? `{c}kb list` shows the numbers; then `{c}kb remove <number>`.",
        "ko": "어느 문서인가요? 번호는 `{c}kb list`에 있어요. 그다음 `{c}kb remove <번호>`.",
    },
    "forgot": {"en": "Forgot “{title}” ({source}).", "ko": "잊었어요: “{title}” ({source})."},
    # Also said when it was removed and only the record of that failed, so that the command ran a second time.
    "no_document": {
        "en": "There is no document {number}: it never was, or it is forgotten by now.",
        "ko": "{number}번 문서는 없어요. 원래 없었거나, 이미 잊은 문서예요.",
    },
    "who": {
        "en": "Who? `{c}people admit <id>`: the number that I told them, or `slack:TEAM/USER`.",
        "ko": "누구인가요? `{c}people admit <id>`: 제가 그 사람에게 알려 준 번호, 또는 `slack:TEAM/USER`.",
    },
    "admitted": {"en": "{who} may talk to me now.", "ko": "{who}: 이제 저와 이야기할 수 있어요."},
}

_UNITS: dict[str, dict[Language, tuple[str, str]]] = {
    "chunk": {"en": ("{count} chunk", "{count} chunks"), "ko": ("조각 {count}개", "조각 {count}개")},
    "document": {"en": ("{count} document", "{count} documents"), "ko": ("문서 {count}개", "문서 {count}개")},
}


def say(name: str, language: Language, /, **fields: object) -> str:
    """Return a command's sentence in the person's language."""
    return _WORDS[name][language].format(**fields)


def counted(count: int, unit: str, language: Language) -> str:
    """Return a number with its unit: `1 chunk`, `2 chunks`, `조각 2개`."""
    one, many = _UNITS[unit][language]
    return (one if count == 1 else many).format(count=count)
