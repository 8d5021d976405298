"""Counting drafts that say the same. Pure; the order of the drafts does not matter."""

from collections.abc import Sequence

from bot.ensemble.verifiers.agreement import Answer, same


def camps(answers: Sequence[Answer]) -> list[frozenset[int]]:
    """Return the positions of drafts that say the same, the largest camp first.

    Two that differ a little are in one camp where a third agrees with both: so no order of counting decides.
    """
    found: list[frozenset[int]] = []
    for position, answer in enumerate(answers):
        near = [camp for camp in found if any(same(answer, answers[other]) for other in camp)]
        found = [camp for camp in found if camp not in near]
        found.append(frozenset({position}).union(*near))
    return sorted(found, key=len, reverse=True)


def settled(answers: Sequence[Answer], *, seats: int) -> frozenset[int] | None:
    """Return the camp with more than half of all seats; no further vote can take it away. None if there is none yet."""
    return next((camp for camp in camps(answers) if 2 * len(camp) > seats), None)


def hopeless(answers: Sequence[Answer], *, seats: int, left: int) -> bool:
    """Tell whether the `left` votes cannot bring any camp to more than half of all seats."""
    largest = max((len(camp) for camp in camps(answers)), default=0)
    return 2 * (largest + left) <= seats


def spokesman(answers: Sequence[Answer], camp: frozenset[int]) -> int:
    """Return the position of the draft with which most of its camp agrees; of equals, the first by its words."""
    agreeing = {one: sum(same(answers[one], answers[other]) for other in camp) for one in camp}
    return min(camp, key=lambda one: (-agreeing[one], answers[one].text, one))
