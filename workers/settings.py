"""Every setting of Maru, read once: the environment first, then what a running `maru up` wrote down.

`MARU_HOME/run/lock` is held by the supervisor for as long as it lives; `MARU_HOME/run/maru.env` (0600) tells the other
commands of the same home where its embedded parts listen. The file counts only while the lock is held, so that a
supervisor that was killed leaves no stale address behind.
"""

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.errors import SettingsInvalid

PREFIX = "MARU_"
ADMIN = re.compile(r"(slack:[A-Z0-9]+/[A-Z0-9]+|telegram:-?\d+|console:\S+|api:\S+)")

CURES: Mapping[str, str] = {
    "http_port": "give a port from 1 to 65535",
    "rate_factor": "give how many times the platforms' ordinary limits Maru may use, such as 1 or 0.5",
    "allow_hosted": "give true or false",
    "retention_days": "give a number of days such as 90, or 0 to keep everything for ever",
    "time_zone": "give the name of one such as Asia/Seoul, or leave it out to take the machine's own",
    "log_level": "give one of debug, info, warning, error",
    "database_url": "give postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or unset it to use the embedded Postgres",
    "broker_url": "give redis://:PASSWORD@HOST:PORT/0 (rediss, amqp and amqps are understood too; Sentinel is not), "
    "or unset it for the embedded Redis",
    "encoder_url": "give http://HOST:PORT",
    "ssllm_url": "give http://HOST:PORT",
    "slack_api_url": "give a URL such as https://slack.com/api/",
    "telegram_api_url": "give a URL such as https://api.telegram.org",
    "slack_bot_token": "copy the Bot User OAuth Token (xoxb-…) from the app's OAuth page",
    "slack_app_token": "copy the App-Level Token (xapp-…) from the app's Basic Information page",
    "telegram_bot_token": "copy the token (digits, a colon, letters) that @BotFather gave",
    "telegram_webhook_secret": "give 1 to 256 letters, digits, - or _",
    "admins": "give a comma-separated list such as slack:T1/U2,telegram:42",
    "telegram_allowed": "give a comma-separated list of numeric ids such as 42,-1001234",
}


