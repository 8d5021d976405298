"""Several looks at once, none of which may hold the others or the caller up."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from threading import Thread
from typing import Final

from bot.domain.errors import MaruError


class Late:
    """What a look comes to that had no result in time."""


LATE: Final = Late()


def side_by_side(looks: Sequence[Callable[[], object]], *, seconds: float) -> list[object]:
    """Return for each look its result, the MaruError that it raised, or LATE after `seconds`; in their order.

    What is late is left to its own deadline, in a thread that no process waits for.
    """
    futures = [_begun(look) for look in looks]
    wait(futures, timeout=seconds)
    return [future.result() if future.done() else LATE for future in futures]


def _begun(look: Callable[[], object]) -> "Future[object]":
    future: Future[object] = Future()

    def work() -> None:
        try:
            future.set_result(look())
        except MaruError as error:
            future.set_result(error)

    Thread(target=work, name="look", daemon=True).start()
    return future
