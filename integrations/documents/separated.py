"""CSV and TSV."""

import csv
from io import StringIO

from bot.domain.documents import Page, Parsed
from bot.domain.refusals import Why
from integrations.documents.limits import Limits, Refused
from integrations.documents.tables import tables

SEPARATORS = ",;\t|"
_SAMPLE = 20_000


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the rows as tables. UTF-8, or UTF-16 with its mark, as Excel saves them, or else of Windows."""
    text = decoded(content)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SAMPLE], SEPARATORS)
    except csv.Error:
        dialect = csv.excel
    try:
        found = "\n\n".join(tables(csv.reader(StringIO(text), dialect)))
    except csv.Error as error:
        raise Refused(Why.DAMAGED, reason=str(error)) from error
    return Parsed((Page(found),))


def decoded(content: bytes) -> str:
    """Return the text. Raises Refused where it is none."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for one in (encoding, "cp949", "cp1252"):
        try:
            return content.decode(one)
        except UnicodeDecodeError:
            continue
    raise Refused(Why.DAMAGED, reason="its characters are in no encoding that is known here")
