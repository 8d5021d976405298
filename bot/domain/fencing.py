"""Text of others, made inert before a model reads it: it stays data, whatever it says (law 7)."""

import re

_TEMPLATE = re.compile(
    r"<(\|[\w ]{0,40}\|)>|<(/?s|bos|eos|(?:start|end)_of_turn)>|<(<\s*/?\s*SYS\s*>)>|\[(/?INST)\]", re.IGNORECASE
)
"""How models' own templates begin and end a speaker's turn. Servers read these signs in any text as what they mean."""


def inert(text: str, tag: str) -> str:
    """Return a text that can neither close the fence of this tag around it nor speak as somebody else."""
    fence = re.compile(rf"<(\s*/?\s*{re.escape(tag)}(?:\s[^<>]*)?)>", re.IGNORECASE)
    return _TEMPLATE.sub(lambda found: f"({next(one for one in found.groups() if one)})", fence.sub(r"(\1)", text))
