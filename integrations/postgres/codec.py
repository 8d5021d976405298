"""Domain values to JSON and back, by their own types."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.domain.escalation import Escalation
from bot.domain.events import CommandReceived, MessageReceived, StopRequested
from bot.domain.messages import OutgoingMessage, Receipt
from bot.domain.state import DialogueState
from bot.ports.model_census import ModelPulse

EVENT: TypeAdapter[MessageReceived | CommandReceived | StopRequested] = TypeAdapter(
    Annotated[MessageReceived | CommandReceived | StopRequested, Field(discriminator="kind")]
)
STATE: TypeAdapter[DialogueState] = TypeAdapter(DialogueState)
MESSAGE: TypeAdapter[OutgoingMessage] = TypeAdapter(OutgoingMessage)
RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)
PULSES: TypeAdapter[list[ModelPulse]] = TypeAdapter(list[ModelPulse])
ESCALATION: TypeAdapter[Escalation] = TypeAdapter(Escalation)
