"""Where a person can be told something beside any talk."""

from bot.domain.conversation import Address, PersonId, Platform


def home_of(person: PersonId) -> Address | None:
    """Return a person's direct message with Maru; None where their platform has none."""
    platform, _, name = person.partition(":")
    if platform == Platform.TELEGRAM:
        return Address(Platform.TELEGRAM, channel=name, direct=True)
    team, _, user = name.partition("/")
    return (
        Address(Platform.SLACK, channel=user, team=team, direct=True) if platform == Platform.SLACK and user else None
    )
