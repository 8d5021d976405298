"""The rung that cannot invent: the passage's own words, nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.domain.sentences import sentences
from bot.generation.quoting import LONGEST_QUOTE, quote, snippet


def passage(text: str) -> Passage:
    return Passage(ChunkId(1), DocumentId(1), "a.md", ("A",), text, False)


def plain(quoted: str) -> str:
    """Take the quotation marks and the emphasis off again."""
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in quoted.splitlines()).replace("**", "")


LONG = " ".join(f"Sentence number {number} says something about topic {number}." for number in range(60))


class TestQuote:
    def test_every_line_is_quoted(self) -> None:
        assert quote(passage("One.\n\n- two\n- three"), ()) == "> One.\n>\n> - two\n> - three"

    def test_the_nearest_line_is_bold(self) -> None:
        text = "First things first. The rollback takes 4 minutes."
        assert quote(passage(text), [("The rollback takes 4 minutes.", 0.9)]) == (
            "> First things first. **The rollback takes 4 minutes.**"
        )

    def test_without_a_clear_lead_no_line_is(self) -> None:
        one, two = "The rollback takes 4 minutes.", "Tell #ops before you start."
        assert "**" not in quote(passage(f"{one} {two}"), [(one, 0.930), (two, 0.926)])
        assert f"**{one}**" in quote(passage(f"{one} {two}"), [(one, 0.930), (two, 0.900)])

    def test_the_marker_of_a_list_item_is_not(self) -> None:
        assert quote(passage("- one\n- two"), [("- two", 0.9)]) == "> - one\n> - **two**"

    @pytest.mark.parametrize("line", ["This is **important**.", "2 * 3 = 6"])
    def test_a_line_with_marks_of_its_own_is_left_as_it_is(self, line: str) -> None:
        assert quote(passage(line), [(line, 0.9)]) == f"> {line}"

    def test_a_command_in_a_block_of_code_is_left_as_it_is(self) -> None:
        text = "Run this:\n\n```sh\nshipit rollback api\n```"
        assert "> shipit rollback api\n" in quote(passage(text), [("shipit rollback api", 0.9)]) + "\n"

    def test_an_overlong_passage_is_cut_around_the_nearest_line(self) -> None:
        wanted = "Sentence number 30 says something about topic 30."
        text = quote(passage(LONG), [(wanted, 0.9)])
        assert f"**{wanted}**" in text
        assert text.startswith("> … ")
        assert text.endswith(" …")
        assert len(plain(text)) <= LONGEST_QUOTE + 4

    @pytest.mark.parametrize(("number", "starts", "ends"), [(0, False, True), (59, True, False)])
    def test_dots_stand_only_where_something_was_cut(self, number: int, starts: bool, ends: bool) -> None:
        text = quote(passage(LONG), [(f"Sentence number {number} says something about topic {number}.", 0.9)])
        assert text.startswith("> … ") is starts
        assert text.endswith(" …") is ends

    def test_one_endless_sentence_is_cut_too(self) -> None:
        endless = "word " * 300
        assert len(quote(passage(endless), [(line, 0.9) for line in sentences(endless)])) <= LONGEST_QUOTE + 20

    def test_code_in_an_overlong_passage_keeps_its_lines(self) -> None:
        code = "```sh\nshipit stop api\nshipit migrate api --to 7\nshipit start api\n```"
        text = f"{LONG[:300]}\n\n{code}\n\n{LONG[:400]}"
        for nearest in sentences(text):
            quoted = plain(quote(passage(text), [(nearest, 0.9)]))
            assert code in quoted or "shipit" not in quoted
        assert code in plain(quote(passage(text), [("shipit migrate api --to 7", 0.9)]))

    @pytest.mark.parametrize("fence", ["```", "~~~"])
    def test_longer_code_is_quoted_whole(self, fence: str) -> None:
        code = "\n".join([f"{fence}sh", *(f"shipit step --number {number}" for number in range(40)), fence])
        quoted = quote(passage(f"Before it.\n\n{code}\n\nAfter it."), [("shipit step --number 7", 0.9)])
        assert plain(quoted) == f"…\n\n{code}\n\n…"

    def test_a_list_that_was_cut_is_still_a_list(self) -> None:
        items = [f"- Item {number} is about {'this and ' * 4}that." for number in range(30)]
        quoted = plain(quote(passage("\n".join(items)), [(items[15], 0.9)]))
        assert quoted.split("\n\n")[1].split("\n")[0] == items[15]
        assert set(quoted.split("\n")) <= {"…", "", *items}

    def test_what_was_nested_does_not_become_code(self) -> None:
        items = [f"    - Item {number} is about {'this and ' * 4}that." for number in range(30)]
        quoted = quote(passage("\n".join(["- All:", *items])), [(items[15].strip(), 0.9)])
        assert ">     " not in quoted

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("Run this:\n\n    shipit rollback api\n\nThen wait.", "shipit rollback api"),
            ("Run this:\n\n~~~sh\nshipit rollback api\n~~~", "shipit rollback api"),
            ("- Run this:\n\n  ```\n  shipit rollback api\n  ```", "shipit rollback api"),
            ("| what | most |\n|---|---|\n| hotel | 180,000 |", "| hotel | 180,000 |"),
            ("Read [the page. It is long](https://a.example).", "Read [the page."),
            ("Write C:\\\nThen wait.", "Write C:\\"),
        ],
    )
    def test_nothing_is_bold_where_that_would_change_it(self, text: str, line: str) -> None:
        assert line in sentences(text)
        assert plain(quote(passage(text), [(line, 0.9)])) == text
        assert "**" not in quote(passage(text), [(line, 0.9)])

    @pytest.mark.parametrize(
        ("line", "bold"),
        [
            ("2. Run it.", "2. **Run it.**"),
            ("10) Run it.", "10) **Run it.**"),
            ("- [ ] Run it.", "- [ ] **Run it.**"),
            ("> Run it.", "> **Run it.**"),
            ("* Run it.", "* **Run it.**"),
        ],
    )
    def test_a_marker_stays_before_the_bold(self, line: str, bold: str) -> None:
        assert quote(passage(line), [(line, 0.9)]) == f"> {bold}"

    def test_the_line_itself_is_bold_and_not_its_words_in_another(self) -> None:
        text = "Tell #ops. He said: Tell #ops. Now.\n\nTell #ops. Now."
        line = "He said: Tell #ops."
        assert quote(passage(text), [(line, 0.9)]).split("\n")[0] == f"> Tell #ops. **{line}** Now."
        text = "Restart it nightly.\n\nRestart it"
        assert quote(passage(text), [("Restart it", 0.9)]) == "> Restart it nightly.\n>\n> **Restart it**"

    @given(
        st.lists(
            st.sampled_from(["One.", "Two is longer, much longer!", "셋째 문장입니다.", "- item", "> quoted"]),
            min_size=1,
            max_size=60,
        ),
        st.data(),
    )
    def test_no_word_is_added(self, pieces: list[str], data: st.DataObject) -> None:
        text = "\n".join(pieces)
        nearest = data.draw(st.sampled_from(sentences(text)))
        quoted = quote(passage(text), [(nearest, 0.9)])
        assert all(line.startswith(">") for line in quoted.splitlines())
        said, written = re.findall(r"\w+", quoted), re.findall(r"\w+", text)
        assert any(written[start : start + len(said)] == said for start in range(len(written)))


class TestSnippet:
    def test_the_first_words_on_one_line(self) -> None:
        assert snippet(passage("One\n\n  two\tthree")) == "One two three"

    def test_a_long_one_ends_at_a_word_with_dots(self) -> None:
        short = snippet(passage("word " * 100), 23)
        assert short == "word word word word…"

    def test_a_text_without_spaces_is_cut_anywhere(self) -> None:
        assert snippet(passage("가" * 500), 100) == "가" * 100 + "…"
