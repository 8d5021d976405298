"""Who talks where: the identities every other value refers to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NewType

ConversationId = NewType("ConversationId", str)
"""`slack:T1/C1/1700000000.000100`, `telegram:42`, `console:…`, `api:…`: one per thread of talk."""

STOP_ASIDE = "/stop"
"""The end of a conversation in which a request to stop is answered beside the one that it is about."""

PersonId = NewType("PersonId", str)
"""`slack:T1/U2`, `telegram:42`, `console:local`, `api:<fingerprint of the key>`: platform ids, never display names."""

Space = NewType("Space", str)
"""Who may read a document: `workspace`, `channel:slack:T1/C1`, `group:telegram:-100…`, `person:slack:T1/U1`."""

WORKSPACE = Space("workspace")


class Platform(StrEnum):
    """The systems in which people talk to Maru."""

    SLACK = "slack"
    TELEGRAM = "telegram"
    CONSOLE = "console"
    API = "api"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply is posted; only the platform's own adapter looks inside.

    channel: Slack channel id or Telegram chat id; empty on console and API.
    thread: Slack root ts, or Telegram forum topic id; None outside threads.
    reply_to: the message being answered (Slack ts, Telegram message id), for reactions and quoting.
    team: Slack workspace id.
    response_url: Slack's one-off URL for slash commands; used instead of the channel when set.
    direct: True where only the person and Maru read.
    shared: whether people of other workspaces read along, as the event itself said; None = it did not say.
    """

    platform: Platform
    channel: str = ""
    thread: str | None = None
    reply_to: str | None = None
    team: str | None = None
    response_url: str | None = None
    direct: bool = False
    shared: bool | None = None


Narrowed = Literal["together", "alone"]


@dataclass(frozen=True, slots=True)
class Audience:
    """The spaces that EVERY reader of a reply may read (law 6); none of them = nothing may be used.

    narrowed: the workspace's documents are left out: `together`, because of who reads along, or because that is not
    known; `alone`, because the asker is no full member.
    """

    spaces: tuple[Space, ...]
    narrowed: Narrowed | None = None


def room_space(address: Address) -> Space:
    """Return the space of a Slack channel or a Telegram group."""
    if address.platform is Platform.SLACK:
        return Space(f"channel:slack:{address.team}/{address.channel}")
    return Space(f"group:{address.platform}:{address.channel}")


def person_space(person: PersonId) -> Space:
    """Return the space of one person."""
    return Space(f"person:{person}")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One exchange's words, from one side."""

    role: Literal["person", "maru"]
    text: str


class Standing(StrEnum):
    """What a person is to this Maru. A stranger gets one fixed sentence and nothing else (law 6)."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    STRANGER = "stranger"
