"""Slash commands: `/maru …` in Slack, `/…` in Telegram and the terminal."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.application.command_words import counted, say
from bot.application.indexing import add, read
from bot.application.side_by_side import LATE, side_by_side
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.conversation import WORKSPACE, PersonId, Platform, Space, Standing
from bot.domain.documents import DocumentId
from bot.domain.errors import BrokerUnavailable, DatabaseUnavailable, DocumentRefused, MaruError
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Reply
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.ports.admissions import Admissions
from bot.ports.analyser import Analyser
from bot.ports.audiences import Audiences
from bot.ports.audit import AuditLog
from bot.ports.command_runner import CommandRunner
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.library import Library
from bot.ports.status import StatusSource, SystemStatus

LISTED = 50
"""Documents that `kb list` shows in a chat; a shell shows them all."""

STATUS_SECONDS = 5.0
"""How long `status` waits for its parts; they are asked at once."""


class Undone(str):
    """What a command says that found nothing to do: a shell ends with another exit code."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: who may, and what it does with the rest of the line."""

    run: Callable[[str, Event, Language], str | Reply]
    administrators_only: bool = False


class Administration:
    """The commands and the ports they use."""

    def __init__(
        self,
        *,
        library: Library,
        audiences: Audiences,
        analyser: Analyser,
        admissions: Admissions,
        status: StatusSource,
        audit: AuditLog,
        doorbell: Doorbell,
        more: Sequence[Mapping[str, Command]] = (),
    ) -> None:
        self._library = library
        self._audiences = audiences
        self._analyser = analyser
        self._admissions = admissions
        self._status = status
        self._audit = audit
        self._doorbell = doorbell
        self._commands: dict[str, Command] = {
            "help": Command(self._help),
            "status": Command(self._show_status),
            "kb list": Command(self._list),
            "kb add": Command(self._add, administrators_only=True),
            "kb remove": Command(self._remove, administrators_only=True),
            "people admit": Command(self._admit, administrators_only=True),
            **{name: command for commands in more for name, command in commands.items()},
        }
        for group in more:
            self._commands |= group

    def runner(self, standing: Standing) -> CommandRunner:
        """Return what runs commands for a person of this standing."""
        return lambda line, event: self._run(line, event, standing)

    def _run(self, line: str, event: Event, standing: Standing) -> str | Reply:
        language = self._language(event)
        for length in (2, 1):
            words = line.split(maxsplit=length)
            name = " ".join(words[:length]).lower()
            rest = words[length] if len(words) > length else ""
            if name in self._commands:
                command = self._commands[name]
                if command.administrators_only and not self._permitted(name, rest, event=event, standing=standing):
                    return phrase("administrators_only", language)
                return command.run(rest, event, language)
        unknown = f"{say('unknown', language, word=line.split()[0])}\n\n" if line.strip() else ""
        return unknown + self._help("", event, language)

    def _language(self, event: Event) -> Language:
        """Return the language of the command, or else of what the person last wrote: command words are English."""
        if language_of(event.text) == "ko":
            return "ko"
        try:
            words = self._admissions.last_words(event.person)
        except DatabaseUnavailable:  # `status` in a shell has something to say even then
            return "en"
        return language_of(words) if words else "en"

    def _permitted(self, name: str, rest: str, *, event: Event, standing: Standing) -> bool:
        allowed = standing is Standing.ADMINISTRATOR
        self._audit.record(person=event.person, action=name, allowed=allowed, detail=rest[:500])
        return allowed

    def _help(self, _rest: str, event: Event, language: Language) -> str:
        return say("usage", language, c=COMMAND_PREFIX[event.address.platform])

    def _show_status(self, _rest: str, event: Event, language: Language) -> str:
        snapshot, encoder, broker = side_by_side(
            [lambda: self._snapshot(event), lambda: self._ask_encoder(event), self._ask_broker], seconds=STATUS_SECONDS
        )
        parts = [
            say("encoder", language, health=_health(encoder, language)),
            say("broker", language, health=_health(broker, language)),
        ]
        if not isinstance(snapshot, SystemStatus):
            lines = [say("database", language, health=_health(snapshot, language)), *parts]
        else:
            lines = [*_work(snapshot, language), *parts, *_knowledge(snapshot, language)]
        return "\n".join(f"- {line}" for line in lines)

    def _snapshot(self, event: Event) -> SystemStatus:
        """Count what every reader may read; a shell's owner sees all."""
        whole = event.address.platform is Platform.CONSOLE
        return self._status.snapshot(spaces=None if whole else self._spaces(event))

    def _spaces(self, event: Event) -> Sequence[Space]:
        return self._audiences.of(event.person, event.address).spaces

    def _ask_encoder(self, event: Event) -> None:
        """Raise EncoderUnavailable if it does not analyse. The text is new each time: adapters remember old ones."""
        self._analyser.analyse([f"status {event.event_id}"])

    def _ask_broker(self) -> None:
        if trouble := self._doorbell.trouble():
            raise BrokerUnavailable(trouble)

    def _list(self, _rest: str, event: Event, language: Language) -> str:
        whole, spaces = event.address.platform is Platform.CONSOLE, self._spaces(event)
        documents = self._library.documents(spaces, limit=None if whole else LISTED)
        if not documents:
            return say("no_documents", language)
        known = len(documents) if whole else self._library.how_many(spaces)
        sample = say("sample", language)
        lines = [
            f"- `{one.id}` {one.title} ({one.source}, {counted(one.chunks, 'chunk', language)}{sample * one.sample})"
            for one in documents
        ]
        if known > len(documents):
            lines.append(say("more_documents", language, count=known - len(documents)))
        return "\n".join([say("list", language, documents=counted(known, "document", language)), *lines])

    def _add(self, rest: str, event: Event, language: Language) -> str:
        command = COMMAND_PREFIX[event.address.platform]
        if not rest.strip():
            return say("empty_text", language, c=command)
        if re.fullmatch(r"https?://\S+", rest):
            return say("no_links", language)
        sampled = any(one.sample for one in self._library.documents((WORKSPACE,), limit=1))
        try:
            text = read(rest.encode(), "your text")
            done = add(
                text,
                source=f"note:{sha256(rest.encode()).hexdigest()[:8]}",
                fallback_title=_first_words(text),
                library=self._library,
                analyser=self._analyser,
                owner=event.person,
            )
        except DocumentRefused as error:
            return say("refused_text", language, why=error, c=command)
        self._doorbell.ring(Bell.INDEXING)
        if done.document is None:
            return say("known", language, title=done.title)
        chunks = counted(done.chunks, "chunk", language)
        learned = say("learned", language, title=done.title, document=done.document, chunks=chunks)
        return f"{learned} {say('sample_gone', language)}" if sampled else learned

    def _remove(self, rest: str, event: Event, language: Language) -> str:
        if not re.fullmatch(r"[0-9]{1,18}", rest.strip()):
            return Undone(say("which_document", language, c=COMMAND_PREFIX[event.address.platform]))
        removed = self._library.remove(DocumentId(int(rest)), self._spaces(event))
        if removed is None:
            return Undone(say("no_document", language, number=rest.strip()))
        return say("forgot", language, title=removed.title, source=removed.source)

    def _admit(self, rest: str, event: Event, language: Language) -> str:
        wanted = rest.strip()
        if not re.fullmatch(r"-?\d+|telegram:-?\d+|slack:\w+/\w+", wanted):
            return say("who", language, c=COMMAND_PREFIX[event.address.platform])
        person = PersonId(wanted if ":" in wanted else f"telegram:{wanted}")
        self._admissions.admit(person, by=event.person)
        return say("admitted", language, who=wanted)


