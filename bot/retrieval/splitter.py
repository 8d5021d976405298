"""Splits Markdown into chunks by heading, each with its title path."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain.documents import Chunk, Page

LONGEST_CHUNK = 1_200
"""Characters: about 300 tokens of English, 600 of Korean; the embedding model reads 512 tokens."""

_PARSER = MarkdownIt("commonmark").enable("table")

_LINE_END = re.compile(r"\r\n?|\n")
"""What the parser counts as the end of a line. str.splitlines also cuts at form feeds and six others."""
_TEXT_END = re.compile(r"\n|(?<=[.!?。])\s")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})[^\n]{0,80}\n")


def title_of(text: str, fallback: str) -> str:
    """Return the first heading of the first level, else the fallback (the file's name)."""
    tokens = _PARSER.parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and heading.tag == "h1" and inline.content.strip():
            return inline.content.strip()
    return fallback


def split_pages(pages: Sequence[Page], title: str) -> list[Chunk]:
    """Return the chunks of a document's pages in order; none spans two pages, and each knows its own."""
    return [replace(chunk, page=page.number) for page in pages for chunk in split(page.text, title)]


def split(text: str, title: str) -> list[Chunk]:
    """Return the document's chunks in order; a section longer than a chunk is cut between its blocks.

    The first level's heading is the document's title and heads every path; `terms` are left to the analyser.
    """
    chunks = []
    for path, blocks in _sections(text, title):
        chunks += [Chunk(path, piece) for piece in _packed(blocks)]
    return chunks


def _sections(text: str, title: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    lines = _LINE_END.split(text)
    headings: dict[int, str] = {}
    blocks: list[str] = []
    tokens = _PARSER.parse(text)
    for position, token in enumerate(tokens):
        if token.level != 0 or token.map is None:
            continue
        if token.type != "heading_open":
            blocks.append("\n".join(lines[token.map[0] : token.map[1]]).rstrip())
            continue
        if blocks:
            yield _path(title, headings), blocks
            blocks = []
        depth = int(token.tag[1])
        headings = {level: name for level, name in headings.items() if level < depth}
        headings[depth] = _heading(tokens, position)
    if blocks:
        yield _path(title, headings), blocks


def _heading(tokens: list[Token], position: int) -> str:
    return tokens[position + 1].content.strip()


def _path(title: str, headings: dict[int, str]) -> tuple[str, ...]:
    names = [headings[level] for level in sorted(headings) if headings[level] and headings[level] != title]
    return (title, *names)


def _packed(blocks: list[str]) -> Iterator[str]:
    held = ""
    for piece in (piece for block in blocks for piece in _cut(block)):
        if held and len(held) + 2 + len(piece) > LONGEST_CHUNK:
            yield held
            held = piece
        else:
            held = f"{held}\n\n{piece}" if held else piece
    if held:
        yield held


def _cut(block: str) -> Iterator[str]:
    """Cut one overlong block at line ends, else at sentence ends, else anywhere; a part of fenced code is fenced."""
    fence = _FENCE.match(block) if len(block) > LONGEST_CHUNK else None
    if fence is None:
        yield from _pieces(block, LONGEST_CHUNK, ends=_TEXT_END)
        return
    opening, mark = fence.group(), fence["mark"]
    code = re.sub(rf"\n {{0,3}}{mark}{mark[0]}*\s*$", "", block[fence.end() :])
    for piece in _pieces(code, LONGEST_CHUNK - len(opening) - len(mark) - 1, ends=_LINE_END):
        yield f"{opening}{piece}\n{mark}"


def _pieces(text: str, longest: int, *, ends: re.Pattern[str]) -> Iterator[str]:
    while len(text) > longest:
        at = max((match.end() for match in ends.finditer(text, 0, longest)), default=longest)
        yield text[:at].rstrip()
        text = text[at:].lstrip("\n") if ends is _LINE_END else text[at:].lstrip()
    if text.strip():
        yield text
