"""The table of a run."""

from collections.abc import Sequence

from tests.bench.table import Findings, percentile
from tests.chaos.checker import Verdict
from tests.chaos.history import Line


def show(verdict: Verdict, history: Sequence[Line], *, kills: int) -> None:
    """Print what was done, what went wrong and how long people waited."""
    rates = {line["kind"]: line["events"] / line["seconds"] for line in history if line["kind"] in ("calm", "fire")}
    events = sum(line["kind"] == "sent" for line in history)
    found = Findings(f"chaos: {events} events, {kills} kills, {sum(verdict.kinds.values())} actions in all")
    for name, events_of in (
        ("lost", verdict.lost),
        ("doubled", verdict.doubled),
        ("out of order inside a conversation", verdict.disordered),
        ("in the wrong place", verdict.misplaced),
        ("changed after they were final", verdict.changed),
    ):
        found.add(name, str(len(events_of)), "0", met=not events_of)
        for event in events_of[:5]:
            found.note(f"{name}: {event}")
    found.add(
        "doubled on Telegram inside the written window",
        str(len(verdict.inside)),
        f"counted; in {verdict.unheard} Telegram took the post and broke the connection",
    )
    found.add("not doubled on Telegram, since a look found them", str(verdict.found), "counted")
    found.add("posts to nobody's question", str(verdict.unknown), "0", met=not verdict.unknown)
    found.add("rows or leases stuck 30 s after the last action", str(verdict.stuck), "0", met=not verdict.stuck)
    found.add("apologies instead of answers", str(verdict.apologies), "counted")
    if "calm" in rates and "fire" in rates:
        share = rates["fire"] / rates["calm"]
        found.add("events/s under fire, calm", f"{rates['fire']:.1f}, {rates['calm']:.1f}", f"{share:.0%}")
    if verdict.waits:
        shown = ", ".join(f"{percentile(verdict.waits, share):.1f}" for share in (0.5, 0.95, 0.99, 1.0))
        found.add("seconds from acknowledgement to reply: p50, p95, p99, worst", shown)
    found.note("done: " + ", ".join(f"{name} {count}" for name, count in verdict.kinds.most_common()))
    found.show()
