"""What is known of a conversation; folded from its events by `bot.dialogue.tracking`."""

from dataclasses import dataclass

from bot.domain.conversation import Utterance


@dataclass(frozen=True, slots=True)
class DialogueState:
    """The last utterances of both sides, oldest first, and the last question in a form that stands alone."""

    utterances: tuple[Utterance, ...] = ()
    topic: str | None = None
