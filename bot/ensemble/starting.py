"""Where on its ladder an answer starts, and what the receipt says of the rungs that were passed over."""

from collections.abc import Sequence

from bot.domain.documents import Vector
from bot.domain.messages import RungTry
from bot.ensemble.effort import Effort
from bot.ensemble.router import Router, explores, first_likely
from bot.ports.chat_model import ChatModel


def started(
    models: Sequence[ChatModel],
    question: str,
    vector: Vector,
    *,
    router: Router,
    effort: Effort,
) -> tuple[tuple[RungTry, ...], tuple[ChatModel, ...]]:
    """Return a line for each rung that is passed over, and the rungs to try, cheapest first.

    Nothing is passed over where the turn is in a hurry or bound to some sizes, nor for one question in twenty.
    """
    free = not effort.hurried and effort.least == "small" and effort.most == "large"
    if len(models) < 2 or not free or explores(question):
        return (), tuple(models)
    chances = router.chances(question, vector, [model.entry for model in models])
    start = first_likely(chances, router.threshold)
    skipped = zip(models[:start], chances, strict=False)
    return tuple(_passed_over(model, chance) for model, chance in skipped), tuple(models[start:])


def _passed_over(model: ChatModel, chance: float) -> RungTry:
    why = f"not tried, for such drafts of it are accepted in {chance:.0%} of cases"
    return RungTry("model", False, why, model.entry.name, tried=False, judged=False)
