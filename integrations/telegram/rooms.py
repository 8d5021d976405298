"""Who is in a Telegram group: a bot cannot list its people, it can only ask about one."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.domain.conversation import Address, PersonId, Space
from integrations.telegram.loop import TelegramLoop

KEPT_SECONDS = 60.0
MOST_GROUPS = 20
"""Groups with documents that are asked about for one person."""

ASKING_SECONDS = 5.0
_MOST_KEPT = 10_000
_PREFIX = "group:telegram:"
_IN = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})


class TelegramRooms:
    """`Rooms` by getChatMember, remembered for a minute. Thread-safe."""

    def __init__(self, loop: TelegramLoop, *, monotonic: Callable[[], float]) -> None:
        self._loop = loop
        self._monotonic = monotonic
        self._lock = Lock()
        self._known: OrderedDict[tuple[int, int], tuple[float, bool]] = OrderedDict()

    def only_members(self, room: Address) -> bool:
        """Tell that nobody knows."""
        return False

    def joined(self, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return those of these groups that the person is in. Raises what Telegram's failures mean."""
        user = person.removeprefix("telegram:")
        groups = [space for space in among if space.startswith(_PREFIX)][:MOST_GROUPS]
        if not user.isdigit():
            return frozenset()
        return frozenset(space for space in groups if self._is_in(int(space.removeprefix(_PREFIX)), int(user)))

    def common(self, room: Address, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return none: whether all of one group are in another cannot be asked."""
        return frozenset()

    def _is_in(self, chat: int, user: int) -> bool:
        with self._lock:
            until, found = self._known.get((chat, user), (0.0, False))
        if until > self._monotonic():
            return found
        until = self._monotonic() + KEPT_SECONDS
        found = self._ask(chat, user)
        with self._lock:
            self._known[chat, user] = (until, found)
            self._known.move_to_end((chat, user))
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return found

    def _ask(self, chat: int, user: int) -> bool:
        try:
            member = self._loop.call(lambda client: client.get_chat_member(chat, user), seconds=ASKING_SECONDS)
        except (BadRequest, Forbidden):  # no such person there, or Maru is not there itself
            return False
        except (TelegramError, TimeoutError) as error:
            raise self._loop.problem(error, sending=False) from self._loop.cause(error)
        restricted = member.status == ChatMemberStatus.RESTRICTED and getattr(member, "is_member", False)
        return member.status in _IN or bool(restricted)
