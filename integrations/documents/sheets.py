"""Excel workbooks: a page for each sheet, with its values."""

from io import BytesIO

from openpyxl import load_workbook

from bot.domain.documents import Page, Parsed
from integrations.documents.limits import Limits
from integrations.documents.tables import tables


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the sheets in order. Formulas count as what they came to when the workbook was saved."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    pages = []
    for number, sheet in enumerate(book.worksheets, start=1):
        found = "\n\n".join(tables(sheet.iter_rows(values_only=True)))
        pages.append(Page(f"## {sheet.title}\n\n{found}" if found else "", number))
    return Parsed(tuple(pages), book.properties.title or None)
