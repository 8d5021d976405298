"""How often Telegram may be called. Posts, edits and, to be safe, "typing…" share it. Pure.

"1 message a second in a chat, 20 a minute in a group, about 30 a second in all": burst + average never exceed that in
any second or minute.
"""

from bot.ports.rate_limiter import Rate

EVERYTHING = Rate("telegram:all", 20.0, 10)
CHAT_BURST = 3
GROUP_BURST, GROUP_A_MINUTE = 5, 15


def of_chat(chat: str) -> tuple[Rate, ...]:
    """Return what a call to a chat takes from. A group's id begins with a minus, a channel's name with an @."""
    one = Rate(f"telegram:{chat}", 1.0, CHAT_BURST)
    if chat[:1] not in ("-", "@"):
        return one, EVERYTHING
    return one, Rate(f"telegram:group:{chat}", GROUP_A_MINUTE / 60, GROUP_BURST), EVERYTHING
