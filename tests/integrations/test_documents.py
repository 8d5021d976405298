"""Real files through the real libraries, in the real child process; and what files do to parsers."""

import os
import resource
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from bot.application.reading import parsed
from bot.domain.documents import Kind, Page, Parsed
from bot.domain.errors import DocumentRefused, DocumentUnreadable
from bot.domain.refusals import Why
from bot.retrieval.splitter import split_pages
from integrations.documents.limits import Limits
from integrations.documents.parser import ChildParser
from tests.standins import files

LIMITS = Limits()


def read(content: bytes, name: str, *, parser: ChildParser | None = None) -> Parsed:
    return parsed(content, name=name, parser=parser or ChildParser())


def refusal(content: bytes, name: str, *, parser: ChildParser | None = None) -> DocumentUnreadable:
    with pytest.raises(DocumentUnreadable) as refused:
        read(content, name, parser=parser)
    assert str(refused.value).startswith(f"{name}: skipped, ")
    assert "\n" not in str(refused.value)
    assert "?" not in str(refused.value), "a fact is missing"
    return refused.value


class TestFormats:
    def test_a_pdf_of_three_pages_in_two_languages(self) -> None:
        content = files.pdf(
            "Deploys happen on Tues-\nday.\n# no heading",
            "배포를 되돌리려면\nshipit rollback",
            "Last page.",
            title="수첩",
        )
        found = read(content, "handbook.pdf")
        assert found == Parsed(
            (
                Page("Deploys happen on Tuesday.\n\\# no heading", 1),
                Page("배포를 되돌리려면\nshipit rollback", 2),
                Page("Last page.", 3),
            ),
            "수첩",
        )
        chunks = split_pages(found.pages, "수첩")
        assert [(chunk.title_path, chunk.page) for chunk in chunks] == [(("수첩",), 1), (("수첩",), 2), (("수첩",), 3)]

    def test_pages_without_text_keep_the_numbers_of_the_others(self) -> None:
        assert [page.number for page in read(files.pdf("one", "", "three"), "a.pdf").pages] == [1, 3]

    def test_a_scan_is_recognised(self) -> None:
        said = refusal(files.pdf("", "", picture=True), "scan.pdf")
        assert said.why is Why.SCANNED
        assert "all its pages (2) are pictures without text (a scan)" in str(said)

    def test_a_scan_in_part_is_read_in_part(self) -> None:
        found = read(files.pdf("cover", "", "", picture=True), "a.pdf")
        assert ([page.number for page in found.pages], found.unread) == ([1], 2)

    def test_word(self) -> None:
        (page,) = read(files.word(), "a.docx").pages
        assert page == Page(
            "# Deploys\n\nHow we ship.\n\n## Rolling back\n\nRun shipit rollback.\n\n- It takes two minutes.\n\n"
            "### 한도\n\n| what | most |\n|---|---|\n| 숙박 | 180,000 |"
        )

    def test_powerpoint(self) -> None:
        assert read(files.slides(), "a.pptx").pages == (
            Page("## Plan\n\n- Ship it\n- Test it", 1),
            Page("## 일정\n\n금요일에는 배포하지 않습니다.\n\nSay it twice.", 2),
        )

    def test_excel(self) -> None:
        assert read(files.sheets(), "a.xlsx").pages == (
            Page("## Limits\n\n| what | most |\n|---|---|\n| hotel 0 | 180000 |\n| hotel 1 | 180001 |", 1),
            Page("## 연락처\n\n| name | phone |\n|---|---|\n| Kim \\| Lee | 010-1234 |", 2),
        )

    def test_every_chunk_of_a_long_sheet_has_the_tables_head(self) -> None:
        chunks = split_pages(read(files.sheets(rows=300), "a.xlsx").pages, "a")
        first = [chunk for chunk in chunks if chunk.page == 1]
        assert len(first) > 5
        assert all(chunk.text.startswith("| what | most |\n|---|---|\n| hotel") for chunk in first)
        assert sum(chunk.text.count("| hotel") for chunk in first) == 300

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
    def test_csv_as_excel_saves_it(self, encoding: str) -> None:
        (page,) = read("이름;값\nKim;3\n\nLee;4\n".encode(encoding), "a.csv").pages
        assert page.text == "| 이름 | 값 |\n|---|---|\n| Kim | 3 |\n| Lee | 4 |"

    @pytest.mark.parametrize("html", [False, True])
    def test_mail(self, html: bool) -> None:
        found = read(files.mail(html=html), "a.eml")
        assert found.title == "배포 일정"
        text = found.pages[0].text
        assert text.startswith("From: Ada <ada@example.com>")
        assert "No deploys on Friday." in text
        assert "금요일에는 배포하지 않습니다." in text
        assert text.endswith("Attachments (not read): plan.bin")
        assert "<p>" not in text

    def test_a_page_without_its_navigation(self) -> None:
        found = read(files.PAGE.encode(), "a.html")
        text = found.pages[0].text
        assert text.startswith("# Rolling back\n\nRun `shipit rollback NAME`")
        assert "## 한국어\n\n배포를 되돌리려면" in text
        assert "| hotel | 180,000 |" in text
        assert "Every page of this wiki" not in text
        assert "cookies" not in text

    def test_source_code_is_fenced_here(self) -> None:
        found = read(b"def f():\n    '''```'''\n", "deep/tool.py")
        assert found == Parsed((Page("````python\ndef f():\n    '''```'''\n\n````"),), "tool.py")

    def test_markdown_needs_no_process(self) -> None:
        nobody = ChildParser(program=("/nonexistent",))
        assert read(b"# A\n\ntext", "a.md", parser=nobody) == Parsed((Page("# A\n\ntext"),))


