"""Who reads along in Slack's channels, by Slack's own records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from bot.domain.conversation import Address, PersonId, Space
from bot.domain.errors import PermanentError, PlatformRateLimited
from bot.ports.clock import Clock
from bot.ports.rate_limiter import RateLimiter
from integrations.slack import rates
from integrations.slack.client import WhoAmI, asking, slack_client
from integrations.slack.directory import SlackUsers, is_full
from integrations.slack.kept import Kept

KEPT_SECONDS = 60.0
"""How long who is where is believed: so long may a channel's newcomer read what is not for them."""

MOST_PAGES = 20
"""Of a thousand rows. Who reads along in what is larger is not known."""

MOST_UNKNOWN = 5
"""People of a channel whom the list of all does not have yet, and who are asked about one by one."""

MOST_COMMON = 8
"""Channels of the asker whose members are compared with a room's."""

_PAGE = 999
_KINDS = "public_channel,private_channel,mpim"


@dataclass(frozen=True, slots=True)
class _People:
    """A workspace's people. full: its full members, and its own apps, which its administrators installed."""

    full: frozenset[str]
    outsiders: bool


class SlackRooms:
    """`Rooms` from users.list, conversations.members, conversations.info and users.conversations. Thread-safe."""

    def __init__(
        self,
        *,
        bot_token: str,
        api_url: str,
        clock: Clock,
        users: SlackUsers,
        limiter: RateLimiter | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._who_am_i = WhoAmI(self._client)
        self._users = users
        self._limiter = limiter

        def kept() -> dict[str, Any]:
            return {"seconds": KEPT_SECONDS, "monotonic": clock.monotonic}

        self._people: Kept[_People] = Kept(**kept())
        self._members: Kept[frozenset[str]] = Kept(**kept())
        self._channels: Kept[frozenset[str]] = Kept(**kept())
        self._public: Kept[bool] = Kept(**kept())

    def only_members(self, room: Address) -> bool:
        """Tell whether everybody who reads there is a full member of Maru's own workspace.

        Where a workspace has no guests and the event said that no other one reads along, no channel is asked about.
        """
        me = self._who_am_i()
        if room.team != me.team:
            return False
        people = self._people.ask(me.team, self._all_people)
        if room.shared is False and not people.outsiders:
            return True
        unknown = self._of(room.channel) - people.full
        return len(unknown) <= MOST_UNKNOWN and all(self._users.is_full_member(me.team, user) for user in unknown)

    def joined(self, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return those of these channels that the person is in; Slack tells of private ones that Maru is in, too."""
        team, _, user = person.removeprefix("slack:").partition("/")
        mine = _channels(among, self._who_am_i().team)
        if not mine or not person.startswith("slack:") or not team:
            return frozenset()
        found = self._channels.ask(user, lambda: self._rows("users.conversations", "channels", user=user, types=_KINDS))
        return frozenset(space for space, channel in mine.items() if channel in found)

    def common(self, room: Address, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return those of the person's channels that everybody in the room is in.

        Any member of the workspace may open a public channel and read back: so from there only public ones are used.
        """
        mine = _channels(among, self._who_am_i().team)
        near = sorted(self.joined(person, among))[:MOST_COMMON]
        if not near:
            return frozenset()
        readers, public = self._of(room.channel), self._is_public(room.channel)
        return frozenset(
            space for space in near if readers <= self._of(mine[space]) and (not public or self._is_public(mine[space]))
        )

    def _of(self, channel: str) -> frozenset[str]:
        return self._members.ask(channel, lambda: self._rows("conversations.members", "members", channel=channel)) - {
            self._who_am_i().user
        }

    def _is_public(self, channel: str) -> bool:
        return self._public.ask(channel, lambda: self._asked_public(channel))

    def _asked_public(self, channel: str) -> bool:
        said = self._call("conversations.info", channel=channel).get("channel") or {}
        # What is not surely closed is open.
        return not any(said.get(flag) is True for flag in ("is_private", "is_im", "is_mpim"))

    def _all_people(self) -> _People:
        team = self._who_am_i().team
        rows = self._pages("users.list", "members", lambda row: row)
        own = [row for row in rows if row.get("is_bot") and row.get("team_id") == team and not row.get("is_stranger")]
        full = [row for row in rows if is_full(row, own_team=team)]
        others = [row for row in rows if not row.get("deleted") and not row.get("is_bot") and row not in full]
        return _People(
            frozenset(str(row["id"]) for row in (*full, *own)),
            outsiders=any(row["id"] != "USLACKBOT" for row in others),
        )

    def _rows(self, method: str, key: str, **arguments: str) -> frozenset[str]:
        return frozenset(
            self._pages(method, key, lambda row: str(row["id"] if isinstance(row, dict) else row), **arguments)
        )

    def _pages(self, method: str, key: str, made: Callable[[Any], Any], **arguments: str) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = self._call(method, limit=str(_PAGE), **({"cursor": cursor} if cursor else {}), **arguments)
            found += [made(row) for row in answer.get(key) or ()]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found
        raise PermanentError(f"Slack's {method} has more than {MOST_PAGES * _PAGE} rows: who reads is not known.")

    def _call(self, method: str, **arguments: str) -> Any:
        rate = rates.asking(self._who_am_i().team, method)
        if self._limiter and (pause := self._limiter.take(rate, waited=True)):
            raise PlatformRateLimited("Slack is asked too often who reads along.", retry_after=pause)
        try:
            return asking("Asking Slack who reads along", lambda: _request(self._client, method, arguments))
        except PlatformRateLimited as refusal:
            if self._limiter:
                self._limiter.close(rate, seconds=refusal.retry_after)
            raise


def _request(client: WebClient, method: str, arguments: dict[str, str]) -> Any:
    return client.api_call(method, params=arguments, http_verb="GET")


def _channels(among: Sequence[Space], team: str) -> dict[Space, str]:
    """Return the spaces that are this workspace's channels, with the channels' ids."""
    begin = f"channel:slack:{team}/"
    return {space: space.removeprefix(begin) for space in among if space.startswith(begin)}