def _health(found: object, language: Language) -> str:
    if found is LATE:
        return say("late", language, seconds=STATUS_SECONDS)
    return say("trouble", language, why=found) if isinstance(found, MaruError) else say("answers", language)


def _work(now: SystemStatus, language: Language) -> list[str]:
    """Return the lines on what waits and who works."""
    names = ", ".join(now.workers) or say("no_workers", language)
    models = [say("healthy" if one.healthy else "silent", language, name=one.name) for one in now.models]
    return [
        say("queues", language, waiting=now.waiting, sending=now.sending, buried=now.buried),
        say("workers", language, count=len(now.workers), names=names),
        say("models", language, models=", ".join(models) or say("none", language)),
    ]


def _knowledge(now: SystemStatus, language: Language) -> list[str]:
    """Return the lines on documents and errors; the errors stay in the words of the log."""
    library = now.library
    waiting = say("unembedded", language, count=library.unembedded) if library.unembedded else ""
    chunks = counted(library.chunks, "chunk", language)
    return [
        say("documents", language, documents=library.documents, chunks=chunks, waiting=waiting),
        say("errors", language, count=len(now.errors) or say("none", language)),
        *now.errors,
    ]


def _first_words(text: str, most: int = 60) -> str:
    line = text.strip().splitlines()[0].strip("# ")
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]}…"
