"""What `/metrics` counts, whichever way and whichever process an event came in by."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.documents import LibraryCounts
from bot.domain.errors import DatabaseUnavailable
from bot.ports.status import SystemStatus, Tally
from integrations.http.health import Metrics
from integrations.postgres.pool import Pool, open_pool
from integrations.postgres.tally import PostgresTally, tallies
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, SlackStandIn
from tests.standins.telegram import TelegramStandIn
from workers.bootstrap.gateway import Doors, open_doors, socket_mode, telegram_poller, telegram_tally
from workers.settings import Settings

NOWHERE = "http://127.0.0.1:1"


class Quiet:
    """`StatusSource` of a house where nothing happens."""

    def snapshot(self) -> SystemStatus:
        return SystemStatus(0, 0, 0, (), (), LibraryCounts(0, 0, 0), ())


def scraped(metrics: Metrics, gateway: str) -> dict[str, float]:
    """Return the outcomes that a scrape shows for one gateway."""
    page = asyncio.run(metrics.endpoint(None)).body.decode()
    start = f'maru_gateway_events_total{{gateway="{gateway}",outcome="'
    lines = [line.removeprefix(start) for line in page.splitlines() if line.startswith(start)]
    return {outcome: float(value) for outcome, _, value in (line.partition('"} ') for line in lines)}


def eventually(happened: Callable[[], object], seconds: float = 10.0) -> None:
    patience = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < patience
        time.sleep(0.02)


class TestMetrics:
    def test_counts_of_both_kinds_of_process_are_one_metric(self) -> None:
        metrics = Metrics(Quiet(), elsewhere=lambda: [Tally("slack", "kept", 40), Tally("telegram", "kept", 3)])
        for _ in range(2):
            metrics.counter("slack")("kept")
        assert scraped(metrics, "slack") == {"kept": 42.0}
        assert scraped(metrics, "telegram") == {"kept": 3.0}

    def test_own_counts_are_shown_while_the_database_is_away(self) -> None:
        def away() -> Sequence[Tally]:
            raise DatabaseUnavailable("away")

        metrics = Metrics(Quiet(), elsewhere=away)
        metrics.counter("slack")("refused_signature")
        assert scraped(metrics, "slack") == {"refused_signature": 1.0}


class TestTally:
    def test_what_was_counted_is_added_to_what_was_there(self, postgres_pool: Pool) -> None:
        for outcomes in (["kept", "kept", "duplicate"], ["kept"], []):
            tally = PostgresTally(postgres_pool, "telegram")
            for outcome in outcomes:
                tally.count(outcome)
            tally.flush()
            tally.flush()
        assert tallies(postgres_pool) == [Tally("telegram", "duplicate", 1), Tally("telegram", "kept", 3)]

    def test_while_the_database_is_away_it_keeps_its_counts(self, postgres_url: str) -> None:
        with open_pool(postgres_url, max_size=1, timeout_seconds=0.2) as pool:
            tally = PostgresTally(pool, "telegram")
            tally.count("kept")
            with pool.connection(), pytest.raises(DatabaseUnavailable):  # the pool's only one
                tally.flush()
            tally.count("kept")
            tally.flush()
            assert tallies(pool) == [Tally("telegram", "kept", 2)]


@pytest.fixture
def doors_for(tmp_path: Path, postgres_url: str, redis_url: str) -> Callable[..., Doors]:
    def doors(**settings: object) -> Doors:
        places = {"database_url": postgres_url, "broker_url": redis_url, "encoder_url": NOWHERE, "ssllm_url": NOWHERE}
        return open_doors(Settings(home=tmp_path, **places, **settings))

    return doors


def test_what_comes_in_by_socket_mode_is_counted(doors_for: Callable[..., Doors]) -> None:
    with SlackStandIn() as slack:
        doors = doors_for(
            slack_bot_token=SecretStr(BOT_TOKEN), slack_app_token=SecretStr(APP_TOKEN), slack_api_url=slack.api_url
        )
        gateway = socket_mode(doors)
        assert gateway is not None
        gateway.start()
        assert slack.socket.wait_open()
        said = slack.mention("over the socket")
        for event in (said, said, {**said, "event": {"type": "team_join"}}):
            assert slack.socket.wait_ack(slack.socket.send("events_api", event))
        gateway.stop()
        assert scraped(doors.metrics, "slack") == {"kept": 1.0, "duplicate": 1.0, "ignored_unknown_event": 1.0}
        doors.pool.close()


def test_what_another_process_polls_from_telegram_is_counted(doors_for: Callable[..., Doors]) -> None:
    with TelegramStandIn() as telegram, ThreadPoolExecutor(1) as thread:
        settings = {"telegram_bot_token": SecretStr(telegram.token), "telegram_api_url": telegram.api_url}
        polling, serving = doors_for(**settings), doors_for(**settings)
        tally = telegram_tally(polling)
        poller = telegram_poller(polling, count=tally.count)
        assert poller is not None
        telegram.private("how do I deploy?")
        telegram.push_update({"message": {"chat": "nonsense", "text": 3}})
        stop = threading.Event()
        ended = thread.submit(poller.run, stop)
        eventually(lambda: not telegram.unconfirmed)
        stop.set()
        ended.result(10)
        assert scraped(serving.metrics, "telegram") == {}
        tally.flush()
        assert scraped(serving.metrics, "telegram") == {"kept": 1.0, "malformed": 1.0}
        polling.pool.close()
        serving.pool.close()
