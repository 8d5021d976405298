"""PDF: the text of each page, with its number."""

import re

import pypdfium2
from pypdfium2 import PdfiumError
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_PAGEOBJ_IMAGE

from bot.domain.documents import Page, Parsed
from bot.domain.refusals import Why
from integrations.documents.limits import Limits, Refused

_HYPHENATED = re.compile(r"[\x02\ufffe\u00ad]\n?")
"""A word that was cut at the end of a line. PDFium marks the hyphen with U+0002 or U+FFFE, by version."""
_SPACES = re.compile(r"[ \t\u00a0]+")


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the pages that have text. Raises Refused: a password, or nothing but pictures (a scan)."""
    try:
        document = pypdfium2.PdfDocument(content)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD:
            raise Refused(Why.LOCKED) from error
        raise Refused(Why.DAMAGED, reason=str(error)) from error
    pages, unread = [], 0
    for number in range(len(document)):
        page = document[number]
        text = _prose(page.get_textpage().get_text_bounded())
        if text:
            pages.append(Page(text, number + 1))
        else:
            unread += any(True for _ in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3))
        page.close()
    if not pages and unread:
        raise Refused(Why.SCANNED, pages=unread)
    return Parsed(tuple(pages), document.get_metadata_value("Title") or None, unread)


def _prose(text: str) -> str:
    """Return lines as Markdown that says nothing by itself: a PDF knows no headings, and a `#` in it is a sign."""
    text = _HYPHENATED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(f"\\{line}" if line.startswith(("#", "```", "~~~", ">")) else line for line in lines).strip()
