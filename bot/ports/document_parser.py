"""Reads files that are not plain text."""

from typing import Protocol

from bot.domain.documents import Kind, Parsed


class DocumentParser(Protocol):
    """Turns a file's bytes into pages of Markdown. Thread-safe."""

    def parse(self, content: bytes, *, name: str, kind: Kind) -> Parsed:
        """Return the text. name: for the refusal.

        Raises DocumentUnreadable, in one clear line, whatever the file does to the parser.
        """
