"""Which models may try an answer, cheapest first."""

from collections.abc import Sequence

from bot.domain.language import Language
from bot.ports.chat_model import ChatModel


def rungs(models: Sequence[ChatModel], *, task: str, language: Language) -> tuple[ChatModel, ...]:
    """Return the models that have the task and write the language: small before large."""
    able = [
        model
        for model in models
        if task in model.entry.tasks and (not model.entry.languages or language in model.entry.languages)
    ]
    return tuple(sorted(able, key=lambda model: model.entry.size == "large"))
