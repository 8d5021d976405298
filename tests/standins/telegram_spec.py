"""The few methods of Bot API 10.1 that Maru uses, written down by hand: what a request may carry."""

# method -> parameter -> (kind, required)
PARAMETERS: dict[str, dict[str, tuple[str, bool]]] = {
    "getMe": {},
    "getUpdates": {
        "offset": ("int", False),
        "limit": ("int", False),
        "timeout": ("int", False),
        "allowed_updates": ("strings", False),
    },
    "getWebhookInfo": {},
    "deleteWebhook": {"drop_pending_updates": ("bool", False)},
    "setMyCommands": {"commands": ("objects", True), "scope": ("object", False), "language_code": ("str", False)},
    "sendMessage": {
        "business_connection_id": ("str", False),
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "direct_messages_topic_id": ("int", False),
        "text": ("str", True),
        "parse_mode": ("str", False),
        "entities": ("objects", False),
        "link_preview_options": ("object", False),
        "disable_notification": ("bool", False),
        "protect_content": ("bool", False),
        "allow_paid_broadcast": ("bool", False),
        "message_effect_id": ("str", False),
        "suggested_post_parameters": ("object", False),
        "reply_parameters": ("object", False),
        "reply_markup": ("object", False),
    },
    "sendPhoto": {
        "business_connection_id": ("str", False),
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "direct_messages_topic_id": ("int", False),
        "photo": ("file", True),
        "caption": ("str", False),
        "parse_mode": ("str", False),
        "caption_entities": ("objects", False),
        "show_caption_above_media": ("bool", False),
        "has_spoiler": ("bool", False),
        "disable_notification": ("bool", False),
        "protect_content": ("bool", False),
        "allow_paid_broadcast": ("bool", False),
        "message_effect_id": ("str", False),
        "suggested_post_parameters": ("object", False),
        "reply_parameters": ("object", False),
        "reply_markup": ("object", False),
    },
    "editMessageReplyMarkup": {
        "business_connection_id": ("str", False),
        "chat_id": ("chat", False),
        "message_id": ("int", False),
        "inline_message_id": ("str", False),
        "reply_markup": ("object", False),
    },
    "answerCallbackQuery": {
        "callback_query_id": ("str", True),
        "text": ("str", False),
        "show_alert": ("bool", False),
        "url": ("str", False),
        "cache_time": ("int", False),
    },
    "sendChatAction": {
        "business_connection_id": ("str", False),
        "chat_id": ("chat", True),
        "message_thread_id": ("int", False),
        "action": ("str", True),
    },
}
FIELDS = {
    "link_preview_options": {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"},
    "reply_markup": {"inline_keyboard"},
    "reply_parameters": {
        "message_id", "chat_id", "allow_sending_without_reply", "quote", "quote_parse_mode", "quote_entities",
        "quote_position", "checklist_task_id", "poll_option_id",
    },
}  # fmt: skip
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
