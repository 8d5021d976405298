"""Lets a small model choose one command where two skills are equally near; its choice is checked, and mended once."""

from bot.dialogue.means import Effort, Means
from bot.dialogue.reading import Choose
from bot.domain.errors import ModelRejected, ModelUnavailable
from bot.domain.language import Language
from bot.domain.models import ChatRequest
from bot.domain.state import DialogueState
from bot.ensemble.cascade import reaches
from bot.ensemble.ladder import rungs
from bot.ensemble.metering import ask
from bot.nlu.grammar import Command, command_request, read_command, repair_request
from bot.ports.chat_model import ChatModel

TASK = "understand"
"""What a model's entry must list among its tasks: choosing wrongly is worse than asking back."""

_LONGEST = 2_000
"""Characters of a choice; a model that says more is not choosing."""


def chooser(means: Means, effort: Effort, *, language: Language) -> Choose:
    """Return what asks the smallest model that can; None where none can. What is twice invalid becomes Clarify."""

    def choose(text: str, possible: tuple[str, ...], state: DialogueState) -> Command | None:
        known = rungs(means.models, task=TASK, language=language)
        able = [model for model in known if reaches(effort.most, model.entry.size)]
        if not able or effort.hurried:
            return None
        skills = [means.understander.skill(name) for name in possible]
        request = command_request(text, skills, state.pending, owner=effort.person)
        try:
            said = _said(able[0], request, effort)
            found = read_command(said, skills, state.pending)
            if isinstance(found, str):  # mended once; twice wrong, the person is asked
                said = _said(able[0], repair_request(request, said, found), effort)
                found = read_command(said, skills, state.pending)
        except (ModelUnavailable, ModelRejected):
            return None
        return Command("Clarify") if isinstance(found, str) else found

    return choose


def _said(model: ChatModel, request: ChatRequest, effort: Effort) -> str:
    text = ""
    for delta in ask(model, request, effort=effort, purpose="understand"):
        text += delta.text
        if len(text) > _LONGEST:
            break
    return text
