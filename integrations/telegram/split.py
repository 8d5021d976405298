"""Cuts a long message into parts that Telegram takes, where a reader would pause. Pure."""

import re
from collections.abc import Sequence

from integrations.telegram.runs import Run, cost, size

LIMIT = 4000
"""Telegram's own is 4,096 after it has read the formatting."""

PAUSES = tuple(re.compile(pattern) for pattern in (r"\n\n", r"(?<=[.!?…。！？])\s", r"\n", r"\s"))
"""Where to cut, best first: paragraph, sentence, line, word."""

SHORTEST = 0.25
"""A better kind of pause is not worth a part shorter than this share of the limit."""


def split(runs: Sequence[Run], *, limit: int = LIMIT) -> list[tuple[Run, ...]]:
    """Return the parts in order; a code block is cut, at a line's end, only if it is too long by itself."""
    parts, rest = [], _stripped(runs)
    while size(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(_stripped(_until(rest, cut)))
        rest = _stripped(_since(rest, cut))
    return [part for part in (*parts, rest) if part]


def _cut(runs: Sequence[Run], limit: int) -> int:
    """Return at which character to cut; more than 0."""
    text = "".join(run.text for run in runs)
    fit = _fitting(text, limit)
    blocks = _code_blocks(runs)
    for start, end in blocks:
        if start < fit < end:
            return start or _last_line_end(text, fit)
    for pause in PAUSES:
        ends = [found.start() for found in pause.finditer(text, 0, fit + 1)]
        ends = [at for at in ends if fit * SHORTEST <= at <= fit and not _inside(at, blocks)]
        if ends:
            return ends[-1] or fit
    return fit


def _fitting(text: str, limit: int) -> int:
    total = 0
    for place, character in enumerate(text):
        total += cost(character)
        if total > limit:
            return max(place, 1)
    return len(text)


def _last_line_end(text: str, before: int) -> int:
    at = text.rfind("\n", 0, before)
    return at if at > 0 else before


def _code_blocks(runs: Sequence[Run]) -> list[tuple[int, int]]:
    spans, at = [], 0
    for run in runs:
        if "pre" in run.styles:
            spans.append((at, at + len(run.text)))
        at += len(run.text)
    return spans


def _inside(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < at < end for start, end in spans)


def _until(runs: Sequence[Run], cut: int) -> list[Run]:
    kept = []
    for run in runs:
        kept.append(Run(run.text[:cut], run.styles))
        cut = max(0, cut - len(run.text))
    return kept


def _since(runs: Sequence[Run], cut: int) -> list[Run]:
    kept = []
    for run in runs:
        kept.append(Run(run.text[cut:], run.styles))
        cut = max(0, cut - len(run.text))
    return kept


def _stripped(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Drop white space at both ends (a code block's indentation stays) and empty runs."""
    kept = [run for run in runs if run.text]
    while kept and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].text.strip():
        del kept[-1]
    if not kept:
        return ()
    first = kept[0].text.lstrip("\n") if kept[0].literal else kept[0].text.lstrip()
    kept[0] = Run(first, kept[0].styles)
    kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].styles)
    return tuple(kept)
