"""Posts final replies to Slack: as the bot into a thread or direct message, or to a slash command's response URL."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address
from bot.domain.errors import (
    DeliveryUncertain,
    FormattingRejected,
    PlatformRateLimited,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.messages import OutgoingMessage, ReplyKey
from integrations.slack.client import WhoAmI, asking, error_word, slack_client
from integrations.slack.render import render, render_plain

# httpx logs whole addresses at INFO, and whoever has a response URL can answer in Maru's name.
logging.getLogger("httpx").setLevel(logging.WARNING)

REPLY_EVENT = "maru_reply"
"""The type of the metadata that carries a reply's key; any app in the workspace can read it."""

_RESPONSE_HOST = "hooks.slack.com"
_PAGE = 200  # messages; Slack recommends no more
_MOST_PAGES = 5
_MOST_ANSWERS = 5  # to one response URL

# When Slack will not let Maru read a conversation, nobody can know whether a reply is there already.
_UNKNOWABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "thread_not_found", "no_permission"})


class SlackPoster:
    """The `ChatPoster` of Slack. Thread-safe; one request per post.

    A long reply goes out as several posts, each with a key of its own (`<key>/<n>`), and a repeated `post` adds only
    those that are missing. The reference is the first post's ts, or `response_url` for a slash command.
    """

    can_look = True

    def __init__(self, *, bot_token: str, api_url: str, timeout_seconds: float = 10.0) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._who_am_i = WhoAmI(self._client)
        host = urlsplit(api_url).hostname or ""
        self._response_hosts = frozenset({_RESPONSE_HOST, host, f"hooks.{host}"})
        # trust_env is off: httpx would read proxies and .netrc, and there is no token to protect on this way
        self._http = httpx.Client(timeout=timeout_seconds, trust_env=False, follow_redirects=False)

    def post(self, message: OutgoingMessage) -> str:
        """Post all parts and return the reference of the first.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PostRejected.
        """
        if message.address.response_url is not None:
            return self._respond(message.address.response_url, message)
        parts, plain = render(message.reply), render_plain(message.reply)
        try:
            return self._post_parts(message, parts, mrkdwn=True)
        except FormattingRejected:
            return self._post_plain(message, plain)

    def find(self, message: OutgoingMessage) -> str | None:
        """Return the first post's ts if every part of this reply is there, None if not or if nobody can know.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited.
        """
        if message.address.response_url is not None:
            return None
        keys = _keys(message.key, len(render(message.reply)))
        posted = self._posted(message.address, keys)
        return posted[keys[0]] if all(key in posted for key in keys) else None

    def close(self) -> None:
        """Close the connections kept for response URLs."""
        self._http.close()

    def _post_plain(self, message: OutgoingMessage, parts: list[str]) -> str:
        try:
            return self._post_parts(message, parts, mrkdwn=False)
        except FormattingRejected as refusal:
            raise PostRejected(str(refusal)) from refusal

    def _post_parts(self, message: OutgoingMessage, parts: list[str], *, mrkdwn: bool) -> str:
        keys = _keys(message.key, len(parts))
        posted = self._posted(message.address, keys) if len(parts) > 1 else {}
        for key, text in zip(keys, parts, strict=True):
            if key not in posted:
                posted[key] = self._post_one(message.address, key, text, mrkdwn=mrkdwn)
        return posted[keys[0]]

    def _post_one(self, address: Address, key: str, text: str, *, mrkdwn: bool) -> str:
        answer: Any = asking(
            "Posting to Slack",
            lambda: self._client.chat_postMessage(
                channel=address.channel,
                thread_ts=address.thread,
                text=text,
                mrkdwn=mrkdwn,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": REPLY_EVENT, "event_payload": {"key": key}},
            ),
        )
        return str(answer["ts"])

    def _posted(self, address: Address, keys: list[str]) -> dict[str, str]:
        """Return the ts of those of our own posts that carry one of the keys."""
        posted: dict[str, str] = {}
        try:
            own = self._who_am_i()
            for said in self._said_since(address):
                key = _key_of(said)
                mine = said.get("user") == own.user or (own.bot != "" and said.get("bot_id") == own.bot)
                if mine and key in keys:
                    posted[key] = str(said["ts"])
        except PostRejected as refusal:
            cause = refusal.__cause__
            if isinstance(cause, SlackApiError) and error_word(cause) in _UNKNOWABLE:
                return {}
            raise PlatformUnavailable(str(refusal)) from refusal
        return posted

    def _said_since(self, address: Address) -> Iterator[Mapping[str, Any]]:
        """Yield what was said where the reply belongs, since the message it answers."""
        where: dict[str, Any] = {"channel": address.channel, "include_all_metadata": True, "limit": _PAGE}
        if address.reply_to is not None:
            where["oldest"] = address.reply_to
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = {**where, **({"cursor": cursor} if cursor else {})}
            answer: Any = asking("Looking for an earlier post in Slack", lambda page=page: self._page(address, page))  # type: ignore[misc]
            yield from answer.get("messages", ())
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _page(self, address: Address, page: Mapping[str, Any]) -> Any:
        if address.thread is not None:
            return self._client.conversations_replies(ts=address.thread, **page)
        return self._client.conversations_history(**page)

    def _respond(self, url: str, message: OutgoingMessage) -> str:
        """Answer a slash command; only the person sees it. Slack takes five answers within 30 minutes."""
        parts = urlsplit(url)
        secure = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.hostname not in self._response_hosts or not secure:
            raise PostRejected(
                "Answering a slash command: its response URL does not lead to Slack, so nothing was sent."
            )
        for text in render(message.reply)[:_MOST_ANSWERS]:
            self._respond_once(url, text)
        return "response_url"

    def _respond_once(self, url: str, text: str) -> None:
        body = {"response_type": "ephemeral", "replace_original": False, "text": text, "mrkdwn": True}
        what = "Answering a slash command"
        try:
            answer = self._http.post(url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as failure:
            raise PlatformUnavailable(f"{what}: Slack cannot be reached.") from failure
        except httpx.HTTPError as failure:
            raise DeliveryUncertain(f"{what}: no answer came from Slack ({type(failure).__name__}).") from failure
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            pause = answer.headers.get("retry-after", "")
            raise PlatformRateLimited(f"{what}: too often.", retry_after=float(pause) if pause.isdigit() else 30.0)
        if answer.status_code >= 500:
            raise PlatformUnavailable(f"{what}: Slack could not serve it ({answer.status_code}).")
        if not answer.is_success:
            raise PostRejected(f"{what}: its URL has expired or was used up ({answer.status_code}).")


def _keys(key: ReplyKey, parts: int) -> list[str]:
    return [str(key)] if parts == 1 else [f"{key}/{number}" for number in range(1, parts + 1)]


def _key_of(said: Mapping[str, Any]) -> str:
    metadata = said.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", "")) if metadata.get("event_type") == REPLY_EVENT else ""
