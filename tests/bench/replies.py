"""What the stand-in of the chat model says: as a good model would, sentences of the evidence."""

import re

_FIRST_NOTE = re.compile(r"<notes>\n\[1\] (.+?)(?:\n\n|\n</notes>)", re.DOTALL)


def from_the_notes(messages: list[dict[str, str]]) -> str:
    """Return the first two sentences of the first note, or the admission that there is none.

    The first is what the question is about, the second is what the asker did not know.
    """
    note = _FIRST_NOTE.search(messages[-1]["content"])
    return " ".join(re.split(r"(?<=[.!?])\s", note.group(1).strip())[:2]) if note else "NOT IN NOTES"
