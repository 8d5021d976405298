"""What the stand-in of the chat model says: as a good model would, a sentence of the evidence."""

import re

_FIRST_NOTE = re.compile(r"<notes>\n\[1\] [^\n]*\n(.+?)(?:\n\n|\n</notes>)", re.DOTALL)


def from_the_notes(messages: list[dict[str, str]]) -> str:
    """Return the first sentence of the first note, or the admission that there is none."""
    note = _FIRST_NOTE.search(messages[-1]["content"])
    return re.split(r"(?<=[.!?])\s", note.group(1).strip())[0] if note else "NOT IN NOTES"
