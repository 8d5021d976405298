"""Reading documents: one clear line for each that cannot be, and `add` by digest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.indexing import (
    ANALYSED_AT_ONCE,
    EMBEDDED_AT_ONCE,
    LARGEST_DOCUMENT,
    Outcome,
    add,
    embed_waiting,
    read,
)
from bot.domain.conversation import WORKSPACE
from bot.domain.errors import DocumentRefused, EncoderUnavailable
from integrations.memory.library import InMemoryLibrary
from integrations.memory.models import HashingEmbedder, WordAnalyser

TEXT = "# Deploys\n\nRun `shipit`.\n\n## Rolling back\n\nRun `shipit rollback`.\n"


class TestRead:
    @pytest.mark.parametrize("text", ["plain", "한국어 문서", "# A\n\n\U0001f680", " x "])
    def test_utf8_text_is_read(self, text: str) -> None:
        assert read(text.encode(), "a.md") == text

    def test_a_byte_order_mark_is_no_text(self) -> None:
        assert read("\ufeff# A".encode(), "a.md") == "# A"

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "empty"),
            (b" \n\t\n", "empty"),
            ("\ufeff".encode(), "empty"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
            ("배포".encode("utf-16"), "UTF-8"),
            ("deploy".encode("utf-16"), "binary"),
            ("배포".encode("euc-kr"), "UTF-8"),
            (b"caf\xe9", "UTF-8"),
            (b"x" * (LARGEST_DOCUMENT + 1), "MB"),
            (b"text " * 5_000 + b"\0", "binary"),
        ],
    )
    def test_the_rest_is_refused_in_one_line_that_names_it(self, content: bytes, why: str) -> None:
        with pytest.raises(DocumentRefused) as refusal:
            read(content, "deploys.md")
        assert str(refusal.value).startswith("deploys.md: ")
        assert why in str(refusal.value)
        assert "\n" not in str(refusal.value)

    @given(st.binary(max_size=200))
    def test_any_bytes_are_read_or_refused(self, content: bytes) -> None:
        try:
            text = read(content, "a.md")
        except DocumentRefused:
            return
        assert text.strip()
        assert "\0" not in text


class TestAdd:
    def added(self, text: str, library: InMemoryLibrary, **options: object) -> object:
        return add(text, source="a.md", fallback_title="a.md", library=library, analyser=WordAnalyser(), **options)

    def test_added_then_unchanged_then_replaced(self) -> None:
        library = InMemoryLibrary()
        first = self.added(TEXT, library)
        assert (first.outcome, first.title, first.chunks) == (Outcome.ADDED, "Deploys", 2)
        again = self.added(TEXT, library)
        assert (again.outcome, again.document, again.chunks) == (Outcome.UNCHANGED, None, 0)
        changed = self.added(TEXT.replace("shipit", "boatit"), library)
        assert (changed.outcome, changed.document) == (Outcome.REPLACED, first.document)

    def test_headings_alone_are_refused(self) -> None:
        with pytest.raises(DocumentRefused, match="no text"):
            self.added("# A\n\n## B\n", InMemoryLibrary())

    def test_title_path_and_text_are_searchable(self) -> None:
        library = InMemoryLibrary()
        self.added(TEXT, library)
        terms = [chunk.chunk.terms for _, chunk in library.readable([WORKSPACE])]
        assert terms == [("deploy", "run", "shipit"), ("deploy", "roll", "back", "run", "shipit", "rollback")]

    def test_a_large_document_is_analysed_in_batches(self) -> None:
        sections = [f"## Part {number}\n\nText {number}.\n" for number in range(ANALYSED_AT_ONCE * 2 + 1)]
        library = InMemoryLibrary()
        assert self.added("# A\n\n" + "\n".join(sections), library).chunks == len(sections)

    def test_when_the_encoder_is_away_nothing_is_kept(self) -> None:
        library, analyser = InMemoryLibrary(), WordAnalyser()
        analyser.failures.append(EncoderUnavailable("away"))
        with pytest.raises(EncoderUnavailable):
            add(TEXT, source="a.md", fallback_title="a.md", library=library, analyser=analyser)
        assert library.counts().documents == 0


class TestEmbedWaiting:
    def test_batch_by_batch_until_none_waits(self) -> None:
        library, embedder = InMemoryLibrary(), HashingEmbedder()
        sections = "\n".join(f"## Part {number}\n\nText {number}.\n" for number in range(EMBEDDED_AT_ONCE + 2))
        add("# A\n\n" + sections, source="a.md", fallback_title="a", library=library, analyser=WordAnalyser())
        assert list(embed_waiting(library=library, embedder=embedder)) == [EMBEDDED_AT_ONCE, 2]
        assert library.counts().unembedded == 0

    def test_what_was_done_stays_done(self) -> None:
        library, embedder = InMemoryLibrary(), HashingEmbedder()
        sections = "\n".join(f"## Part {number}\n\nText {number}.\n" for number in range(EMBEDDED_AT_ONCE + 2))
        add("# A\n\n" + sections, source="a.md", fallback_title="a", library=library, analyser=WordAnalyser())
        progress = embed_waiting(library=library, embedder=embedder)
        next(progress)
        embedder.failures.append(EncoderUnavailable("away"))
        with pytest.raises(EncoderUnavailable):
            next(progress)
        assert library.counts().unembedded == 2
