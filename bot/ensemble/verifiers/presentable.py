"""What every text must pass before anybody sees it, whatever its skill."""

import re
from collections.abc import Callable

from bot.domain.language import Language
from bot.ensemble.verifiers.garbage import clean
from bot.ensemble.verifiers.language import same_language
from bot.ensemble.verifiers.repetition import no_loop
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier, all_of

_LEAKED_WORDS = 10
"""Words of the instructions in a row; fewer may be a coincidence."""

_WORD = re.compile(r"\w+")


def whole(draft: Draft) -> Verdict:
    """Refuse a draft that the model did not finish."""
    return Verdict(draft.finished, "finished" if draft.finished else "the draft ends in the middle")


def no_leak(instructions: str) -> Verifier:
    """Return the verifier that refuses a draft which recites these instructions."""
    told = _runs(instructions)

    def verify(draft: Draft) -> Verdict:
        leaks = bool(told & _runs(draft.text))
        return Verdict(not leaks, "the draft recites its instructions" if leaks else "no instructions in it")

    return verify


def presentable(language: Language, language_of: Callable[[str], Language], *, instructions: str = "") -> Verifier:
    """Return the verifier that accepts finished, clean text of this language without loops or the instructions."""
    return all_of((whole, clean, no_loop, no_leak(instructions), same_language(language, language_of)))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[at : at + _LEAKED_WORDS]) for at in range(len(words) - _LEAKED_WORDS + 1))
