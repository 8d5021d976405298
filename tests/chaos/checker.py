"""Judges a run by its history alone: nothing lost, nothing twice, nothing out of order. Pure.

Lines it reads: `sent` (event, platform, conversation, place: what people sent, in the order of each conversation),
`acked` (event: the platform has its 200, or Telegram its higher offset), `post` (platform, event, place, text, name),
`update` (name: a post was changed), `found` (name: a post was looked for, and Telegram said that it is there),
`spoiled` (name, seconds: how late its sender heard that the post was taken, None: never), `action` (name, target, and
`until` where it lasts), `rest` (stuck: rows), `calm` and `fire` (seconds).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.history import Line
from tests.chaos.window import in_window, unheard


@dataclass(slots=True)
class Verdict:
    """Event ids (or rows) by violation. inside: Telegram's doubled ones that the written window explains.
    unheard: those of them where Telegram took the post and broke the connection. found: posts that were not doubled
    since a look found them."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    unheard: int = 0
    found: int = 0
    disordered: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    stuck: int = 0
    unknown: int = 0
    apologies: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Tell whether nothing was violated."""
        violations = (self.lost, self.doubled, self.disordered, self.misplaced, self.changed)
        return not any(violations) and not self.stuck and not self.unknown


def judge(history: Sequence[Line]) -> Verdict:
    """Return what went wrong, and what was done to the system."""
    verdict = Verdict(kinds=Counter(f"{line['name']} {line['target']}" for line in history if line["kind"] == "action"))
    sent = {line["event"]: line for line in history if line["kind"] == "sent"}
    acked = {line["event"]: line["at"] for line in reversed(history) if line["kind"] == "acked"}
    posts: defaultdict[str, list[Line]] = defaultdict(list)
    for line in history:
        if line["kind"] != "post":
            continue
        if line["event"] not in sent:
            verdict.unknown += 1
            continue
        posts[line["event"]].append(line)
    verdict.lost = [event for event in acked if event not in posts]
    for event, ours in posts.items():
        _one(event, sent[event], ours, verdict, history)
        verdict.waits.append(ours[0]["at"] - acked.get(event, sent[event]["at"]))
    verdict.changed = [line["name"] for line in history if line["kind"] == "update"]
    verdict.found = len({line["name"] for line in history if line["kind"] == "found"})
    verdict.disordered = _disordered(sent, posts)
    verdict.stuck = sum(line["stuck"] for line in history if line["kind"] == "rest")
    return verdict


def _one(event: str, sent: Line, posts: Sequence[Line], verdict: Verdict, history: Sequence[Line]) -> None:
    if any(post["place"] != sent["place"] for post in posts):
        verdict.misplaced.append(event)
    verdict.apologies += "reference" in posts[0]["text"].lower()
    if len(posts) > 1:
        outside = sum(not in_window(post, history) for post in posts)
        explained = sent["platform"] == "telegram" and outside <= 1
        verdict.unheard += explained and any(unheard(post, history) for post in posts)
        (verdict.inside if explained else verdict.doubled).append(event)


def _disordered(sent: dict[str, Line], posts: dict[str, list[Line]]) -> list[str]:
    """Return the events whose first reply came before that of an earlier event of their conversation."""
    last: dict[str, float] = {}
    wrong = []
    for event, line in sent.items():
        if event in posts:
            at = posts[event][0]["at"]
            if at < last.get(line["conversation"], 0.0):
                wrong.append(event)
            last[line["conversation"]] = max(at, last.get(line["conversation"], 0.0))
    return wrong
