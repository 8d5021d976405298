"""What people see on the platforms' stand-ins, by channel or chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.acceptance.house import ANSWER_SECONDS, eventually
from tests.standins.slack import SlackStandIn
from tests.standins.telegram import Sent, TelegramStandIn


@dataclass(frozen=True, slots=True)
class SlackScreen:
    """A workspace's screens."""

    platform: SlackStandIn

    def posts(self, channel: str) -> list[dict[str, Any]]:
        """Return Maru's posts in a channel, oldest first."""
        return [post for post in list(self.platform.posts) if post["channel"] == channel]

    def wait(self, channel: str, count: int = 1, *, seconds: float = ANSWER_SECONDS) -> list[dict[str, Any]]:
        """Return the posts of a channel once there are so many."""
        eventually(lambda: len(self.posts(channel)) >= count, f"{count} posts in {channel}", seconds=seconds)
        return self.posts(channel)

    def wait_eyes(self, message: Mapping[str, Any], *, seconds: float = ANSWER_SECONDS) -> None:
        """Wait for the sign of life under a message."""
        event = message["event"]
        sign = (event["channel"], event["ts"], "eyes")
        eventually(lambda: sign in self.platform.reactions, f"eyes under {event['text']!r}", seconds=seconds)

    def wait_response(self, command: Mapping[str, str]) -> dict[str, Any]:
        """Return what answered a slash command."""
        path = urlsplit(command["response_url"]).path
        return eventually(
            lambda: [one for one in list(self.platform.responses) if one["url"] == path],
            f"an answer to /maru {command['text'][:40]}",
        )[0]


@dataclass(frozen=True, slots=True)
class TelegramScreen:
    """Everybody's Telegram."""

    platform: TelegramStandIn

    def sent(self, chat: int) -> list[Sent]:
        """Return Maru's messages in a chat, oldest first."""
        return [sent for sent in list(self.platform.sent) if sent.chat_id == chat]

    def wait(self, chat: int, count: int = 1) -> list[Sent]:
        """Return the messages of a chat once there are so many."""
        eventually(lambda: len(self.sent(chat)) >= count, f"{count} messages in chat {chat}")
        return self.sent(chat)

    def wait_typing(self, chat: int) -> None:
        """Wait for the sign of life in a chat."""
        eventually(
            lambda: (chat, "typing") in [(one.chat_id, one.action) for one in list(self.platform.actions)],
            f"typing in chat {chat}",
        )
