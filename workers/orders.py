"""`maru status` and `maru kb …` from the shell: on the tables themselves, so that they work while workers do not."""

import uuid

from rich.console import Console as Screen

from bot.application.administration import Undone
from bot.domain.conversation import ConversationId
from bot.domain.messages import Reply
from workers.bootstrap.administration import open_administration
from workers.chat import event_of, show
from workers.settings import Settings


def order(settings: Settings, line: str) -> int:
    """Run one administration command and print what it says; return the exit code: 1 where nothing could be done."""
    event = event_of(ConversationId(f"console:{uuid.uuid4()}"), f"/{line}")
    with open_administration(settings) as run:
        said = run(line, event)
        show(said if isinstance(said, Reply) else Reply(said), Screen(), home=settings.home)
    return int(isinstance(said, Undone))
