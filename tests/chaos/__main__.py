"""`python -m tests.chaos [--events N] [--kills N] [--seed N]`: run, judge, print; 1 if anything was lost or doubled."""

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.house import House, maru_up, models_file, slack_variables
from tests.bench.machine import empty_home
from tests.bench.questions import HANDBOOK
from tests.bench.replies import from_the_notes
from tests.chaos.adversary import Adversary
from tests.chaos.checker import judge
from tests.chaos.control import control
from tests.chaos.history import History
from tests.chaos.load import SLACK_CONVERSATIONS, Answered, People, script
from tests.chaos.proxy import Wire
from tests.chaos.report import show
from tests.standins.slack import SlackStandIn
from tests.standins.tei import TeiStandIn
from tests.standins.telegram import Edit, Sent, TelegramStandIn
from tests.standins.tgi import TgiStandIn

SECONDS_A_KILL = 5.0
"""About one action in two kills a process, and one comes every two seconds."""

CALM_EVENTS = 100
SETTLING_SECONDS = 400.0
"""Longer than any pause between two tries of a post: what comes late is not lost."""

REST_SECONDS = 30.0
OPEN = """
SELECT (SELECT count(*) FROM inbox WHERE settled_at IS NULL)
     + (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'deferred', 'buried'))
     + (SELECT count(*) FROM conversation WHERE leased_until IS NOT NULL OR waiting <> 0)
"""


