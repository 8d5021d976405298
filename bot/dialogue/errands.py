"""Skills that a tool of ours does: sums, the clock, reminders, calling a person. No model takes part."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.outcome import Outcome
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey, RungTry, Scheduled
from bot.domain.reaching import home_of
from bot.domain.skills import Skill
from bot.domain.state import Done, Pending, Slots
from bot.generation.phrases import phrase
from bot.tools.calculator import calculation
from bot.tools.clock import shown, tell
from bot.tools.reminder import LONGEST_AHEAD, moved, read_wish

_REACHABLE = frozenset({Platform.SLACK, Platform.TELEGRAM})
"""Where a post later or elsewhere can be seen; a terminal or an API call waits for its one reply."""

_REPEATED = re.compile(r"\b(?:every|each|daily|weekly|monthly)\b|매일|매주|매달|매월|마다", re.IGNORECASE)

MOST_ASKED = 3
"""How often Maru asks for the same thing before it lets the matter go."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a tool is given. slots: what earlier turns said. now: aware, in the house's zone. position: of the request
    among those of its message, so that each plans replies of its own."""

    skill: Skill
    text: str
    slots: Slots
    event: Event
    language: Language
    now: datetime
    administrators: tuple[PersonId, ...] = ()
    pending: Pending | None = None
    replaces: ReplyKey | None = None
    position: int = 0


def run(errand: Errand) -> Outcome:
    """Do it, or ask for what is missing. Raises KeyError for a tool that is none of ours: skill files are checked."""
    return _TOOLS[errand.skill.tools[0]](errand)


def _calculate(errand: Errand) -> Outcome:
    found = calculation(errand.text)
    if found is None:
        return _said(errand, phrase("no_sum", errand.language), done=False)
    if found.result is None:
        return _said(errand, phrase("no_result", errand.language, sum=found.expression), done=False)
    equals = "" if found.result.startswith("≈") else "= "
    return _said(errand, f"`{found.expression}` {equals}**{found.result}**")


def _clock(errand: Errand) -> Outcome:
    told = tell(errand.text, errand.now, errand.language)
    return _said(errand, told or phrase("no_time", errand.language), done=told is not None)


def _remind(errand: Errand) -> Outcome:
    if errand.event.address.platform not in _REACHABLE:
        return _said(errand, phrase("no_reminders_here", errand.language), done=False)
    known = dict(errand.slots)
    wish = read_wish(errand.text, errand.now)
    if "when" in known:
        wish = moved(wish, datetime.fromisoformat(known["when"]).astimezone(errand.now.tzinfo), errand.now)
    asked = errand.pending.missing if errand.pending else None
    if wish.past:
        return _late(errand, known)
    if wish.when is not None:
        known["when"] = wish.when.isoformat()
    if wish.what and (asked is None or asked == "what" or "what" not in known):
        known["what"] = wish.what
    for slot in ("what", "when"):
        if slot not in known:
            return _ask(errand, known, slot)
    return _planned(errand, known)


def _late(errand: Errand, known: Mapping[str, str]) -> Outcome:
    return _ask(errand, known, "when", first=phrase("past", errand.language, days=LONGEST_AHEAD.days))


def _planned(errand: Errand, known: Mapping[str, str]) -> Outcome:
    event, at = errand.event, datetime.fromisoformat(known["when"])
    if at <= errand.now:  # it went by while Maru asked
        return _late(errand, {"what": known["what"]})
    key = ReplyKey(f"{event.event_id}#reminder{errand.position or ''}")
    text = phrase("reminder", errand.language, what=known["what"])
    # A conversation of its own: what is due tomorrow must not hold up what is said today.
    aside = ConversationId(f"{event.conversation}/reminder/{event.event_id}")
    message = OutgoingMessage(key, aside, event.address, Reply(text))
    confirmed = phrase("reminder_set", errand.language, what=known["what"], when=shown(at, errand.language))
    if _REPEATED.search(event.text):
        confirmed = f"{confirmed} {phrase('only_once', errand.language)}"
    slots = tuple(known.items())
    return replace(
        _said(errand, confirmed),
        done=Done(errand.skill.name, slots, key),
        scheduled=(Scheduled(at.timestamp(), event.person, message),),
        withdrawn=(errand.replaces,) if errand.replaces else (),
    )


def _hand_off(errand: Errand) -> Outcome:
    event = errand.event
    reachable = [one for one in errand.administrators if home_of(one) is not None and one != event.person]
    if not reachable or event.address.platform not in _REACHABLE:
        return _said(errand, phrase("nobody_to_ask", errand.language), done=False)
    words = phrase("handed_off_to", "en", who=event.person, where=_place(event.address), text=errand.text[:500])
    messages = []
    for number, administrator in enumerate(reachable, start=1):
        address = home_of(administrator)
        assert address is not None, "only those with an address are reachable"
        key = ReplyKey(f"{event.event_id}#handoff{errand.position or ''}.{number}")
        aside = ConversationId(f"{administrator}/handoff/{event.event_id}")
        messages.append(OutgoingMessage(key, aside, address, Reply(words)))
    return replace(_said(errand, phrase("handed_off", errand.language, count=len(messages))), elsewhere=tuple(messages))


def _query(errand: Errand) -> Outcome:
    """Say that no database is connected: none can be yet. The verifier of its query is bot.ensemble.verifiers.sql."""
    return _said(errand, phrase("no_data", errand.language), done=False)


def _place(address: Address) -> str:
    return "direct message" if address.direct else f"{address.platform} {address.channel}"


def _ask(errand: Errand, known: Mapping[str, str], slot: str, *, first: str = "") -> Outcome:
    pending, skill = errand.pending, errand.skill
    asked = pending.asked + 1 if pending and pending.missing == slot else 1
    if asked > MOST_ASKED:
        return _said(errand, phrase("let_go", errand.language), done=False)
    question = next(one.ask[errand.language] for one in skill.slots if one.name == slot)
    text = f"{first} {question}".strip()
    outcome = _said(errand, text, done=False)
    return replace(outcome, pending=Pending(skill.name, tuple(known.items()), slot, asked))


def _said(errand: Errand, text: str, *, done: bool = True) -> Outcome:
    tool = errand.skill.tools[0]
    tried = RungTry("tool", done, f"{tool} ran" if done else f"{tool} could not act on this")
    return Outcome(Reply(text), (tried,), (), tools=(tool,))


_TOOLS: Mapping[str, Callable[[Errand], Outcome]] = {
    "calculate": _calculate,
    "clock": _clock,
    "remind": _remind,
    "hand-off": _hand_off,
    "sql": _query,
}
