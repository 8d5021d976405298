"""`maru outbox list | show | retry | drop`: on the tables themselves, so that it works while workers do not."""

import sys
import time
from datetime import UTC, datetime

from bot.domain.conversation import PersonId
from bot.ports.doorbell import Bell
from bot.ports.outbox import OutboxEntry, OutboxId
from workers.bootstrap.outbox import Desk, open_desk
from workers.settings import Settings

OWNER = PersonId("console:local")
"""Whoever may run commands here owns this machine."""

LONGEST_LIST = 200
LONGEST_WHY = 100

NONE_OPEN = "No reply waits: everything is delivered{buried}."
NOT_THERE = "There is no reply {number} in the outbox: `maru outbox list` shows the numbers."
IN_HAND = "Reply {number} is {status}: {hint}"
HINTS = {
    "sent": "it was delivered, and nothing can be done to it here.",
    "sending": "a sender has it in hand at this moment. Try again in half a minute.",
    "queued": "it goes out as soon as a sender is free.",
}


def list_entries(settings: Settings, *, buried: bool) -> int:
    """Print the open or the buried replies, one line each."""
    with open_desk(settings) as desk:
        entries = desk.outbox.entries(buried=buried, limit=LONGEST_LIST)
        others = 0 if buried or entries else len(desk.outbox.entries(buried=True, limit=LONGEST_LIST))
    for entry in entries:
        print(_line(entry, time.time()))
    if not entries and buried:
        print("No reply is buried.")
    elif not entries:
        print(NONE_OPEN.format(buried=f", or buried ({others}: `maru outbox list --buried`)" if others else ""))
    elif len(entries) == LONGEST_LIST:
        print(f"… and perhaps more: only the first {LONGEST_LIST} are shown.")
    return 0


def show(settings: Settings, number: int) -> int:
    """Print everything about one reply, its text included."""
    with open_desk(settings) as desk:
        entry = desk.outbox.entry(OutboxId(number))
    if entry is None:
        return _refused(NOT_THERE.format(number=number))
    for name, value in _facts(entry).items():
        print(f"{name:<13} {value}")
    print(f"\n{entry.message.reply.text if entry.message else '(this version of Maru cannot read the message)'}")
    return 0


def retry(settings: Settings, number: int) -> int:
    """Offer a buried or deferred reply again, now."""
    with open_desk(settings) as desk:
        entry = desk.outbox.entry(OutboxId(number))
        if entry is None or not desk.outbox.retry(OutboxId(number)):
            return _refused(_why_not(entry, number))
        _note(desk, "outbox retry", entry)
        desk.doorbell.ring(Bell.DELIVERY)
    looked = " It may be there already: Maru looks before it posts, where the platform lets it." * entry.uncertain
    print(f"Reply {number} to {entry.conversation} is tried again now.{looked}")
    return 0


def drop(settings: Settings, number: int) -> int:
    """Forget a reply that was not delivered; its person gets no answer."""
    with open_desk(settings) as desk:
        entry = desk.outbox.entry(OutboxId(number))
        if entry is None or not desk.outbox.drop(OutboxId(number)):
            return _refused(_why_not(entry, number))
        _note(desk, "outbox drop", entry)
        desk.doorbell.ring(Bell.DELIVERY)
    print(
        f"Reply {number} to {entry.conversation} is dropped: it will not be posted. The audit table has a line of it."
    )
    return 0


def _note(desk: Desk, action: str, entry: OutboxEntry) -> None:
    detail = f"{entry.key} in {entry.conversation}, {entry.status}: {entry.why or 'no reason recorded'}"
    desk.audit.record(person=OWNER, action=action, allowed=True, detail=detail[:500])


def _refused(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


def _why_not(entry: OutboxEntry | None, number: int) -> str:
    if entry is None:
        return NOT_THERE.format(number=number)
    hint = HINTS.get(entry.status, "it changed meanwhile. Look again.")
    return IN_HAND.format(number=number, status=entry.status, hint=hint)


def _line(entry: OutboxEntry, now: float) -> str:
    """`41  deferred  12 s ago  next try in 30 s  try 3  slack:T1/C1/…  why`."""
    when = "" if entry.status == "buried" else f"  {_due(entry, now)}"
    why = " ".join((entry.why or "").split())
    why = why if len(why) <= LONGEST_WHY else f"{why[:LONGEST_WHY]}…"
    return (
        f"{entry.id}  {entry.status}  {_span(now - entry.created_at)} old{when}  {entry.conversation}  {why}".rstrip()
    )


def _due(entry: OutboxEntry, now: float) -> str:
    left = entry.due_at - now
    if entry.status == "sending":
        return "in hand" if left > 0 else "its sender died; it is taken over now"
    return f"next try in {_span(left)}" if left > 0 else "due"


def _facts(entry: OutboxEntry) -> dict[str, str]:
    facts = {
        "reply": f"{entry.id} ({entry.key})",
        "conversation": str(entry.conversation),
        "state": entry.status,
        "tries": str(entry.attempts),
        "decided at": _moment(entry.created_at),
    }
    if entry.status in ("queued", "deferred"):
        facts["next try at"] = _moment(entry.due_at)
    if entry.why:
        facts["last trouble"] = entry.why
    if entry.uncertain and entry.status != "sent":
        facts["doubt"] = "an earlier try may have reached the platform"
    if entry.posted:
        facts["posted as"] = " ".join(entry.posted)
    return facts


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(sep=" ", timespec="seconds")


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