def _parts(value: object) -> object:
    """Split a comma-separated string; anything else is left to the field's own validation."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[frozenset[str], NoDecode, BeforeValidator(_parts)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parts)]


class Settings(BaseSettings):
    """The surface of design.md §5, frozen. An empty variable counts as unset; None means embedded or off."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(default=Path(".maru"), validate_default=True)
    database_url: str | None = None
    broker_url: str | None = None
    models_file: Path | None = None
    encoder_url: str | None = None
    ssllm_url: str | None = None
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8646, ge=1, le=65535)
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_secret: SecretStr | None = None
    admins: Names = frozenset()
    telegram_allowed: Names = frozenset()
    rate_factor: float = Field(default=1.0, gt=0)
    allow_hosted: bool = False
    retention_days: int = Field(default=90, ge=0, le=36_500)
    time_zone: str | None = None
    api_keys: Secrets = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("home", "models_file", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Children may run in another folder than the command that started them.
        return None if value is None else value.expanduser().absolute()

    @field_validator("time_zone", mode="after")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("is no time zone")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("database_url", mode="after")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        return _demand(value, r"postgres(ql)?://.+", "is not a Postgres address")

    @field_validator("broker_url", mode="after")
    @classmethod
    def _broker(cls, value: str | None) -> str | None:
        return _demand(value, r"(rediss?|amqps?)://.+", "is not a broker's address")

    @field_validator("encoder_url", "ssllm_url", "slack_api_url", "telegram_api_url", mode="after")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return _demand(value, r"https?://[^\s/]+\S*", "is not an http or https URL")

    @field_validator("admins", mode="after")
    @classmethod
    def _admins(cls, value: frozenset[str]) -> frozenset[str]:
        return _demand_each(value, ADMIN.pattern, "is not platform:id")

    @field_validator("telegram_allowed", mode="after")
    @classmethod
    def _allowed(cls, value: frozenset[str]) -> frozenset[str]:
        return _demand_each(value, r"-?\d+", "is not a number")

    @field_validator(
        "slack_bot_token", "slack_app_token", "telegram_bot_token", "telegram_webhook_secret", mode="after"
    )
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _demand(value.get_secret_value(), r"[!-~]+", "contains spaces or unprintable characters")
        return value

    @field_validator("slack_bot_token", mode="after")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value().startswith("xapp-"):
            raise ValueError("holds an app-level token")
        return value

    @field_validator("slack_app_token", mode="after")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value().startswith("xoxb-"):
            raise ValueError("holds a bot token")
        return value

    @field_validator("telegram_bot_token", mode="after")
    @classmethod
    def _telegram_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _demand(value.get_secret_value(), r"\d+:[\w-]+", "is not a Telegram bot token")
        return value

    @field_validator("telegram_webhook_secret", mode="after")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _demand(value.get_secret_value(), r"[\w-]{1,256}", "is not a webhook secret")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.slack_bot_token and not (self.slack_signing_secret or self.slack_app_token):
            raise ValueError(
                "MARU_SLACK_BOT_TOKEN is set but Slack has no way in: set MARU_SLACK_SIGNING_SECRET (HTTP) or "
                "MARU_SLACK_APP_TOKEN (Socket Mode) as well"
            )
        if not self.slack_bot_token and (self.slack_signing_secret or self.slack_app_token):
            raise ValueError(
                "a Slack secret is set without MARU_SLACK_BOT_TOKEN: set it to the Bot User OAuth Token (xoxb-…), "
                "or unset MARU_SLACK_SIGNING_SECRET and MARU_SLACK_APP_TOKEN"
            )
        if self.telegram_webhook_secret and not self.telegram_bot_token:
            raise ValueError("MARU_TELEGRAM_WEBHOOK_SECRET is set without MARU_TELEGRAM_BOT_TOKEN: set both or neither")
        return self


def load() -> Settings:
    """Read the environment, and the addresses of the parts that `maru up` runs for this home, if it runs.

    Raises SettingsInvalid with one sentence that names the variable and the cure; secrets are never part of it.
    """
    home = Path(os.environ.get(PREFIX + "HOME", "").strip() or ".maru").expanduser().absolute()
    written = run_file(home) if running(home) else None
    try:
        # pydantic's dataclass transform hides the arguments of BaseSettings itself from mypy.
        return Settings(_env_file=written, _env_file_encoding="utf-8")  # type: ignore[call-arg]
    except ValidationError as error:
        # No `from error`: its text and its traceback would carry tokens.
        raise SettingsInvalid(_sentence(error)) from None


def environment() -> dict[str, str]:
    """Return a copy of this process's environment, for children and for `api_key_env` look-ups."""
    return dict(os.environ)


def bare_environment() -> dict[str, str]:
    """Return the little that a server of somebody else's needs; the settings of this shell must not reach it.

    LD_LIBRARY_PATH stays because some Pythons, and so the wrapper that starts the server, do not run without it.
    """
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"LC_ALL": "C", "PATH": os.defpath, **kept}


def lock_file(home: Path) -> Path:
    """Return the file whose lock says that a supervisor serves this home."""
    return home / "run" / "lock"


def run_file(home: Path) -> Path:
    """Return the file in which the supervisor writes the addresses of its embedded parts."""
    return home / "run" / "maru.env"


def running(home: Path) -> bool:
    """Say whether a supervisor holds the lock of this home. Raises SettingsInvalid if the home may not be read."""
    try:
        handle = os.open(lock_file(home), os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError as error:
        raise SettingsInvalid(
            f"{home} belongs to another user and may not be read: run as that user, or point MARU_HOME elsewhere."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _demand(value: str | None, pattern: str, complaint: str) -> str | None:
    if value is not None and not re.fullmatch(pattern, value, re.ASCII | re.IGNORECASE):
        raise ValueError(complaint)
    return value


def _demand_each(values: frozenset[str], pattern: str, complaint: str) -> frozenset[str]:
    for value in sorted(values):
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"contains {value!r}, which {complaint}")
    return values


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{said[0].upper() if said.startswith('a ') else said[0]}{said[1:]}."
    field = str(first["loc"][0])
    # Our own complaints are words; pydantic's ("Input should be …") are replaced by the cure alone.
    complaint = said if first["type"] == "value_error" else "is malformed"
    return f"{PREFIX}{field.upper()} {complaint}: {CURES.get(field, 'correct it or unset it')}."
