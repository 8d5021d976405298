"""Real files of every kind that Maru reads, made in memory."""

import zipfile
from email.message import EmailMessage
from io import BytesIO

from docx import Document
from openpyxl import Workbook
from pptx import Presentation


def pdf(*pages: str, picture: bool = False, title: str | None = None) -> bytes:
    """Return a PDF by hand, a page a text, in any script: a font of 16-bit codes with its table back to Unicode.

    picture: a grey image on every page, as a scanner makes them.
    """
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    resources = "<< /Font << /F 3 0 R >> /XObject << /I 6 0 R >> >>"
    letters = sorted({letter for page in pages for letter in page if letter != "\n"})
    table = "\n".join(f"<{ord(letter):04x}> <{ord(letter):04x}>" for letter in letters)
    unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(letters)} beginbfchar\n{table}\nendbfchar\n"
        "endcmap end end"
    )
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [4 0 R]"
        b" /ToUnicode 5 0 R >>",
        4: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /DW 500 /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        5: _stream("", unicode.encode()),
        6: _stream(
            "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8", b"abcd"
        ),
        7: b"<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontBBox [0 0 500 500] /ItalicAngle 0 /Ascent 500"
        b" /Descent 0 /CapHeight 500 /StemV 50 >>",
        8: f"<< /Title <feff{(title or '').encode('utf-16-be').hex()}> >>".encode(),
    }
    for number, page in enumerate(pages):
        content = "q 400 0 0 400 50 50 cm /I Do Q\n" if picture else ""
        for place, line in enumerate(page.split("\n")):
            content += f"BT /F 12 Tf 50 {780 - 16 * place} Td <{line.encode('utf-16-be').hex()}> Tj ET\n"
        objects[10 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {resources}"
            f" /Contents {11 + 2 * number} 0 R >>"
        ).encode()
        objects[11 + 2 * number] = _stream("", content.encode())
    written = b"%PDF-1.7\n"
    places = {}
    for number, body in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        written += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    return written + b"trailer << /Size %d /Root 1 0 R /Info 8 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def _stream(entries: str, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(data), data)


def word() -> bytes:
    """Return a Word file: title, headings, a list, a table."""
    document = Document()
    document.core_properties.title = ""
    document.add_heading("Deploys", 0)
    document.add_paragraph("How we ship.")
    document.add_heading("Rolling back", 1)
    document.add_paragraph("Run shipit rollback.")
    document.add_paragraph("It takes two minutes.", style="List Bullet")
    document.add_heading("한도", 2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["what", "most", "숙박", "180,000"], strict=True
    ):
        cell.text = text
    return _saved(document)


def slides() -> bytes:
    """Return a PowerPoint file of two slides, the second with notes."""
    show = Presentation()
    for title, text, notes in (
        ("Plan", "Ship it\nTest it", None),
        ("일정", "금요일에는 배포하지 않습니다.", "Say it twice."),
    ):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return _saved(show)


def sheets(rows: int = 2) -> bytes:
    """Return an Excel file of two sheets."""
    book = Workbook()
    book.active.title = "Limits"
    book.active.append(["what", "most"])
    for number in range(rows):
        book.active.append([f"hotel {number}", 180_000 + number])
    other = book.create_sheet("연락처")
    other.append(["name", "phone"])
    other.append(["Kim | Lee", "010-1234"])
    return _saved(book)


def mail(*, html: bool = False) -> bytes:
    """Return an e-mail with an attachment."""
    message = EmailMessage()
    message["Subject"] = "배포 일정"
    message["From"] = "Ada <ada@example.com>"
    message["To"] = "ops@example.com"
    text = "No deploys on Friday.\n금요일에는 배포하지 않습니다."
    if html:
        message.set_content(f"<html><body><p>{text}</p></body></html>", subtype="html")
    else:
        message.set_content(text)
    message.add_attachment(b"...", maintype="application", subtype="octet-stream", filename="plan.bin")
    return message.as_bytes()


PAGE = """<!doctype html><html><head><title>Rolling back | Wiki</title></head><body>
<nav><a href="/">Home</a> <a href="/all">Every page of this wiki</a></nav>
<main><h1>Rolling back</h1><p>Run <code>shipit rollback NAME</code> and tell the operations channel about it.
It takes two minutes.</p><h2>한국어</h2><p>배포를 되돌리려면 shipit rollback 을 실행하세요. 2분 걸립니다.</p>
<table><tr><th>what</th><th>most</th></tr><tr><td>hotel</td><td>180,000</td></tr></table></main>
<footer>We use cookies. All rights reserved.</footer></body></html>"""


def bomb(kind: str = "word/document.xml", *, size: int = 400_000_000) -> bytes:
    """Return an Office file whose one part unpacks to zeroes without end."""
    packed = BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(kind, "w", force_zip64=True) as member,
    ):
        for _ in range(size // 1_000_000):
            member.write(b" " * 1_000_000)
    return packed.getvalue()


def _saved(document: object) -> bytes:
    written = BytesIO()
    document.save(written)
    return written.getvalue()
