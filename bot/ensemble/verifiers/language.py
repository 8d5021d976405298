"""Whether a draft is in the language it was asked for."""

from collections.abc import Callable

from bot.domain.language import Language
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier

_NAMES: dict[Language, str] = {"en": "English", "ko": "Korean"}


def same_language(expected: Language, language_of: Callable[[str], Language]) -> Verifier:
    """Return the verifier that accepts text of this language. language_of: tells a text's language."""

    def verify(draft: Draft) -> Verdict:
        if language_of(draft.text) == expected:
            return Verdict(True, f"in {_NAMES[expected]}")
        return Verdict(False, f"not in {_NAMES[expected]}")

    return verify
