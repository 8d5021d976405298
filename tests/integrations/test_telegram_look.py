"""Looking for a doubtful reply by its keyboard, with the real client library against the strict stand-in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.errors import DeliveryUncertain, MaruError, PlatformRateLimited, PlatformUnavailable, PostRejected
from bot.domain.messages import Button, OutgoingMessage, Reply, ReplyKey
from bot.ports.chat_poster import Post
from bot.ports.traces import Traces
from integrations.telegram.look import AT_ONCE, MOST_ASKED, MOST_LIKELY, candidates
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poster import TelegramPoster
from tests.standins.telegram import Edit, TelegramStandIn
from tests.standins.telegram_failures import (
    Failure,
    blocked,
    dropped_after_accepting,
    flood,
    migrated,
    server_error,
)

GROUP = -1_001_234_567_890
EDIT = "editMessageReplyMarkup"
WHY = (Button("Why?", "/why 17", names_turn=True), Button("Bigger", "/bigger 17"))
ALL_BUT_THE_FIRST = {f"42:{number}" for number in range(3, 3 + MOST_LIKELY)}
"""Of four that are asked at a time nobody knows which one meets a failure, so only one is left to be asked."""
ANA = Address(platform=Platform.TELEGRAM, channel="42", reply_to="1", direct=True)


@dataclass(slots=True)
class ScriptedTraces:
    """Knows what it is told, and lets one look begin."""

    traces: Traces | None = field(default_factory=lambda: Traces((), (), murky=False))
    ended: list[bool] = field(default_factory=list)
    others: set[str] = field(default_factory=set)

    def begin(self, key: ReplyKey) -> Traces | None:
        traces, self.traces = self.traces, None
        return traces

    def ours(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(self.others.intersection(names))

    def end(self, key: ReplyKey, *, gone: bool) -> None:
        self.ended.append(gone)


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        standin.private("How do I roll back?")
        yield standin
        assert standin.complaints == []


@pytest.fixture
def traces() -> ScriptedTraces:
    return ScriptedTraces()


@pytest.fixture
def poster(telegram: TelegramStandIn, traces: ScriptedTraces) -> Iterator[TelegramPoster]:
    loop = TelegramLoop(telegram.token, api_url=telegram.api_url)
    yield TelegramPoster(loop, traces=traces, seconds=5)
    loop.close()


def answer(poster: TelegramPoster, address: Address = ANA, *, buttons: tuple[Button, ...] = WHY) -> Post:
    message = OutgoingMessage(ReplyKey("e#1"), ConversationId("c"), address, Reply("Roll back.", buttons=buttons))
    return poster.posts(message)[-1]


def doubtful(telegram: TelegramStandIn, post: Post) -> None:
    """Let Telegram take the post and break the connection."""
    telegram.fail("sendMessage", dropped_after_accepting())
    with pytest.raises(DeliveryUncertain):
        post.send()


def asked(telegram: TelegramStandIn) -> int:
    return telegram.calls[EDIT]


def test_an_answer_that_stands_there_is_found_and_not_changed(
    telegram: TelegramStandIn, poster: TelegramPoster
) -> None:
    post = answer(poster)
    doubtful(telegram, post)
    assert (post.can_look, post.sees_all, post.find()) == (True, False, "42:2")
    assert telegram.edits == [Edit(42, 2, changed=False)]
    assert [sent.buttons for sent in telegram.sent] == [(("Why?", "/why 17"), ("Bigger", "/bigger 17"))]


def test_other_private_chats_and_groups_count_on_the_same_counter(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    telegram.private("and I?", user=43)
    telegram.group("a small group", chat=-5, kind="group")
    telegram.group("and a large one", chat=GROUP)
    post = answer(poster)
    telegram.private("me too", user=44)
    doubtful(telegram, post)
    (stands,) = telegram.sent
    traces.traces = Traces((), [f"telegram:43:{number}" for number in range(2, stands.message_id)], murky=False)
    assert post.find() == f"42:{stands.message_id}" == "42:5"
    assert asked(telegram) == AT_ONCE  # what is known to be another's is not


def test_what_another_reply_is_known_to_have_posted_is_not_touched(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    other = answer(poster, buttons=(Button("Why?", "/why 16", names_turn=True),))
    traces.others = {other.send()}
    post = answer(poster)
    doubtful(telegram, post)
    assert (post.find(), telegram.edits) == ("42:3", [Edit(42, 3, changed=False)])


def test_a_supergroup_counts_by_itself(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    question = telegram.group("/ask why?", chat=GROUP, topic=17)
    for _ in range(AT_ONCE):
        telegram.group("I talk as well", chat=GROUP)
    there = Address(Platform.TELEGRAM, channel=str(GROUP), thread="17", reply_to=str(question["message_id"]))
    post = answer(poster, there)
    doubtful(telegram, post)
    traces.traces = Traces(("42:999",), (), murky=False)
    assert post.find() == f"{GROUP}:{2 + AT_ONCE}"
    assert asked(telegram) == 2 * AT_ONCE  # the others' words cannot be edited


def test_where_it_does_not_stand_nothing_is_changed_and_the_next_look_is_about_the_next_try(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    assert answer(poster).find() is None
    assert (asked(telegram), telegram.edits, traces.ended) == (MOST_ASKED, [], [True])


def test_a_look_that_was_broken_off_is_not_begun_again(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    doubtful(telegram, answer(poster))
    traces.traces = None
    assert answer(poster).find() is None
    assert asked(telegram) == 0


def test_another_turn_s_answer_is_not_taken_for_it_and_keeps_no_wrong_button(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    doubtful(telegram, answer(poster, buttons=()))  # nobody knows of it
    post = answer(poster)
    assert post.find() is None
    assert telegram.edits == [Edit(42, 2, changed=True), Edit(42, 2, changed=True)]
    assert telegram.sent[0].buttons == ()
    assert traces.ended == []  # the last look


@pytest.mark.parametrize("unlucky", [flood(3), server_error(), Failure(), Failure(200, accept=True, page=b"{}")])
def test_a_wrong_button_that_cannot_be_taken_away_is_never_looked_at_again(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces, unlucky: Failure
) -> None:
    doubtful(telegram, answer(poster, buttons=()))
    traces.others = ALL_BUT_THE_FIRST
    telegram.fail(EDIT, Failure(200, accept=True, page=b"{}"), unlucky)  # an unreadable success is one, too
    assert answer(poster).find() is None
    assert traces.ended == []


@pytest.mark.parametrize("names", [("42:unnamed",), ("telegram:press:9:9", "42:unnamed")])
def test_where_a_post_of_ours_has_no_name_nothing_is_asked(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces, names: tuple[str, ...]
) -> None:
    traces.traces = Traces((), names, murky=False)
    assert answer(poster).find() is None
    assert (asked(telegram), traces.ended) == (0, [True])


@pytest.mark.parametrize(
    ("failure", "error", "ended"),
    [
        (flood(7), PlatformRateLimited, [False]),
        (blocked(), PostRejected, [False]),
        (server_error(), PlatformUnavailable, []),
        (Failure(), PlatformUnavailable, []),
        (dropped_after_accepting(), PlatformUnavailable, []),
    ],
)
def test_only_a_look_that_surely_changed_nothing_may_be_repeated(
    telegram: TelegramStandIn,
    poster: TelegramPoster,
    traces: ScriptedTraces,
    *,
    failure: Failure,
    error: type[MaruError],
    ended: list[bool],
) -> None:
    doubtful(telegram, answer(poster, buttons=()))
    traces.others = ALL_BUT_THE_FIRST
    telegram.fail(EDIT, failure)
    with pytest.raises(error) as raised:
        answer(poster).find()
    assert type(raised.value) is error
    assert traces.ended == ended


def test_one_that_may_have_left_a_trace_counts_more_than_a_refusal_beside_it(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    telegram.fail(EDIT, flood(7), Failure(), flood(7))
    with pytest.raises(PlatformUnavailable):
        answer(poster).find()
    assert traces.ended == []


def test_a_group_that_moved_meanwhile_gets_its_answer_anew(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    telegram.know(-5, "group")
    telegram.know(GROUP, "supergroup")
    post = answer(poster, Address(platform=Platform.TELEGRAM, channel="-5", reply_to="1"))
    telegram.fail(EDIT, migrated(GROUP))
    assert post.find() is None
    assert traces.ended == [True]
    assert post.send() == f"{GROUP}:1"


def test_of_a_long_answer_the_last_part_can_be_found(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    text = "\n\n".join("A sentence of some length stands here. " * 30 for _ in range(9))
    message = OutgoingMessage(ReplyKey("e#1"), ConversationId("c"), ANA, Reply(text, buttons=WHY))
    *others, last = poster.posts(message)
    for one in others:
        one.send()
    doubtful(telegram, last)
    assert [one.can_look for one in (*others, last)] == [False, False, True]
    assert last.find() == "42:4"


def test_its_recorded_parts_are_known(
    telegram: TelegramStandIn, poster: TelegramPoster, traces: ScriptedTraces
) -> None:
    text = "\n\n".join("A sentence of some length stands here. " * 30 for _ in range(9))
    message = OutgoingMessage(ReplyKey("e#1"), ConversationId("c"), ANA, Reply(text, buttons=WHY))
    *others, last = poster.posts(message)
    names = [one.send() for one in others]
    doubtful(telegram, last)
    traces.traces = Traces(names, (), murky=False)
    assert last.find() == "42:4"
    assert telegram.edits == [Edit(42, 4, changed=False)]


@pytest.mark.parametrize(
    ("chat", "after", "traces", "first"),
    [
        ("42", 7, Traces((), (), murky=False), 8),
        ("42", 7, Traces(("43:9", f"{GROUP}:100"), (), murky=False), 10),
        ("42", 12, Traces(("telegram:43:9",), ("43:13", "-5:14"), murky=False), 15),
        ("-5", None, Traces(("42:9",), (), murky=False), 10),
        (str(GROUP), 7, Traces(("42:100", f"{GROUP}:8"), ("42:9",), murky=False), 9),
        ("@news", None, Traces(("42:9",), (), murky=False), None),
        ("42", None, Traces((), (), murky=False), None),
        ("42", 7, Traces((), (), murky=True), None),
    ],
)
def test_the_likeliest_first(chat: str, after: int | None, traces: Traces, first: int | None) -> None:
    numbers = candidates(chat, traces, after=after)
    assert (numbers[0] if numbers else None) == first
    assert len(numbers) in (0, MOST_LIKELY)
