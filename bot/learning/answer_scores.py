"""Whether a reply holds an acceptable answer: containment, after spaces, case and punctuation are evened out."""

import re
import unicodedata
from collections.abc import Sequence

_SIGNS = re.compile(r"[\W_]+")


def contains(reply: str, answers: Sequence[str]) -> bool:
    """Tell whether any of the answers occurs in the reply.

    Latin words and numbers count whole ("12" is not in "120"); where Korean is, spaces and particles do not matter.
    """
    spaced = f" {_evened(reply)} "
    joined = spaced.replace(" ", "")
    return any(_occurs(_evened(answer), spaced, joined) for answer in answers)


def _occurs(answer: str, spaced: str, joined: str) -> bool:
    if not answer:
        return False
    if re.search(r"[가-힣]", answer):
        return answer.replace(" ", "") in joined
    return re.search(rf"(?<![a-z0-9]){re.escape(answer)}(?![a-z0-9])", spaced) is not None


def _evened(text: str) -> str:
    return _SIGNS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
