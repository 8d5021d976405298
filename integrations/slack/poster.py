"""Posts final replies to Slack: as the bot into a thread or direct message, or to a slash command's response URL."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address
from bot.domain.errors import (
    DeliveryUncertain,
    FormattingRejected,
    MaruError,
    PermanentError,
    PlatformRateLimited,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.messages import Button, OutgoingMessage, ReplyKey
from bot.ports.chat_poster import Post
from bot.ports.rate_limiter import Rate
from integrations.slack import rates
from integrations.slack.buttons import blocks
from integrations.slack.client import WhoAmI, asking, error_word, slack_client
from integrations.slack.picture import ELSEWHERE, SlackPicture, Uploads, can_show
from integrations.slack.refusals import TooLong
from integrations.slack.render import pieces, render

# httpx logs whole addresses at INFO, and whoever has a response URL can answer in Maru's name.
logging.getLogger("httpx").setLevel(logging.WARNING)

REPLY_EVENT = "maru_reply"
"""The type of the metadata that carries a reply's key; any app in the workspace can read it."""

_RESPONSE_HOST = "hooks.slack.com"
_PAGE = 200  # messages; Slack recommends no more
_MOST_PAGES = 5
_MOST_ANSWERS = 5  # to one response URL

MORE = (
    "There is more, but Slack takes only so much as the answer to a command. The same words show all of it in a shell "
    "where Maru runs: `maru kb list`. (전체는 Maru가 도는 서버의 셸에서 같은 명령으로 볼 수 있어요.)"
)
"""The last post of an answer that does not fit; the reply's language is not known here."""

# When Slack will not let Maru read a conversation, nobody can know whether a reply is there already.
_UNKNOWABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "thread_not_found", "no_permission"})


class SlackPoster:
    """The `ChatPoster` of Slack. Thread-safe.

    A long reply goes out as several posts, each with a key of its own (`<key>/<n>`). The reference of a post is its ts,
    or `response_url` for a slash command.
    """

    def __init__(self, *, bot_token: str, api_url: str, timeout_seconds: float = 6.0) -> None:
        """timeout_seconds: for connecting, and again for the answer."""
        self.seconds = 2 * timeout_seconds
        self._line = _Line(bot_token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)

    def posts(self, message: OutgoingMessage) -> Sequence[Post]:
        """Return the reply's posts in order: the words, and then the picture."""
        picture, address = message.reply.picture, message.address
        words = self._words(message, hint=picture is not None and not can_show(address))
        if picture is None or not can_show(address):
            return words
        return [*words, SlackPicture(self._line.uploads, address, picture)]

    def _words(self, message: OutgoingMessage, *, hint: bool) -> list["SlackPost"]:
        texts = render(replace(message.reply, text=f"{message.reply.text}\n\n{ELSEWHERE}") if hint else message.reply)
        if message.address.response_url is not None and len(texts) > _MOST_ANSWERS:
            texts = [*texts[: _MOST_ANSWERS - 1], MORE]
        keys = _keys(message.key, len(texts))
        words = [SlackPost(self._line, message.address, key, text) for key, text in zip(keys, texts, strict=True)]
        return [*words[:-1], replace(words[-1], buttons=message.reply.buttons)]

    def close(self) -> None:
        """Close the connections kept for response URLs."""
        self._line.http.close()


class _Line:
    """The clients that all posts share."""

    def __init__(self, *, bot_token: str, api_url: str, timeout_seconds: float) -> None:
        self.web = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self.who_am_i = WhoAmI(self.web)
        host = urlsplit(api_url).hostname or ""
        self.response_hosts = frozenset({_RESPONSE_HOST, host, f"hooks.{host}"})
        # trust_env is off: httpx would read proxies and .netrc, and there is no token to protect on this way
        self.http = httpx.Client(timeout=timeout_seconds, trust_env=False, follow_redirects=False)
        self.uploads = Uploads(bot_token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds, http=self.http)


