"""Rows as Markdown tables, each short enough for one chunk and under the same head."""

from collections.abc import Iterable, Iterator, Sequence

LONGEST_TABLE = 1_000
"""Characters: a little less than a chunk, so that no table is cut and loses its head."""


def tables(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield tables; the first row that is not empty heads each. Empty rows, and cells at the end, are left out."""
    lines: list[str] = []
    head = ""
    length = 0
    for row in rows:
        cells = [_cell(one) for one in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        line = f"| {' | '.join(cells)} |"
        if not head:
            head = f"{line}\n|{'---|' * len(cells)}"
            continue
        if lines and length + len(line) > LONGEST_TABLE - len(head):
            yield "\n".join([head, *lines])
            lines, length = [], 0
        lines.append(line)
        length += len(line) + 1
    if head:
        yield "\n".join([head, *lines])


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
