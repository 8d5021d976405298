"""Maru's fixed sentences, English and Korean side by side; braces are filled by the caller."""

from bot.domain.language import Language
from bot.generation.knowledge_phrases import OF_KNOWLEDGE

_PHRASES: dict[str, dict[Language, str]] = {
    "greeting": {
        "en": "Hello! Ask me anything your team has written down, and I will answer with the source.",
        "ko": "안녕하세요! 팀 문서에 있는 내용이라면 무엇이든 물어보세요. 출처와 함께 답해 드릴게요.",
    },
    "thanks": {
        "en": "You're welcome!",
        "ko": "천만에요!",
    },
    "chatter": {
        "en": "I'm here. Ask me anything your team has written down.",
        "ko": "네, 듣고 있어요. 팀 문서에 있는 내용이라면 무엇이든 물어보세요.",
    },
    "farewell": {
        "en": "Goodbye! I am here whenever you need me.",
        "ko": "안녕히 가세요! 필요할 때 언제든 불러 주세요.",
    },
    "help": {
        "en": (
            "I am Maru. I answer questions from your team's documents and always show where an answer comes from; "
            "if it is not written there, I say so. Just ask, for example: *how do I roll back a deploy?* "
            "Follow-up questions work too."
        ),
        "ko": (
            "저는 마루예요. 팀 문서에서 답을 찾아 출처와 함께 알려 드리고, 문서에 없으면 없다고 말씀드려요. "
            "예를 들어 이렇게 물어보세요: *배포는 어떻게 롤백하나요?* 이어서 묻는 질문도 알아들어요."
        ),
    },
    "commands": {
        "en": "Commands: `{command}help`, `{command}status`, `{command}kb list`.",
        "ko": "쓸 수 있는 명령: `{command}help`, `{command}status`, `{command}kb list`",
    },
    "empty": {
        "en": "I'm here. What would you like to know? For example: *how do I roll back a deploy?*",
        "ko": "네, 무엇이 궁금하세요? 예: *배포는 어떻게 롤백하나요?*",
    },
    "too_long": {
        "en": "That message is too long for me ({length} characters; I read up to {limit}). Please be shorter.",
        "ko": "메시지가 너무 길어요({length}자, 최대 {limit}자). 더 짧게 물어봐 주세요.",
    },
    "not_found": {
        "en": "That is not in what I know, so I'd rather not guess.",
        "ko": "제가 아는 문서에는 없는 내용이라 추측하지 않을게요.",
    },
    "narrowed_together": {
        "en": "I looked only at what everyone who can read this may read. Ask me in a direct message for more.",
        "ko": "이 대화를 보는 모두가 읽어도 되는 문서만 찾아봤어요. 더 찾으려면 저에게 직접 메시지를 보내 주세요.",
    },
    "narrowed_alone": {
        "en": "I looked only at your own documents and your channels': the workspace's are for its full members.",
        "ko": "본인의 문서와 참여 중인 채널의 문서만 찾아봤어요. 워크스페이스 문서는 정회원만 볼 수 있어요.",
    },
    "nearest": {
        "en": "The nearest I have:",
        "ko": "가장 가까운 내용은 다음과 같아요:",
    },
    "nothing_known": {
        "en": "I have no documents to look in yet. An administrator can add some: `{command}kb add`.",
        "ko": "아직 찾아볼 문서가 없어요. 관리자가 `{command}kb add` 명령으로 추가할 수 있어요.",
    },
    "searching": {"en": "looking through the documents…", "ko": "문서를 찾아보고 있어요…"},
    "writing": {"en": "writing the answer…", "ko": "답을 쓰고 있어요…"},
    "quote": {
        "en": "This is what the document says [1]:",
        "ko": "문서에는 이렇게 적혀 있어요 [1]:",
    },
    "apology": {
        "en": (
            "Sorry, something went wrong on my side and I could not answer. Your question is kept; please ask again "
            "in a moment, or give an administrator this reference: {reference}"
        ),
        "ko": (
            "죄송해요, 문제가 생겨 답을 드리지 못했어요. 질문은 보관되어 있어요. 잠시 뒤 다시 물어보시거나 "
            "관리자에게 이 번호를 알려 주세요: {reference}"
        ),
    },
    "place": {
        "en": (
            "Many questions are waiting: about {before} come before yours. "
            "It is kept, and the answer will follow here. To take it back: `{command}stop`."
        ),
        "ko": (
            "지금 기다리는 질문이 많아요. 앞에 약 {before}개가 있어요. "
            "질문은 받아 두었고, 차례가 되면 여기에 답해 드릴게요. 취소하려면 `{command}stop`이라고 해 주세요."
        ),
    },
    "crowded": {
        "en": "Sorry, too many questions are waiting, so I cannot take this one. Please ask it again in some minutes.",
        "ko": "죄송해요, 기다리는 질문이 너무 많아 이 질문은 받지 못했어요. 몇 분 뒤에 다시 물어봐 주세요.",
    },
    "stopped": {
        "en": "Stopped.",
        "ko": "멈췄어요.",
    },
    "nothing_to_stop": {
        "en": "Nothing of yours is being answered here. `{command}stop` stops everything of yours.",
        "ko": "여기에는 답하고 있는 질문이 없어요. `{command}stop`은 모든 질문을 멈춰요.",
    },
    "nothing_to_stop_anywhere": {
        "en": "Nothing of yours is being answered.",
        "ko": "답하고 있는 질문이 없어요.",
    },
    "capped_small": {
        "en": "*{whose} for {period} is used up, so larger models were not asked.*",
        "ko": "*{period} {whose}를 다 써서 더 큰 모델에는 묻지 않았어요.*",
    },
    "capped_none": {
        "en": "*{whose} for {period} is used up, so no model was asked.*",
        "ko": "*{period} {whose}를 다 써서 모델에는 묻지 않았어요.*",
    },
    "quota_person": {"en": "Your quota", "ko": "본인 한도"},
    "quota_channel": {"en": "This channel's quota", "ko": "채널 한도"},
    "quota_workspace": {"en": "The team's quota", "ko": "팀 한도"},
    "quota_day": {"en": "today", "ko": "오늘"},
    "quota_month": {"en": "this month", "ko": "이번 달"},
    "why_button": {"en": "Why?", "ko": "왜?"},
    "bigger_button": {"en": "Ask the bigger model", "ko": "더 큰 모델에 묻기"},
    "bigger_failed": {
        "en": "The bigger model has no better answer that the documents back. The one above stands.",
        "ko": "더 큰 모델도 문서로 뒷받침되는 더 나은 답을 찾지 못했어요. 위의 답이 그대로예요.",
    },
    "no_bigger": {
        "en": "There is no bigger model that could answer this here.",
        "ko": "여기에는 이 질문에 답할 더 큰 모델이 없어요.",
    },
    "nothing_answered": {
        "en": "I find no answer of mine that this could mean: it never was, or it is forgotten by now.",
        "ko": "어느 답을 말씀하시는지 찾을 수 없어요. 원래 없었거나, 이미 잊은 답이에요.",
    },
    "not_a_question": {
        "en": "That was not answered from documents, so there is nothing that a bigger model could do better.",
        "ko": "문서에서 찾은 답이 아니어서 더 큰 모델이 더 잘할 수 있는 것이 없어요.",
    },
    "not_yours": {
        "en": "That was asked by somebody else, or elsewhere: ask about it where it was said.",
        "ko": "다른 사람이나 다른 곳의 질문이에요. 그 질문이 있던 곳에서 물어봐 주세요.",
    },
    "no_sum": {
        "en": "I can work out sums such as *15% of 240* or *3.5 * 8 + 2*, but I could not read one in this.",
        "ko": "*240의 15%* 또는 *3.5 * 8 + 2* 같은 계산은 할 수 있지만, 여기서는 식을 찾지 못했어요.",
    },
    "no_result": {
        "en": "`{sum}` has no result: nothing can be divided by zero.",
        "ko": "`{sum}`은 값이 없어요. 0으로 나눌 수는 없어요.",
    },
    "no_time": {
        "en": "I can say the time, today's date and how many days it is until a date, but I could not read which.",
        "ko": "시각, 오늘 날짜, 어떤 날까지 남은 날수는 알려 드릴 수 있지만 무엇을 물으셨는지 알아보지 못했어요.",
    },
    "no_reminders_here": {
        "en": "I cannot reach you here later. Ask me for reminders in Slack or Telegram.",
        "ko": "여기서는 나중에 알려 드릴 수 없어요. 슬랙이나 텔레그램에서 부탁해 주세요.",
    },
    "past": {
        "en": "That time is over, or more than {days} days away.",
        "ko": "이미 지난 시각이거나 {days}일보다 먼 날이에요.",
    },
    "reminder": {"en": "Reminder: {what}", "ko": "알림: {what}"},
    "reminder_set": {
        "en": "I will remind you here: *{what}*, {when}.",
        "ko": "여기에서 알려 드릴게요: *{what}*, {when}",
    },
    "only_once": {"en": "Once: I cannot repeat reminders yet.", "ko": "한 번만이에요. 반복 알림은 아직 할 수 없어요."},
    "handed_off": {
        "en": "I have passed this on to {count} administrator(s). They will write to you.",
        "ko": "관리자 {count}명에게 전달했어요. 관리자가 연락드릴 거예요.",
    },
    "handed_off_to": {
        "en": "{who} asks for a person ({where}): {text}",
        "ko": "{who} 님이 사람의 도움을 원해요({where}): {text}",
    },
    "nobody_to_ask": {
        "en": "I know of no administrator whom I could tell from here. Please ask in your team's channel.",
        "ko": "여기서 알릴 수 있는 관리자를 알지 못해요. 팀 채널에 물어봐 주세요.",
    },
    "let_go": {
        "en": "I did not understand, so I let it rest. Just ask again.",
        "ko": "알아듣지 못해서 이 일은 접어 둘게요. 언제든 다시 말씀해 주세요.",
    },
    "taken_back": {"en": "All right, forgotten.", "ko": "네, 없던 일로 할게요."},
    "reminder_cancelled": {"en": "The reminder is cancelled.", "ko": "알림을 취소했어요."},
    "still_waiting": {
        "en": "(I still wait for an answer: {question})",
        "ko": "(아직 답을 기다리고 있어요: {question})",
    },
    "clarify": {"en": "What do you mean?", "ko": "어떤 것을 원하세요?"},
    "no_text_model": {
        "en": "I could not do that well enough here: {why}. I would rather not show you a bad result.",
        "ko": "여기서는 제대로 해 드리지 못했어요: {why}. 틀린 결과를 보여 드리지 않을게요.",
    },
    "no_model": {"en": "no model writes this language", "ko": "이 언어를 쓰는 모델이 없어요"},
    "summary_quote": {
        "en": "The sentences that say most of it:",
        "ko": "내용을 가장 잘 담은 문장이에요:",
    },
    "no_channel_history": {
        "en": "I cannot read a channel here: that takes a Slack channel I was invited to. Paste the text, please.",
        "ko": "여기서는 채널을 읽을 수 없어요. 제가 초대된 슬랙 채널에서만 읽을 수 있어요. 글을 붙여 넣어 주세요.",
    },
    "quiet_day": {
        "en": "Nobody wrote anything in this channel in the last 24 hours.",
        "ko": "지난 24시간 동안 이 채널에 올라온 글이 없어요.",
    },
    "no_data": {
        "en": "No database is connected for questions over data yet, so I cannot run a query.",
        "ko": "아직 조회할 데이터베이스가 연결되어 있지 않아 쿼리를 실행할 수 없어요.",
    },
    "administrators_only": {
        "en": "Sorry, only administrators can do that. This request was noted.",
        "ko": "죄송해요, 관리자만 할 수 있는 일이에요. 요청은 기록해 두었어요.",
    },
    **OF_KNOWLEDGE,
}


STRANGER = (
    "I only talk to people I know: please ask an administrator to admit {id}. (관리자에게 {id} 등록을 요청해 주세요.)"
)
"""The one fixed sentence for people whom nobody let in; the same for all, whatever they wrote."""


def phrase(name: str, language: Language, *, otherwise: str | None = None, **fields: object) -> str:
    """Return a fixed sentence in the person's language; `otherwise` where there is none of that name."""
    if name not in _PHRASES and otherwise is not None:
        return otherwise
    return _PHRASES[name][language].format(**fields)
