"""People of fifty conversations, and two platforms that deliver what they say: late, twice, until it is taken."""

import http.client
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition
from typing import Any

from tests.bench.questions import wordy
from tests.chaos.history import History
from tests.standins.slack import SlackStandIn, signed
from tests.standins.telegram import TelegramStandIn

SLACK_CONVERSATIONS, TELEGRAM_CONVERSATIONS = 30, 20
AGAIN = 0.2
"""The share of events that are delivered twice, late, or twice at the same moment."""

MOST_OPEN = 10
"""Questions that one person has unanswered before the next: more than anybody, and a crowd of them is a backlog."""

PATIENCE_SECONDS = 120.0
"""After this long without an answer a person asks on all the same."""

PAUSES = (0.1, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody says. after: seconds since the beginning. again: None, or how long after the first."""

    conversation: int
    after: float
    text: str
    again: float | None


def script(seed: int, events: int, per_second: float) -> list[Said]:
    """Return who says what when; the same for the same seed."""
    choice = random.Random(seed)  # repeatable, not secret
    texts = wordy()
    said = []
    for number in range(events):
        again = choice.choice((0.0, choice.uniform(0, 1), choice.uniform(1, 12))) if choice.random() < AGAIN else None
        who = choice.randrange(SLACK_CONVERSATIONS + TELEGRAM_CONVERSATIONS)
        said.append(Said(who, number / per_second, next(texts), again))
    return said


class Answered:
    """Which events have their reply. Thread-safe."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._events: set[str] = set()

    def add(self, event: str) -> None:
        """Tell who waits for it."""
        with self._changed:
            self._events.add(event)
            self._changed.notify_all()

    def wait(self, event: str) -> None:
        """Wait for its reply, as long as a person does."""
        with self._changed:
            self._changed.wait_for(lambda: event in self._events, PATIENCE_SECONDS)


class People:
    """Say what the script says, each conversation in order; Slack's half by HTTP, Telegram's by long polling."""

    def __init__(
        self, slack: SlackStandIn, telegram: TelegramStandIn, history: History, *, answered: Answered, port: int
    ) -> None:
        self._slack, self._telegram, self._history, self._port = slack, telegram, history, port
        self._answered = answered
        self._threads: dict[int, str] = {}
        self._late = ThreadPoolExecutor(16, thread_name_prefix="late")

    def say(self, script: Sequence[Said]) -> None:
        """Return once everything is delivered."""
        began = time.monotonic()
        turns: dict[int, list[Said]] = {}
        for said in script:
            turns.setdefault(said.conversation, []).append(said)

        def talk(mine: list[Said]) -> None:
            events: list[str] = []
            for said in mine:
                time.sleep(max(began + said.after - time.monotonic(), 0.0))
                if len(events) >= MOST_OPEN:
                    self._answered.wait(events[-MOST_OPEN])
                to = self._to_slack if said.conversation < SLACK_CONVERSATIONS else self._to_telegram
                events.append(to(said))

        with ThreadPoolExecutor(len(turns)) as people:
            list(people.map(talk, turns.values()))
        self._late.shutdown()

    def _to_slack(self, said: Said) -> str:
        channel = f"C{said.conversation:03d}"
        mention = self._slack.mention(
            said.text, user=f"U{said.conversation:03d}", channel=channel, thread_ts=self._threads.get(said.conversation)
        )
        root = self._threads.setdefault(said.conversation, mention["event"]["ts"])
        event = f"slack:{mention['event_id']}"
        self._history.record("sent", event=event, platform="slack", conversation=channel, place=f"{channel}/{root}")
        deliver = self._delivering(mention, event)
        if said.again is not None:
            self._late.submit(self._later, said.again, deliver)
        deliver()
        return event

    def _delivering(self, mention: dict[str, Any], event: str) -> Callable[[], None]:
        def deliver() -> None:
            for attempt in range(1_000):
                if _posted(self._port, *signed(mention), attempt):
                    self._history.record("acked", event=event)
                    return
                time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            raise TimeoutError(f"{event} was never taken")

        return deliver

    @staticmethod
    def _later(seconds: float, deliver: Callable[[], object]) -> None:
        time.sleep(seconds)
        deliver()

    def _to_telegram(self, said: Said) -> str:
        user = 1000 + said.conversation
        self._telegram.know(user)
        with self._telegram.news:  # one update, one line of the history, in the same order
            message = self._telegram.private(said.text, user=user)
            event = f"telegram:{user}:{message['message_id']}"
            where = f"telegram:{user}"
            self._history.record("sent", event=event, platform="telegram", conversation=where, place=where)
            self._history.record("acked", event=event)  # Telegram keeps it until it is fetched
        if said.again is not None:
            update = {"message": message}
            self._late.submit(self._later, said.again, lambda: self._telegram.push_update(update))
        return event


def _posted(port: int, headers: dict[str, str], body: bytes, attempt: int) -> bool:
    """Deliver once; True if it was acknowledged. Like Slack, wait three seconds and no longer."""
    retry = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": "http_error"} if attempt else {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("POST", "/slack/events", body, {**headers, **retry})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
