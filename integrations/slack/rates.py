"""How often Slack may be called, by its own account: posts per channel, and each method per workspace. Pure.

Slack's 429 does not say whose limit it was: see `RateLimiter.close`.
"""

from bot.domain.conversation import Address
from bot.ports.rate_limiter import Rate

A_MINUTE = {
    # "one message a second per channel, and several hundred a minute per workspace"
    "chat.postMessage": 300,
    "conversations.replies": 50,  # tier 3
    "conversations.history": 50,  # tier 3
    "reactions.add": 50,  # tier 3
    "users.info": 100,  # tier 4
    "users.list": 20,  # tier 2
    "users.conversations": 50,  # tier 3
    "conversations.members": 100,  # tier 4
    "conversations.info": 50,  # tier 3
    "files.completeUploadExternal": 100,  # tier 4
}

BURST = {"chat.postMessage": 20}
OTHERS_BURST = 10
CHANNEL_BURST = 4


def method(address: Address, name: str) -> Rate:
    """Return the rate of one method in the address's workspace."""
    return _in_team(address.team or "", name)


def people(team: str) -> tuple[Rate, ...]:
    """Return what asking about a person of this workspace takes from."""
    return asking(team, "users.info")


def asking(team: str, name: str) -> tuple[Rate, ...]:
    """Return what one call of a method that only asks takes from."""
    return (_in_team(team, name),)


def posting(address: Address) -> tuple[Rate, ...]:
    """Return what a post takes from. An answer to a slash command takes from nothing: its URL has its own five."""
    if address.response_url is not None:
        return ()
    channel = Rate(f"slack:{address.team or ''}:{address.channel}", 1.0, CHANNEL_BURST)
    return channel, method(address, "chat.postMessage")


def showing(address: Address) -> tuple[Rate, ...]:
    """Return what a picture takes from; asking for its place has the same rate as showing it."""
    channel = Rate(f"slack:{address.team or ''}:{address.channel}", 1.0, CHANNEL_BURST)
    return channel, method(address, "files.completeUploadExternal")


def looking(address: Address) -> tuple[Rate, ...]:
    """Return what looking for an earlier post takes from."""
    if address.response_url is not None:
        return ()
    return (method(address, "conversations.replies" if address.thread else "conversations.history"),)


def _in_team(team: str, name: str) -> Rate:
    return Rate(f"slack:{team}:{name}", A_MINUTE[name] / 60, BURST.get(name, OTHERS_BURST))
