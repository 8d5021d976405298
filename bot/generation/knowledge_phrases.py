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
}
