"""Questions to the sample handbook, each once in words of its own and once as many as a benchmark needs."""

import itertools
import re
from collections.abc import Iterator

from tests.bench.machine import ROOT

HANDBOOK = ROOT / "workers" / "handbook"

LONGER_THAN_SMALL_TALK = 9
"""Words."""

ENGLISH = (
    "how do I roll back a deploy?",
    "who gets paged for a SEV1?",
    "how many days of paid leave do I get per year?",
    "what is the hotel limit on a work trip?",
    "how do I get read access to the production database?",
    "when must the post-mortem draft be written?",
)
KOREAN = (
    "배포를 롤백하려면?",
    "스테이징에 배포하려면 어떻게 해?",
    "현재 온콜 담당자는 어떻게 확인하나요?",
    "VPN 세션은 몇 시간 뒤에 종료되나요?",
    "운영 데이터베이스 읽기 권한은 누가 승인하나요?",
    "공휴일에 온콜 근무를 하면 휴무가 생기나요?",
)


def wordy() -> Iterator[str]:
    """Yield, for ever, openings of the English handbook: what stand-ins that know nothing but words can find."""
    sentences = [
        sentence
        for page in sorted((HANDBOOK / "en").glob("*.md"))
        for paragraph in page.read_text(encoding="utf-8").split("\n\n")
        if not paragraph.startswith(("#", "-"))
        for sentence in re.split(r"(?<=\.)\s", paragraph)[:1]
    ]
    openings = [sentence.rstrip(".").split()[:LONGER_THAN_SMALL_TALK] for sentence in sentences]
    return itertools.cycle([" ".join(words) for words in openings if len(words) == LONGER_THAN_SMALL_TALK])
