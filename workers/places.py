"""What stands behind `--space` and `--every`."""

import re

from bot.domain.conversation import Space
from bot.domain.errors import SettingsInvalid

UNITS = {"m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
SOONEST = 300.0

_SPACE = re.compile(
    r"workspace"
    r"|(channel|person|group):(slack:[A-Z0-9]+/[A-Z0-9]+|telegram:-?\d+|console:\S+|api:\S+)",
    re.ASCII,
)


def space_of(text: str) -> Space:
    """Return a space by its name. Raises SettingsInvalid."""
    if not _SPACE.fullmatch(text):
        raise SettingsInvalid(
            f"--space {text} is no space: give workspace, channel:slack:T1/C1, person:slack:T1/U1, group:telegram:-100."
        )
    return Space(text)


def seconds_of(text: str) -> float:
    """Return how often, in seconds. Raises SettingsInvalid."""
    found = re.fullmatch(r"(\d{1,4})\s*([mhdw])", text.strip().lower(), re.ASCII)
    seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
    if seconds < SOONEST:
        raise SettingsInvalid(f"--every {text} is no such time: give 30m, 6h, 1d or 2w, at least 5m.")
    return seconds
