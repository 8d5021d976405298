"""White space that means nothing: forms are read in text that has none, for patterns take long over runs of it."""

import re

_RUN = re.compile(r"\s+")


def spaced(text: str) -> str:
    """Return the text with one space, or one line break, for each run of white space, and none around it."""
    return _RUN.sub(lambda run: "\n" if "\n" in run[0] else " ", text.strip())
