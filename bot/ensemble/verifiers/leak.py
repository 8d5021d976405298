"""Whether a draft recites what the model was told."""

import re

from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier

_LEAKED_WORDS = 10
"""Words of the instructions in a row; fewer may be a coincidence."""

_WORD = re.compile(r"\w+")


def no_leak(instructions: str) -> Verifier:
    """Return the verifier that refuses a draft which recites these instructions."""
    told = _runs(instructions)

    def verify(draft: Draft) -> Verdict:
        leaks = bool(told & _runs(draft.text))
        return Verdict(not leaks, "the draft recites its instructions" if leaks else "no instructions in it")

    return verify


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[at : at + _LEAKED_WORDS]) for at in range(len(words) - _LEAKED_WORDS + 1))
