"""The process that listens over HTTP, and to Slack's Socket Mode where its token is set."""

import uvicorn

from workers.bootstrap.gateway import http_app, open_doors, socket_mode
from workers.observability import configure_logging
from workers.settings import Settings

GRACE_SECONDS = 3
"""How long requests in progress may take to end after SIGTERM."""


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT."""
    configure_logging(settings.log_level)
    doors = open_doors(settings)
    socket = socket_mode(doors)
    if socket is not None:
        socket.start()
    try:
        uvicorn.run(
            http_app(doors),
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=65,
            server_header=False,
        )
    finally:
        if socket is not None:
            socket.stop()
    return 0
