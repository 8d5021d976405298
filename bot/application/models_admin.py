"""`/maru models` and `/maru model …`: what is served, how it fares, and the switch of each."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.application.administration import Command
from bot.application.model_words import say
from bot.application.rollout_admin import RolloutCommands, standings
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.models import ModelEntry
from bot.ports.model_census import ModelCensus, ModelPulse, Tries
from bot.ports.rollout_book import RolloutBook
from bot.ports.switchboard import Switchboard


class ModelCommands:
    """The commands and what they use.

    entries: the catalogue as it is in use now. trouble: why the models file could not be read anew, None if it could.
    """

    def __init__(
        self,
        *,
        entries: Callable[[], Sequence[ModelEntry]],
        trouble: Callable[[], str | None],
        switchboard: Switchboard,
        census: ModelCensus,
        book: RolloutBook,
    ) -> None:
        self._entries = entries
        self._trouble = trouble
        self._switchboard = switchboard
        self._census = census
        self._book = book

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the command table. All are for administrators: they show addresses and prices."""
        return {
            **RolloutCommands(entries=self._entries, book=self._book).commands(),
            "model": Command(self._help, administrators_only=True),
            "models": Command(self._list, administrators_only=True),
            "model disable": Command(partial(self._switch, off=True), administrators_only=True),
            "model enable": Command(partial(self._switch, off=False), administrators_only=True),
        }

    def _help(self, _rest: str, event: Event, language: Language) -> str:
        return say("usage", language, c=COMMAND_PREFIX[event.address.platform])

    def _list(self, _rest: str, _event: Event, language: Language) -> str:
        pulses, tries, off = self._census.pulses(), self._census.tries(), self._switchboard.off()
        entries, rollouts = self._entries(), standings(self._book, language)
        lines = [say("one" if len(entries) == 1 else "list", language, count=len(entries))]
        for entry in entries:
            health = say("off", language) if entry.name in off else _health(pulses.get(entry.name, ()), language)
            facts = [
                ", ".join([entry.size, *entry.tasks]),
                health,
                *_load(pulses.get(entry.name, ()), language),
                _price(entry, language),
                *([say("hosted", language)] if entry.hosted else []),
                _record(tries.get(entry.name, Tries()), language),
                *([rollouts[entry.name]] if entry.name in rollouts else []),
            ]
            lines.append(f"- **{entry.name}** · {' · '.join(facts)}")
        if why := self._trouble():
            lines.insert(0, say("stays", language, why=why))
        return "\n".join(lines)

    def _switch(self, rest: str, event: Event, language: Language, *, off: bool) -> str:
        name, command = rest.strip().strip("`"), COMMAND_PREFIX[event.address.platform]
        if not name:
            return say("which", language, c=command, verb="disable" if off else "enable")
        known = {entry.name: entry for entry in self._entries()}
        if name not in known and not (name in self._switchboard.off() and not off):
            return say("no_model", language, c=command, name=name)
        if not self._switchboard.switch(name, off=off, by=event.person):
            return say("as_it_was", language, name=name)
        if not off:
            return say("enabled", language, name=name)
        said = say("disabled", language, name=name)
        left = [
            entry for entry in known.values() if "answer" in entry.tasks and entry.name not in self._switchboard.off()
        ]
        return said if left else f"{said} {say('last', language)}"


def _health(pulses: Sequence[ModelPulse], language: Language) -> str:
    if not pulses:
        return say("unseen", language)
    ill = [pulse.trouble for pulse in pulses if pulse.trouble]
    if not ill:
        return say("healthy", language)
    if len(ill) == len(pulses):
        return say("down", language, why=ill[0])
    return say("some_down", language, ill=len(ill), all=len(pulses), why=ill[0])


def _load(pulses: Sequence[ModelPulse], language: Language) -> list[str]:
    if not pulses:
        return []
    running = sum(pulse.load.in_flight for pulse in pulses)
    return [say("load", language, running=running, waiting=sum(pulse.load.waiting for pulse in pulses))]


def _price(entry: ModelEntry, language: Language) -> str:
    if entry.gpu_hour_usd is not None:
        return say("gpu_price", language, usd=entry.gpu_hour_usd)
    return say(
        "token_price", language, input=entry.usd_per_million_input or 0, output=entry.usd_per_million_output or 0
    )


def _record(tries: Tries, language: Language) -> str:
    if not tries.tried:
        return say("untried", language)
    if not tries.judged:
        return say("unjudged", language, tried=tries.tried)
    share = tries.accepted / tries.judged
    return say("tried", language, tried=tries.tried, judged=tries.judged, accepted=tries.accepted, share=share)
