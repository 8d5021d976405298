"""Slack's markup in plain words: what a person typed, without Slack's brackets and escapes. Pure."""

import re
from html import unescape

_TOKEN = re.compile(r"<([^<>\n]+)>")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def without_mention(text: str, *, bot_user: str | None) -> str:
    """Return `text` without Maru's own mention, with the comma or colon after one at the start.

    bot_user: Maru's own user id; while it is not known, one mention at the very start is taken for Maru's.
    """
    if bot_user is None:
        return re.sub(r"\A\s*<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s,:;]*", "", text)
    mention = rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>"
    text = re.sub(rf"\A\s*(?:{mention}[\s,:;]*)+", "", text)
    return re.sub(rf"[ \t]*{mention}", "", text)


def plain_words(text: str) -> str:
    """Return `text` with mentions, channels and links spelled out and Slack's escapes undone.

    NUL and lone surrogates, which no database stores, become U+FFFD.
    """
    return _UNSTORABLE.sub("\ufffd", _unescape(_TOKEN.sub(_spell_out, text))).strip()


def _spell_out(match: re.Match[str]) -> str:
    """`@U2|name` → @name, `#C1|general` → #general, `!here` → @here, `url|label` → label (url)."""
    target, _, label = match.group(1).partition("|")
    sign = target[0]
    if sign in "@#":
        return sign + (label.lstrip("@#") or target[1:])
    if sign == "!":
        return label or "@" + target[1:].split("^")[0]
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if label in ("", target, bare, target.partition("://")[2]):
        return bare
    return f"{label} ({bare})"


def _unescape(text: str) -> str:
    """Undo the three escapes that Slack makes, and no other entity."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: unescape(found.group()), text)
