"""Renders a reply's Markdown and its sources for Telegram. Pure.

The text is untrusted: it can only become the tags in `runs.TAGS`. A link becomes its label and its address as text, so
that no label can hide where it leads; an address that stands in the text is made clickable by Telegram's own apps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.domain.citing import remarks
from bot.domain.messages import Citation, Reply
from integrations.telegram.runs import Run, clean, html

STYLES: Mapping[str, str] = {"strong": "b", "em": "i", "s": "s", "heading": "b", "blockquote": "blockquote"}
BREAK = Run("\n")
GAP = Run("\n\n")
NOTHING = Run("…")  # Telegram refuses an empty message, and silence would be worse than a sign

DEEPEST = 60
"""Levels of quotes and lists; the parser drops what lies deeper, so such a text stays as it is."""

Styles = tuple[str, ...]

# "reference" would let `[1]: http://…` in a document turn the citation mark [1] into a link.
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("strikethrough").disable("reference")
)


def render(reply: Reply) -> tuple[Run, ...]:
    """Return the reply's text, then one line for each source."""
    runs = [run for run in _formatted(clean(reply.text)) if run.text]
    if reply.citations:
        runs += [GAP] if runs else []
        runs += _joined((_source(citation) for citation in reply.citations), BREAK)
    return tuple(runs) if any(run.text.strip() for run in runs) else (NOTHING,)


def telegram_html(reply: Reply) -> str:
    """Return the whole reply as one piece of HTML, however long."""
    return html(render(reply))


def _formatted(text: str) -> list[Run]:
    """Return the runs; the text as it is where it nests too deeply (thousands of signs exhaust the stack)."""
    try:
        tokens = _MARKDOWN.parse(text)
        if all(token.level < DEEPEST - 2 for token in tokens):
            return _blocks(SyntaxTreeNode(tokens).children, ())
    except RecursionError:
        pass
    return [Run(text)]


def _source(citation: Citation) -> list[Run]:
    """`[1] Deploys › Rolling back — deploys.md (sample)`; the file stands in code, for .md and .sh are domains too."""
    title, source = (" ".join(clean(words).split()) for words in (citation.title, citation.source))
    where = Run(clean(citation.link)) if citation.link else Run(source, ("code",))  # apps make addresses clickable
    runs = [Run(f"[{citation.number}] {title} — "), where]
    told = clean(remarks(citation))
    return [*runs, Run(told)] if told else runs


def _joined(pieces: Iterable[list[Run]], gap: Run) -> list[Run]:
    runs: list[Run] = []
    for piece in pieces:
        if piece:
            runs += [gap, *piece] if runs else piece
    return runs


def _blocks(nodes: Iterable[SyntaxTreeNode], styles: Styles, *, gap: str = "\n\n") -> list[Run]:
    return _joined((_block(node, styles) for node in nodes), Run(gap, styles))


def _block(node: SyntaxTreeNode, styles: Styles) -> list[Run]:
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, styles)
    if node.type in ("fence", "code_block"):
        return [Run(node.content.removesuffix("\n") or " ", ("pre",))]  # Telegram allows no other tag around code
    if node.type == "hr":
        return [Run("———", styles)]
    if node.type == "inline":
        return list(_inline(node.children, styles))
    return _blocks(node.children, _styled(styles, node.type))


def _list(node: SyntaxTreeNode, styles: Styles) -> list[Run]:
    number = int(node.attrs.get("start", 1))
    indent = "  " * _depth(node)
    items = []
    for place, item in enumerate(node.children):
        marker = f"{number + place}. " if node.type == "ordered_list" else "• "
        items.append([Run(indent + marker, styles), *_blocks(item.children, styles, gap="\n")])
    return _joined(items, Run("\n", styles))


def _depth(node: SyntaxTreeNode) -> int:
    parent, depth = node.parent, 0
    while parent is not None:
        depth += parent.type == "list_item"
        parent = parent.parent
    return depth


def _inline(nodes: Iterable[SyntaxTreeNode], styles: Styles) -> Iterator[Run]:
    for node in nodes:
        yield from _INLINE.get(node.type, _span)(node, styles)


def _span(node: SyntaxTreeNode, styles: Styles) -> Iterable[Run]:
    """Strong, emphasis, strikethrough, and anything unforeseen: what is inside, in its style."""
    if not node.children:
        return [Run(node.content, styles)]
    return _inline(node.children, _styled(styles, node.type))


def _code(node: SyntaxTreeNode, styles: Styles) -> Iterable[Run]:
    return [Run(node.content, (*(tag for tag in styles if tag == "blockquote"), "code"))]


def _link(node: SyntaxTreeNode, styles: Styles) -> Iterable[Run]:
    label = list(_inline(node.children, styles)) if node.type == "link" else [Run(node.content, styles)]
    address = clean(str(node.attrs.get("href") or node.attrs.get("src") or ""))
    shown = "".join(run.text for run in label)
    return label if address in (shown, f"mailto:{shown}", "") else [*label, Run(f" ({address})", styles)]


def _break(node: SyntaxTreeNode, styles: Styles) -> Iterable[Run]:
    return [Run("\n", styles)]


_INLINE: Mapping[str, Callable[[SyntaxTreeNode, Styles], Iterable[Run]]] = {
    "code_inline": _code,
    "link": _link,
    "image": _link,
    "softbreak": _break,
    "hardbreak": _break,
}


def _styled(styles: Styles, kind: str) -> Styles:
    """Add the kind's tag; no tag twice, and a quote always outermost."""
    tag = STYLES.get(kind)
    if tag is None or tag in styles:
        return styles
    return (tag, *styles) if tag == "blockquote" else (*styles, tag)
