"""What people in Slack read of a reply, and what can no longer hurt them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.documents import ChunkId
from bot.domain.messages import Citation, Reply
from integrations.slack.render import LONGEST_PART, pieces, render


def shown(markdown: str) -> str:
    return "\n--- next post\n".join(render(Reply(markdown)))


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("Run **deploy** with *care*.", "Run *deploy* with _care_."),
        ("**롤백**은 `make rollback`으로", "*롤백*\u200b은 `make rollback`\u200b으로"),
        ("# Rolling back\n\nDo it.", "*Rolling back*\n\nDo it."),
        ("- one\n- two\n  - deeper", "• one\n• two\n    • deeper"),
        ("3. one\n4. two", "3. one\n4. two"),
        ("> careful\n> now", "> careful\n> now"),
        ("```sh\nmake x <y> & z\n```", "```\nmake x &lt;y&gt; &amp; z\n```"),
        ("[the page](https://x.example/?a=1&b=2)", "the page (https://x.example/?a=1&amp;b=2)"),
        ("<https://x.example>", "https://x.example"),
        ("look ![tracker](https://evil.example/p.png) here", "look  here"),
        ("See [1] and [2].", "See [1] and [2]."),
        ("See [1].\n\n[1]: https://evil.example", "See [1].\n\n[1]: https://evil.example"),
        ("<!channel> <@U1> <!subteam^S1>", "&lt;!channel&gt; &lt;@U1&gt; &lt;!subteam^S1&gt;"),
        ("<https://evil.example|https://bank.example>", "https://evil.example|https://bank.example"),
        ("<https://evil.example|the bank>", "&lt;https://evil.example|the bank&gt;"),
        ("<https://x.example/한글>", "https://x.example/한글"),
        ("[<!here>](https://x.example)", "&lt;!here&gt; (https://x.example)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<b>bold</b> <script>x</script>", "&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;"),
        ("&lt;!channel&gt; &amp;lt;", "&lt;!channel&gt; &amp;lt;"),
        ("@channel @here", "@channel @here"),
        ("unclosed **bold and `code", "unclosed **bold and `code"),
        ("", "…"),
    ],
)
def test_markdown_becomes_harmless_mrkdwn(markdown: str, mrkdwn: str) -> None:
    assert shown(markdown) == mrkdwn


def test_sources_are_listed_by_number() -> None:
    citations = (
        Citation(1, "Deploys › Rolling back", "deploys.md", ChunkId(7), sample=True),
        Citation(2, "온콜 <!here>", "on call.md", ChunkId(8)),
    )
    assert render(Reply("Roll back [1].", citations)) == [
        "Roll back [1].\n\n[1] Deploys › Rolling back — deploys.md (sample)\n[2] 온콜 &lt;!here&gt; — on call.md"
    ]


def test_a_source_tells_its_page_and_age_and_links_only_where_it_is_an_address() -> None:
    citations = (
        Citation(1, "Leave", "hr/leave", ChunkId(7), page=3, age="3 months old", link="https://e.com/hr/leave?a=1&b=2"),
        Citation(2, "Leave", "leave.pdf", ChunkId(8), page=4, age="<!here>"),
    )
    assert render(Reply("25 days [1].", citations)) == [
        "25 days [1].\n\n[1] Leave — <https://e.com/hr/leave?a=1&amp;b=2> (p. 3, 3 months old)\n"
        "[2] Leave — leave.pdf (p. 4, &lt;!here&gt;)"
    ]


def test_a_long_reply_is_cut_between_paragraphs_and_its_code_stays_whole() -> None:
    code = "```\n" + "\n".join(f"step {number}" for number in range(200)) + "\n```"
    posts = render(Reply("\n\n".join(["Words. " * 300, code, "More. " * 300])))
    assert all(len(post) <= LONGEST_PART for post in posts)
    assert [post for post in posts if "step 0\n" in post and "step 199" in post]


def test_code_longer_than_a_post_is_fenced_in_each() -> None:
    posts = render(Reply("```\n" + "a line of code & more\n" * 500 + "```"))
    assert len(posts) > 1
    assert all(post.startswith("```\n") and post.endswith("\n```") and len(post) <= LONGEST_PART for post in posts)
    assert "".join(posts).count("a line of code &amp; more") == 500


def test_a_long_paragraph_is_cut_at_the_end_of_a_sentence() -> None:
    posts = render(Reply("배포를 되돌립니다. " * 800))
    assert len(posts) > 1
    assert all(post.endswith("되돌립니다.") for post in posts)


def test_a_wall_of_signs_is_never_cut_inside_an_escape() -> None:
    posts = render(Reply("<" * 3000))
    assert all(re.fullmatch(r"(?:&lt;)+", post) and len(post) <= LONGEST_PART for post in posts)
    assert sum(map(len, posts)) == 3000 * len("&lt;")


_PIECES = [
    *"< > & !channel @U1 | ` ``` * ** _ [ ]( ) ! https://x.example \\ &lt; &amp; <!here> word 한글 ~~~ [1]:".split(),
    *("\n", "\n\n", " ", "- ", "1. ", "> ", "# ", "    "),
]
_HOSTILE = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)


@settings(deadline=None)
@given(text=_HOSTILE | st.text(max_size=300), source=_HOSTILE)
def test_nothing_that_slack_would_act_on_survives(text: str, source: str) -> None:
    reply = Reply(text, (Citation(1, source, source, ChunkId(1)),))
    for post in render(reply) + [piece for whole in render(reply) for piece in pieces(whole)]:
        assert "<" not in post
        assert re.sub(r"&(amp|lt|gt);", "", post).count("&") == 0
        assert len(post) <= LONGEST_PART
        assert not re.search(r"(?m)[^\n> ].*>", post), "a quote's mark stands at the start of a line only"


@settings(deadline=None)
@given(_HOSTILE.map(lambda text: text * 200))
def test_however_long_every_post_fits(text: str) -> None:
    assert all(0 < len(post) <= LONGEST_PART for post in render(Reply(text)))