def main() -> int:
    """Run the calm part, the part under fire, and the control."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Nothing lost, nothing twice.")
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20, help="at least")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--broker", help="another broker than the embedded Redis (amqp://…); it is left alone")
    parser.add_argument("--no-control", action="store_true", help="leave plain Celery out")
    options = parser.parse_args()
    print(f"chaos: {options.events} events, at least {options.kills} kills; --seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="maru-chaos-") as folder:
        path = Path(folder, "history.jsonl")
        kills = _run(options.seed, options.events, options.kills, History(path), broker=options.broker)
        lines = History(path).read()
        verdict = judge(lines)
        show(verdict, lines, kills=kills)
        if not verdict.good or kills < options.kills:
            kept = tempfile.mkdtemp(prefix=f"maru-chaos-{options.seed}-")
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            print(f"  history and logs are kept in {kept}; replay with --seed {options.seed}")
        if not options.no_control:
            control(options.seed)
    return 0 if verdict.good and kills >= options.kills else 1


def _run(seed: int, events: int, kills: int, history: History, *, broker: str | None) -> int:
    rate = events / (kills * SECONDS_A_KILL)
    with ExitStack() as stack:
        answered = Answered()
        slack, telegram = stack.enter_context(_recording(history, answered))
        model = stack.enter_context(TgiStandIn(reply=from_the_notes))
        tei = stack.enter_context(TeiStandIn())
        wires = {
            name: stack.enter_context(Wire(url))
            for name, url in (
                ("slack", slack.api_url), ("telegram", telegram.api_url), ("model", model.url), ("encoder", tei.url),
            )
        }  # fmt: skip
        home = stack.enter_context(empty_home())
        stack.callback(_keep_logs, home, history.path.parent)
        (home.parent / "models").mkdir()
        catalogue = models_file(home.parent / "models", chat=wires["model"].url, encoder=wires["encoder"].url)
        variables = {
            "MARU_MODELS_FILE": str(catalogue),
            "MARU_ENCODER_URL": wires["encoder"].url,
            "MARU_TELEGRAM_BOT_TOKEN": telegram.token,
            "MARU_TELEGRAM_API_URL": wires["telegram"].url,
            "MARU_TELEGRAM_ALLOWED": ",".join(str(1000 + number) for number in range(100)),
            **slack_variables(wires["slack"].url),
            **({"MARU_BROKER_URL": broker} if broker else {}),
        }
        with maru_up(home, variables) as house:
            house.teach(HANDBOOK / "en")
            people = partial(People, slack, telegram, history, answered=answered, port=house.port)
            calm = _timed(house, history, people(), script(seed, CALM_EVENTS, rate), telegram=telegram)
            history.record("calm", events=CALM_EVENTS, seconds=calm)
            adversary = Adversary(seed, house, history, slack=slack, telegram=telegram, model=model, wires=wires)
            adversary.start()
            fire = _timed(
                house, history, people(), script(seed + 1, events, rate),
                telegram=telegram, adversary=adversary, kills=kills,
            )  # fmt: skip
            history.record("fire", events=events, seconds=fire)
            return adversary.kills


def _keep_logs(home: Path, folder: Path) -> None:
    shutil.copytree(home / "logs", folder / "logs", dirs_exist_ok=True)


def _timed(
    house: House,
    history: History,
    people: People,
    said: list[Any],
    *,
    telegram: TelegramStandIn,
    adversary: Adversary | None = None,
    kills: int = 0,
) -> float:
    """Return the seconds from the first word to the last reply."""
    began = history.now()
    people.say(said)
    if adversary:
        adversary.stop(at_least=kills)
    ended = history.now()
    stuck = _settled(house, telegram, patience=SETTLING_SECONDS)
    history.record("rest", stuck=stuck, seconds=history.now() - ended)
    return history.now() - began


def _settled(house: House, telegram: TelegramStandIn, *, patience: float) -> int:
    """Wait until nothing is open; return what still was after `REST_SECONDS`, or at the end of the patience.

    What Telegram holds until somebody fetches it is open, too.
    """
    ends, rest, late = time.monotonic() + patience, time.monotonic() + REST_SECONDS, None
    while True:
        try:
            count = house.ask_database(OPEN)[0][0] + len(telegram.unconfirmed)
        except Exception as error:  # noqa: BLE001  # the database is just coming back
            count, _ = 1, error
        if time.monotonic() > rest and late is None:
            late = int(count)
        if not count or time.monotonic() > ends:
            return late or int(count)
        time.sleep(0.25)


@contextmanager
def _recording(history: History, answered: Answered) -> Iterator[tuple[SlackStandIn, TelegramStandIn]]:
    def slack_said(kind: str, arguments: Mapping[str, Any]) -> None:
        name = f"{arguments['channel']}/{arguments['ts']}"
        if kind == "update":
            history.record("update", platform="slack", name=name)
            return
        metadata = arguments.get("metadata") or {}
        metadata = metadata if isinstance(metadata, dict) else json.loads(metadata)
        event, _, part = metadata.get("event_payload", {}).get("key", "").partition("#")
        if part == "place":
            return  # how many come before: no reply
        place = f"{arguments['channel']}/{arguments.get('thread_ts')}"
        history.record("post", platform="slack", event=event, place=place, text=arguments["text"][:80], name=name)
        answered.add(event)

    def telegram_said(sent: Sent) -> None:
        if re.match(r"(Many|지금)", sent.text):
            return
        event, place = f"telegram:{sent.chat_id}:{sent.reply_to}", f"telegram:{sent.chat_id}"
        name = f"{sent.chat_id}/{sent.message_id}"
        history.record("post", platform="telegram", event=event, place=place, text=sent.text[:80], name=name)
        answered.add(event)

    def telegram_spoiled(chat: int, message: int, seconds: float | None) -> None:
        history.record("spoiled", name=f"{chat}/{message}", seconds=seconds)

    def telegram_edited(edit: Edit) -> None:
        name = f"{edit.chat_id}/{edit.message_id}"
        history.record("update" if edit.changed else "found", platform="telegram", name=name)

    with (
        SlackStandIn(record=slack_said) as slack,
        TelegramStandIn(record=telegram_said, spoiled=telegram_spoiled, edited=telegram_edited) as telegram,
    ):
        for number in range(SLACK_CONVERSATIONS):
            slack.add_user(f"U{number:03d}")
        yield slack, telegram


if __name__ == "__main__":
    sys.exit(main())
