"""Whether a text made of another says only what that other says."""

import re

from bot.domain.sentences import sentences
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier
from bot.ports.analyser import Analyser

COVERAGE = 0.85
"""Share of a clause's terms that one sentence of the source must contain: all, in a short one. At .8 "the office stays
open until midnight" rested on "the garage stays open until midnight"."""

_CLAUSE = re.compile(r"[,;:—](?=\s)|\s(?:and|but|while|which)\s", re.IGNORECASE)

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
    """Return the verifier that refuses a clause of which no single sentence of the source has nearly all words.

    One sentence: words from all over the text may say together what none of it says. The verdict's score is the least
    covered clause's share. Raises EncoderUnavailable.
    """

    def verify(draft: Draft) -> Verdict:
        clauses = [clause for one in sentences(draft.text) for clause in _CLAUSE.split(one) if clause.strip()]
        told = sentences(source)
        terms = analyser.analyse([*told, *clauses])
        there = [set(one) for one in terms[: len(told)]]
        shares = [
            max((sum(term in known for term in one) / len(one) for known in there), default=0.0)
            for one in terms[len(told) :]
            if one
        ]
        least = min(shares, default=1.0)
        if least < COVERAGE:
            return Verdict(False, "a clause says what no sentence of the text does", least)
        return literal_to(source)(draft) if source else Verdict(True, "nothing to compare with")

    return verify


def finished(draft: Draft) -> Verdict:
    """Refuse a draft that the model did not end: half a text may say the opposite of the whole."""
    if draft.finished:
        return Verdict(True, "finished")
    return Verdict(False, "the model did not come to an end")
