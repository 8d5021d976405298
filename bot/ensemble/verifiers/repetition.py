"""Whether a draft goes round in circles: small models that lose the thread say the same for ever."""

import re
from collections import Counter
from collections.abc import Sequence

from bot.domain.sentences import sentences
from bot.ensemble.verifiers.verdict import Draft, Verdict

_LONGEST_LOOP = 24
"""Words of one round that are looked for; a longer round is a sentence that comes again."""

_SAME_SENTENCE = 3

_DIVERSE, _LEAST_TRIGRAMS = 0.5, 40
"""Of this many triples of words in a row, so large a share must differ (distinct-3 of Li et al., 2016)."""

_SOUND = re.compile(r"([^\W\d_]{1,4}?)\1{9,}|(\d)\2{59,}")
"""Letters that come again without a space, ten times; a digit may more often: 1000000000000."""

_WORD = re.compile(r"\w+(?:[.'’-]\w+)*")


def no_loop(draft: Draft) -> Verdict:
    """Refuse a draft that repeats words, a sentence or sounds as no writer does."""
    text = draft.text
    words = _WORD.findall(text.casefold())
    if _SOUND.search(text) or (looped := _loop(words)) is not None:
        what = "sounds" if _SOUND.search(text) else f"`{' '.join(looped or ())[:40]}`"
        return Verdict(False, f"the draft repeats {what} without end")
    said = Counter(" ".join(_WORD.findall(sentence.casefold())) for sentence in sentences(text))
    if any(count >= _SAME_SENTENCE and " " in sentence for sentence, count in said.items()):
        return Verdict(False, "the draft says the same sentence again and again")
    triples = list(zip(words, words[1:], words[2:], strict=False))
    if len(triples) >= _LEAST_TRIGRAMS and len(set(triples)) < _DIVERSE * len(triples):
        return Verdict(False, "the draft turns in circles")
    return Verdict(True, "no repetition")


def _loop(words: Sequence[str]) -> Sequence[str] | None:
    """Return the round that follows on itself too often: of one word six times, of two or three four, else three."""
    for length in range(1, min(_LONGEST_LOOP, len(words) // 3) + 1):
        rounds = {1: 6, 2: 4, 3: 4}.get(length, 3)
        same = 0  # words in a row that equal the one a round before
        for position in range(length, len(words)):
            same = same + 1 if words[position] == words[position - length] else 0
            if same >= length * (rounds - 1):
                return words[position - length + 1 : position + 1]
    return None
