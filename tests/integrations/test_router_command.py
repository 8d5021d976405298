"""`maru router` and `maru eval`: over the real tables and files, with a stand-in of the encoder."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import DataRefused
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.ensemble.tradeoff import points
from tests.conftest import Database
from tests.contract.conftest import Storage, _postgres, answered, message
from tests.standins.tei import TeiStandIn
from workers import router
from workers.evaluation import intents
from workers.evaluation import router as router_evaluation
from workers.router_file import load, router_file
from workers.settings import Settings

TURNS = 260
PRICES = {"small": 0.001, "large": 0.02}

MODELS = """
[[model]]
name = "short-vectors"
kind = "tei"
urls = ["{url}"]
served_name = "short-vectors"
tasks = ["embed"]
gpu_hour_usd = 0

[[model]]
name = "small"
kind = "openai"
urls = ["http://127.0.0.1:9"]
served_name = "small"
tasks = ["chat", "answer"]
gpu_hour_usd = 0
"""


@pytest.fixture
def encoder() -> Iterator[TeiStandIn]:
    with TeiStandIn(dimensions=24) as server:
        yield server


@pytest.fixture
def settings(database: Database, redis_url: str, encoder: TeiStandIn, tmp_path: Path) -> Settings:
    models = tmp_path / "models.toml"
    models.write_text(MODELS.format(url=encoder.url), encoding="utf-8")
    return Settings(
        home=tmp_path,
        database_url=database.server.url,
        broker_url=redis_url,
        encoder_url=encoder.url,
        models_file=models,
    )


@pytest.fixture
def storage(database: Database) -> Storage:
    database.clear()
    return _postgres(database.pool, database.server.url)


def tries(number: int) -> tuple[RungTry, ...]:
    """The small model fails every second question, and then the large one is asked."""
    first = RungTry("model", number % 2 == 0, "by its words", "small")
    return (first,) if first.accepted else (first, RungTry("model", True, "by its words", "large"))


def remember(storage: Storage, count: int) -> None:
    for number in range(count):
        words = "easy opening hours" if number % 2 == 0 else "hard proof of a theorem"
        event = replace(message(number, f"telegram:{number}"), text=f"{words} {number}")
        assert storage.inbox.keep(event)
        calls = tuple(
            ModelCall("answer", str(one.model), 9, 9, 0.5, usd=PRICES[str(one.model)]) for one in tries(number)
        )
        receipt = Receipt("answer-from-knowledge", tries=tries(number), calls=calls)
        storage.turns_store.commit(replace(answered(storage.claim()), receipt=receipt))


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return figures


def test_the_router_learns_from_the_records_and_is_judged_by_them(
    settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(storage, TURNS)
    assert router.train(settings) == 0
    figures = last_line(capsys)
    assert figures["turns"] == TURNS
    assert (figures["small: tried"], figures["small: accepted"]) == (TURNS, 0.5)
    assert figures["small: error"] < 0.5 * figures["small: error of the average"]
    model = load(router_file(settings.home))
    assert model is not None and model.rungs == ("large", "small") and model.tried == (TURNS // 2, TURNS)
    cheap, dear = (next(one for one in points(model) if one.threshold == threshold) for threshold in (0.01, 0.7))
    assert cheap.starts[1] == 1.0 and dear.starts == pytest.approx((0.5, 0.5), abs=0.1)
    # To start half of them at the large model saves the small one's drafts that would fail.
    assert model.unit == "usd" and 0.008 < dear.cost < cheap.cost < 0.02
    assert dear.accepted > 0.8 > 0.6 > cheap.accepted
    assert router.evaluate(settings) == 0
    assert last_line(capsys) == figures


def test_without_drafts_there_is_nothing_to_learn(settings: Settings, storage: Storage) -> None:
    storage.settle(message(1))
    with pytest.raises(DataRefused, match="nothing to learn from"):
        router.train(settings)
    assert load(router_file(settings.home)) is None


def test_eval_router_prints_the_named_figures(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "responses.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["prompt", "weak", "strong", "group"])
        for number in range(300):
            hard = number % 2
            words = "prove the theorem" if hard else "name the capital"
            writer.writerow([f"{words} {number}", int(not hard or number % 10 == 1), 1, f"subject {number % 7}"])
    assert router_evaluation.run(settings, path) == 0
    figures = last_line(capsys)
    assert {"apgr", "cpt50", "cpt80", "random", "knn", "oracle"} <= set(figures)
    assert figures["random"] == 0.5
    assert figures["oracle"] >= figures["apgr"] > 0.7
    assert figures["cpt50"] < 40


def test_eval_intents_prints_the_named_figures(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kinds = {"deploy": "roll back release", "leave": "holiday vacation days", None: "weather football news"}

    def file(name: str, start: int) -> Path:
        rows = [
            {"text": f"{words.split()[number % 3]} {words.split()[(number + 1) % 3]} {number}", "intent": intent}
            for intent, words in kinds.items()
            for number in range(start, start + 30)
        ]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return tmp_path / name

    assert intents.run(settings, file("train", 0), file("test", 100)) == 0
    figures = last_line(capsys)
    assert {"accuracy", "oos_recall", "ms_per_message"} <= set(figures)
    assert figures["accuracy_without_threshold"] > 0.95
    assert figures["oos_recall"] > 0.8
    assert figures["ms_per_message"] > 0
