"""`why`: the account of an answer, in words (law 8)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from bot.application.administration import Command, Undone
from bot.application.cost_words import dollars, shortened
from bot.application.opinion_words import tallied
from bot.application.receipt_words import named, say
from bot.dialogue.manager import COMMAND_PREFIX
from bot.dialogue.referring import concerns, meant, same_place
from bot.domain.conversation import Space
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.generation.verdicts import verdict_in
from bot.ports.audiences import Audiences
from bot.ports.directory import Directory
from bot.ports.feedback import Feedback
from bot.ports.receipts import Receipts, SettledTurn

_REFERENCE = re.compile(r"(\d{1,18})?")


class ReceiptDesk:
    """The command and the ports it uses."""

    def __init__(self, *, receipts: Receipts, directory: Directory, audiences: Audiences, feedback: Feedback) -> None:
        self._receipts = receipts
        self._audiences = audiences
        self._directory = directory
        self._feedback = feedback

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the table of commands; `bigger` comes here only where its reference is none."""
        return {"why": Command(self._why), "bigger": Command(self._usage)}

    def _why(self, rest: str, event: Event, language: Language) -> str:
        found = _REFERENCE.fullmatch(rest.strip())
        if found is None:
            return self._usage(rest, event, language)
        turn = meant(int(found[1]) if found[1] else None, event, receipts=self._receipts)
        if turn is None:
            return Undone(say("nothing", language))
        if turn.person != event.person:
            standing = self._directory.standing(event.person, event.address)
            if not concerns(turn, event, standing):
                return say("not_yours", language)
        if not (event.address.direct or same_place(turn, event)):
            return say("elsewhere", language)
        readable = not turn.receipt.spaces or set(turn.receipt.spaces) <= self._spaces(event)
        opinions = self._feedback.of(turn.reference)
        thought = say("opinions", language, tally=tallied(opinions.items(), language)) if opinions else ""
        return told(turn, language, readable=readable) + (f"\n- {thought}" if thought else "")

    def _spaces(self, event: Event) -> set[Space]:
        """Return what may be named here: who could read an answer then may not be who reads this now."""
        return set(self._audiences.of(event.person, event.address).spaces)

    def _usage(self, _rest: str, event: Event, language: Language) -> str:
        return say("usage", language, c=COMMAND_PREFIX[event.address.platform])


def told(turn: SettledTurn, language: Language, *, readable: bool = True) -> str:
    """Return the account of a turn as a list in Markdown. readable: whether its sources may be named."""
    lines = "\n".join(f"- {line}" for line in _lines(turn.receipt, language, readable=readable))
    return f"{say('title', language, reference=turn.reference)}\n{lines}"


def _lines(receipt: Receipt, language: Language, *, readable: bool) -> Iterator[str]:
    score = "" if receipt.score is None else say("score", language, score=receipt.score)
    yield say("skill", language, skill=receipt.skill, score=score)
    if receipt.tries:
        tries = [f"  {number}. {_tried(one, language)}" for number, one in enumerate(receipt.tries, start=1)]
        yield "\n".join([say("tried", language), *tries])
    yield _called(receipt.calls, language)
    if receipt.sources:
        named_sources = "; ".join(receipt.sources) if readable else say("sources_kept_back", language)
        yield say("sources", language, sources=named_sources)
    if receipt.tools:
        yield say("tools", language, tools=", ".join(receipt.tools))
    yield _time(receipt, language)
    if receipt.calls:
        yield from _spent(receipt.calls, language)


def _tried(one: RungTry, language: Language) -> str:
    rung = named("rung", one.rung, language) + (f" {_code(one.model)}" if one.model else "")
    took = say("took", language, seconds=_seconds(one.seconds)) if one.seconds else ""
    verdict = "left_out" if not one.tried else "taken" if one.accepted else "refused"
    return say(verdict, language, rung=rung, why=verdict_in(language, one.why), took=took)


def _called(calls: tuple[ModelCall, ...], language: Language) -> str:
    if not calls:
        return say("no_calls", language)
    times = Counter((call.model, call.replica, call.purpose) for call in calls)
    written = [
        say(
            "call",
            language,
            model=_code(model),
            replica=say("replica", language, replica=_code(replica)) if replica else "",
            purpose=named("purpose", purpose, language),
            times=say("times", language, count=count) if count > 1 else "",
        )
        for (model, replica, purpose), count in times.items()
    ]
    return say("calls", language, calls=", ".join(written))


def _time(receipt: Receipt, language: Language) -> str:
    stages = [
        say("stage", language, name=named("stage", name, language), seconds=_seconds(seconds))
        for name, seconds in receipt.stages
    ]
    listed = f": {', '.join(stages)}" if stages else ""
    return say("time", language, seconds=_seconds(receipt.seconds), stages=listed)


def _spent(calls: tuple[ModelCall, ...], language: Language) -> Iterator[str]:
    yield say(
        "tokens",
        language,
        read=shortened(sum(call.input_tokens for call in calls)),
        written=shortened(sum(call.output_tokens for call in calls)),
        estimated="" if all(call.counted for call in calls) else say("estimated", language),
    )
    usd, reference = sum(call.usd for call in calls), sum(call.reference_usd for call in calls)
    yield say("money", language, usd=dollars(usd), reference=dollars(reference))


def _seconds(seconds: float) -> str:
    """Return seconds as people compare them: `0.004`, `0.31`, `12.4`."""
    return f"{seconds:.3f}" if seconds < 0.01 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def _code(name: str | None) -> str:
    return f"`{name}`"
