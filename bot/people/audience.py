"""Who reads a reply, and what all of them may read (law 6). Unknown means less, never more."""

import logging
from collections.abc import Callable, Mapping, Sequence, Set
from typing import TypeVar, assert_never

from bot.domain.conversation import WORKSPACE, Address, Audience, PersonId, Platform, Space, person_space, room_space
from bot.domain.errors import PermanentError, PlatformUnauthorised
from bot.ports.admissions import Admissions
from bot.ports.membership import Membership
from bot.ports.rooms import Rooms

T = TypeVar("T")

KNOWN_SECONDS = 2.0
"""How old the list of spaces with documents may be: looking costs a turn nothing."""

NOWHERE: frozenset[Space] = frozenset()

_log = logging.getLogger(__name__)


class HouseAudiences:
    """`Audiences` by the platforms' own records.

    administrators: person ids. telegram_allowed: ids of Telegram people and groups that settings let in.
    slack: None where Slack is not connected. rooms: the platforms that can be asked. known: the spaces with documents.
    """

    def __init__(
        self,
        *,
        administrators: Set[str],
        telegram_allowed: Set[str],
        admissions: Admissions,
        slack: Membership | None,
        rooms: Mapping[Platform, Rooms],
        known: Callable[[], Sequence[Space]],
        monotonic: Callable[[], float],
    ) -> None:
        self._administrators = administrators
        self._telegram_allowed = telegram_allowed
        self._admissions = admissions
        self._slack = slack
        self._rooms = rooms
        self._known = known
        self._monotonic = monotonic
        self._kept: tuple[float, tuple[Space, ...]] = (0.0, ())

    def of(self, person: PersonId, address: Address) -> Audience:
        """Return the audience of a reply to a person who is no stranger."""
        match address.platform:
            case Platform.API:
                return Audience((WORKSPACE,))
            case (
                Platform.CONSOLE
            ):  # whoever has a shell on this machine owns it, but not what people keep for themselves
                shared = [space for space in self._spaces() if not space.startswith("person:")]
                return Audience(tuple(dict.fromkeys((WORKSPACE, person_space(person), *shared))))
            case Platform.SLACK | Platform.TELEGRAM:
                return self._alone(person, address) if address.direct else self._among_others(person, address)
            case unknown:
                assert_never(unknown)

    def _alone(self, person: PersonId, address: Address) -> Audience:
        """What the asker may read."""
        member, rooms = self._member(person, address), self._rooms.get(address.platform)
        joined = _asked(lambda: rooms.joined(person, self._spaces()), NOWHERE) if rooms else NOWHERE
        own = (person_space(person), *sorted(joined))
        return Audience((WORKSPACE, *own)) if member else Audience(own, narrowed="alone")

    def _among_others(self, person: PersonId, address: Address) -> Audience:
        """What everybody in the room may read."""
        own, rooms = room_space(address), self._rooms.get(address.platform)
        members = _asked(lambda: self._room_of_members(address, rooms), otherwise=False)
        others = [space for space in self._spaces() if space != own]
        common = _asked(lambda: rooms.common(address, person, others), NOWHERE) if rooms and others else NOWHERE
        known = (own, *sorted(common))
        return Audience((WORKSPACE, *known)) if members else Audience(known, narrowed="together")

    def _member(self, person: PersonId, address: Address) -> bool:
        """Guests of a Slack workspace do not read its documents, even those whom an administrator let talk."""
        if person in self._administrators or address.platform is Platform.TELEGRAM:
            return True
        team, _, user = person.removeprefix("slack:").partition("/")
        return self._slack is not None and team == address.team and self._slack.is_full_member(team, user)

    def _room_of_members(self, address: Address, rooms: Rooms | None) -> bool:
        """A Telegram group that was let in as a whole is one: who is in it cannot be asked, its admission decides."""
        if address.platform is Platform.TELEGRAM:
            allowed = address.channel in self._telegram_allowed
            return allowed or self._admissions.admitted([PersonId(f"telegram:{address.channel}")])
        return rooms is not None and rooms.only_members(address)

    def _spaces(self) -> tuple[Space, ...]:
        until, spaces = self._kept
        now = self._monotonic()
        if now >= until:
            spaces = tuple(self._known())
            self._kept = (now + KNOWN_SECONDS, spaces)
        return spaces


def _asked(question: Callable[[], T], otherwise: T) -> T:
    """Ask a platform; one that will not say allows nothing.

    One that is away or wants a pause is asked again when the turn is tried again: it takes no reply now, either.
    """
    try:
        return question()
    except (PlatformUnauthorised, PermanentError) as failure:
        _log.warning("who reads along is not known", extra={"why": str(failure)})
        return otherwise
