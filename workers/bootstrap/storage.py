"""Where the database and the broker are."""

from bot.domain.errors import MaruError, NotRunning, SettingsInvalid
from workers.settings import Settings

NOT_RUNNING = "Maru is not running here: make up"


def database_url(settings: Settings) -> str:
    """Return the database's address. Raises NotRunning where neither a setting nor a running `maru up` names one."""
    if settings.database_url is None:
        raise NotRunning(NOT_RUNNING)
    return settings.database_url


def missing(settings: Settings, variable: str, cure: str) -> MaruError:
    """Return why a part has no address: a setting is missing where others run the servers, else no Maru runs here."""
    if settings.database_url is None or settings.broker_url is None:
        return NotRunning(NOT_RUNNING)
    return SettingsInvalid(f"{variable} is not set: {cure}.")


def broker_url(settings: Settings) -> str:
    """Return the broker's address. Raises NotRunning where neither a setting nor a running `maru up` names one."""
    if settings.broker_url is None:
        raise NotRunning(NOT_RUNNING)
    return settings.broker_url
