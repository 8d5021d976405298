"""HTML: the main content, without navigation, banners and footers."""

import trafilatura

from bot.domain.documents import Page, Parsed
from integrations.documents.limits import Limits


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the page as Markdown; where no main content is recognised, all of its text."""
    return Parsed((Page(markdown(content)),), title(content))


def markdown(content: bytes | str) -> str:
    """Return the main content."""
    found = trafilatura.extract(
        content, output_format="markdown", include_tables=True, include_formatting=True, include_comments=False
    )
    return found or trafilatura.html2txt(content) or ""


def title(content: bytes | str) -> str | None:
    """Return what the page calls itself."""
    known = trafilatura.extract_metadata(content)
    return (known.title if known else None) or None
