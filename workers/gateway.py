"""The process that listens over HTTP, and to Slack's Socket Mode where its token is set."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Protocol

import uvicorn

from bot.domain.errors import PlatformUnavailable, SettingsInvalid
from workers import collector
from workers.bootstrap.gateway import http_app, open_doors, socket_mode
from workers.observability import configure_logging
from workers.settings import Settings

GRACE_SECONDS = 3
"""How long requests in progress may take to end after SIGTERM."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before another try to reach Slack; each pause is twice the one before."""

_log = logging.getLogger(__name__)


class Socket(Protocol):
    """What `Connecting` opens: Slack's Socket Mode."""

    def start(self) -> None:
        """Open it. Raises PlatformUnavailable (try again) or SettingsInvalid."""

    def stop(self) -> None:
        """Close it."""


class Connecting:
    """Opens Socket Mode beside the HTTP server, as often as it takes: while Slack is away, other platforms are not."""

    def __init__(self, socket: Socket, *, refused: Callable[[], None], first_pause: float = FIRST_PAUSE) -> None:
        """refused: called when the settings are wrong, which no other try can mend."""
        self._socket, self._refused, self._pause = socket, refused, first_pause
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="socket-mode", daemon=True)
        self.refusal: SettingsInvalid | None = None

    def start(self) -> None:
        """Begin to try, and return."""
        self._thread.start()

    def stop(self) -> None:
        """End the tries and close the connection; a try in progress gets one second."""
        self._ending.set()
        self._thread.join(1.0)
        self._socket.stop()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._socket.start()
                return
            except SettingsInvalid as error:
                self.refusal = error
                self._refused()
                return
            except PlatformUnavailable as error:
                _log.warning("%s Other platforms are served meanwhile; next try in %g s.", error, self._pause)
            self._ending.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Raises SettingsInvalid if Slack refuses the app token."""
    configure_logging(settings.log_level)
    doors = open_doors(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            http_app(doors),
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=65,
            server_header=False,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has ended, and by default that would kill us before the clean-up.
        signal.signal(number, server.handle_exit)
    collector.spare()
    socket = socket_mode(doors)
    if socket is None:
        server.run()
        return 0
    connecting = Connecting(socket, refused=lambda: setattr(server, "should_exit", True))
    connecting.start()
    try:
        server.run()
    finally:
        connecting.stop()
    if connecting.refusal is not None:
        raise connecting.refusal
    return 0
