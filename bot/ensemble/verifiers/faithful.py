"""Whether a text made of another says only what that other says."""

import re

from bot.domain.sentences import sentences
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier
from bot.ports.analyser import Analyser

COVERAGE = 0.5
"""Share of a sentence's terms that the source must contain; the same as for answers (bot.generation.grounding)."""

_LITERAL = re.compile(r"`[^`\n]+`|https?://[^\s)>\]]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.\w+|\d[\d,.:/-]*\d|\d", re.ASCII)
"""What must be said as it was: code, links, addresses, whatever has digits."""

_GOES_BEFORE, _GOES_ON = re.compile(r"\d$|\d\.$"), re.compile(r"\.?\d")
"""A number that begins before, or goes on after, is another number."""


def literal_to(source: str) -> Verifier:
    """Return the verifier that refuses a number, a piece of code, a link or an address that the source has not."""

    plain = source.replace(",", "")

    def verify(draft: Draft) -> Verdict:
        strange = next((one for one in _literals(draft.text) if not _said(one, plain)), None)
        if strange is None:
            return Verdict(True, "numbers, code and links are the source's")
        return Verdict(False, f"the source does not say {strange!r}")

    return verify


def keeping_literals_of(source: str) -> Verifier:
    """Return the verifier that also refuses a draft in which one of the source's literals is missing."""
    wanted = _literals(source)
    add_none = literal_to(source)

    def verify(draft: Draft) -> Verdict:
        plain = draft.text.replace(",", "")
        missing = next((one for one in wanted if not _said(one, plain)), None)
        return add_none(draft) if missing is None else Verdict(False, f"{missing!r} of the source is missing")

    return verify


def _literals(text: str) -> list[str]:
    return [one.strip("`").replace(",", "") for one in _LITERAL.findall(text)]


def _said(literal: str, plain: str) -> bool:
    """Tell whether a text without commas says a literal; a number is not said by a longer one."""
    place = -1
    while (place := plain.find(literal, place + 1)) >= 0:
        end = place + len(literal)
        longer = literal[:1].isdigit() and _GOES_BEFORE.search(plain[max(0, place - 2) : place])
        if not longer and not (literal[-1:].isdigit() and _GOES_ON.match(plain[end : end + 2])):
            return True
    return False


def supported_by(source: str, analyser: Analyser) -> Verifier:
    """Return the verifier that refuses a sentence of which the source has too few words.

    The verdict's score is the least covered sentence's share. Raises EncoderUnavailable.
    """

    def verify(draft: Draft) -> Verdict:
        said = sentences(draft.text)
        known, *rest = analyser.analyse([source, *said])
        there = set(known)
        shares = [sum(term in there for term in terms) / len(terms) for terms in rest if terms]
        least = min(shares, default=1.0)
        if least < COVERAGE:
            return Verdict(False, "a sentence says what the text does not", least)
        return literal_to(source)(draft) if source else Verdict(True, "nothing to compare with")

    return verify


def finished(draft: Draft) -> Verdict:
    """Refuse a draft that the model did not end: half a text may say the opposite of the whole."""
    if draft.finished:
        return Verdict(True, "finished")
    return Verdict(False, "the model did not come to an end")
