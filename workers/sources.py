"""`maru kb sources | refresh | forget-source`: what Maru keeps in step with."""

import time

from bot.application.sources import forget
from bot.domain.sources import SourceId, SourceState, Tally
from workers.bootstrap.console import open_console
from workers.bootstrap.knowledge import stores
from workers.bootstrap.models import build_models
from workers.chat import PERSON
from workers.knowledge import rounds
from workers.settings import Settings

NO_SUCH = "There is no source {number}: maru kb sources"


def show(settings: Settings) -> int:
    """Print the sources, each with its state."""
    with open_console(settings) as console:
        states = console.book.states()
    if not states:
        print("No sources yet: maru kb add FOLDER | LINK | REPOSITORY --every 6h")
    for state in states:
        print("\n".join(_lines(state)))
    return 0


def refresh(settings: Settings, number: int) -> int:
    """Look at a source now; exit code 1 if something of it was refused."""
    with rounds(settings) as (round_, console):
        state = next((one for one in console.book.states() if one.source.id == number), None)
        if state is None:
            print(NO_SUCH.format(number=number))
            return 1
        console.audit.record(person=PERSON, action="kb refresh", allowed=True, detail=state.source.location[:500])
        round_.look(SourceId(number), state.source.location)
    print(round_.summary())
    return 1 if round_.refused else 0


def forget_source(settings: Settings, number: int) -> int:
    """Forget a source and the documents that only it holds."""
    models = build_models(settings)
    with open_console(settings) as console:
        gone = forget(SourceId(number), stores(library=console.library, book=console.book, analyser=models.analyser))
        if gone is None:
            print(NO_SUCH.format(number=number))
            return 1
        console.audit.record(person=PERSON, action="kb forget-source", allowed=True, detail=str(number))
    print(f"Source {number} is forgotten, and {gone} of its documents.")
    return 0


def _lines(state: SourceState) -> list[str]:
    source, often = state.source, f"every {spoken(state.every)}" if state.every else "when asked"
    lines = [
        f"{source.id:>4}  {source.kind}  {source.location}  ({source.space}, {often}; documents: {state.documents})"
    ]
    if state.at_work:
        lines.append("      somebody looks at it now")
    elif state.last_run:
        next_run = f"; next {_at(state.next_run)}" if state.next_run else ""
        lines.append(f"      last {_at(state.last_run)}: {_told(state.tally)}{next_run}")
    if state.trouble:
        lines.append(f"      {state.trouble}")
    return lines


def _told(tally: Tally) -> str:
    counts = {
        "added": tally.added,
        "replaced": tally.replaced,
        "unchanged": tally.unchanged,
        "removed": tally.removed,
        "refused": tally.refused,
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing there"


def _at(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def spoken(seconds: float) -> str:
    """Return a duration in the largest unit that tells it exactly."""
    for size, unit in ((604_800, "w"), (86_400, "d"), (3_600, "h")):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds / 60:g} min"
