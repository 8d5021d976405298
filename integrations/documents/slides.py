"""PowerPoint: a page for each slide, under its title, with its notes."""

from collections.abc import Iterable, Iterator
from io import BytesIO

from pptx import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from bot.domain.documents import Page, Parsed
from integrations.documents.limits import Limits
from integrations.documents.tables import tables

DEEPEST = 10
"""Groups within groups: deeper ones are no drawing."""


def read(content: bytes, limits: Limits) -> Parsed:
    """Return the slides in order."""
    show = Presentation(BytesIO(content))
    pages = [Page("\n\n".join(_blocks(slide)), number) for number, slide in enumerate(show.slides, start=1)]
    return Parsed(tuple(pages), show.core_properties.title or None)


def _blocks(slide: Slide) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"## {' '.join(title.text_frame.text.split())}"
    for shape in _leaves(slide.shapes, DEEPEST):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if isinstance(shape, Shape):
            yield from _paragraphs(shape)
        elif isinstance(shape, GraphicFrame) and shape.has_table:
            yield from tables([cell.text for cell in row.cells] for row in shape.table.rows)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield slide.notes_slide.notes_text_frame.text.strip()


def _leaves(shapes: Iterable[BaseShape], deep: int) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _leaves(shape.shapes, deep - 1) if deep else ()
        else:
            yield shape


def _paragraphs(shape: Shape) -> Iterator[str]:
    """Yield a shape's text as a list where it has several paragraphs."""
    lines = [" ".join(one.text.split()) for one in shape.text_frame.paragraphs if one.text.strip()]
    yield "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)
