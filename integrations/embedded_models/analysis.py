"""Search terms: Korean morphemes by Kiwi, English stems by Snowball, identifiers and numbers as they are."""

import re
import unicodedata
from threading import Lock

import snowballstemmer
from kiwipiepy import Kiwi

_ENGLISH_STOP_WORDS = frozenset(
    "a an and are as at be been but by can could do does did for from had has have how i if in into is it its me my "
    "of on or our shall should so such that the their them then there these they this those to was we were what when "
    "where which who whom whose why will with would you your about any".split()
)
_KOREAN_KEPT = frozenset({"NNG", "NNP", "NR", "VV", "VV-R", "VV-I", "VA", "VA-R", "VA-I", "MAG", "XR", "SH"})
"""Kiwi's tags of words that carry content: nouns, numerals, verbs, adjectives, adverbs, roots, Chinese characters."""

_KOREAN_STOP_WORDS = frozenset(
    "하 되 있 이 않 그 저 어떻 어떻게 무엇 뭐 누구 언제 어디 왜 어느 몇 얼마 "
    "알 주 말 것 수 때 등 및 좀 잘 더 경우 무슨 어떤".split()
)
_WORD = re.compile(r"[A-Za-z0-9]+")
_HANGUL = re.compile(r"[가-힣ㄱ-ㅣ]")
_CLITIC = re.compile(r"n't\b|'(s|m|re|ve|ll|d)\b")


class Analysis:
    """Both analysers. Loading Kiwi takes seconds and half a gigabyte: one process of a machine does it."""

    def __init__(self) -> None:
        self._kiwi = Kiwi(num_workers=1)
        self._kiwi.tokenize("예열")
        self._stemmer = snowballstemmer.stemmer("english")
        self._lock = Lock()  # the stemmer keeps state between calls

    def terms(self, text: str) -> list[str]:
        """Return the text's terms in order, with repetitions."""
        text = unicodedata.normalize("NFC", text.replace("\u2019", "'"))
        with self._lock:
            if not _HANGUL.search(text):
                return self._english(_WORD.findall(_CLITIC.sub("", text.lower())))
            return self._korean(text)

    def _english(self, words: list[str]) -> list[str]:
        return list(self._stemmer.stemWords([word for word in words if word not in _ENGLISH_STOP_WORDS]))

    def _korean(self, text: str) -> list[str]:
        """Kiwi's morphemes; what it cuts out of a Latin word or an identifier (SEV1) is put together again."""
        latin = {position: span for span in _WORD.finditer(text) for position in range(*span.span())}
        terms: list[str] = []
        done = -1
        for token in self._kiwi.tokenize(text):
            span = latin.get(token.start)
            if span is not None:
                if span.start() != done:
                    done = span.start()
                    terms += self._english([span.group().lower()])
            elif token.tag.startswith("W_"):  # a hashtag, link or address that starts with a sign
                terms += self._english(_WORD.findall(token.form.lower()))
            elif token.tag in _KOREAN_KEPT and token.form not in _KOREAN_STOP_WORDS:
                terms.append(token.form)
        return terms
