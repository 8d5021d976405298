"""SQL as SQL: each statement is a file in `sql/`, read once."""

from importlib.resources import files
from typing import LiteralString


def statement(name: str) -> LiteralString:
    """Return the text of `sql/<name>.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
