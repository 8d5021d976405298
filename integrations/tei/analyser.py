"""Search terms from Maru's own encoder process."""

from collections.abc import Sequence

from bot.domain.errors import EncoderUnavailable
from integrations.tei.connection import BATCH, EncoderConnection

TIMEOUT_SECONDS = 30.0


class HttpAnalyser:
    """The analyser behind `POST /analyse {"inputs": […]}` -> `[[term, …], …]`. Thread-safe. timeout: seconds."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._connection = EncoderConnection(url, timeout=timeout)

    def analyse(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return each text's terms in order, with repetitions, 32 texts a request. Raises EncoderUnavailable."""
        terms: list[tuple[str, ...]] = []
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            answers = self._connection.ask("/analyse", {"inputs": batch}, expected=len(batch))
            if not all(
                isinstance(answer, list) and all(isinstance(term, str) for term in answer) for answer in answers
            ):
                raise EncoderUnavailable("The encoder answered /analyse with something that is no list of terms.")
            terms += map(tuple, answers)
        return terms

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
