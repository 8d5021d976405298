"""Which models may try an answer, cheapest first."""

from collections.abc import Sequence

from bot.domain.language import Language
from bot.ports.chat_model import ChatModel


def rungs(
    models: Sequence[ChatModel], *, task: str, language: Language, otherwise: str | None = None
) -> tuple[ChatModel, ...]:
    """Return the models that have the task and write the language: those of this very task, small before large.

    otherwise: a more general task, whose models come behind; one that has both counts once.
    """
    able = [model for model in models if not model.entry.languages or language in model.entry.languages]
    named = [model for model in able if task in model.entry.tasks]
    general = [model for model in able if otherwise in model.entry.tasks and model not in named]
    return tuple(sorted([*named, *general], key=lambda model: (model.entry.size == "large", model not in named)))
