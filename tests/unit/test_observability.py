"""Logs: one line an event, and nothing in it twice."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from workers.observability import configure_logging


@contextmanager
def logging_to_a_file() -> Iterator[logging.Logger]:
    """A logger of a process whose standard error is a file; the root logger is as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging("info")
    try:
        yield logging.getLogger("workers.test")
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def test_the_web_servers_coloured_copy_of_its_message_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to_a_file() as log:
        log.info("Started server [%d]", 7, extra={"color_message": "Started server [\x1b[36m%d\x1b[0m]"})

    said = capsys.readouterr().err
    assert "color_message" not in said
    assert "\x1b" not in said
    assert 'event="Started server [7]"' in said


def test_fields_follow_when_how_grave_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to_a_file() as log:
        log.info("turn settled", extra={"reference": 12, "action": "Answer", "apology": False, "seconds": 1.5})

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("timestamp=20")
    assert line.endswith(' level=info event="turn settled" reference=12 action=Answer apology=false seconds=1.5')


def test_an_error_with_its_traceback_is_still_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to_a_file() as log:
        try:
            raise ValueError("no")
        except ValueError:
            log.exception("turn failed")

    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: no" in line
