"""Replies as Telegram shows them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.messages import Citation, Reply
from integrations.telegram.render import render, telegram_html
from integrations.telegram.runs import TAGS, Run, html, plain, size
from integrations.telegram.split import LIMIT, split
from tests.standins.telegram_formatting import ENTITY_OF, styled

SAMPLE = Citation(number=1, title="Deploys › Rolling back", source="deploys.md", chunk=1, sample=True)


def rendered(text: str) -> str:
    return telegram_html(Reply(text))


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Use **blue-green** and *wait* [1].", "Use <b>blue-green</b> and <i>wait</i> [1]."),
        ("***both***", "<i><b>both</b></i>"),
        ("~~old~~", "<s>old</s>"),
        ("run `make <up>`", "run <code>make &lt;up&gt;</code>"),
        ("**run `it`**", "<b>run </b><code>it</code>"),
        ("```sh\nkubectl get <pods>\n```", "<pre>kubectl get &lt;pods&gt;</pre>"),
        ("# Rolling back\n\nFirst", "<b>Rolling back</b>\n\nFirst"),
        ("- one\n- two\n  - three", "• one\n• two\n  • three"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("> said\n> so", "<blockquote>said\nso</blockquote>"),
        ("> > twice", "<blockquote>twice</blockquote>"),
        ("> a\n>\n> ```\n> b\n> ```", "<blockquote>a\n\n</blockquote><pre>b</pre>"),
        ("[the wiki](https://wiki.example/a?b=1&c=2)", "the wiki (https://wiki.example/a?b=1&amp;c=2)"),
        ("<https://wiki.example>", "https://wiki.example"),
        ("![logo](https://evil.example/?q=secret)", "logo (https://evil.example/?q=secret)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("see [1]\n\n[1]: https://evil.example", "see [1]\n\n[1]: https://evil.example"),
        ("<b>not mine</b> & <script>", "&lt;b&gt;not mine&lt;/b&gt; &amp; &lt;script&gt;"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("open **bold and `code", "open **bold and `code"),
        ("line\rline\x00\x1b[0m\u202etxt", "line\nline[0mtxt"),
        ("", "…"),
        (" \n\n", "…"),
    ],
)
def test_markdown(markdown: str, expected: str) -> None:
    assert rendered(markdown) == expected


@pytest.mark.parametrize("text", ["> " * 300 + "the words", "- " * 300 + "the words", "*a **b " * 3000 + "** *" * 3000])
def test_deep_nesting_loses_no_words(text: str) -> None:
    assert "".join(text.split()) == "".join("".join(run.text for run in render(Reply(text))).split())


def test_nobody_is_notified() -> None:
    assert rendered("ask @ana or mail ops@example.com") == "ask @\u2060ana or mail ops@example.com"
    assert rendered("`@app.task`") == "<code>@app.task</code>"  # Telegram finds no mention in code
    assert plain(render(Reply("`@app.task`"))) == "@\u2060app.task"


def test_sources_follow_the_text() -> None:
    plain_source = Citation(number=2, title="On-call\n› <Pager>", source="on-call.md", chunk=2)
    assert telegram_html(Reply("Roll back [1][2].", (SAMPLE, plain_source))) == (
        "Roll back [1][2].\n\n"
        "[1] Deploys › Rolling back — <code>deploys.md</code> (sample)\n"
        "[2] On-call › &lt;Pager&gt; — <code>on-call.md</code>"
    )


def test_a_source_tells_its_page_and_age_and_an_address_can_be_clicked() -> None:
    linked = Citation(1, "Leave", "hr/leave", 7, page=3, age="3 months old", link="https://e.com/hr/leave?a=1&b=2")
    assert telegram_html(Reply("25 days [1].", (linked,))) == (
        "25 days [1].\n\n[1] Leave — https://e.com/hr/leave?a=1&amp;b=2 (p. 3, 3 months old)"
    )


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="*_`~[]()<>&#->1. \n!@a😀\\|", max_size=80), st.text(max_size=20))
@example("*a **b " * 3000 + "** *" * 3000, "x")
@example("> " * 300 + "x", "x")
def test_whatever_the_text_only_our_tags_come_out_balanced(text: str, source: str) -> None:
    reply = Reply(text, (Citation(number=1, title=text, source=source, chunk=1),))
    for part in split(render(reply)):
        read = styled(html(part))  # refuses unknown, crossed, open or nested-in-code tags
        assert {entity["type"] for entity in read.entities} <= {ENTITY_OF[tag] for tag in TAGS}
        assert size(part) <= LIMIT
        assert read.text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.text(alphabet="ab @.\n😀", max_size=60), st.sampled_from([(), ("b",), ("code",), ("pre",)])))
)
def test_splitting_loses_nothing_but_white_space(pieces: list[tuple[str, tuple[str, ...]]]) -> None:
    runs = [Run(text, styles) for text, styles in pieces]
    parts = split(runs, limit=40)
    assert all(0 < size(part) <= 40 for part in parts)
    seen = "".join(run.text for part in parts for run in part)
    assert "".join(seen.split()) == "".join("".join(run.text for run in runs).split())


def texts(markdown: str) -> list[str]:
    return [plain(part) for part in split(render(Reply(markdown)))]


def test_a_long_text_is_cut_at_a_paragraph() -> None:
    paragraph = "A sentence of some length stands here. " * 30
    first, second = texts("\n\n".join([paragraph.strip()] * 6))
    assert first.endswith("stands here.")
    assert len(first) % (len(paragraph) + 1) == len(paragraph) - 1  # whole paragraphs
    assert second.startswith("A sentence")


def test_a_long_paragraph_is_cut_at_a_sentence() -> None:
    assert all(
        text.endswith(("here.", "다.")) for text in texts("여기 문장이 하나 있습니다. One more stands here. " * 200)
    )


def test_a_code_block_is_kept_whole_if_it_can_be() -> None:
    code = "\n".join(f"step {n}" for n in range(300))
    first, second = texts("word " * 500 + f"\n\n```\n{code}\n```")
    assert (first.split()[-1], second) == ("word", code)


def test_a_huge_code_block_is_cut_at_line_ends() -> None:
    lines = [f"    command number {n}" for n in range(500)]
    parts = texts("```\n" + "\n".join(lines) + "\n```")
    assert len(parts) > 2
    assert [line for part in parts for line in part.split("\n")] == lines


def test_emoji_count_twice() -> None:
    assert [len(text) for text in texts("😀" * 4100)] == [2000, 2000, 100]


def test_bold_over_a_cut_is_bold_on_both_sides() -> None:
    first, second = (html(part) for part in split(render(Reply(f"**{'word ' * 1500}end**"))))
    assert first.startswith("<b>word") and first.endswith("word</b>")
    assert second.startswith("<b>word") and second.endswith("end</b>")
