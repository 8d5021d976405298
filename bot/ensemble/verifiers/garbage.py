"""Whether a draft is text at all: no broken characters, no leaked template, no mojibake."""

import re
import unicodedata

from bot.ensemble.verifiers.verdict import Draft, Verdict

_TEMPLATE = re.compile(
    r"<\|[a-z_]+\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?(?:notes|think|tool_call)>"
    r"|^\s*(?:system|user|assistant)\s*[:\n]",
    re.IGNORECASE | re.MULTILINE,
)
"""What frames a prompt: ChatML, Llama, Gemma, Mistral, Qwen and Maru's own fence; or the model plays both sides."""

_MOJIBAKE = re.compile(r"(?:[ÂÃ][\x80-\xbf]|[ìíëê][\x80-\xbf\u2018-\u2026\u0152-\u017e]|â€[™œ\x9d“”¦]|ï¿½)")
"""UTF-8 read as Latin-1 or Windows-1252: Â and Ã before a continuation, and the lead bytes of Hangul (EA to ED)."""

_ALLOWED_CONTROLS = "\t\n\r"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Zero-width characters: a joiner is a part of emoji, so a few are no fault."""

_MOST_INVISIBLE = 3
_LEAST_LETTERS = 0.3
"""Share of letters and digits among what is not white space. Tables and commands have more than half."""

_LONG_WORD = 60
"""Letters in a row without a space that no word of either language has; links and code have other characters."""


def clean(draft: Draft) -> Verdict:
    """Refuse broken characters, control characters, mojibake, a leaked prompt template, symbol soup, or nothing."""
    text = draft.text
    if not text.strip():
        return Verdict(False, "the draft is empty")
    if "\ufffd" in text or any(_broken(character) for character in text):
        return Verdict(False, "the draft has broken characters")
    if _MOJIBAKE.search(text):
        return Verdict(False, "the draft was decoded wrongly")
    if (leaked := _TEMPLATE.search(text)) is not None:
        return Verdict(False, f"the draft leaks its template ({leaked.group().strip()})")
    return _worded(text)


def _broken(character: str) -> bool:
    """Tell whether a character is a control, half a surrogate pair, or assigned to nothing."""
    if character in _ALLOWED_CONTROLS or (character.isascii() and character.isprintable()):
        return False
    return unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")


def _worded(text: str) -> Verdict:
    visible = [character for character in text if not character.isspace()]
    if sum(character in _INVISIBLE for character in visible) > _MOST_INVISIBLE:
        return Verdict(False, "the draft has invisible characters")
    if sum(character.isalnum() for character in visible) < _LEAST_LETTERS * len(visible):
        return Verdict(False, "the draft is hardly words")
    if any(word.isalpha() and len(word) > _LONG_WORD for word in text.split()):
        return Verdict(False, "the draft has no words, only letters in a row")
    return Verdict(True, "clean text")
