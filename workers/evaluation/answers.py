"""`maru eval answers CORPUS QA`: the Dialogue Manager's whole way from a question to a reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.manager import respond
from bot.dialogue.means import Means
from bot.domain.conversation import WORKSPACE, Address, ConversationId, PersonId, Platform, Standing
from bot.domain.events import Event, EventId, MessageKey, MessageReceived
from bot.domain.state import DialogueState
from bot.generation.pointing import LineVectors
from bot.learning.answer_scores import contains
from bot.nlu.skills import builtin_skills
from bot.nlu.understanding import Understander
from integrations.memory.database import MemoryDatabase
from integrations.memory.receipts import InMemoryReceipts
from workers.bootstrap.evaluation import encoders, shelves
from workers.bootstrap.models import build_models
from workers.bootstrap.worker import SMALL_TALK_MARGIN
from workers.clock import SystemClock
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.inputs import Question
from workers.evaluation.report import Figures, conclude, milliseconds, say
from workers.evaluation.servers import empty_database, served
from workers.evaluation.shelving import shelve
from workers.settings import Settings

TURN_SECONDS = 120.0
REFUSALS = frozenset({"refuse"})
"""Rungs that end without an answer."""

TOLD_EVERY = 25


@dataclass(frozen=True, slots=True)
class Seen:
    """What one question came to."""

    answerable: bool
    contained: bool
    refused: bool
    rung: str
    seconds: float


class Deadline:
    """`Cancellation` by time alone: nobody asks an evaluation to stop."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + TURN_SECONDS

    def remaining(self) -> float:
        """Return the seconds left."""
        return self._ends - self._clock.monotonic()

    def cancelled(self) -> bool:
        """Never: the models' own deadlines end a call."""
        return False

    def check(self) -> None:
        """Do nothing."""


def run(settings: Settings, corpus: Path, *, qa: Path, cache: Path | None = None) -> int:
    """Print the figures."""
    conclude(evaluate(settings, corpus, qa=qa, cache=cache))
    return 0


def evaluate(settings: Settings, corpus: Path, *, qa: Path, cache: Path | None = None) -> Figures:
    """Index the corpus and ask every question; nothing is trained.

    contained: share of the answerable questions whose reply holds an acceptable answer. refused_unanswerable,
    refused_answerable: shares that Maru says it cannot answer. Raises DataRefused, StartFailed, EncoderUnavailable,
    DatabaseUnavailable.
    """
    pages, asked = inputs.corpus(corpus), inputs.questions(qa)
    with served(settings, ssllm=True) as serving, empty_database() as database:
        parts = encoders(serving)
        kept = EmbeddingCache(parts.embedder, cache or settings.home / "cache")
        with shelves(database, model=parts.embedder.model) as shelf:
            shelve(
                pages,
                library=shelf.library,
                analyser=parts.analyser,
                cache=kept,
                model=parts.embedder.model,
                told=say,
            )
            means = Means(
                understander=Understander(builtin_skills(), parts.embedder, margin=SMALL_TALK_MARGIN),
                models=build_models(serving).chat,
                index=shelf.index,
                analyser=parts.analyser,
                lines=LineVectors(parts.embedder),
                clock=SystemClock(),
                spaces=(WORKSPACE,),
                receipts=InMemoryReceipts(MemoryDatabase(SystemClock())),  # nobody asks for one here
            )
            seen = [_ask(number, question, means) for number, question in enumerate(asked)]
    return _figures(seen)


def _ask(number: int, question: Question, means: Means) -> Seen:
    """Ask as an API's caller does, in a conversation of its own."""
    event = MessageReceived(
        event_id=EventId(f"api:evaluation-{number}"),
        message_key=MessageKey(f"api:evaluation-{number}"),
        conversation=ConversationId(f"api:evaluation-{number}"),
        person=PersonId("api:evaluation"),
        address=Address(Platform.API),
        text=question.text,
    )
    decision = respond(
        event,
        DialogueState(),
        Standing.MEMBER,
        means=means,
        commands=_no_command,
        cancellation=Deadline(SystemClock()),
        announce=_nobody,
        account=means.account(),
    )
    rung = decision.receipt.tries[-1].rung if decision.receipt.tries else decision.action
    seen = Seen(
        answerable=question.answerable,
        contained=contains(decision.reply.text, question.answers),
        refused=rung in REFUSALS,
        rung=rung,
        seconds=decision.receipt.seconds,
    )
    if (number + 1) % TOLD_EVERY == 0:
        say(f"{number + 1} questions asked")
    return seen


def _figures(seen: Sequence[Seen]) -> Figures:
    answerable = [one for one in seen if one.answerable]
    unanswerable = [one for one in seen if not one.answerable]
    rungs = sorted({one.rung for one in seen})
    say(" · ".join(f"{rung} {sum(one.rung == rung for one in seen)}" for rung in rungs))
    seconds = [one.seconds for one in seen]
    return {
        "contained": _share([one.contained for one in answerable]),
        "refused_unanswerable": _share([one.refused for one in unanswerable]),
        "refused_answerable": _share([one.refused for one in answerable]),
        "ms_p50": milliseconds(seconds, 0.5),
        "ms_p95": milliseconds(seconds, 0.95),
        "questions": len(seen),
    }


def _share(facts: Sequence[bool]) -> float | None:
    return round(sum(facts) / len(facts), 4) if facts else None


def _no_command(line: str, event: Event) -> str:
    raise AssertionError(f"an evaluation gives no commands: {line!r} in {event.conversation}")


def _nobody(_words: str) -> None:
    """Show stages to nobody."""
