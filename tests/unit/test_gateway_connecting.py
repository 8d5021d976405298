"""Socket Mode beside the HTTP server: Slack's outage is waited out, a wrong token is not."""

import logging
import threading

import pytest

from bot.domain.errors import PlatformUnavailable, SettingsInvalid
from workers.gateway import Connecting


class Scripted:
    """A socket that fails as told, then opens."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.starts, self.stopped = list(failures), 0, False
        self.open = threading.Event()

    def start(self) -> None:
        self.starts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.open.set()

    def stop(self) -> None:
        self.stopped = True


def test_while_slack_is_away_it_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    socket, refused = Scripted(*[PlatformUnavailable("Slack cannot be reached.")] * 3), threading.Event()
    connecting = Connecting(socket, refused=refused.set, first_pause=0.01)
    connecting.start()
    assert socket.open.wait(5)
    connecting.stop()
    assert (socket.starts, socket.stopped, refused.is_set(), connecting.refusal) == (4, True, False, None)
    assert [record.message.partition("; ")[2] for record in caplog.records] == [
        "next try in 0.01 s.",
        "next try in 0.02 s.",
        "next try in 0.04 s.",
    ]


def test_a_refused_token_ends_the_process() -> None:
    socket, refused = Scripted(SettingsInvalid("MARU_SLACK_APP_TOKEN")), threading.Event()
    connecting = Connecting(socket, refused=refused.set)
    connecting.start()
    assert refused.wait(5)
    connecting.stop()
    assert "MARU_SLACK_APP_TOKEN" in str(connecting.refusal)
    assert socket.starts == 1


def test_a_shutdown_does_not_wait_for_the_next_try() -> None:
    socket = Scripted(*[PlatformUnavailable("away")] * 9)
    connecting = Connecting(socket, refused=lambda: None, first_pause=30)
    connecting.start()
    connecting.stop()
    assert socket.stopped
    assert socket.starts <= 1
