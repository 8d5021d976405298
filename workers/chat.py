"""The terminal as a chat platform: the same inbox, queue and outbox as everybody else."""

import re
import sys
import uuid
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console as Screen
from rich.markdown import Markdown

from bot.domain.citing import place, remarks
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import MaruError, NotRunning
from bot.domain.events import CommandReceived, Event, EventId, MessageKey, MessageReceived
from bot.domain.messages import Button, Picture, Reply
from bot.ports.reply_feed import Final
from workers import reach
from workers.bootstrap.console import Console, open_console
from workers.settings import Settings

PERSON = PersonId("console:local")
FAILED = 2
"""The exit code after a foreseen failure, as of every other command."""

WAIT_SECONDS = 180.0
"""Longer than a turn's own limit: by then even the apology has come."""

LATE = "No answer came in time. Your question is kept; `maru status` shows whether anybody works on it."
NOBODY = (
    "Nobody here would answer: no worker for questions has been seen in the last 30 s. "
    "Start one (make up, or maru worker), then ask again."
)


def ask(settings: Settings, text: str) -> int:
    """Print the reply to one question, in a conversation of its own; return the exit code. Raises NotRunning."""
    _demand_workers(settings)
    with open_console(settings) as console:
        conversation = ConversationId(f"console:{uuid.uuid4()}")
        return int(_exchange(console, conversation, text, screen=Screen(), home=settings.home) is None)


def chat(settings: Settings) -> int:
    """Read questions from a person or a pipe until the end of input; one conversation a run. Raises NotRunning."""
    _demand_workers(settings)
    conversation = ConversationId(f"console:{uuid.uuid4()}")
    screen = Screen()
    with open_console(settings) as console:
        if sys.stdin.isatty():
            screen.print("Ask Maru. [dim]/help shows commands; leave with Ctrl-D or exit.[/dim]")
        return converse(console, conversation, _lines(screen), screen=screen, home=settings.home)


def _demand_workers(settings: Settings) -> None:
    if not reach.served(settings, "dialogue"):
        raise NotRunning(NOBODY)


def converse(
    console: Console, conversation: ConversationId, lines: Iterable[str], *, screen: Screen, home: Path
) -> int:
    """Answer each line until `exit` or the end; return the last line's exit code.

    What fails for one line is said, and the next is read: the end of the prompt would end a whole `make up`.
    """
    code = 0
    offered: tuple[Button, ...] = ()
    for line in lines:
        if line in ("exit", "quit", "/exit", "/quit"):
            break
        try:
            reply = _exchange(console, conversation, chosen(line, offered), screen=screen, home=home)
            code, offered = int(reply is None), reply.buttons if reply else offered
            _offer(offered, screen)
        except MaruError as error:
            print(error, file=sys.stderr)
            code = FAILED
    return code


def _lines(screen: Screen) -> Iterator[str]:
    while True:
        try:
            line = screen.input("[bold]you ›[/bold] ") if sys.stdin.isatty() else sys.stdin.readline()
        except (EOFError, KeyboardInterrupt):
            return
        if not line and not sys.stdin.isatty():
            return
        if line.strip():
            yield line.strip()


def _exchange(console: Console, conversation: ConversationId, text: str, *, screen: Screen, home: Path) -> Reply | None:
    event = event_of(conversation, text)
    console.intake(event)
    reply = _wait(console, event.event_id)
    if reply is None:
        print(LATE, file=sys.stderr)
        return None
    show(reply, screen, home=home)
    return reply


def chosen(line: str, offered: Sequence[Button]) -> str:
    """Return what the button of that number says, or the line itself."""
    number = int(line) if line.isascii() and line.isdigit() and len(line) < 4 else 0
    return offered[number - 1].says if 0 < number <= len(offered) else line


def _offer(buttons: Sequence[Button], screen: Screen) -> None:
    """List what may be chosen by its number, unless the reply did so itself: each of those says its own number."""
    if all(button.says == str(number) for number, button in enumerate(buttons, start=1)):
        return
    for number, button in enumerate(buttons, start=1):
        if screen.is_terminal:
            screen.print(f"{number}) {button.label}", style="dim", markup=False, highlight=False)
        else:
            print(f"{number}) {button.label}", flush=True)


def _wait(console: Console, event: EventId) -> Reply | None:
    errors = Screen(stderr=True)
    with errors.status("thinking…") as status:
        for news in console.feed.follow(event, timeout_seconds=WAIT_SECONDS):
            if isinstance(news, Final):
                return news.reply
            status.update(news.words)
    return None


def event_of(conversation: ConversationId, text: str) -> Event:
    """Return what was typed as an event: a command if it begins with a slash."""
    unique = f"console:{uuid.uuid4()}"
    kind = CommandReceived if text.startswith("/") else MessageReceived
    return kind(
        event_id=EventId(unique),
        message_key=MessageKey(unique),
        conversation=conversation,
        person=PERSON,
        address=Address(Platform.CONSOLE, direct=True),
        text=text.removeprefix("/").removeprefix("maru ") if kind is CommandReceived else text,
    )


def show(reply: Reply, screen: Screen, *, home: Path) -> None:
    """Render Markdown for a person; give a pipe the plain text. A picture is kept in `home`, and its path is said."""
    sources = [f"[{one.number}] {one.title} — {place(one)}{remarks(one)}" for one in reply.citations]
    if reply.picture is not None:
        sources.append(f"{reply.picture.alt}: {_kept(reply.picture, home)}")
    if screen.is_terminal:
        screen.print(Markdown(reply.text))
        for source in sources:
            screen.print(source, style="dim", markup=False, highlight=False, soft_wrap=True)
        screen.print()
        return
    print("\n".join([reply.text, "", *sources]) if sources else reply.text, flush=True)


def _kept(picture: Picture, home: Path) -> Path:
    """Keep a picture where the terminal's person finds it; one of the same name is replaced."""
    folder = home / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9-]+', '-', picture.name).strip('-') or 'picture'}.png"
    path.write_bytes(b64decode(picture.png))
    return path
