"""Postgres has a connection for everybody who may ask for one at the same time."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from integrations.http.openai_api import MOST_WAITING
from workers.bootstrap import gateway, worker
from workers.embedded.postgres import SETTINGS
from workers.programs import serving
from workers.settings import Settings

COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text(encoding="utf-8"))

MOST: dict[str, int] = {
    "gateway": gateway.POOL_SIZE + MOST_WAITING,  # whoever waits at /v1 listens on a connection of his own
    "worker": worker.POOL_SIZE + 1,  # one hears of interruptions
    "telegram": gateway.POOL_SIZE + 1,  # one holds the role of the poller
    "beat": 0,
    "encoder": 0,
    "migrate": 1,
}
SPARE = 25
"""For `maru` in a shell (three a command), health checks, and what Postgres keeps for its superusers."""


def of_make_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Counter[str], int]:
    monkeypatch.setenv("MARU_TELEGRAM_BOT_TOKEN", "1:x")
    programs = serving(Settings(home=tmp_path, broker_url="redis://127.0.0.1:1/0"))
    return Counter(program.command[3] for program in programs), int(SETTINGS["max_connections"])


def of_compose() -> tuple[Counter[str], int]:
    services = COMPOSE["services"].values()
    commands = Counter(one["command"][0] for one in services if str(one["image"]).startswith("maru"))
    (most,) = (part for part in COMPOSE["services"]["postgres"]["command"] if part.startswith("max_connections="))
    return commands, int(most.partition("=")[2])


def needed(processes: Counter[str]) -> int:
    return sum(MOST[command] * count for command, count in processes.items()) + SPARE


def test_the_embedded_server_has_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    processes, most = of_make_up(monkeypatch, tmp_path)
    assert processes["worker"] == 4
    assert needed(processes) <= most


def test_the_server_of_compose_has_enough_and_two_more_hosts_of_workers_too() -> None:
    processes, most = of_compose()
    assert needed(processes) + 2 * MOST["worker"] <= most
