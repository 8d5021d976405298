"""Markdown becomes chunks by heading, each with its title path."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.documents import Chunk, Page
from bot.retrieval.splitter import LONGEST_CHUNK, split, split_pages, title_of

HANDBOOK = """# Deploys

How we ship.

## Rolling back

Run `shipit rollback <service>`.

- It takes two minutes.
- Tell #ops.

### On staging

Nobody has to be told.

## Freezes

No deploys on Friday.
"""


def paths_and_texts(text: str, title: str = "Deploys") -> list[tuple[tuple[str, ...], str]]:
    return [(chunk.title_path, chunk.text) for chunk in split(text, title)]


def test_a_chunk_a_heading_with_its_path() -> None:
    assert paths_and_texts(HANDBOOK) == [
        (("Deploys",), "How we ship."),
        (("Deploys", "Rolling back"), "Run `shipit rollback <service>`.\n\n- It takes two minutes.\n- Tell #ops."),
        (("Deploys", "Rolling back", "On staging"), "Nobody has to be told."),
        (("Deploys", "Freezes"), "No deploys on Friday."),
    ]


def test_terms_are_left_to_the_analyser() -> None:
    assert all(chunk.terms == () for chunk in split(HANDBOOK, "Deploys"))


def test_text_without_a_heading_is_under_its_title() -> None:
    assert split("just text\nand more", "notes.txt") == [Chunk(("notes.txt",), "just text\nand more")]


def test_headings_without_text_are_no_chunks() -> None:
    assert split("# A\n\n## B\n\n### C\n", "A") == []
    assert split("", "A") == []


def test_a_skipped_level_is_no_hole_in_the_path() -> None:
    assert paths_and_texts("# A\n\n#### D\n\ntext\n\n## B\n\nmore", "A") == [(("A", "D"), "text"), (("A", "B"), "more")]


def test_a_hash_inside_code_is_no_heading() -> None:
    ((path, text),) = paths_and_texts("```sh\n# not a heading\nls\n```", "A")
    assert path == ("A",)
    assert text == "```sh\n# not a heading\nls\n```"


def test_setext_headings_and_tables() -> None:
    text = "Limits\n======\n\n| what | most |\n|---|---|\n| hotel | 180,000 |\n"
    assert title_of(text, "x") == "Limits"
    ((path, table),) = paths_and_texts(text, "Limits")
    assert path == ("Limits",)
    assert "| hotel | 180,000 |" in table


def test_an_overlong_section_is_cut_between_its_blocks() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 60 for number in range(12)]
    chunks = split("# A\n\n" + "\n\n".join(paragraphs), "A")
    assert len(chunks) > 1
    assert all(chunk.text.startswith("Paragraph") for chunk in chunks)
    assert all(len(chunk.text) <= LONGEST_CHUNK for chunk in chunks)


def test_an_overlong_block_is_cut_at_ends_of_sentences() -> None:
    chunks = split("This sentence goes on. " * 200, "A")
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert sum(chunk.text.count("This sentence goes on.") for chunk in chunks) == 200


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
def test_each_part_of_overlong_code_is_fenced_and_keeps_its_lines(mark: str) -> None:
    code = [f"{'    ' * (number % 3)}step --number {number}" for number in range(100)]
    chunks = split("\n".join(["# A", "", f"{mark}sh", *code, mark, "", "After."]), "A")
    assert len(chunks) > 1
    assert all(chunk.text.startswith(f"{mark}sh\n") and len(chunk.text) <= LONGEST_CHUNK for chunk in chunks)
    assert all(f"\n{mark}" in chunk.text for chunk in chunks)
    lines = [line for chunk in chunks for line in chunk.text.split("\n")]
    assert [line for line in lines if "step" in line] == code


def test_no_chunk_spans_two_pages_and_each_knows_its_own() -> None:
    pages = [Page("## Plan\n\nShip it.", 1), Page("Test it.", 3), Page("", 4), Page("No pages here.")]
    assert split_pages(pages, "Show") == [
        Chunk(("Show", "Plan"), "Ship it.", page=1),
        Chunk(("Show",), "Test it.", page=3),
        Chunk(("Show",), "No pages here."),
    ]


def test_titles() -> None:
    assert title_of(HANDBOOK, "x") == "Deploys"
    assert title_of("## Only a second level", "file.md") == "file.md"
    assert title_of("text\n\n# Later `code`", "x") == "Later `code`"
    assert title_of("", "x") == "x"


@given(st.data(), st.sampled_from(["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r", "\r\n"]))
def test_whatever_some_count_as_the_end_of_a_line_costs_no_word(data: st.DataObject, end: str) -> None:
    words = [f"word{number}" for number in range(12)]
    text = f"# A\n\n{words[0]}"
    for word in words[1:]:
        text += data.draw(st.sampled_from([" ", end, f"{end}\n", "\n\n", f"\n\n## B{end}\n\n", f"\n\n- {end}"])) + word
    kept = re.findall(r"word\d+", " ".join(" ".join((*chunk.title_path, chunk.text)) for chunk in split(text, "A")))
    assert set(kept) == set(words)


@given(st.text(alphabet=st.sampled_from("ab .!\n#-`|가나"), max_size=3_000), st.integers(0, 3))
def test_no_chunk_is_empty_or_too_long_and_no_letter_is_lost(text: str, repeat: int) -> None:
    text *= repeat
    chunks = split(text, "T")
    assert all(chunk.text.strip() and len(chunk.text) <= LONGEST_CHUNK for chunk in chunks)
    kept = "".join(part for chunk in chunks for part in (*chunk.title_path, chunk.text))
    for letter in "가나":
        # A heading with nothing under it is no chunk: `# 가`, or a line underlined with dashes.
        headed = any(line.lstrip().startswith("#") or set(line.strip()) == {"-"} for line in text.splitlines())
        assert kept.count(letter) >= text.count(letter) or headed