class TestBadFiles:
    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"%PDF-1.7 and then nothing", "a.pdf"),
            (files.word()[:-200], "a.docx"),
            (files.pdf("text")[:300], "b.pdf"),
        ],
    )
    def test_damaged(self, content: bytes, name: str) -> None:
        if name == "a.docx":
            content += b"word/document.xml"
        assert refusal(content, name).why is Why.DAMAGED

    def test_a_broken_part_of_an_office_file(self) -> None:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("ppt/presentation.xml", "<broken")
        assert refusal(packed.getvalue(), "a.pptx").why is Why.DAMAGED

    def test_without_text(self) -> None:
        assert refusal(files.pdf("", ""), "a.pdf").why is Why.NO_TEXT
        assert refusal(b"<html></html>", "a.html").why is Why.NO_TEXT
        assert refusal(b"\n\n", "a.csv").why is Why.NO_TEXT

    def test_a_zip_bomb_is_not_unpacked(self) -> None:
        bomb = files.bomb()
        assert len(bomb) < 1_000_000
        said = refusal(bomb, "a.docx")
        assert said.why is Why.BOMB
        assert "unpack to 400 MB" in str(said)

    def test_a_bomb_within_the_total_is_known_by_its_ratio(self) -> None:
        assert refusal(files.bomb("xl/workbook.xml", size=20_000_000), "a.xlsx").why is Why.BOMB

    def test_a_directory_that_lies_about_sizes_unpacks_no_more_than_it_says(self) -> None:
        bomb = bytearray(files.bomb(size=50_000_000))
        real = (50_000_000).to_bytes(4, "little")
        places = [at for at in range(len(bomb)) if bomb.startswith(real, at)]
        assert places
        for at in places:
            bomb[at : at + 4] = (1_000).to_bytes(4, "little")
        assert refusal(bytes(bomb), "a.docx").why in (Why.DAMAGED, Why.BOMB)

    def test_an_entity_bomb_ends_within_the_limits(self) -> None:
        lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        xml = f'<!DOCTYPE x [<!ENTITY e0 "lol">{lines}]><w:document><w:body>&e11;</w:body></w:document>'
        packed = BytesIO()
        with zipfile.ZipFile(BytesIO(files.word())) as real, zipfile.ZipFile(packed, "w") as archive:
            for member in real.infolist():
                archive.writestr(member.filename, xml if member.filename == "word/document.xml" else real.read(member))
        refusal(packed.getvalue(), "a.docx")

    def test_too_much_text(self) -> None:
        rows = b"number,words\n" + b"12345,and some more words that go on\n" * 150_000
        with pytest.raises(DocumentRefused, match=r"a\.csv: skipped, it holds more than the 5 MB of text"):
            read(rows, "a.csv")

    def test_text_without_end_stops_at_the_file_limit(self) -> None:
        said = refusal(
            files.sheets(rows=5_000), "a.xlsx", parser=ChildParser(limits=replace(LIMITS, text_bytes=50_000))
        )
        assert said.why is Why.TOO_MUCH_TEXT


