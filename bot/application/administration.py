"""Slash commands: `/maru …` in Slack, `/…` in Telegram and the terminal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from bot.application.indexing import add, read
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.conversation import WORKSPACE, PersonId, Standing
from bot.domain.documents import DocumentId
from bot.domain.errors import DocumentRefused
from bot.domain.events import Event
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.ports.admissions import Admissions
from bot.ports.analyser import Analyser
from bot.ports.audit import AuditLog
from bot.ports.command_runner import CommandRunner
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.library import Library
from bot.ports.status import StatusSource

SPACES = (WORKSPACE,)

_USAGE = (
    "**Ask me anything** the team has written down. Commands:\n"
    "- `{c}help` this list\n"
    "- `{c}status` queues, workers, models, documents, last errors\n"
    "- `{c}kb list` the documents I know\n"
    "- `{c}kb add <text>` teach me a text (administrators)\n"
    "- `{c}kb remove <number>` forget a document (administrators)\n"
    "- `{c}people admit <id>` let a person or a Telegram group talk to me (administrators)\n\n"
    "**무엇이든 물어보세요.** 팀 문서에서 답을 찾아 출처와 함께 알려 드려요. 명령: `help` 도움말, `status` 상태, "
    "`kb list` 문서 목록, `kb add <글>` 가르치기, `kb remove <번호>` 지우기, "
    "`people admit <id>` 초대 (뒤의 셋은 관리자만)"
)


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: who may, and what it does with the rest of the line."""

    run: Callable[[str, Event], str]
    administrators_only: bool = False


class Administration:
    """The commands and the ports they use."""

    def __init__(
        self,
        *,
        library: Library,
        analyser: Analyser,
        admissions: Admissions,
        status: StatusSource,
        audit: AuditLog,
        doorbell: Doorbell,
    ) -> None:
        self._library = library
        self._analyser = analyser
        self._admissions = admissions
        self._status = status
        self._audit = audit
        self._doorbell = doorbell
        self._commands: Mapping[str, Command] = {
            "help": Command(self._help),
            "status": Command(self._show_status),
            "kb list": Command(self._list),
            "kb add": Command(self._add, administrators_only=True),
            "kb remove": Command(self._remove, administrators_only=True),
            "people admit": Command(self._admit, administrators_only=True),
        }

    def runner(self, standing: Standing) -> CommandRunner:
        """Return what runs commands for a person of this standing."""
        return lambda line, event: self._run(line, event, standing)

    def _run(self, line: str, event: Event, standing: Standing) -> str:
        for length in (2, 1):
            words = line.split(maxsplit=length)
            name = " ".join(words[:length]).lower()
            rest = words[length] if len(words) > length else ""
            if name in self._commands:
                command = self._commands[name]
                if command.administrators_only and not self._permitted(name, rest, event=event, standing=standing):
                    return phrase("administrators_only", language_of(event.text))
                return command.run(rest, event)
        unknown = f"I do not know `{line.split()[0]}`.\n\n" if line.strip() else ""
        return unknown + self._help("", event)

    def _permitted(self, name: str, rest: str, *, event: Event, standing: Standing) -> bool:
        allowed = standing is Standing.ADMINISTRATOR
        self._audit.record(person=event.person, action=name, allowed=allowed, detail=rest[:500])
        return allowed

    def _help(self, _rest: str, event: Event) -> str:
        return _USAGE.format(c=COMMAND_PREFIX[event.address.platform])

    def _show_status(self, _rest: str, _event: Event) -> str:
        now = self._status.snapshot()
        models = [f"{model.name} {'healthy' if model.healthy else 'not answering'}" for model in now.models]
        waiting = f", {now.library.unembedded} waiting for embedding" if now.library.unembedded else ""
        lines = [
            f"**Queues**: {now.waiting} questions waiting, {now.sending} replies on their way, {now.buried} given up",
            f"**Workers**: {len(now.workers)} ({', '.join(now.workers) or 'none seen in the last 30 s'})",
            f"**Models**: {', '.join(models) or 'none'}",
            f"**Documents**: {now.library.documents} ({now.library.chunks} chunks{waiting})",
            f"**Last errors**: {'none' if not now.errors else len(now.errors)}",
            *now.errors,
        ]
        return "\n".join(f"- {line}" for line in lines)

    def _list(self, _rest: str, _event: Event) -> str:
        documents = self._library.documents(SPACES)
        if not documents:
            return "I know no documents yet."
        lines = [
            f"- `{one.id}` {one.title} ({one.source}, {_some(one.chunks, 'chunk')}{', sample' if one.sample else ''})"
            for one in documents
        ]
        return "\n".join([f"**{_some(len(documents), 'document')}**:", *lines])

    def _add(self, rest: str, event: Event) -> str:
        if re.fullmatch(r"https?://\S+", rest):
            return "I cannot fetch links yet: paste the text itself, or run `maru kb add PATH` on the server."
        sampled = any(one.sample for one in self._library.documents(SPACES))
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
            return f"{error} Usage: `kb add <text>`."
        self._doorbell.ring(Bell.INDEXING)
        if done.document is None:
            return f"I know that text already: “{done.title}”."
        chunks = _some(done.chunks, "chunk")
        learned = f"Learned “{done.title}” as document `{done.document}` ({chunks}). Ask me about it now."
        return f"{learned} The sample handbook is gone now." if sampled else learned

    def _remove(self, rest: str, _event: Event) -> str:
        if not rest.strip().isdigit():
            return "Which one? `kb list` shows the numbers; then `kb remove <number>`."
        removed = self._library.remove(DocumentId(int(rest)), SPACES)
        return f"Forgot “{removed.title}” ({removed.source})." if removed else f"There is no document {rest.strip()}."

    def _admit(self, rest: str, event: Event) -> str:
        wanted = rest.strip()
        if not re.fullmatch(r"-?\d+|telegram:-?\d+|slack:\w+/\w+", wanted):
            return "Who? `people admit <id>`: the number that I told them, or `slack:TEAM/USER`."
        person = PersonId(wanted if ":" in wanted else f"telegram:{wanted}")
        self._admissions.admit(person, by=event.person)
        return f"{wanted} may talk to me now."


def _first_words(text: str, most: int = 60) -> str:
    line = text.strip().splitlines()[0].strip("# ")
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0]}…"


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
