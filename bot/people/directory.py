"""Who is who: settings first, then admissions, then the platform's own word. Unknown means stranger (law 9)."""

from collections.abc import Set
from typing import assert_never

from bot.domain.conversation import Address, PersonId, Platform, Standing
from bot.ports.admissions import Admissions
from bot.ports.membership import Membership


class HouseDirectory:
    """`Directory` from three sources, and `Doorkeeper` from the first two.

    administrators: person ids. telegram_allowed: ids of Telegram people and groups that settings let in.
    slack: None where Slack is not connected; then nobody from Slack is let in.
    """

    def __init__(
        self,
        *,
        administrators: Set[str],
        telegram_allowed: Set[str],
        admissions: Admissions,
        slack: Membership | None,
    ) -> None:
        self._administrators = administrators
        self._telegram_allowed = telegram_allowed
        self._admissions = admissions
        self._slack = slack

    def standing(self, person: PersonId, address: Address) -> Standing:
        """Tell administrator, member or stranger. Raises what Slack raises, and DatabaseUnavailable."""
        if person in self._administrators or address.platform is Platform.CONSOLE:
            return Standing.ADMINISTRATOR  # whoever has a shell on this machine owns it
        return Standing.MEMBER if self._member(person, address) else Standing.STRANGER

    def is_stranger(self, person: PersonId, address: Address) -> bool:
        """Tell who is surely a stranger: of Slack's people, those of other workspaces that nobody let in.

        Guests show later.
        """
        if person in self._administrators:
            return False
        if address.platform is Platform.SLACK:
            return _team(person) != address.team and not self._admissions.admitted([person])
        return address.platform is Platform.TELEGRAM and not self._telegram_member(person, address)

    def _member(self, person: PersonId, address: Address) -> bool:
        match address.platform:
            case Platform.TELEGRAM:
                return self._telegram_member(person, address)
            case Platform.SLACK:
                return self._slack_member(person, address)
            case Platform.API | Platform.CONSOLE:
                return True  # the gateway checked the key; a shell was answered above
            case unknown:
                assert_never(unknown)

    def _telegram_member(self, person: PersonId, address: Address) -> bool:
        ids = [person, PersonId(f"telegram:{address.channel}")]
        allowed = any(one.removeprefix("telegram:") in self._telegram_allowed for one in ids)
        return allowed or self._admissions.admitted(ids)

    def _slack_member(self, person: PersonId, address: Address) -> bool:
        if self._slack is None:
            return False
        team, user = _team(person), person.partition("/")[2]
        full = team == address.team and self._slack.is_full_member(team, user)
        return full or self._admissions.admitted([person])


def _team(person: PersonId) -> str:
    return person.removeprefix("slack:").partition("/")[0]
