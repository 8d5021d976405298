"""Signs of life, by platform."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bot.domain.conversation import Address, Platform
from bot.domain.events import EventId
from bot.ports.reply_preview import ReplyPreview


class PreviewByPlatform:
    """`ReplyPreview` that asks the platform's own; platforms without one show nothing."""

    def __init__(self, previews: Mapping[Platform, ReplyPreview]) -> None:
        self._previews = previews

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Show a sign of life where the platform can."""
        preview = self._previews.get(address.platform)
        if preview is None:
            yield
            return
        with preview.working(address, event):
            yield

    def stage(self, event: EventId, words: str) -> None:
        """Pass the stage to the platform that the event came from."""
        platform, _, _ = event.partition(":")
        if platform in self._previews:
            self._previews[Platform(platform)].stage(event, words)
