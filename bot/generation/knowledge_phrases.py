"""Maru's fixed sentences around answers: who vouches for them, how old they are, what people think of them."""

from bot.domain.language import Language

OF_KNOWLEDGE: dict[str, dict[Language, str]] = {
    "curated_by": {"en": "curated by {owner}, {day}", "ko": "{owner} 님이 정리한 답, {day}"},
    "curate_offer": {
        "en": "Thank you. Shall I say this the next time somebody asks *{question}*?",
        "ko": "고마워요. 다음에 누가 *{question}*라고 물으면 이렇게 답할까요?",
    },
    "curate_button": {"en": "Use this next time", "ko": "다음에 이렇게 답하기"},
    "curate_button_says": {"en": "use this next time", "ko": "다음에 이렇게 답해 줘"},
    "curated": {
        "en": "I will answer *{question}* like this, until {until} (curated answer `{number}`).",
        "ko": "*{question}*: {until}까지 이렇게 답할게요 (정리한 답 `{number}`).",
    },
    "curate_what": {
        "en": "What shall I say? Write it here: `{say}: …`",
        "ko": "어떻게 답할까요? 여기에 이렇게 적어 주세요: `{say}: …`",
    },
    "curate_no_question": {
        "en": "No question was asked here yet, so I do not know what this would answer.",
        "ko": "여기서는 아직 질문이 없어서 무엇에 대한 답인지 알 수 없어요.",
    },
    "curate_not_yours": {
        "en": "Only administrators decide that, and who answers a question here that I could not. Nothing was kept.",
        "ko": "제가 답하지 못한 질문에 대신 답해 준 사람이나 관리자만 정할 수 있어요. 아무것도 저장하지 않았어요.",
    },
    "curate_no_space": {
        "en": "I do not know who reads this, so I keep nothing. An administrator can: `curate question => answer`.",
        "ko": "여기서 누가 읽을 수 있는지 알 수 없어 저장하지 않았어요. 관리자는 `curate 질문 => 답`으로 할 수 있어요.",
    },
    "age_day": {"en": "1 day old", "ko": "1일 전"},
    "age_days": {"en": "{count} days old", "ko": "{count}일 전"},
    "age_week": {"en": "1 week old", "ko": "1주 전"},
    "age_weeks": {"en": "{count} weeks old", "ko": "{count}주 전"},
    "age_month": {"en": "1 month old", "ko": "1개월 전"},
    "age_months": {"en": "{count} months old", "ko": "{count}개월 전"},
    "age_year": {"en": "1 year old", "ko": "1년 전"},
    "age_years": {"en": "{count} years old", "ko": "{count}년 전"},
    "contradiction": {
        "en": "The documents disagree; this is what each says, the newest first:",
        "ko": "문서마다 다르게 적혀 있어요. 최근 것부터 보여 드릴게요:",
    },
    "undated": {"en": "no date", "ko": "날짜 없음"},
    "ask_owner_button": {"en": "Ask the owner", "ko": "담당자에게 묻기"},
    "ask_administrator_button": {"en": "Ask an administrator", "ko": "관리자에게 묻기"},
    "asked_owner": {
        "en": "I have passed the question on to {count} person(s). They will write here or to you.",
        "ko": "{count}명에게 질문을 전달했어요. 여기에 쓰거나 직접 연락드릴 거예요.",
    },
    "asked_owner_to": {
        "en": (
            "I could not answer this question, which {who} passes on to you ({where}): *{question}*\n\n"
            "If you answer in that thread and speak to me, I can say the same next time."
        ),
        "ko": (
            "제가 답하지 못한 질문이에요. {who} 님이 전달을 부탁했어요({where}): *{question}*\n\n"
            "그 대화에서 저를 불러 답해 주시면 다음부터는 제가 그렇게 답할 수 있어요."
        ),
    },
}
