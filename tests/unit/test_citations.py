"""Sources are numbered in the order in which a reply uses them, and do not tell where the server keeps them."""

from dataclasses import replace

import pytest

from bot.domain.citing import place, remarks
from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.retrieval.citations import cite


def passage(chunk: int, source: str, *, sample: bool = False, page: int | None = None) -> Passage:
    return Passage(ChunkId(chunk), DocumentId(1), source, ("Deploys", "Rolling back"), "text", sample, page=page)


def test_numbers_follow_the_order_of_use() -> None:
    cited = cite([passage(9, "b.md"), passage(3, "a.md", sample=True)])
    assert [(one.number, one.chunk, one.source, one.sample) for one in cited] == [
        (1, 9, "b.md", False),
        (2, 3, "a.md", True),
    ]


def test_the_title_is_the_heading_path() -> None:
    assert cite([passage(1, "a.md")])[0].title == "Deploys › Rolling back"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("/srv/secret/place/handbook/en/deploys.md", "en/deploys.md"),
        ("en/deploys.md", "en/deploys.md"),
        ("deploys.md", "deploys.md"),
        ("/deploys.md", "/deploys.md"),
        ("note:1a2b3c4d", "note:1a2b3c4d"),
        ("https://docs.example.com/guide/deploys", "docs.example.com/guide/deploys"),
        ("file:///srv/secret/wiki.git/docs/a.md", "docs/a.md"),
    ],
)
def test_no_more_of_a_path_is_shown_than_which_file_it_is(source: str, shown: str) -> None:
    assert cite([passage(1, source)])[0].source == shown


def test_the_page_is_named_where_there_are_pages() -> None:
    assert cite([passage(1, "/srv/handbook.pdf", page=12)])[0].source == "srv/handbook.pdf, p. 12"


def test_no_passage_is_no_citation() -> None:
    assert cite([]) == ()


def test_page_age_and_address_are_told_the_same_everywhere() -> None:
    (one,) = cite([replace(passage(1, "https://e.com/hr/leave"), page=3)], aged=lambda _: "3 months old")
    assert (place(one), remarks(one)) == ("https://e.com/hr/leave", " (p. 3, 3 months old)")
    (other,) = cite([passage(1, "hr/leave.md", sample=True)], aged=lambda _: "3 months old")
    assert (place(other), remarks(other)) == ("hr/leave.md", " (sample)")


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "https://e.com/a|b", "https://e.com/<!channel>", "https://e.com/a b", "leave.md"]
)
def test_only_a_plain_address_becomes_a_link(source: str) -> None:
    assert cite([passage(1, source)])[0].link is None
