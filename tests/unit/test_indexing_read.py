"""Reading documents: one clear line for each that cannot be, and `add` by digest."""

from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.indexing import (
    ANALYSED_AT_ONCE,
    EMBEDDED_AT_ONCE,
    LARGEST_DOCUMENT,
    LONGEST_HEADING,
    LONGEST_TERM,
    Outcome,
    add,
    embed_waiting,
    read,
)
from bot.domain.account import Account
from bot.domain.conversation import WORKSPACE
from bot.domain.documents import Vector
from bot.domain.errors import DocumentRefused, EncoderUnavailable, TextRefused
from integrations.memory.clock import FrozenClock
from integrations.memory.library import InMemoryLibrary
from integrations.memory.models import HashingEmbedder, WordAnalyser

TEXT = "# Deploys\n\nRun `shipit`.\n\n## Rolling back\n\nRun `shipit rollback`.\n"


class TestRead:
    @pytest.mark.parametrize("text", ["plain", "한국어 문서", "# A\n\n\U0001f680", " x "])
    def test_utf8_text_is_read(self, text: str) -> None:
        assert read(text.encode(), "a.md") == text

    def test_a_byte_order_mark_is_no_text(self) -> None:
        assert read("\ufeff# A".encode(), "a.md") == "# A"

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("text", ["# Deploys\n\nOn Friday.", "배포는 금요일에 합니다."])
    def test_utf16_is_read_by_its_mark(self, text: str, encoding: str) -> None:
        assert read(f"\ufeff{text}".encode(encoding), "a.md") == text

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "empty"),
            (b" \n\t\n", "empty"),
            ("\ufeff".encode(), "empty"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
            ("Deploys on Friday".encode("utf-16-le"), "looks like UTF-16 without its byte order mark"),
            ("Deploys on Friday".encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8"),
            ("Deploys on Friday".encode("utf-32"), "binary"),
            ("\ufeff".encode("utf-16-le") + b"\xd8", "UTF-8"),
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
        assert library.how_many([WORKSPACE]) == 0

    def test_overlong_words_and_headings_are_cut_for_the_index(self) -> None:
        library = InMemoryLibrary()
        self.added(f"# {'t' * 3_000}\n\n## {'h' * 3_000}\n\nText {'w' * 1_000}.\n", library)
        ((row, chunk),) = library.readable([WORKSPACE])
        assert max(map(len, chunk.chunk.terms)) == LONGEST_TERM
        assert [len(name) for name in chunk.chunk.title_path] == [LONGEST_HEADING] * 2
        assert len(row.document.title) == LONGEST_HEADING

    def test_a_name_that_is_no_text_is_refused_in_one_line(self) -> None:
        name = b"caf\xe9.md".decode("utf-8", "surrogateescape")
        with pytest.raises(DocumentRefused, match=r"^caf\\udce9\.md: skipped, its name is not UTF-8"):
            add(TEXT, source=name, fallback_title="a", library=InMemoryLibrary(), analyser=WordAnalyser())

    def test_texts_that_the_analyser_refuses_refuse_the_document(self) -> None:
        analyser = WordAnalyser()
        analyser.failures.append(TextRefused("too long"))
        with pytest.raises(DocumentRefused, match=r"^a\.md: skipped, too long"):
            add(TEXT, source="a.md", fallback_title="a", library=InMemoryLibrary(), analyser=analyser)


class Squeamish(HashingEmbedder):
    """Refuses every request with the word "poison" in it."""

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        if any("poison" in text for text in texts):
            raise TextRefused("The encoder refused /embed (HTTP 413: too long).")
        return super().embed(texts, kind=kind)


class TestEmbedWaiting:
    def test_a_refused_text_holds_no_other_up_and_is_not_tried_again(self) -> None:
        library, embedder = InMemoryLibrary(), Squeamish()
        text = "# A\n\n## One\n\nGood.\n\n## Two\n\npoison\n\n## Three\n\nGood too.\n"
        add(text, source="a.md", fallback_title="a", library=library, analyser=WordAnalyser())
        assert list(embed_waiting(library=library, embedder=embedder)) == [3]
        kept = {chunk.chunk.text: chunk.embedding is not None for _, chunk in library.readable([WORKSPACE])}
        assert kept == {"Good.": True, "poison": False, "Good too.": True}
        assert not library.waits(embedder.model)

    def test_batch_by_batch_until_none_waits(self) -> None:
        library, embedder = InMemoryLibrary(), HashingEmbedder()
        sections = "\n".join(f"## Part {number}\n\nText {number}.\n" for number in range(EMBEDDED_AT_ONCE + 2))
        add("# A\n\n" + sections, source="a.md", fallback_title="a", library=library, analyser=WordAnalyser())
        assert list(embed_waiting(library=library, embedder=embedder)) == [EMBEDDED_AT_ONCE, 2]
        assert library.counts(embedder.model).unembedded == 0

    def test_what_is_embedded_is_in_the_account(self) -> None:
        library, embedder, clock = InMemoryLibrary(), HashingEmbedder(), FrozenClock()
        add("# A\n\nFour words stand here.", source="a", fallback_title="a", library=library, analyser=WordAnalyser())
        account = Account(clock.monotonic)
        assert list(embed_waiting(library=library, embedder=embedder, account=account)) == [1]
        (call,) = account.calls
        assert (call.purpose, call.model, call.counted) == ("embed", embedder.model, False)
        assert call.input_tokens > 0

    def test_what_was_done_stays_done(self) -> None:
        library, embedder = InMemoryLibrary(), HashingEmbedder()
        sections = "\n".join(f"## Part {number}\n\nText {number}.\n" for number in range(EMBEDDED_AT_ONCE + 2))
        add("# A\n\n" + sections, source="a.md", fallback_title="a", library=library, analyser=WordAnalyser())
        progress = embed_waiting(library=library, embedder=embedder)
        next(progress)
        embedder.failures.append(EncoderUnavailable("away"))
        with pytest.raises(EncoderUnavailable):
            next(progress)
        assert library.counts(embedder.model).unembedded == 2
