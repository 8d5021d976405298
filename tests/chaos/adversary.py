"""Somebody who means harm, and who does the same again for the same seed."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping

import psutil
import psycopg
import redis

from tests.bench.house import House
from tests.chaos.history import History
from tests.chaos.proxy import Wire
from tests.standins import telegram_failures
from tests.standins.slack import SlackStandIn
from tests.standins.slack_http import Failure
from tests.standins.telegram import TelegramStandIn
from tests.standins.tgi import Mode, TgiStandIn

SHORTEST, LONGEST = 1.0, 3.0
"""Seconds between two actions."""

KILLED = ("worker dialogue", "worker delivery", "worker indexing,upkeep", "gateway", "beat", "telegram", "redis-server",
          "postgres")  # fmt: skip
FROZEN = ("worker dialogue", "worker delivery", "gateway", "telegram")
FROZEN_SECONDS = (8.0, 24.0)
"""Around and past a conversation's lease of 10 s and a reply's of 20 s."""

KINDS: Mapping[str, int] = {
    "kill": 14,
    "freeze": 2,
    "flush": 1,
    "cut": 2,
    "wire": 3,
    "slack": 3,
    "telegram": 3,
    "model": 2,
}
"""What is done, and how often beside the others."""

SLACK_FAULTS: Mapping[str, Failure] = {
    "429": Failure(status=429, retry_after=2),
    "500": Failure(status=500),
    "html": Failure(html=True, status=503),
    "accept and drop": Failure(drop=True),
}
TELEGRAM_FAULTS: Mapping[str, telegram_failures.Failure] = {
    "429": telegram_failures.flood(2),
    "500": telegram_failures.server_error(),
    "502": telegram_failures.bad_gateway(),
    "accept and drop": telegram_failures.dropped_after_accepting(),
    "slow": telegram_failures.slow(4.0),
}
WIRE_SECONDS = {"telegram": 2.0, "slack": 4.0, "model": 4.0, "encoder": 2.0}
"""How long at most whatever passes is held; not so long that every request fails."""

FAULT_SECONDS = 5.0
"""How long a platform or a wire is out of order, however few calls it spoils meanwhile: outages end by themselves."""

MODEL_FAULTS: tuple[Mode, ...] = ("stall", "stall-mid", "cut", "garbage", "overload-429", "drop", "incomplete-500")


class Adversary:
    """Acts every few seconds from `start` to `stop`; `kills` counts the processes it killed."""

    def __init__(
        self,
        seed: int,
        house: House,
        history: History,
        *,
        slack: SlackStandIn,
        telegram: TelegramStandIn,
        model: TgiStandIn,
        wires: Mapping[str, Wire],
    ) -> None:
        """wires: what lies between Maru and the outside, by the names of `WIRE_SECONDS`."""
        self._choice = random.Random(seed)  # repeatable, not secret
        self._house, self._history = house, history
        self._slack, self._telegram, self._model, self._wires = slack, telegram, model, wires
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._act, name="adversary")
        self._frozen: list[tuple[threading.Timer, int]] = []
        self.kills = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, at_least: int) -> None:
        """Go on until so many processes were killed; then leave everything that was stopped running."""
        while self.kills < at_least:
            time.sleep(0.5)
        self._ending.set()
        self._thread.join()
        for timer, pid in self._frozen:
            timer.cancel()
            _signal(pid, signal.SIGCONT)
        self._model.mode = "ok"
        for wire in self._wires.values():
            wire.slow(0.0)

    def _act(self) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "kill": self._kill, "freeze": self._freeze, "flush": self._flush, "cut": self._cut,
            "wire": self._fail_wire, "slack": self._fail_slack, "telegram": self._fail_telegram,
            "model": self._fail_model,
        }  # fmt: skip
        kinds = list(KINDS)
        while not self._ending.wait(self._choice.uniform(SHORTEST, LONGEST)):
            (kind,) = self._choice.choices(kinds, [KINDS[one] for one in kinds])
            deeds[kind]()

    def _process(self, names: tuple[str, ...]) -> tuple[str, int]:
        """Choose a kind of process first, so that the many of Postgres are no likelier than the others."""
        name = self._choice.choice(names)
        found = [one.pid for known, one in sorted(self._house.processes().items()) if known.startswith(name)]
        return name, self._choice.choice(found) if found else 0

    def _kill(self) -> None:
        name, pid = self._process(KILLED)
        if pid and _signal(pid, signal.SIGKILL):
            self.kills += 1
            self._history.record("action", name="kill -9", target=name)

    def _freeze(self) -> None:
        name, pid = self._process(FROZEN)
        seconds = self._choice.uniform(*FROZEN_SECONDS)
        if pid and _signal(pid, signal.SIGSTOP):
            thaw = threading.Timer(seconds, _signal, (pid, signal.SIGCONT))
            thaw.start()
            self._frozen.append((thaw, pid))
            self._history.record("action", name="freeze", target=name, until=self._history.now() + seconds)

    def _flush(self) -> None:
        try:
            with redis.Redis.from_url(self._house.addresses()["MARU_BROKER_URL"], socket_timeout=2) as client:
                client.flushall()
        except (redis.RedisError, ValueError):
            return  # it is dead already, or no Redis
        self._history.record("action", name="empty", target="redis")

    def _cut(self) -> None:
        """Cut every connection to Postgres or to Redis, from the server's side."""
        target = self._choice.choice(("postgres", "redis"))
        addresses = self._house.addresses()
        try:
            if target == "redis":
                with redis.Redis.from_url(addresses["MARU_BROKER_URL"], socket_timeout=2) as client:
                    client.client_kill_filter(_type="normal", skipme=True)
            else:
                with psycopg.connect(addresses["MARU_DATABASE_URL"], connect_timeout=2) as connection:
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
        except (redis.RedisError, psycopg.Error, ValueError):
            return
        self._history.record("action", name="cut", target=f"{target} connections")

    def _fail_slack(self) -> None:
        name = self._choice.choice(list(SLACK_FAULTS))
        times = self._choice.randint(1, 4)
        self._slack.fail("chat.postMessage", SLACK_FAULTS[name], times=times)
        _after(FAULT_SECONDS, lambda: self._slack.forgive("chat.postMessage"))
        self._history.record("action", name=name, target="slack post", times=times)

    def _fail_telegram(self) -> None:
        name = self._choice.choice(list(TELEGRAM_FAULTS))
        times = self._choice.randint(1, 3)
        self._telegram.fail("sendMessage", *[TELEGRAM_FAULTS[name]] * times)
        _after(FAULT_SECONDS, lambda: self._telegram.forgive("sendMessage"))
        self._history.record("action", name=name, target="telegram post", times=times)

    def _fail_wire(self) -> None:
        """Cut every connection to somebody outside, or slow them for a while."""
        name = self._choice.choice(list(WIRE_SECONDS))
        slow, pause = self._choice.random() < 0.5, self._choice.uniform(0.2, WIRE_SECONDS[name])
        wire = self._wires[name]
        if not slow:
            wire.cut()
            self._history.record("action", name="cut", target=f"{name} wire")
            return
        wire.slow(pause)
        until = self._history.now() + FAULT_SECONDS
        self._history.record("action", name="slow", target=f"{name} wire", until=until, seconds=2 * pause)
        _after(FAULT_SECONDS, lambda: wire.slow(0.0))

    def _fail_model(self) -> None:
        self._model.mode = self._choice.choice(MODEL_FAULTS)
        self._history.record("action", name=self._model.mode, target="model")
        time.sleep(self._choice.uniform(0.5, 2.0))
        self._model.mode = "ok"


def _after(seconds: float, do: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return True