class TestLimits:
    def parser(self, program: str, limits: Limits = LIMITS) -> ChildParser:
        """Return a parser whose child does this to itself, within the real limits."""
        code = (
            "import json, sys; from integrations.documents.limits import Limits; "
            f"from integrations.documents.parser import confine; confine(Limits(**json.loads(sys.argv[1])))\n{program}"
        )
        return ChildParser(limits=limits, program=(sys.executable, "-c", code))

    @pytest.mark.parametrize("end", ["import os; os.abort()", "import ctypes; ctypes.string_at(0)", "sys.exit(1)"])
    def test_a_crash_costs_one_file(self, end: str) -> None:
        assert refusal(files.pdf("x"), "a.pdf", parser=self.parser(end)).why is Why.CRASHED
        assert read(files.pdf("x"), "a.pdf").pages == (Page("x", 1),)

    def test_a_parser_that_computes_for_ever(self) -> None:
        parser = self.parser("while True: pass", replace(LIMITS, cpu_seconds=1))
        assert refusal(files.pdf("x"), "a.pdf", parser=parser).why is Why.TOO_SLOW

    def test_a_parser_that_sleeps_for_ever(self) -> None:
        parser = self.parser("import time; time.sleep(600)", replace(LIMITS, wall_seconds=1))
        assert refusal(files.pdf("x"), "a.pdf", parser=parser).why is Why.TOO_SLOW

    def test_memory_is_bounded(self) -> None:
        tight = ChildParser(limits=replace(LIMITS, memory_bytes=200_000_000))
        rows = b"a,b\n" + b"1,2\n" * 12_000_000
        assert refusal(rows, "a.csv", parser=tight).why in (Why.TOO_HEAVY, Why.CRASHED)

    def test_nothing_of_ours_reaches_the_child(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARU_SLACK_BOT_TOKEN", "xoxb-secret")
        program = "import os; print(json.dumps({'pages': [[str(dict(os.environ)), 1]], 'title': None, 'unread': 0}))"
        (page,) = read(files.pdf("x"), "a.pdf", parser=self.parser(program)).pages
        assert "secret" not in page.text

    def test_this_process_keeps_its_own_limits(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_AS)
        read(files.pdf("x"), "a.pdf")
        assert resource.getrlimit(resource.RLIMIT_AS) == before

    def test_no_child_is_left_behind(self) -> None:
        parser = self.parser("import time; time.sleep(600)", replace(LIMITS, wall_seconds=1))
        refusal(files.pdf("x"), "a.pdf", parser=parser)
        children = subprocess.run(
            ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True, check=False
        ).stdout
        assert "integrations.documents" not in children


def test_kinds_that_are_read_all_have_a_reader() -> None:
    from integrations.documents.child import READERS  # noqa: PLC0415  # it is the child's module

    assert set(READERS) == set(Kind) - {Kind.TEXT, Kind.CODE}
