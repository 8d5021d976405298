"""What the model is shown: instructions, fenced evidence, the question."""

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

from bot.domain.documents import Passage
from bot.domain.fencing import inert
from bot.domain.language import Language
from bot.domain.models import ChatDelta, ChatMessage, ChatRequest
from bot.domain.sentences import sentences

_INSTRUCTIONS = files("bot").joinpath("generation", "prompts", "answer.md").read_text(encoding="utf-8").strip()
_LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "ko": "Korean"}

NO_ANSWER = "NOT IN NOTES"
"""What the model is asked to say when the evidence has no answer."""

MOST_TOKENS = 120
"""Longest draft: three short sentences and a command."""

MOST_SENTENCES = 3
"""A chat answer; small models go on until they repeat themselves."""

LEAST_EVIDENCE = 200
"""Characters of evidence without which a model is not asked: with less it can only guess."""

_CHARACTERS_PER_TOKEN = 3
"""A cautious estimate for English; it only has to keep the prompt inside the context."""

_NOTE = re.compile(r"^\[(\d+)\](?=\s)", re.MULTILINE)

_FRAME = 200
"""Characters of the prompt around instructions, notes and question."""


def draft_request(
    question: str, passages: Sequence[Passage], *, language: Language, context_tokens: int
) -> tuple[ChatRequest, Sequence[Passage]] | None:
    """Return the request for a draft and the passages in it; what does not fit into the context is left out.

    None if the question leaves no room for evidence.
    """
    room = (context_tokens - MOST_TOKENS) * _CHARACTERS_PER_TOKEN - len(_INSTRUCTIONS) - len(question) - _FRAME
    if room < LEAST_EVIDENCE:
        return None
    notes: list[str] = []
    for number, passage in enumerate(passages, start=1):
        note = f"[{number}] {_neutral(passage.text)}"
        if notes and room < len(note):
            break
        notes.append(note[:room])
        room -= len(note)
    fenced = "\n\n".join(notes)
    asked = f"<notes>\n{fenced}\n</notes>\n\nQuestion: {question}\nAnswer in {_LANGUAGE_NAMES[language]}:"
    request = ChatRequest(
        messages=(ChatMessage("system", _INSTRUCTIONS), ChatMessage("user", asked)),
        max_tokens=MOST_TOKENS,
        temperature=0.0,
    )
    return request, passages[: len(notes)]


def complete_sentences(deltas: Iterator[ChatDelta]) -> str:
    """Return the draft's first MOST_SENTENCES sentences; stop the model there, and drop what it left unfinished.

    Propagates what the stream raises.
    """
    draft, finished = "", False
    for delta in deltas:
        draft += delta.text
        finished = delta.finish_reason == "stop"
        if len(sentences(draft)) > MOST_SENTENCES:
            break  # closing the iterator closes the socket: the server stops generating
    close = getattr(deltas, "close", None)
    if close is not None:
        close()
    said = sentences(draft)
    return "\n".join((said if finished else said[:-1])[:MOST_SENTENCES])


def _neutral(text: str) -> str:
    """Keep a document from closing the fence around it, and from passing a part of itself off as another note."""
    return _NOTE.sub(r"(\1)", inert(text, "notes"))
