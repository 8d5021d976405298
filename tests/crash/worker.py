"""A worker that answers and delivers what waits, and can be told to die right before its n-th step.

`python -m tests.crash.worker DATABASE_URL PLATFORM API_URL N`: a step is a statement of the database or a request to
the platform. It dies as by kill -9: nothing is caught, closed or rolled back. 0 = it lives.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.application import answering, delivery
from bot.domain.conversation import Platform
from bot.domain.messages import OutgoingMessage
from bot.ports.chat_poster import ChatPoster, Post
from bot.ports.rate_limiter import Rate
from integrations.memory.crew import InlineCrew
from integrations.postgres.inbox import PostgresConversationLease, PostgresInbox, PostgresTurnStore
from integrations.postgres.outbox import PostgresOutbox
from integrations.postgres.pool import Pool, open_pool
from integrations.postgres.traces import PostgresTraceBook
from integrations.slack.poster import SlackPoster
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poster import TelegramPoster
from tests.scenario.house import House, LeaseGuard
from tests.standins.slack import BOT_TOKEN
from tests.standins.telegram import TOKEN

KILLED = 137
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SteppingPool:
    """A pool whose every loan is a step: each adapter borrows once a statement."""

    pool: Pool
    step: Step

    def connection(self) -> AbstractContextManager[Any]:
        self.step("statement")
        return self.pool.connection()


@dataclass(frozen=True, slots=True)
class SteppingPost:
    post: Post
    step: Step

    @property
    def rates(self) -> Sequence[Rate]:
        return self.post.rates

    @property
    def looking_rates(self) -> Sequence[Rate]:
        return self.post.looking_rates

    @property
    def can_look(self) -> bool:
        return self.post.can_look

    @property
    def sees_all(self) -> bool:
        return self.post.sees_all

    def send(self) -> str:
        self.step("send")
        return self.post.send()

    def find(self) -> str | None:
        self.step("find")
        return self.post.find()


@dataclass(frozen=True, slots=True)
class SteppingPoster:
    poster: ChatPoster
    step: Step

    @property
    def seconds(self) -> float:
        return self.poster.seconds

    def posts(self, message: OutgoingMessage) -> Sequence[Post]:
        return [SteppingPost(post, self.step) for post in self.poster.posts(message)]


def work(pool: Pool, platform: Platform, api_url: str, *, step: Step = lambda what: None) -> None:
    """Answer and deliver whatever waits, with the real database and the platform's real client."""
    stepping: Any = SteppingPool(pool, step)
    house = House()
    use = replace(
        house.answering,
        inbox=PostgresInbox(stepping),
        turns=PostgresTurnStore(stepping),
        guard=LeaseGuard(PostgresConversationLease(stepping)),
    )
    answering.dispatch(use, InlineCrew())
    with _poster(platform, api_url, stepping) as poster:
        posters = {platform: SteppingPoster(poster, step)}
        delivery.dispatch(replace(house.delivering, outbox=PostgresOutbox(stepping), posters=posters), InlineCrew())


@contextmanager
def _poster(platform: Platform, api_url: str, pool: Pool) -> Iterator[ChatPoster]:
    if platform is Platform.SLACK:
        yield SlackPoster(bot_token=BOT_TOKEN, api_url=api_url)
        return
    with closing(TelegramLoop(TOKEN, api_url=api_url)) as loop:
        yield TelegramPoster(loop, traces=PostgresTraceBook(pool))


def main() -> None:
    url, platform, api_url, number = sys.argv[1:]
    left = int(number)

    def step(what: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            print(what, flush=True)
            os._exit(KILLED)

    work(open_pool(url, max_size=2), Platform(platform), api_url, step=step)
    sys.stdout.flush()
    os._exit(0)  # no thread of a client keeps it


if __name__ == "__main__":
    main()
