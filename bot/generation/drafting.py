"""What the model is shown: instructions, fenced evidence, the question."""

from collections.abc import Sequence
from importlib.resources import files

from bot.domain.documents import Passage
from bot.domain.language import Language
from bot.domain.models import ChatMessage, ChatRequest

_INSTRUCTIONS = files("bot").joinpath("generation", "prompts", "answer.md").read_text(encoding="utf-8").strip()
_LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "ko": "Korean"}

NO_ANSWER = "NOT IN NOTES"
"""What the model is asked to say when the evidence has no answer."""

MOST_TOKENS = 160
"""Longest draft: three short sentences and a command."""

_CHARACTERS_PER_TOKEN = 3
"""A cautious estimate for English; it only has to keep the prompt inside the context."""


def draft_request(
    question: str, passages: Sequence[Passage], *, language: Language, context_tokens: int
) -> ChatRequest:
    """Return the request for a draft; evidence that would not fit into the model's context is left out, last first."""
    room = (context_tokens - MOST_TOKENS) * _CHARACTERS_PER_TOKEN - len(_INSTRUCTIONS) - len(question) - 200
    notes: list[str] = []
    for number, passage in enumerate(passages, start=1):
        note = f"[{number}] {' › '.join(passage.title_path)}\n{_neutral(passage.text)}"
        if notes and room < len(note):
            break
        notes.append(note[:room])
        room -= len(note)
    fenced = "\n\n".join(notes)
    asked = f"<notes>\n{fenced}\n</notes>\n\nQuestion: {question}\nAnswer in {_LANGUAGE_NAMES[language]}:"
    return ChatRequest(
        messages=(ChatMessage("system", _INSTRUCTIONS), ChatMessage("user", asked)),
        max_tokens=MOST_TOKENS,
        temperature=0.0,
    )


def _neutral(text: str) -> str:
    """Keep a document from closing the fence around it."""
    return text.replace("<notes>", "(notes)").replace("</notes>", "(/notes)")