@dataclass(frozen=True, slots=True)
class SlackPost:
    """The `Post` of Slack. Where it is sent in pieces or unformatted, it has no buttons."""

    line: _Line
    address: Address
    key: str
    text: str
    buttons: tuple[Button, ...] = ()

    @property
    def rates(self) -> Sequence[Rate]:
        """The channel's rate and the method's."""
        return rates.posting(self.address)

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """The rate of the method that reads."""
        return rates.looking(self.address)

    @property
    def can_look(self) -> bool:
        """Tell whether it can be found: answers to a slash command are nobody's to read."""
        return self.address.response_url is None

    @property
    def sees_all(self) -> bool:
        """Tell the same: the history shows whatever was posted."""
        return self.can_look

    def send(self) -> str:
        """Send it and return its ts.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PlatformUnauthorised, PostRejected.
        """
        if self.address.response_url is not None:
            return self._respond(self.address.response_url)
        try:
            return self._post(self.key, self.text, mrkdwn=True, under=self.buttons)
        except TooLong:
            return self._in_pieces()
        except FormattingRejected:
            return self._plain(self.key, self.text)

    def find(self) -> str | None:
        """Return the ts of an earlier post of this key, None if there is none or nobody can know.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PlatformUnauthorised.
        """
        if not self.can_look:
            return None
        cut = _keys_of_pieces(self.key, pieces(self.text))
        posted = self._posted({self.key, *cut})
        if self.key in posted or all(key in posted for key in cut):
            return posted.get(self.key) or posted[next(iter(cut))]
        return None

    def _in_pieces(self) -> str:
        """Send what is not there yet of a post that was too long, and return the first piece's ts."""
        cut = _keys_of_pieces(self.key, pieces(self.text))
        posted = self._posted(set(cut))
        for key, text in cut.items():
            if key not in posted:
                posted[key] = self._plain(key, text, mrkdwn=True)
        return posted[next(iter(cut))]

    def _plain(self, key: str, text: str, *, mrkdwn: bool = False) -> str:
        try:
            return self._post(key, text, mrkdwn=mrkdwn)
        except FormattingRejected as refusal:
            raise PostRejected(str(refusal)) from refusal

    def _post(self, key: str, text: str, *, mrkdwn: bool, under: Sequence[Button] = ()) -> str:
        shown = blocks(text, under)
        answer: Any = asking(
            "Posting to Slack",
            lambda: self.line.web.chat_postMessage(
                channel=self.address.channel,
                thread_ts=self.address.thread,
                text=text,
                mrkdwn=mrkdwn,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": REPLY_EVENT, "event_payload": {"key": key}},
                blocks=shown or None,
            ),
        )
        return str(answer["ts"])

    def _posted(self, keys: set[str]) -> dict[str, str]:
        """Return the ts of those of our own posts that carry one of the keys."""
        posted: dict[str, str] = {}
        try:
            own = self.line.who_am_i()
            for said in self._said_since():
                key = _key_of(said)
                mine = said.get("user") == own.user or (own.bot != "" and said.get("bot_id") == own.bot)
                if mine and key in keys:
                    posted[key] = str(said["ts"])
        except MaruError as refusal:
            cause = refusal.__cause__
            if isinstance(cause, SlackApiError) and error_word(cause) in _UNKNOWABLE:
                return {}
            if isinstance(refusal, PermanentError):
                raise PlatformUnavailable(str(refusal)) from refusal
            raise
        return posted

    def _said_since(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was said where the reply belongs, since the message it answers."""
        where: dict[str, Any] = {"channel": self.address.channel, "include_all_metadata": True, "limit": _PAGE}
        if self.address.reply_to is not None:
            where["oldest"] = self.address.reply_to
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = {**where, **({"cursor": cursor} if cursor else {})}
            answer: Any = asking("Looking for an earlier post in Slack", lambda page=page: self._page(page))  # type: ignore[misc]
            yield from answer.get("messages", ())
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _page(self, page: Mapping[str, Any]) -> Any:
        if self.address.thread is not None:
            return self.line.web.conversations_replies(ts=self.address.thread, **page)
        return self.line.web.conversations_history(**page)

    def _respond(self, url: str) -> str:
        """Answer a slash command; only the person sees it. Slack takes five answers within 30 minutes."""
        parts = urlsplit(url)
        secure = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.hostname not in self.line.response_hosts or not secure:
            raise PostRejected(
                "Answering a slash command: its response URL does not lead to Slack, so nothing was sent."
            )
        body = {"response_type": "ephemeral", "replace_original": False, "text": self.text, "mrkdwn": True}
        body |= {"blocks": shown} if (shown := blocks(self.text, self.buttons)) else {}
        what = "Answering a slash command"
        try:
            answer = self.line.http.post(url, json=body)
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
        return "response_url"


def _keys(key: ReplyKey, parts: int) -> list[str]:
    return [str(key)] if parts == 1 else [f"{key}/{number}" for number in range(1, parts + 1)]


def _keys_of_pieces(key: str, texts: Sequence[str]) -> dict[str, str]:
    return {f"{key}.{number}": text for number, text in enumerate(texts, start=1)}


def _key_of(said: Mapping[str, Any]) -> str:
    metadata = said.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", "")) if metadata.get("event_type") == REPLY_EVENT else ""
