"""The model server of the Maru whose model the tests command: a TGI stand-in that can be stopped and comes back."""

from contextlib import ExitStack
from typing import Self

from tests.acceptance.house import eventually
from tests.standins.tgi import TgiStandIn
from workers.preflight import free_ports

SUPPORTED = (
    "Use `shipctl rollback web --to previous` to roll back a production deploy. [1] "
    "The rollback takes about 4 minutes. [1]"
)
"""A paraphrase of the handbook that its chunks back."""

WRONG = "Roll back a production deploy with `shipctl rollback web --to previous`, which takes about 40 minutes. [1]"
"""The same with one number that no chunk backs."""

QUESTION = "how do I roll back a production deploy?"

_CATALOGUE = """
[[model]]
name = "commanded-7b"
kind = "tgi"
urls = ["{url}"]
tasks = ["chat", "answer"]
context_tokens = 4096
first_token_seconds = 60.0
total_seconds = 90.0
gpu_hour_usd = 0.0
"""


class CommandedModel:
    """Says `SUPPORTED` at once unless it is told otherwise. Always at the same address."""

    def __init__(self) -> None:
        self._port = free_ports(1)[0]
        self._running = ExitStack()
        self.server = TgiStandIn(port=self._port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def catalogue(self) -> str:
        """The contents of a models.toml with this model alone."""
        return _CATALOGUE.format(url=f"http://127.0.0.1:{self._port}")

    def start(self) -> None:
        """Serve, with a clean memory."""
        self.server = self._running.enter_context(TgiStandIn(reply=lambda _: SUPPORTED, port=self._port))

    def stop(self) -> None:
        """Be gone: connections are refused."""
        self._running.close()

    def behave(self) -> None:
        """Answer well and at once."""
        self.say(SUPPORTED)
        self.server.mode, self.server.token_seconds, self.server.first_token_seconds = "ok", 0.0, 0.0

    def say(self, text: str) -> None:
        """Answer everything with this."""
        self.server.reply = lambda _: text

    def dawdle(self) -> None:
        """Be silent for a minute with every request from now on."""
        self.server.first_token_seconds = 60.0

    def hurry(self) -> None:
        """Answer at once the requests that come from now on."""
        self.server.first_token_seconds = 0.0

    def wait_busy(self, requests: int = 1) -> None:
        """Wait until so many requests are being answered."""
        eventually(lambda: self.server.running >= requests, f"{requests} requests are at the model")
