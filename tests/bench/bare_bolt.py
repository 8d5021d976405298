"""The yardstick: a Bolt app whose one listener does nothing, served as Maru's gateway is."""

import argparse
import logging

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import SlackRequestHandler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.standins.slack import BOT_TOKEN, SECRET


def served(api_url: str) -> Starlette:
    """Return the application."""
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    bolt = App(client=WebClient(token=BOT_TOKEN, base_url=api_url), signing_secret=SECRET)

    @bolt.event("app_mention")  # type: ignore[untyped-decorator]
    def nothing() -> None:
        """Do nothing."""

    handler = SlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def healthy(_: Request) -> Response:
        return Response()

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"]), Route("/healthz", healthy)])


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bare_bolt")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-url", required=True)
    options = parser.parse_args()
    uvicorn.run(
        served(options.api_url),
        host="127.0.0.1",
        port=options.port,
        log_config=None,
        access_log=False,
        timeout_keep_alive=65,
        server_header=False,
    )


if __name__ == "__main__":
    main()
