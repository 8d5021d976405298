"""Looks at what administrators may have changed, every two seconds and once for the whole process."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from bot.domain.errors import MaruError

EVERY_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Lookout:
    """One thread for all looks; one that fails is logged when it begins to, and hinders no other."""

    def __init__(self, looks: Mapping[str, Callable[[], None]], *, every: float = EVERY_SECONDS) -> None:
        self._looks = looks
        self._every = every
        self._failing: dict[str, str] = {}

    def begin(self) -> None:
        """Look from now on, until the process ends."""
        threading.Thread(target=self._look_forever, name="lookout", daemon=True).start()

    def look(self) -> None:
        """Look at everything once."""
        for name, look in self._looks.items():
            try:
                look()
            except MaruError as error:
                if self._failing.get(name) != str(error):
                    _log.warning("not seen", extra={"look": name, "why": str(error)})
                self._failing[name] = str(error)
            else:
                self._failing.pop(name, None)

    def _look_forever(self) -> None:
        while True:
            self.look()
            time.sleep(self._every)
