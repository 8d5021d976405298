"""Telegram's written window: what explains that a reply stands there twice. Pure.

A bot on Telegram can neither name a post nor read what stands in a chat. A post that was accepted, but not recorded
because its sender died, froze or lost the connection, is looked for by its keyboard; where it has none or is not found,
it is made once more. The window is the time from the acceptance to the record.
"""

from collections.abc import Sequence

from tests.chaos.history import Line

RECORD = 1.5
"""Seconds from the platform's answer to the commit of its record, on a machine that is busy."""

EARLIER = 0.3
"""A request that a process sent in its last moment is accepted after its end."""

AWAY = 31.0
"""Seconds for which a sender tries to record a post while the database is away."""

SENDER, WIRE, DATABASE = "worker delivery", "telegram wire", "postgres"


def in_window(post: Line, history: Sequence[Line]) -> bool:
    """Tell whether the post was accepted, and its sender could not record it."""
    late = _heard_late(post, history)
    return late is None or any(_struck(post, late, line, history) for line in history if line["kind"] == "action")


def unheard(post: Line, history: Sequence[Line]) -> bool:
    """Tell whether the platform itself took the post and then broke the connection: no sender could know."""
    return _heard_late(post, history) is None


def _heard_late(post: Line, history: Sequence[Line]) -> float | None:
    """Return how many seconds after the acceptance the platform's answer came; None: it never came."""
    late = 0.0
    for line in history:
        if line["kind"] == "spoiled" and line["name"] == post["name"]:
            if line["seconds"] is None:
                return None
            late += line["seconds"]
        if line.get("target") == WIRE and line["name"] == "slow" and _meets(line, post["at"] - 1, post["at"] + 1):
            late += line["seconds"]
    return late


def _struck(post: Line, late: float, action: Line, history: Sequence[Line]) -> bool:
    begins, ends = post["at"] - EARLIER, post["at"] + late + RECORD
    if action["target"] == WIRE and action["name"] == "cut":
        return _meets(action, begins, post["at"] + late + EARLIER)
    if action["target"] != SENDER:
        return False
    if any(
        line["kind"] == "action" and line["target"].startswith(DATABASE) and _meets(line, post["at"] - AWAY, ends)
        for line in history
    ):
        ends += AWAY
    return _meets(action, begins, ends)


def _meets(action: Line, begins: float, ends: float) -> bool:
    """Tell whether the action, which may last, falls into the time."""
    began: float = action["at"]
    return began <= ends and float(action.get("until", began)) >= begins
