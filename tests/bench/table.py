"""What a benchmark found: a table with goals beside figures, and the conditions under which they hold."""

import math
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH = 150


@dataclass(slots=True)
class Findings:
    """Rows of (what, figure, goal or remark); `met` judges a goal where one exists."""

    title: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, figure: str, goal: str = "", *, met: bool | None = None) -> None:
        """Add a row; `met` appends the judgement to the goal."""
        verdict = "" if met is None else "  met" if met else "  MISSED"
        self.rows.append((what, figure, f"{goal}{verdict}"))

    def note(self, words: str) -> None:
        """Add a line under the table."""
        self.notes.append(words)

    def show(self) -> None:
        """Print."""
        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD, show_header=False)
        for justify in ("left", "right", "left"):
            table.add_column(justify=justify)  # type: ignore[arg-type]
        for row in self.rows:
            table.add_row(*row)
        screen = Console(width=WIDTH, markup=False, highlight=False)
        screen.print()
        screen.print(table)
        for words in self.notes:
            screen.print(f"  {words}")


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that `share` (0 to 1) of the values do not exceed; 0 without values."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else 0.0
