"""Pictures into Slack: asked for a place, brought there, and shown; only the last of the three can be seen.

Slack cannot be asked whether a picture is there already: no key of ours can go with a file. A doubtful one is shown
once more at most, as on Telegram. It comes after the words, which say the same, so whatever refuses a picture for good
(an app that was installed before it had `files:write`, a channel that takes no files) costs nobody their answer.
"""

import logging
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address
from bot.domain.errors import (
    DeliveryUncertain,
    MaruError,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.messages import Picture
from bot.ports.rate_limiter import Rate
from integrations.slack import rates
from integrations.slack.client import asking, error_word, slack_client

_FILE_HOST = "files.slack.com"

NOT_SHOWN = "picture_not_shown"
"""The reference of a picture that Slack refused."""

ELSEWHERE = (
    "The chart is shown in a direct message: give me the same command there. "
    "(그래프는 저와의 다이렉트 메시지에서 같은 명령으로 볼 수 있어요.)"
)
"""Said instead of a picture where only the person sees the words, but everybody would see the picture."""

_log = logging.getLogger(__name__)


def can_show(address: Address) -> bool:
    """Tell whether a picture would be seen by the same people as the words.

    The answer to a command is seen by one person alone, and cannot carry a file; in a direct message with Maru that
    makes no difference.
    """
    return address.response_url is None or address.channel.startswith("D")


class Uploads:
    """What all pictures share. Thread-safe."""

    def __init__(self, *, bot_token: str, api_url: str, timeout_seconds: float, http: httpx.Client) -> None:
        """timeout_seconds: of one post of words; the three calls of a picture take no longer together."""
        self.seconds = timeout_seconds / 3
        self.web = slack_client(token=bot_token, api_url=api_url, timeout_seconds=self.seconds)
        self.http = http
        self.hosts = frozenset({_FILE_HOST, urlsplit(api_url).hostname or ""})


@dataclass(frozen=True, slots=True)
class SlackPicture:
    """The `Post` of a picture."""

    uploads: Uploads
    address: Address
    picture: Picture

    can_look = False
    sees_all = False

    @property
    def rates(self) -> Sequence[Rate]:
        """The channel's rate and the method's."""
        return rates.showing(self.address)

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """Nothing is asked."""
        return ()

    def send(self) -> str:
        """Show it and return the file's id, or NOT_SHOWN where Slack refuses pictures.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PlatformUnauthorised.
        """
        try:
            file = self._brought()
            return self._shown(file)
        except (PostRejected, PlatformUnauthorised) as refusal:
            if isinstance(refusal, PlatformUnauthorised) and not _lacks_a_right(refusal):
                raise
            _log.warning("picture not shown", extra={"why": str(refusal)})
            return NOT_SHOWN

    def find(self) -> str | None:
        """Return None: nobody can know."""
        return None

    def _brought(self) -> str:
        """Bring the file to Slack, where nobody sees it yet, and return its id."""
        png = b64decode(self.picture.png)
        try:
            place: Any = asking(
                "Bringing a picture to Slack",
                lambda: self.uploads.web.files_getUploadURLExternal(
                    filename=f"{self.picture.name}.png", length=len(png), alt_txt=self.picture.alt
                ),
            )
        except DeliveryUncertain as doubt:
            raise PlatformUnavailable(str(doubt)) from doubt
        self._upload(str(place["upload_url"]), png)
        return str(place["file_id"])

    def _upload(self, url: str, png: bytes) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.hostname not in self.uploads.hosts or not secure:
            raise PostRejected("Bringing a picture to Slack: the address for it is not Slack's.")
        try:
            answer = self.uploads.http.post(url, content=png, timeout=self.uploads.seconds)
        except httpx.HTTPError as failure:
            # Not tried again: where files cannot go out, the words of the next answers must not wait for them.
            raise PostRejected(f"Bringing a picture to Slack failed ({type(failure).__name__}).") from failure
        if not answer.is_success:
            raise PostRejected(f"Slack did not take the picture ({answer.status_code}).")

    def _shown(self, file: str) -> str:
        asking(
            "Showing a picture in Slack",
            lambda: self.uploads.web.files_completeUploadExternal(
                files=[{"id": file, "title": self.picture.alt}],
                channel_id=self.address.channel,
                thread_ts=self.address.thread,
            ),
        )
        return file


def _lacks_a_right(refusal: MaruError) -> bool:
    cause = refusal.__cause__
    return isinstance(cause, SlackApiError) and error_word(cause) == "missing_scope"
