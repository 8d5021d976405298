"""How large files and functions may grow; the code and not the tests, which read as transcripts."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "integrations", "workers")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_FUNCTIONS = 40  # lines that 95 of 100 functions keep to


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (
                f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
                (node.end_lineno or node.lineno) - node.lineno + 1,
            )


def test_there_is_something_to_measure() -> None:
    assert len(sources()) > 50


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = dict(found for path in sources() for found in functions(path))

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_most_functions_are_short() -> None:
    lengths = sorted(lines for path in sources() for _, lines in functions(path))

    assert lengths[len(lengths) * 95 // 100] <= MOST_FUNCTIONS
