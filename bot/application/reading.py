"""Reads any file that Maru reads: text here, everything else by the parser."""

from pathlib import PurePosixPath

from bot.application.indexing import LARGEST_DOCUMENT, read
from bot.domain.documents import Kind, Page, Parsed
from bot.domain.errors import DocumentUnreadable
from bot.domain.refusals import Why
from bot.ports.document_parser import DocumentParser
from bot.retrieval.kinds import CODE, kind_of


def parsed(content: bytes, *, name: str, called: str = "", parser: DocumentParser) -> Parsed:
    """Return the pages of a file. name: for refusals. called: what has its ending, where the name does not.

    Raises DocumentRefused in one clear line.
    """
    kind = kind_of(content, name, called=called)
    if kind is Kind.TEXT:
        return Parsed((Page(read(content, name)),))
    if kind is Kind.CODE:
        return Parsed((Page(_fenced(read(content, name), called or name)),), PurePosixPath(name).name)
    found = parser.parse(content, name=name, kind=kind)
    if sum(len(page.text.encode()) for page in found.pages) > LARGEST_DOCUMENT:
        raise DocumentUnreadable(Why.TOO_MUCH_TEXT, name, megabytes=LARGEST_DOCUMENT // 1_000_000)
    return found


def _fenced(code: str, name: str) -> str:
    """Return source code as one block, behind a fence that is longer than any in it."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}{CODE.get(PurePosixPath(name).suffix.lower(), '')}\n{code}\n{fence}"
