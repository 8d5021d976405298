"""What a file holds, by its content; a name that says something else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.documents import Kind
from bot.domain.errors import DocumentUnreadable
from bot.domain.refusals import Why
from bot.retrieval.kinds import kind_of
from tests.standins import files

PDF, HTML = files.pdf("text"), files.PAGE.encode()
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "a.pdf", Kind.PDF),
        (PDF, "a.PDF", Kind.PDF),
        (PDF, "a", Kind.PDF),
        (b"junk in front\n" + PDF, "a.pdf", Kind.PDF),
        (files.word(), "a.docx", Kind.DOCX),
        (files.slides(), "https://example.com/a.pptx", Kind.PPTX),
        (files.sheets(), "download", Kind.XLSX),
        (HTML, "a.html", Kind.HTML),
        (b"\xef\xbb\xbf  <!-- x -->\n<HTML>", "index", Kind.HTML),
        (b"<p>a fragment</p>", "a.htm", Kind.HTML),
        (b"<!doctype html><p>{{ name }}", "page.vue", Kind.CODE),
        (files.mail(), "a.eml", Kind.EMAIL),
        (b"a;b\n1;2\n", "a.csv", Kind.CSV),
        (b"def f(): ...", "a.py", Kind.CODE),
        (b"# A", "a.md", Kind.TEXT),
        (b"<p align=center>", "README.md", Kind.TEXT),
        (b"A PDF begins with %PDF-1.7.", "formats.md", Kind.TEXT),
        (b"PK is what archives begin with", "notes", Kind.TEXT),
        (b"", "a.md", Kind.TEXT),
        (b"From: x\nTo: y\n\ntext", "notes.txt", Kind.TEXT),
    ],
)
def test_kinds(content: bytes, name: str, kind: Kind) -> None:
    assert kind_of(content, name) is kind


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (HTML, "report.pdf", "it is called .pdf but holds HTML"),
        (HTML, "page.md", "it is called .md but holds HTML"),
        (b"MZ\x90", "report.docx", "it is called .docx but holds something else"),
        (files.word(), "report.xlsx", "it is called .xlsx but holds Word"),
        (PDF, "notes.txt", "it is called .txt but holds PDF"),
        (b"just text", "letter.eml", "it is called .eml but holds something else"),
    ],
)
def test_lying_names(content: bytes, name: str, words: str) -> None:
    with pytest.raises(DocumentUnreadable) as refusal:
        kind_of(content, name)
    assert refusal.value.why is Why.LYING
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (OLD, Why.OLD_OFFICE),
        (files.bomb("other/member", size=1_000_000), Why.ARCHIVE),
        (b"\x1f\x8b\x08", Why.ARCHIVE),
        (b"7z\xbc\xaf\x27\x1c", Why.ARCHIVE),
    ],
)
def test_what_is_of_no_use(content: bytes, why: Why) -> None:
    with pytest.raises(DocumentUnreadable) as refusal:
        kind_of(content, "a.doc")
    assert refusal.value.why is why


def test_a_link_is_told_by_what_its_server_calls_it() -> None:
    assert kind_of(b"<p>fragment", "https://example.com/page.php?x=1", called="page.php.html") is Kind.HTML


@given(st.binary(max_size=300), st.sampled_from(["a", "a.pdf", "a.md", "a.docx", "a.eml", "a.html", "a.py"]))
def test_any_bytes_have_a_kind_or_a_refusal(content: bytes, name: str) -> None:
    try:
        assert kind_of(content, name) in Kind
    except DocumentUnreadable as refusal:
        assert str(refusal).startswith(f"{name}: skipped")
