"""How old a source is, in words."""

from bot.domain.language import Language
from bot.generation.phrases import phrase

DAY = 86_400.0
_STEPS = (("years", 365.25 * DAY), ("months", 30.44 * DAY), ("weeks", 7 * DAY), ("days", DAY))


def age(seconds: float, language: Language) -> str:
    """Return the largest unit that fits, "3 months old", "2주 전"; empty below a day, which is no news."""
    for unit, length in _STEPS:
        if (count := int(seconds // length)) >= 1:
            return phrase(f"age_{unit if count > 1 else unit.removesuffix('s')}", language, count=count)
    return ""
