"""Search terms from Maru's own encoder process."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock

from bot.domain.errors import EncoderUnavailable
from integrations.tei.connection import BATCH, EncoderConnection

TIMEOUT_SECONDS = 30.0

MOST_KEPT = 8_000
"""Texts whose terms are remembered, some 10 MB: a passage's lines are looked at anew for each draft that cites them."""

LONGEST_KEPT = 400
"""Characters. Longer texts are whole passages, which are analysed once, when they are indexed."""


class HttpAnalyser:
    """The analyser behind `POST /analyse {"inputs": […]}` -> `[[term, …], …]`. Thread-safe. timeout: seconds."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._connection = EncoderConnection(url, timeout=timeout)
        self._kept: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._lock = Lock()

    def analyse(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return each text's terms in order, with repetitions, 32 texts a request. Raises EncoderUnavailable."""
        known = self._remembered(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        found = dict(zip(new, self._ask(new), strict=True))
        self._remember(found)
        return [known[text] if text in known else found[text] for text in texts]

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _ask(self, texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            answers = self._connection.ask("/analyse", {"inputs": batch}, expected=len(batch))
            if not all(
                isinstance(answer, list) and all(isinstance(term, str) for term in answer) for answer in answers
            ):
                raise EncoderUnavailable("The encoder answered /analyse with something that is no list of terms.")
            yield from map(tuple, answers)

    def _remembered(self, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            for text in known:
                self._kept.move_to_end(text)
        return known

    def _remember(self, found: dict[str, tuple[str, ...]]) -> None:
        with self._lock:
            self._kept.update((text, terms) for text, terms in found.items() if len(text) <= LONGEST_KEPT)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
