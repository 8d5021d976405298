"""Word: headings, paragraphs, lists and tables."""

from collections.abc import Iterator
from io import BytesIO

from docx import Document as open_word
from docx.table import Table
from docx.text.paragraph import Paragraph

from bot.domain.documents import Page, Parsed
from integrations.documents.limits import Limits
from integrations.documents.tables import tables


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the body as one text; Word's pages are made when it is printed, so it has none."""
    document = open_word(BytesIO(content))
    blocks = [block for one in document.iter_inner_content() for block in _blocks(one)]
    return Parsed((Page("\n\n".join(blocks)),), document.core_properties.title or None)


def _blocks(one: Paragraph | Table) -> Iterator[str]:
    if isinstance(one, Table):
        yield from tables([cell.text for cell in row.cells] for row in one.rows)
        return
    text = one.text.strip()
    style = (one.style.name or "") if one.style is not None else ""
    if not text:
        return
    if style == "Title":
        yield f"# {_line(text)}"
    elif style.startswith("Heading ") and style[8:].isdigit():
        yield f"{'#' * min(int(style[8:]) + 1, 6)} {_line(text)}"
    else:
        yield f"- {text}" if style.startswith("List") else text


def _line(text: str) -> str:
    return " ".join(text.split())
