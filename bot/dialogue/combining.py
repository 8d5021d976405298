"""Several requests of one message, answered in one reply."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from bot.dialogue.outcome import Outcome
from bot.domain.messages import Citation, Reply

_CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)


def combined(outcomes: Sequence[Outcome]) -> Outcome:
    """Return one outcome with all replies in order; the citations are numbered through.

    What was asked of the person, what was offered by number, and what can be corrected, is the last one's.
    """
    if len(outcomes) == 1:
        return outcomes[0]
    texts: list[str] = []
    citations: list[Citation] = []
    for outcome in outcomes:
        own, before = outcome.reply.citations, len(citations)
        texts.append(_renumbered(outcome.reply.text, {one.number for one in own}, by=before))
        citations += [replace(one, number=one.number + before) for one in own]
    unclear = next((one for one in reversed(outcomes) if one.choices), None)
    return Outcome(
        reply=Reply("\n\n".join(texts), tuple(citations), unclear.reply.buttons if unclear else ()),
        tries=_of(outcomes, "tries"),
        sources=_of(outcomes, "sources"),
        spaces=tuple(dict.fromkeys(_of(outcomes, "spaces"))),
        tools=_of(outcomes, "tools"),
        pending=next((one.pending for one in reversed(outcomes) if one.pending), None),
        done=next((one.done for one in reversed(outcomes) if one.done), None),
        scheduled=_of(outcomes, "scheduled"),
        withdrawn=_of(outcomes, "withdrawn"),
        elsewhere=_of(outcomes, "elsewhere"),
        choices=unclear.choices if unclear else (),
        unclear=unclear.unclear if unclear else None,
        documents=_of(outcomes, "documents"),
        owner=next((one.owner for one in reversed(outcomes) if one.owner), None),
        curated=_of(outcomes, "curated"),
        unanswered=next((one.unanswered for one in reversed(outcomes) if one.unanswered), None),
        settles=any(one.settles for one in outcomes),
        capped=any(one.capped for one in outcomes),
    )


def _renumbered(text: str, numbers: set[int], *, by: int) -> str:
    """Move the marks of citations; brackets in code are no marks."""

    def moved(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"[{number + by}]" if number in numbers else found[0]

    parts = _CODE.split(text)
    return "".join(part if index % 2 else re.sub(r"\[(\d+)\]", moved, part) for index, part in enumerate(parts))


def _of(outcomes: Sequence[Outcome], name: str) -> tuple:  # type: ignore[type-arg]  # of whatever the field holds
    found = ((one.reply.buttons if name == "buttons" else getattr(one, name)) for one in outcomes)
    return tuple(chain.from_iterable(found))
