"""Logs: one line an event, with its fields, and never a secret or a person's words."""

import logging
import sys

import structlog
from structlog.typing import EventDict

_NOISY = ("httpx", "httpcore", "httpx2", "slack_bolt", "slack_sdk", "telegram", "kombu", "amqp", "celery")
"""Libraries whose INFO lines carry URLs with tokens or whole bodies, or two lines for every task."""


_IN_A_FILE = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)


def configure_logging(level: str) -> None:
    """Send this process's logs to standard error: coloured on a terminal, key=value in a file."""
    handler = logging.StreamHandler(sys.stderr)
    terminal = sys.stderr.isatty()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                _without_colours,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer() if terminal else _IN_A_FILE,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_colours(_logger: object, _method: str, fields: EventDict) -> EventDict:
    """Drop uvicorn's second copy of its message, written for terminals."""
    fields.pop("color_message", None)
    return fields
